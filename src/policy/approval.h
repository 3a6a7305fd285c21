// How far the approvals of a change have come: for who shows it to people, by the very rules of the
// decision.
#pragma once

#include <optional>

#include "policy/inspection.h"
#include "policy/quorum.h"
#include "policy/rules.h"

namespace twoseal {

struct ApprovalStanding {
  Requirement requirement;  ///< no `rules` in it: none matches, unless it is an emergency
  QuorumQuestion question;
  QuorumAnswer answer;
};

/// The question that steps 11 and 15 ask for the targets of `in` with `effects`, and its answer.
/// Nothing without a policy or targets. Refuses nothing.
[[nodiscard]] std::optional<ApprovalStanding> approval_standing(Inspection& in,
                                                                const std::set<Name>& effects);

}  // namespace twoseal
