// What may stand in a `set:` list: one row per kind of resource. docs/formats/state.md.
//
// The table is closed: a kind, a field or a value that is not in it cannot be signed by accident.
// Agents read the same kinds from the canonical state and check them once more.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "authoring/table.h"
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

/// Reads one item of a `set:` list; what is wrong is noted in the item's problems. The bytes of
/// files that it names are added to `blobs`.
[[nodiscard]] Resource read_resource(const Value& item, Files& files, std::vector<Bytes>& blobs);

/// Program and arguments from a list of texts, or from one text of plain words divided by spaces.
/// Text that a shell would read in another way is refused: there is no shell.
[[nodiscard]] std::vector<std::string> read_command(const Value& value);

/// A systemd unit with its suffix; `suffix` (`.service`) is added when it has none.
[[nodiscard]] std::string read_unit(const Value& value, std::string_view suffix);

}  // namespace twoseal::authoring
