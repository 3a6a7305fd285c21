// Editors of configuration files, one key at a time: every byte that does not belong to the key
// stays. docs/formats/state.md lists the formats. Augeas knows more formats, but costs 42 ms and
// 23 MB for three files, more than a whole run of the agent may (measured, see docs/benchmarks.md).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace twoseal {

/// How a file is written.
enum class SettingFormat : std::uint8_t {
  ini,              ///< `[section]`, `key=value`, comments `#` `;`; the last one counts
  key_space_value,  ///< `key value`, comments `#`; the last one counts
  key_value,        ///< `KEY=value` as a shell reads it, quoted where needed; the last one counts
  login_defs,       ///< `KEY value`; the last one counts
  sshd,             ///< `Keyword arguments`, `Match` blocks; the first one counts, case does not
  sysctl,           ///< `name = value`, dots or slashes, comments `#` `;`; the last one counts
};

[[nodiscard]] std::optional<SettingFormat> parse_setting_format(std::string_view name);

/// Which setting of a file. `section`: of ini its name; of sshd a whole `Match …` line; nothing:
/// what stands before the first section.
struct SettingName {
  SettingFormat format = SettingFormat::ini;
  std::optional<std::string> section;
  std::string key;
};

/// The value that counts, as a reader of the file would take it (unquoted for key_value); nothing
/// when the key does not stand there. Errc::not_editable with the line for what the editor does not
/// understand: a quote that does not close, a line that goes on after a backslash.
[[nodiscard]] Result<std::optional<std::string>> read_setting(BytesView text,
                                                              const SettingName& name);

/// The text in which the key stands once in its section, with `value`: in its place, else behind a
/// comment that shows its default, else at the end of the section, which is added when it is
/// missing. Further occurrences of the key in the section are taken out, so that nothing that is
/// shown to approvers depends on which of two counts. Errc::not_editable, also for what a reader of
/// the file would take for another value: with blanks at its ends, on several lines, with a
/// comment.
[[nodiscard]] Result<Bytes> with_setting(BytesView text,
                                         const SettingName& name,
                                         std::string_view value);

/// The text without the key in this section. Errc::not_editable.
[[nodiscard]] Result<Bytes> without_setting(BytesView text, const SettingName& name);

}  // namespace twoseal
