// From a state to what a host would do.
#pragma once

#include "resources/operation.h"
#include "resources/plan_view.h"

namespace twoseal {

/// The steps that bring the host from what it is to what `state` wants, in the order of its
/// resources, and then the handlers (a restart of a unit takes the place of its reload). Empty when
/// all is as wanted.
///
/// Reads through the system only; starts nothing. Errors name the resource: those of the kinds,
/// Errc::bad_resource for what the table of kinds does not allow, Errc::refuse_c5 for a kind that
/// this release cannot look after, Errc::refuse_k1 for one that is marked secret.
[[nodiscard]] Result<HostPlan> plan_state(const State& state,
                                          System& system,
                                          const PlanInputs& inputs);

/// A resource that cannot be planned, and why.
struct Unplanned {
  std::string resource;
  Error why;
};

/// The same of as many resources as can be planned; the others go to `left_out`. For looking after
/// what stands, where one resource says nothing about the next.
[[nodiscard]] Result<HostPlan> plan_each(const State& state,
                                         System& system,
                                         const PlanInputs& inputs,
                                         std::vector<Unplanned>& left_out);

}  // namespace twoseal
