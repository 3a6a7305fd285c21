// Whether the approvals of a change suffice: needs, separation of duties, flags. Over plain values,
// so that it can be checked against a slow model for every combination.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/id.h"

namespace twoseal {

/// One approve or reject by one person.
struct Vote {
  ActorId by;
  bool approves = true;
  RoleId role;            ///< as signed; empty for any
  std::set<RoleId> held;  ///< needed roles that the person held then
  UnixSeconds at = 0;
  Digest digest;
  bool valid = true;  ///< signature, key, entry and role are as they must be
  bool withdrawn = false;
  bool aged = false;   ///< older than the rules allow
  bool local = false;  ///< by a key that counts toward min_local here
  bool user_verified = false;
  bool backup_eligible = false;
};

struct QuorumQuestion {
  std::map<RoleId, std::int64_t> need;  ///< different people per role
  std::int64_t min_local = 0;
  bool need_uv = false;
  bool no_sync = false;
  std::size_t people_min = 1;      ///< different people at least, whatever the roles
  std::set<ActorId> disqualified;  ///< author, contributors, executors, releasers
  std::vector<Vote> votes;
};

enum class QuorumOutcome {
  met,
  short_by_age,       ///< would be met if approvals that are too old counted
  short_by_validity,  ///< would be met if approvals that are not valid counted
  short_of_people,
};

struct QuorumAnswer {
  QuorumOutcome outcome = QuorumOutcome::short_of_people;
  std::vector<std::size_t> used;      ///< met: indices of votes, one per place
  std::vector<std::size_t> counting;  ///< indices of approvals that could have been used
  std::vector<ActorId> opponents;     ///< holders of a needed role whose standing vote is reject
};

/// Answers the question. Opponents do not change the outcome; the caller refuses for them.
///
/// Per person the highest (`at`, then `digest`) valid vote that was not withdrawn stands. A vote
/// with a role fills only that role, one without any needed role that its person held. Needs are
/// filled one to one, and further people of any needed role fill up to `people_min`; over the
/// people used, `min_local` are local, with `need_uv` all are user-verified, with `no_sync` none is
/// backup-eligible. docs/formats/decision.md, step 15.
[[nodiscard]] QuorumAnswer decide_quorum(const QuorumQuestion& question);

/// What is needed and who counts, for people.
[[nodiscard]] std::string shortfall_text(const QuorumQuestion& question,
                                         const QuorumAnswer& answer);

}  // namespace twoseal
