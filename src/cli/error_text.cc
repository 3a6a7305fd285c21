#include "cli/error_text.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/present.h"

namespace twoseal::cli {
namespace {

std::string next_of(const Error& error) {
  return error.next.empty() ? std::string(error_info(error.code).next) : error.next;
}

// What is wrong may be several things: one line each, further in than whatever stands for itself.
std::string lines_of(std::string_view what) {
  std::string text;
  while (!what.empty()) {
    const std::string_view line = what.substr(0, what.find('\n'));
    what.remove_prefix(std::min(line.size() + 1, what.size()));
    text += (text.empty() ? "" : "\n          ") + present(line);
  }
  return text;
}

}  // namespace

std::string error_text(const Error& error, bool color) {
  const ErrorInfo& info = error_info(error.code);
  const std::string code = error_code_text(error.code);
  const std::string place = error.where.empty() ? "" : present(error.where) + "  ";
  return fmt::format(
      "{}error {}{}: {}\n  {}{}\n  why   {}\n  next  {}\n  more  twoseal explain {}\n",
      color ? "\x1b[31m" : "",
      code,
      color ? "\x1b[0m" : "",
      info.title,
      place,
      lines_of(error.what),
      info.why,
      present(next_of(error)),
      code);
}

Json::Object error_fields(const Error& error) {
  const ErrorInfo& info = error_info(error.code);
  return {{"error",
           Json::Object{{"code", error_code_text(error.code)},
                        {"name", info.name},
                        {"refusal", info.refusal},
                        {"title", info.title},
                        {"what", error.what},
                        {"where", error.where},
                        {"why", info.why},
                        {"next", next_of(error)},
                        {"exit", static_cast<int>(info.exit)}}}};
}

}  // namespace twoseal::cli
