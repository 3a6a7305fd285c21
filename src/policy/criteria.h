// What may stand in for a quorum: auto-approval and the emergency branch; and evidence.
#pragma once

#include "policy/inspection.h"

namespace twoseal {

/// Whether a valid `attest` with verdict pass exists for evidence of `kind` about the core of the
/// change, by neither its author nor a contributor. With `need`, only by those it names.
[[nodiscard]] bool has_evidence(Inspection& in, const Name& kind, const EvidenceNeed* need);

/// Judges the auto rule that the change claims; S4. Writes every criterion into `in.criteria`.
void check_auto(Inspection& in);

/// Judges the emergency branch; S4.
void check_emergency(Inspection& in);

/// Whether a statement takes part: named by the serving release, or, where there is none, any.
[[nodiscard]] bool counts_for_release(const Inspection& in, const Digest& statement);

/// The author and the contributors whose names are known.
[[nodiscard]] std::set<ActorId> authors_of(const Change& change);

/// Valid approvals by people who may approve, each their last word that was not withdrawn.
[[nodiscard]] std::vector<const Judged*> standing_approvals(Inspection& in);

}  // namespace twoseal
