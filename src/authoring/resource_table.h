// What stands in a `set:` list, read by the rows of resource_kinds.h. docs/formats/state.md.
#pragma once

#include <string_view>
#include <vector>

#include "authoring/resource_kinds.h"
#include "authoring/table.h"
#include "model/plan.h"

namespace twoseal::authoring {

/// Reads one item of a `set:` list; what is wrong is noted in the item's problems. The bytes of
/// files that it names are added to `blobs`.
[[nodiscard]] Resource read_resource(const Value& item, Files& files, std::vector<Bytes>& blobs);

/// Program and arguments from a list of texts, or from one text of plain words divided by spaces.
/// Text that a shell would read in another way is refused: there is no shell.
[[nodiscard]] std::vector<std::string> read_command(const Value& value);

/// A systemd unit with its suffix; `suffix` (`.service`) is added when it has none.
[[nodiscard]] std::string read_unit(const Value& value, std::string_view suffix);

}  // namespace twoseal::authoring
