// The plan of hosts that do not exist: in a demo organisation nobody answers a plan request, so
// each target is taken as a host that has none of the resources yet.
#pragma once

#include <span>
#include <vector>

#include "model/change.h"
#include "model/plan.h"

namespace twoseal::cli {

struct SimulatedPlan {
  Bytes plan;                 ///< canonical
  Bytes plan_class;           ///< canonical; the one class of all hosts
  std::vector<Name> effects;  ///< ascending
};

/// Every resource is created, on every target. `state`: the digest of the state.
[[nodiscard]] SimulatedPlan simulate_plan(std::span<const Resource> resources,
                                          std::span<const TargetHost> targets,
                                          const Digest& org,
                                          const Digest& state);

}  // namespace twoseal::cli
