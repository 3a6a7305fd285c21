// States: the `set:` list of a change, or a file of its own. docs/formats/state.md.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "authoring/table.h"
#include "model/plan.h"

namespace twoseal::authoring {

/// The resources of a `set:` list, in its order. Notes resources that stand twice, and a whole
/// file beside a part of the same file.
[[nodiscard]] std::vector<Resource> read_resources(const Value& set,
                                                   Files& files,
                                                   std::vector<Bytes>& blobs);

/// The scope that a file name stands for: its last part without suffix, when that is an id.
[[nodiscard]] std::optional<ScopeId> scope_of_file(std::string_view name);

/// Reads `scope:` or takes the scope from the name of the file; notes when there is none.
[[nodiscard]] ScopeId read_scope(Table& table, const Source& source);

struct CompiledState {
  State state;
  Bytes bytes;               ///< canonical
  std::vector<Bytes> blobs;  ///< files that the state names by digest
};

/// Compiles a file with `scope?`, `enforce?` and `set`. `org`: digest of roster version 1.
/// Errc::bad_yaml with every problem and its place; Errc::too_large.
[[nodiscard]] Result<CompiledState> compile_state(const Source& source,
                                                  const Digest& org,
                                                  const Reader& reader);

}  // namespace twoseal::authoring
