#include "cli/verb.h"

#include <unistd.h>

#include "base/os_file.h"
#include "base/present.h"

namespace twoseal::cli {

std::optional<std::string> Arguments::find(std::string_view name) const {
  const auto found = given_.find(name);
  if (found == given_.end() || found->second.empty()) {
    return std::nullopt;
  }
  return found->second.front();
}

std::string Arguments::text(std::string_view name, std::string_view otherwise) const {
  return find(name).value_or(std::string(otherwise));
}

std::vector<std::string> Arguments::all(std::string_view name) const {
  const auto found = given_.find(name);
  return found == given_.end() ? std::vector<std::string>{} : found->second;
}

void Session::talk(std::string_view line) const {
  if (!flags_.quiet) {
    // Nobody can be told that standard error is gone.
    static_cast<void>(write_all(STDERR_FILENO, present_lines(line) + "\n"));
  }
}

void Session::detail(std::string_view line) const {
  if (flags_.verbose || flags_.debug) {
    talk(line);
  }
}

void Session::debug(std::string_view line) const {
  if (flags_.debug) {
    talk(line);
  }
}

}  // namespace twoseal::cli
