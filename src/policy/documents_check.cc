// Steps 4 and 5: freshness, policy and restrictions; and the times that everything is judged with.
#include <algorithm>

#include "base/limits.h"
#include "policy/chain.h"
#include "policy/inspection.h"

namespace twoseal {
namespace {

const RoleId& officer() {
  static const RoleId kRole = RoleId::parse("security-officer").value();
  return kRole;
}

bool timekeepers_signed(Inspection& in, const Named<Fresh>& fresh) {
  std::set<KeyId> signers;
  for (const auto& [digest, source] : in.bundle.statements) {
    const Statement& statement = source.statement;
    const bool about = statement.obj == fresh.digest && statement.obj_type == ObjType::fresh &&
                       statement.act == Act::sign && statement.at == fresh.value.at &&
                       statement.role.empty() && statement.by.text() == "t:" + statement.key.text();
    const OwnedKey* key = about ? in.keyring->find(statement.by, statement.key) : nullptr;
    if (key == nullptr || !verify_record(source, key->pub, nullptr, nullptr)) {
      continue;
    }
    if (statement.roster > in.roster->value.version) {
      in.refuse(
          Step::fresh, Errc::refuse_f3, "a timekeeper knows a newer roster than the one here");
      continue;
    }
    signers.insert(statement.key);
    in.seen.insert(statement.seen);
  }
  return static_cast<std::int64_t>(signers.size()) >= in.roster->value.timekeepers.threshold;
}

template <class T>
void compare_version(Inspection& in,
                     const VersionRef& named,
                     const Versions<T>& versions,
                     std::string_view what) {
  if (versions.empty()) {
    return;  // the step of that document says so
  }
  const auto& newest = *versions.rbegin();
  if (named.version == newest.first && named.digest == newest.second.digest) {
    return;
  }
  const bool two = named.version == newest.first;
  in.refuse(two ? Step::roster : Step::fresh,
            two ? Errc::refuse_r5 : Errc::refuse_f3,
            "the freshness statement names " + std::string(what) + " " +
                std::to_string(named.version) +
                (two ? " with another digest than the one here"
                     : "; the newest here is " + std::to_string(newest.first)));
}

// Whether enough people signed `document` (of `type`), one of them the security officer.
template <class T>
bool officers_signed(Inspection& in, const Named<T>& document, ObjType type) {
  std::set<ActorId> signers;
  bool has_officer = false;
  for (const Judged* judged : in.judge->valid(document.digest, type, Act::sign)) {
    const Statement& statement = judged->statement();
    signers.insert(statement.by);
    const bool in_role = statement.role.empty() || statement.role == officer();
    has_officer =
        has_officer || (in_role && in.keyring->holds(statement.by, officer(), judged->moment));
  }
  const std::int64_t threshold = in.roster->value.policy_threshold;
  if (static_cast<std::int64_t>(signers.size()) >= threshold && has_officer) {
    return true;
  }
  in.refuse(Step::policy,
            Errc::refuse_p1,
            std::string(name_of(type)) + " " + std::to_string(document.value.version) + ": " +
                std::to_string(signers.size()) + " of " + std::to_string(threshold) +
                " signatures" + (has_officer ? "" : ", none by a security officer"));
  return false;
}

template <class T>
const T* check_versions(Inspection& in,
                        const Versions<T>& versions,
                        std::optional<VersionRef> remembered,
                        ObjType type) {
  if (!in.policy_memory) {
    remembered.reset();
  }
  const ChainFault fault = walk_chain(versions, remembered);
  const std::string name(name_of(type));
  if (fault == ChainFault::equivocation) {
    in.refuse(Step::roster, Errc::refuse_r5, name + ": the remembered version has another digest");
    return nullptr;
  }
  if (fault != ChainFault::none) {
    in.refuse(Step::policy, Errc::refuse_p2, name + ": " + std::string(text_of(fault)));
    return nullptr;
  }
  for (const auto& [number, document] : versions) {
    if (!officers_signed(in, document, type)) {
      return nullptr;
    }
  }
  const T& newest = versions.rbegin()->second.value;
  if (in.hi >= newest.expires) {
    in.refuse(Step::policy,
              Errc::refuse_p2,
              name + " " + std::to_string(newest.version) + " expired at " +
                  std::to_string(newest.expires));
  }
  return &newest;
}

}  // namespace

void check_times(Inspection& in) {
  in.floor = in.time_memory ? in.inputs.floor : in.floor;
  in.hi = std::max(in.inputs.clock, in.floor);
  in.lo = in.inputs.clock;
  if (!in.bundle.fresh) {
    in.refuse(Step::fresh, Errc::refuse_f1, "there is no freshness statement");
    return;
  }
  const Fresh& fresh = in.bundle.fresh->value;
  if (!timekeepers_signed(in, *in.bundle.fresh)) {
    in.refuse(Step::fresh, Errc::refuse_f1, "the timekeepers did not sign the freshness statement");
    return;
  }
  if (fresh.at > in.inputs.clock + limits::kDay) {
    in.refuse(Step::fresh,
              Errc::refuse_f1,
              "the freshness statement is dated more than a day after the clock here");
    return;
  }
  in.floor = std::max(in.floor, fresh.at);
  in.hi = std::max(in.inputs.clock, in.floor);
  in.lo = std::min(in.inputs.clock, fresh.at);
}

void check_fresh(Inspection& in) {
  const Roster& roster = in.roster->value;
  if (in.hi >= roster.expires) {
    in.refuse(Step::roster,
              Errc::refuse_r3,
              "roster " + std::to_string(roster.version) + " expired at " +
                  std::to_string(roster.expires));
  }
  if (!in.bundle.fresh || in.findings.failed(Step::fresh)) {
    return;
  }
  const Fresh& fresh = in.bundle.fresh->value;
  if (fresh.at + fresh.ttl < in.hi) {
    in.refuse(Step::fresh,
              Errc::refuse_f2,
              "the freshness statement of " + std::to_string(fresh.at) + " was good for " +
                  std::to_string(fresh.ttl) + " s; now it is " + std::to_string(in.hi));
  }
  const auto remembered = in.bundle.state ? in.bundle.state->fresh_at : std::nullopt;
  if (in.time_memory && remembered && fresh.at < *remembered) {
    in.refuse(Step::fresh, Errc::refuse_f3, "a newer freshness statement was seen here before");
  }
  compare_version(in, fresh.roster, in.bundle.rosters, "roster");
  compare_version(in, fresh.policy, in.bundle.policies, "policy");
  compare_version(in, fresh.restrictions, in.bundle.restrictions, "restrictions");
}

void check_policy(Inspection& in) {
  const auto& state = in.bundle.state;
  in.policy =
      check_versions(in, in.bundle.policies, state ? state->policy : std::nullopt, ObjType::policy);
}

void check_restrictions(Inspection& in) {
  const auto& state = in.bundle.state;
  in.restrictions = check_versions(in,
                                   in.bundle.restrictions,
                                   state ? state->restrictions : std::nullopt,
                                   ObjType::restrictions);
}

}  // namespace twoseal
