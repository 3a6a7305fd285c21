// One line of a configuration file, taken apart as its format says.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "resources/setting_format.h"

namespace twoseal {

enum class SettingLineKind : std::uint8_t { blank, comment, section, setting, other };

/// Positions are octets of the line. `key`: of a setting, or of a comment that looks like one.
/// `name`: of a section, in one spelling. `broken`: why the editor must not touch this setting.
struct SettingLine {
  SettingLineKind kind = SettingLineKind::blank;
  std::string key;
  std::string name;
  std::size_t value_begin = 0;
  std::size_t value_end = 0;
  std::optional<std::string> broken;
};

/// `line`: without its newline.
[[nodiscard]] SettingLine parse_setting_line(std::string_view line, SettingFormat format);

/// A key in the spelling in which keys of the format are compared.
[[nodiscard]] std::string plain_key(std::string_view key, SettingFormat format);

/// A section in the spelling in which sections of the format are compared.
[[nodiscard]] std::string plain_section(std::string_view section, SettingFormat format);

/// A value as it is written in the format, and back. unquote() is nothing for quotes that do not
/// close.
[[nodiscard]] std::string quote_value(std::string_view value, SettingFormat format);
[[nodiscard]] std::optional<std::string> unquote_value(std::string_view value,
                                                       SettingFormat format);

}  // namespace twoseal
