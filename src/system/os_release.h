// What a host says it is. Source: os-release(5).
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace twoseal {

/// Where it says so: the first of these that is there.
inline constexpr std::array<const char*, 2> kOsReleasePaths = {"/etc/os-release",
                                                               "/usr/lib/os-release"};

/// `ID=debian`, the value without its quotes.
struct OsReleaseField {
  std::string_view key;
  std::string_view value;
};

/// Takes the next field off the text; nothing when there is none any more.
[[nodiscard]] std::optional<OsReleaseField> next_os_release_field(std::string_view& rest);

/// The value of `key` in the text, by the first field that has it.
[[nodiscard]] std::optional<std::string> os_release_value(std::string_view text,
                                                          std::string_view key);

}  // namespace twoseal
