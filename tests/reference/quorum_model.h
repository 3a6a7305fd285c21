// A second reading of step 15 of docs/formats/decision.md: slow, plain, and written without looking
// at src/policy, so that a mistake in one of them shows as a difference. It tries every assignment
// of people to places and knows no matching algorithm.
#pragma once

#include "policy/quorum.h"

namespace twoseal::reference {

/// What decide_quorum() must answer. `used` is some witness, not the only one.
[[nodiscard]] QuorumAnswer quorum(const QuorumQuestion& question);

/// Whether the votes at the indices `used` really fill all places of `question`: different people
/// who may vote, each place filled by one of them, and the flags over all of them.
[[nodiscard]] bool is_witness(const QuorumQuestion& question, const std::vector<std::size_t>& used);

}  // namespace twoseal::reference
