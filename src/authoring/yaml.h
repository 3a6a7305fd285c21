// The bounded reader of YAML: text to a small tree that keeps positions. docs/formats/yaml.md.
//
// Only the plain part of YAML is read: maps with text keys, lists, scalars, comments. What a scalar
// means is decided by the table of the field it stands in, never by its looks, so `yes`, `0644` and
// `12:30:00` are texts wherever a text is wanted and errors wherever something else is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace twoseal::authoring {

inline constexpr std::size_t kYamlMax = 4U * 1024 * 1024;  ///< bytes of one file
inline constexpr std::size_t kYamlDepthMax = 32;           ///< nesting; the outermost map is 1
inline constexpr std::size_t kYamlNodesMax = 200'000;      ///< maps, lists, keys and values
inline constexpr std::size_t kProblemsMax = 20;            ///< problems told at once

/// Line and column, both counted from 1; columns count characters, not bytes.
struct Place {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
  auto operator<=>(const Place&) const = default;
};

enum class NodeKind : std::uint8_t { null, scalar, list, map };

/// One value. The items of a map are its keys and values in turn; every key is a scalar.
struct Node {
  NodeKind kind = NodeKind::null;
  bool quoted = false;  ///< a scalar in quotes or a block scalar
  Place place;          ///< of an absent value: its key
  std::string text;
  std::vector<Node> items;
};

/// `file:line:column`.
[[nodiscard]] std::string place_text(std::string_view file, Place place);

/// Reads one document. `file`: its name, for messages only.
///
/// Total and bounded: any text gives a tree or an error, in time linear in its size.
/// Errc::too_large above kYamlMax. Errc::bad_yaml with file:line:column for everything else:
/// syntax, tabs, carriage returns, a byte order mark, characters that canonical JSON may not hold,
/// anchors and aliases (nothing is ever expanded), merge keys, tags, directives, several documents,
/// keys that stand twice or are not text, more than kYamlDepthMax levels or kYamlNodesMax nodes, an
/// empty file.
[[nodiscard]] Result<Node> parse_yaml(std::string_view text, std::string_view file);

}  // namespace twoseal::authoring
