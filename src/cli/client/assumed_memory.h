// What a host remembers, as far as a change that was approved for it tells.
#pragma once

#include "base/result.h"
#include "model/agent_state.h"
#include "policy/bundle.h"

namespace twoseal::cli {

/// Where the plan of the change among `files` says that its scope stands on `host`, and the changes
/// that it requires as applied: a host remembers both, and no log shows them to a reader. A host
/// that does not stand there refuses (W3). Added to `state`. Errors of decoding.
[[nodiscard]] Result<void> assume_memory(const Files& files, const HostId& host, AgentState& state);

}  // namespace twoseal::cli
