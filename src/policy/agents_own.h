// What the agent itself is made of, which no change may touch but an update of it.
#pragma once

#include <string>
#include <vector>

#include "model/plan.h"

namespace twoseal {

/// Whether `resource`, its handlers or the place that it links to reaches into the agent: its
/// programs, units and directories, and the paths `own_paths` that the agent keeps for itself.
[[nodiscard]] bool is_agents_own(const Resource& resource,
                                 const std::vector<std::string>& own_paths);

}  // namespace twoseal
