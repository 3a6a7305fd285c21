// Whether a host takes a change back because others say so: docs/formats/decision.md, "Taking
// back".
#pragma once

#include <optional>
#include <string>

#include "policy/bundle.h"
#include "policy/decision.h"

namespace twoseal {

/// `reasons`: why not; empty when the change is to be taken back. `entry`: index of the rollback
/// statement's entry; absent when a gate closed for good.
struct RollbackDecision {
  std::vector<Reason> reasons;
  std::optional<std::int64_t> entry;
  std::string why;  ///< one line, for people
  UnixSeconds floor = 0;

  [[nodiscard]] bool permits() const { return reasons.empty(); }
};

/// Asks the files of a decision directory whether the change in them is to be taken back on the
/// host of `inputs`: a valid `rollback` statement, recorded, by somebody who holds the role
/// executor or a role that a matching approval rule needs, whose object (among the blobs) names the
/// change and, if any, the host; or, where the change says `auto_on: gate` and the policy does not
/// forbid it, more failed hosts of a phase than its automatic gate allows.
///
/// Judged are steps 2 to 4 and 6 to 8: an expired policy keeps nobody from undoing. Pure.
[[nodiscard]] RollbackDecision authorize_rollback(const Files& files,
                                                  const DecisionInputs& inputs,
                                                  Anchor anchor = Anchor::memory);

}  // namespace twoseal
