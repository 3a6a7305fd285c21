#include "cli/compliance/os_release.h"

#include "compliance/families/lines.h"
#include "system/os_release.h"

namespace twoseal::cli {
namespace {

constexpr std::size_t kReleaseMax = std::size_t{64} << 10U;

std::string value_of(std::string_view text, std::string_view key) {
  return os_release_value(text, key).value_or(std::string());
}

std::vector<std::string> words_of(const std::string& text) {
  const auto words = scap::split_at_blanks(text);
  return {words.begin(), words.end()};
}

}  // namespace

OsRelease os_release(const scap::InspectedHost& host) {
  for (const char* path : kOsReleasePaths) {
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
