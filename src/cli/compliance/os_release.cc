#include "cli/compliance/os_release.h"

#include "compliance/families/lines.h"

namespace twoseal::cli {
namespace {

constexpr std::size_t kReleaseMax = std::size_t{64} << 10U;

std::string value_of(std::string_view text, std::string_view key) {
  std::string_view line;
  while (scap::next_line(text, line)) {
    if (!line.starts_with(key) || line.size() <= key.size() || line[key.size()] != '=') {
      continue;
    }
    std::string_view value = line.substr(key.size() + 1);
    const bool quoted = value.size() >= 2 && (value.front() == '"' || value.front() == '\'') &&
                        value.back() == value.front();
    return std::string(quoted ? value.substr(1, value.size() - 2) : value);
  }
  return {};
}

std::vector<std::string> words_of(const std::string& text) {
  const auto words = scap::split_at_blanks(text);
  return {words.begin(), words.end()};
}

}  // namespace

OsRelease os_release(const scap::InspectedHost& host) {
  for (const char* path : {"/etc/os-release", "/usr/lib/os-release"}) {
    const auto text = host.files->read(path, kReleaseMax);
    if (text && *text) {
      return {value_of(**text, "ID"),
              value_of(**text, "NAME"),
              value_of(**text, "VERSION_ID"),
              words_of(value_of(**text, "ID_LIKE"))};
    }
  }
  return {};
}

}  // namespace twoseal::cli
