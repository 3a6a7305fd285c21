#include "system/os_release.h"

#include <algorithm>

namespace twoseal {
namespace {

std::string_view without_quotes(std::string_view value) {
  const bool quoted = value.size() >= 2 && (value.front() == '"' || value.front() == '\'') &&
                      value.back() == value.front();
  return quoted ? value.substr(1, value.size() - 2) : value;
}

}  // namespace

std::optional<OsReleaseField> next_os_release_field(std::string_view& rest) {
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const std::size_t sign = line.find('=');
    if (sign != std::string_view::npos) {
      return OsReleaseField{line.substr(0, sign), without_quotes(line.substr(sign + 1))};
    }
  }
  return std::nullopt;
}

std::optional<std::string> os_release_value(std::string_view text, std::string_view key) {
  while (const auto field = next_os_release_field(text)) {
    if (field->key == key) {
      return std::string(field->value);
    }
  }
  return std::nullopt;
}

}  // namespace twoseal
