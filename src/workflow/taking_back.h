// Which hosts are to take a change back: because somebody asked for it, or because too many others
// failed.
#pragma once

#include <string_view>

#include "workflow/change_facts.h"
#include "workflow/documents.h"

namespace twoseal {

/// Whether something stands on a host with this outcome that can be taken back.
[[nodiscard]] bool stands(std::string_view outcome);

/// Whether somebody asked `host` to take the change back, and no later release names that.
[[nodiscard]] bool is_asked_back(const ChangeFacts& facts, const HostId& host);

/// Whether the gate of a phase has closed and the change says that it is then taken back
/// everywhere, as each host will judge it: policy/rollback.h.
[[nodiscard]] bool is_taken_back_by_gate(const ChangeFacts& facts, const Documents& documents);

/// Whether some host that applied it well has to take it back still. One that failed may try in
/// vain.
[[nodiscard]] bool is_going_back(const ChangeFacts& facts, const Documents& documents);

}  // namespace twoseal
