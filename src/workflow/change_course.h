// Where a change stands, and what may be done about it now. Pure: what is needed is read before.
//
// Roles, needs, matching, withdrawals, releases and stops are judged by the functions of policy/
// that a host decides with (Anchor::log: the log has been read, so entries need no proofs); gates
// by their arithmetic in policy/gate.h over outcomes that were verified when they were recorded.
// What a host alone knows (its memory, its own plan) is left to it.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "policy/gate.h"
#include "storage/store.h"
#include "workflow/change_facts.h"
#include "workflow/documents.h"

namespace twoseal {

/// Before its author signed it, a change is a draft, or planned when hosts were asked; the log
/// knows of neither.
enum class ChangeState {
  draft,
  planned,
  in_review,
  approved,
  scheduled,  ///< approved, and its window has not opened
  rolling,
  verifying,  ///< every host has ended, and the last gate has not opened
  done,
  rejected,
  withdrawn,
  expired,
  rolled_back,
  failed,
  stale,
};

/// `in-review`.
[[nodiscard]] std::string_view text_of(ChangeState state);

/// One role that the rules ask for.
struct NeededRole {
  RoleId role;
  std::int64_t n = 1;
  std::vector<ActorId> given;  ///< whose approval fills a place
  std::vector<ActorId> could;  ///< who holds the role, has not approved and is not barred
};

struct BarredPerson {
  ActorId by;
  std::string why;  ///< `wrote the change`
};

enum class PhaseGate {
  waiting,  ///< too few have answered, or signed off
  soaks,
  open,
  closed,  ///< for good
};

struct PhaseCourse {
  Name name;
  bool released = false;       ///< a release of this or, behind auto gates, an earlier phase serves
  bool needs_release = false;  ///< nothing serves yet
  PhaseGate gate = PhaseGate::waiting;  ///< of this phase, for the one behind it
  GateTally tally;
  std::size_t hosts = 0;
  std::int64_t sign_offs = 0;
  std::optional<UnixSeconds> opens_at;  ///< while it soaks
};

/// `state`: an outcome, what the host said against taking it back, or waiting, running, skipped;
/// retired for one that did not begin and is assigned no more, unheard for one that may have begun
/// before its assignment ended.
struct HostCourse {
  HostId id;
  std::string name;
  Name phase;
  std::string state;
  bool stands = false;      ///< something of the change is there
  bool going_back = false;  ///< and it is asked to take that back
  bool asked_back = false;  ///< somebody asked it to take the change back, and nobody released that
  bool retired = false;     ///< its assignment is over: nothing is heard of it any more
};

/// What is to be done next, and by whom. `what`: approve, release, sign-off, wait, plan-again,
/// none.
struct NextStep {
  std::string what = "none";
  Name phase;
  std::vector<RoleId> roles;
  std::vector<ActorId> who;
  std::optional<UnixSeconds> until;
};

struct ChangeCourse {
  ChangeState state = ChangeState::draft;
  std::vector<NeededRole> needs;
  bool needs_any = false;  ///< one of them is enough: an emergency
  std::int64_t min_local = 0;
  std::size_t people_min = 1;
  bool approved = false;
  std::vector<ActorId> opponents;
  std::vector<BarredPerson> barred;
  std::vector<Reason> reasons;  ///< what stands in the way now, by the steps of the decision
  std::vector<PhaseCourse> phases;
  std::vector<HostCourse> hosts;
  NextStep next;
};

/// What a course is made from besides facts and documents.
struct ChangeMaterial {
  std::map<Digest, SignedStatement> statements;
  std::map<Digest, InclusionProof> inclusions;  ///< entries; their paths are empty
  std::map<Digest, Bytes> blobs;  ///< state, plan, rollback state, releases, evidence, classes
};

/// Reads it. Errors of the store; an object that is not there is left out.
[[nodiscard]] Result<ChangeMaterial> read_material(const Store& store, const ChangeFacts& facts);

/// `now`: the clock of who asks.
[[nodiscard]] ChangeCourse course_of(const ChangeFacts& facts,
                                     const Documents& documents,
                                     const ChangeMaterial& material,
                                     UnixSeconds now);

/// The phases alone, which takes neither signatures nor material.
[[nodiscard]] std::vector<PhaseCourse> phases_of(const ChangeFacts& facts,
                                                 const Documents& documents,
                                                 UnixSeconds now);

/// Whether every host has ended and every gate is open; for a change that a person carries out,
/// whether it was released and signed off.
[[nodiscard]] bool is_done(const ChangeFacts& facts, const Documents& documents, UnixSeconds now);

/// The roles that the rules ask for, over all targets; nothing when no rule matches or something
/// that the change names is not there.
[[nodiscard]] std::optional<std::set<RoleId>> needed_roles(const ChangeFacts& facts,
                                                           const Documents& documents,
                                                           const ChangeMaterial& material,
                                                           UnixSeconds now);

/// Whether the window has closed before every host had ended, and nothing else ended the change.
[[nodiscard]] bool has_expired(const ChangeFacts& facts, UnixSeconds now);

/// What a statement about a change would record.
struct Transition {
  const SignedStatement* source = nullptr;
  std::optional<Release> release = {};       ///< of act release
  std::optional<Rollback> rollback = {};     ///< of act rollback
  std::optional<HostResult> result = {};     ///< of a result
  const Statement* withdrawn = nullptr;      ///< what a withdrawal takes back
  const std::set<RoleId>* needed = nullptr;  ///< of a vote: needed_roles(), when there are
};

/// Whether `transition` may be recorded now. `facts`: of its change. `material` is looked at for
/// releases alone. Refuses with the code of the
/// rule it breaks: S3 for who may not approve, S5 for who may not release or what a release leaves
/// out, W1, W4, W5, W6 when a release comes at the wrong time; Errc::superseded for an older
/// version; Errc::wrong_state; Errc::nothing_to_sign; C2 for a host that is no target.
[[nodiscard]] Result<void> check_transition(const ChangeFacts& facts,
                                            const Documents& documents,
                                            const ChangeMaterial& material,
                                            const Transition& transition,
                                            UnixSeconds now);

}  // namespace twoseal
