// Whether a host answers a request for a plan: docs/formats/plan.md.
#pragma once

#include "model/plan.h"
#include "policy/inspection.h"

namespace twoseal {

/// `documents`: what authorize() found over the host's documents, none of steps 2 to 7 refusing.
/// `digest`: of the request's bytes. `now`: the host's clock. Errc::bad_signature;
/// Errc::plan_refused with the reason: another organisation or host, too late, valid for longer
/// than an hour, a signer without a role that `policy.plan` names for the environment of this host.
[[nodiscard]] Result<void> check_plan_request(const Inspection& documents,
                                              const Digest& digest,
                                              const PlanRequest& request,
                                              const SignedStatement& statement,
                                              UnixSeconds now);

/// Whether a host that remembers `memory` could look after `state` at all, so that nobody approves
/// what every host refuses: steps 19 and 20. Errc::refuse_k1; Errc::refuse_c5, naming the resource.
[[nodiscard]] Result<void> check_planned_state(const Inspection& documents,
                                               const AgentState& memory,
                                               const State& state);

}  // namespace twoseal
