// A second reading of docs/formats/decision.md: slow, plain, and written without looking at the
// sources of src/policy, so that a mistake in one of them shows as a difference. It shares the
// struct definitions, codec/, crypto/, ledger/ and the table of kinds (policy/effects.h) with the
// decision, and nothing else.
#pragma once

#include <set>
#include <string>

#include "policy/bundle.h"
#include "policy/decision.h"

namespace twoseal::reference {

/// One reason to refuse, without its words.
struct Cause {
  int step = 0;
  Errc code = Errc::internal;
  Exit exit = Exit::error;
  auto operator<=>(const Cause&) const = default;
};

/// What the decision must be. `causes`: those of the lowest failing step; empty unless refused.
struct Outcome {
  Answer answer = Answer::refuse;
  std::set<Cause> causes;
  UnixSeconds floor = 0;
};

/// authorize(), and admit() when `inputs` has an own plan.
[[nodiscard]] Outcome decide(const Files& files, const DecisionInputs& inputs);

/// `refuse 15 S3(5)`, for people.
[[nodiscard]] std::string text_of(const Outcome& outcome);

/// Whether `decision` is what `outcome` says: the same answer and floor, and its first reason is
/// one of the causes.
[[nodiscard]] bool agrees(const Outcome& outcome, const Decision& decision);

}  // namespace twoseal::reference
