// Which hosts are to take a change back: because somebody asked for it, or because too many others
// failed.
#pragma once

#include <string_view>

#include "workflow/change_facts.h"
#include "workflow/documents.h"

namespace twoseal {

/// Whether somebody asked `host` to take the change back, and no later release names that.
[[nodiscard]] bool is_asked_back(const ChangeFacts& facts, const HostId& host);

/// Whether the gate of a phase has closed and the change says that it is then taken back
/// everywhere, as each host will judge it: policy/rollback.h.
[[nodiscard]] bool is_taken_back_by_gate(const ChangeFacts& facts, const Documents& documents);

/// What `host` said against taking the change back, as long as that is asked of it and nobody asked
/// again since; nullptr. `by_gate`: what is_taken_back_by_gate() says.
[[nodiscard]] const RefusedBack* refusal_of(const ChangeFacts& facts,
                                            const HostId& host,
                                            bool by_gate);

/// Whether `host` has to take the change back and has not answered that yet. `by_gate`: what
/// is_taken_back_by_gate() says. One that was interrupted waits for a person to ask anew; one that
/// may be at work without having said so has to end first, or to say that it never began.
[[nodiscard]] bool is_going_back(const ChangeFacts& facts, const HostId& host, bool by_gate);

/// Whether some host has to.
[[nodiscard]] bool is_going_back(const ChangeFacts& facts, const Documents& documents);

}  // namespace twoseal
