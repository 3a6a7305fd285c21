// Which kinds of resource there are and what may be wanted of each: one row per kind.
// docs/formats/state.md.
//
// The table is closed: a kind, a field or a value that is not in it cannot be signed by accident.
// The compiler of YAML and the agent, which reads canonical states, check by the same rows.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "model/plan.h"

namespace twoseal::authoring {

/// How the natural key of a kind looks.
enum class KeyShape : std::uint8_t {
  path,      ///< absolute, without `.`, `..`, `//` or a slash at its end
  package,   ///< Debian package name
  unit,      ///< systemd unit; `.service` is added when no suffix is there
  timer,     ///< the same with `.timer`
  account,   ///< user or group
  name,      ///< an id
  sysctl,    ///< `net.ipv4.ip_forward`
  module,    ///< kernel module
  nftables,  ///< `inet filter`: family and table
};

/// What a wanted value is. The comment says how it stands in the state.
enum class WantType : std::uint8_t {
  text,      ///< text, may be empty, may have lines
  line,      ///< text of one line, not empty
  value,     ///< text of one line, may be empty
  path,      ///< text
  mode,      ///< text of four octal digits
  account,   ///< text
  word,      ///< text, one of WantRow::words
  boolean,   ///< true or false
  number,    ///< integer, 0 to 4294967294
  duration,  ///< integer, seconds
  lines,     ///< list of texts
  accounts,  ///< list of texts
  words,     ///< list of texts, each one of WantRow::words
  command,   ///< list of texts: program and arguments
  source,    ///< text: digest of the file that is named
};

struct WantRow {
  std::string_view name;
  WantType type;
  bool required = false;
  std::span<const std::string_view> words = {};
};

struct KindRow {
  std::string_view kind;
  KeyShape key;
  std::span<const WantRow> want;
  /// Unless it is to be absent, exactly one (`exclusive`) or at least one (`any`) is wanted.
  std::span<const std::string_view> exclusive = {};
  std::span<const std::string_view> any = {};
  bool can_be_absent = true;
};

/// All rows, ascending by kind.
[[nodiscard]] std::span<const KindRow> resource_kinds();

/// The row of a kind; nullptr when it is not known.
[[nodiscard]] const KindRow* find_kind(std::string_view kind);

/// Why `text` may not be the natural key of such a shape; nothing when it may. A unit stands with
/// its suffix.
[[nodiscard]] std::optional<std::string> key_problem(KeyShape shape, std::string_view text);

/// Absolute, without `.`, `..`, `//`, NUL, or a slash at its end, one line, at most 4,096 octets.
[[nodiscard]] bool is_resource_path(std::string_view text);

/// `[a-z_][a-z0-9_-]{0,31}`.
[[nodiscard]] bool is_account(std::string_view text);

/// The name of a systemd unit with its suffix: `ssh.service`.
[[nodiscard]] bool is_unit(std::string_view text);

/// Whether `text` is not empty and consists of characters of `sets`.
[[nodiscard]] bool consists_of(std::string_view text, std::initializer_list<std::string_view> sets);

inline constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz";
inline constexpr std::string_view kUpper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
inline constexpr std::string_view kDigits = "0123456789";
inline constexpr std::int64_t kNumberMax = 4'294'967'294;  ///< uid and gid: -1 means none

/// Judges a resource as it stands in a canonical state: kind, key, each wanted field with its
/// value, what is required, what excludes what. Errc::bad_resource with identity, field and reason.
[[nodiscard]] Result<void> check_resource(const Resource& resource);

/// How many of `names` are wanted.
[[nodiscard]] std::size_t wanted_among(const Resource& resource,
                                       std::span<const std::string_view> names);

/// `a, b, c`.
[[nodiscard]] std::string joined(std::span<const std::string_view> words);

}  // namespace twoseal::authoring
