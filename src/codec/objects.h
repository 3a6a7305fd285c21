// Bytes to values and back, for every signed or stored object. docs/formats has a page for each.
#pragma once

#include "base/bytes.h"
#include "base/id.h"
#include "base/limits.h"
#include "base/result.h"

namespace twoseal::codec {

/// Reads one object from canonical bytes: first the canonical check, then the closed field table.
///
/// T is any struct of model/ that stands for a whole object: Roster, Policy, Restrictions,
/// Assignment, Batch, BatchList, Fresh, StopList, Stop, Change, Release, Rollback, Evidence,
/// HostResult, State, Plan, PlanClass, PlanRequest, PlanAnswer, Statement, SignatureRecord,
/// LedgerEntry, InclusionProof, MemberProof, ConsistencyProof, AgentState, DecisionInputs,
/// Expectation, LoginSession, JoinRequest, AgentReport. Errc::not_canonical, Errc::too_large,
/// Errc::bad_field with the path of the field.
template <class T>
[[nodiscard]] Result<T> decode(BytesView bytes, std::size_t size_max = limits::kObjectMax);

/// The canonical bytes of `object`. The reverse of decode() for everything that decode() returns.
template <class T>
[[nodiscard]] Bytes encode(const T& object);

/// The digest of a change's bytes with the exact range `"evidence":[…],` cut out: what evidence is
/// about, since a change names its evidence. `change` must have decoded.
[[nodiscard]] Digest change_core(BytesView change);

/// The value of the top-level text field `key`, or nothing when there is none or the bytes are not
/// canonical. For telling what an object is before reading it.
[[nodiscard]] std::string peek_text(BytesView bytes, std::string_view key);

}  // namespace twoseal::codec
