// Step 3: the chain of rosters, signed by the root keys before and after each change of them.
#include <algorithm>
#include <array>

#include "policy/chain.h"
#include "policy/inspection.h"

namespace twoseal {
namespace {

constexpr std::string_view kOfficer = "security-officer";

// How many different keys of `group` signed `roster`, whose keys are in `ring`.
std::int64_t count_root_signatures(Inspection& in,
                                   const Named<Roster>& roster,
                                   const Keyring& ring,
                                   const KeyGroup& group) {
  std::set<KeyId> signers;
  for (const auto& [digest, source] : in.bundle.statements) {
    const Statement& statement = source.statement;
    const bool about = statement.obj == roster.digest && statement.obj_type == ObjType::roster &&
                       statement.act == Act::sign && statement.roster == roster.value.version &&
                       statement.role.empty() &&
                       statement.by.text() == "root:" + statement.key.text();
    const bool listed = std::any_of(group.keys.begin(), group.keys.end(), [&](const BareKey& key) {
      return key.id == statement.key;
    });
    const OwnedKey* key = about && listed ? ring.find(statement.by, statement.key) : nullptr;
    if (key != nullptr && verify_record(source, key->pub, nullptr, nullptr)) {
      signers.insert(statement.key);
      in.seen.insert(statement.seen);
    }
  }
  return static_cast<std::int64_t>(signers.size());
}

bool signed_by(Inspection& in,
               const Named<Roster>& roster,
               const Keyring& ring,
               std::string_view whose) {
  const KeyGroup& group = ring.roster().root;
  const std::int64_t count = count_root_signatures(in, roster, ring, group);
  if (count >= group.threshold) {
    return true;
  }
  in.refuse(Step::roster,
            Errc::refuse_r1,
            "roster " + std::to_string(roster.value.version) + ": " + std::to_string(count) +
                " of " + std::to_string(group.threshold) + " signatures by the root keys of " +
                std::string(whose));
  return false;
}

bool check_chain(Inspection& in, const std::optional<VersionRef>& remembered) {
  const Versions<Roster>& rosters = in.bundle.rosters;
  const ChainFault fault = walk_chain(rosters, remembered);
  if (fault == ChainFault::equivocation) {
    in.refuse(Step::roster, Errc::refuse_r5, "the remembered version has another digest here");
    return false;
  }
  if (fault != ChainFault::none) {
    in.refuse(Step::roster,
              fault == ChainFault::missing ? Errc::refuse_r1 : Errc::refuse_r2,
              "rosters: " + std::string(text_of(fault)));
    return false;
  }
  const std::int64_t first = rosters.begin()->first;
  if ((!remembered || in.anchor == Anchor::first_roster) && first != 1) {
    in.refuse(Step::roster, Errc::refuse_r2, "the chain of rosters does not start at version 1");
    return false;
  }
  // The root keys before an update sign it too, so the roster before must be here.
  if (remembered && first > remembered->version) {
    in.refuse(Step::roster, Errc::refuse_r2, "the remembered version is not here");
    return false;
  }
  return true;
}

// The keys with which `role` can be exercised under `roster`.
std::set<KeyId> live_keys(const Roster& roster, std::string_view role) {
  std::set<KeyId> keys;
  for (const Person& person : roster.people) {
    const bool holds = std::any_of(person.roles.begin(), person.roles.end(), [&](const auto& one) {
      return one.role.text() == role && !one.until;
    });
    for (const RosterKey& key : person.keys) {
      if (holds && !key.compromised && !key.until && !key.login_only) {
        keys.insert(key.id);
      }
    }
  }
  return keys;
}

// The keys whose statements count under `roster` at least for a while: people's keys that are not
// compromised, ended ones too.
std::set<KeyId> trusted_keys(const Roster& roster) {
  std::set<KeyId> keys;
  for (const Person& person : roster.people) {
    for (const RosterKey& key : person.keys) {
      if (!key.compromised) {
        keys.insert(key.id);
      }
    }
  }
  return keys;
}

bool share_any(const std::set<KeyId>& a, const std::set<KeyId>& b) {
  return std::any_of(a.begin(), a.end(), [&](const KeyId& key) { return b.contains(key); });
}

// Whether `after` disowns every key with which `role` could be exercised under `before`. A key that
// merely ended is no reason to forget: what it signed still counts, so an older version would too.
bool disowned(const Roster& before, const Roster& after, std::string_view role) {
  const std::set<KeyId> old_keys = live_keys(before, role);
  return !old_keys.empty() && !share_any(old_keys, trusted_keys(after));
}

std::set<KeyId> ids_of(const KeyGroup& group) {
  std::set<KeyId> ids;
  for (const BareKey& key : group.keys) {
    ids.insert(key.id);
  }
  return ids;
}

// What was signed with keys that a later roster disowned does not bind any more: whoever stole them
// must not have the last word.
void forget_disowned(Inspection& in, const Roster& before, const Roster& after) {
  in.policy_memory = !disowned(before, after, kOfficer);
  in.assignment_memory =
      !disowned(before, after, "devops-lead") && !disowned(before, after, "it-manager");
  if (!share_any(ids_of(before.timekeepers), ids_of(after.timekeepers))) {
    in.time_memory = false;
    in.floor = after.issued;
  }
}

// Checks one version: its content, and its signatures unless they were judged before.
std::optional<Keyring> check_version(Inspection& in,
                                     const Named<Roster>& roster,
                                     const std::optional<Keyring>& before,
                                     bool judged_before) {
  const std::string name = "roster " + std::to_string(roster.value.version) + ": ";
  auto ring = Keyring::build(roster.value);
  if (!ring) {
    in.refuse(Step::roster, Errc::refuse_r4, name + ring.error().what);
    return std::nullopt;
  }
  if (before && before->roster().demo != roster.value.demo) {
    in.refuse(
        Step::roster, Errc::refuse_r4, name + "its demo mark is not that of the first version");
    return std::nullopt;
  }
  if (judged_before) {
    return *std::move(ring);
  }
  if (before && !signed_by(in, roster, *before, "the version before")) {
    return std::nullopt;
  }
  if (!signed_by(in, roster, *ring, "its own version")) {
    return std::nullopt;
  }
  return *std::move(ring);
}

}  // namespace

std::string_view text_of(ChainFault fault) {
  // In the order of ChainFault.
  constexpr std::array<std::string_view, 5> kTexts = {
      "complete",
      "there is none",
      "the newest is older than the one remembered here",
      "the versions do not follow one another",
      "the version remembered here has another digest",
  };
  return kTexts[static_cast<std::size_t>(fault)];
}

void check_roster(Inspection& in) {
  const auto remembered = in.bundle.state ? in.bundle.state->roster : std::nullopt;
  if (!check_chain(in, remembered)) {
    return;
  }
  std::optional<Keyring> ring;
  const Roster* start = &in.bundle.rosters.begin()->second.value;  // what was held before the walk
  for (const auto& [number, roster] : in.bundle.rosters) {
    const bool known = remembered && number <= remembered->version;
    auto next = check_version(in, roster, ring, known && in.anchor == Anchor::memory);
    if (!next) {
      return;
    }
    start = known ? &roster.value : start;
    ring = std::move(next);
    in.roster = &roster;
  }
  forget_disowned(in, *start, in.roster->value);
  in.keyring = std::move(ring);
}

}  // namespace twoseal
