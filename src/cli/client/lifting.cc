#include "cli/client/lifting.h"

#include <algorithm>
#include <set>

#include "policy/halts.h"

namespace twoseal::cli {
namespace {

bool has_key_for_it(const Inspection& facts, const Person& person) {
  return std::any_of(person.keys.begin(), person.keys.end(), [&](const RosterKey& one) {
    const auto pub = PublicKey::parse_ssh(one.pub);
    return pub && lifts_with(facts, person.id, pub->id());
  });
}

}  // namespace

bool may_raise(const Inspection& facts, const ActorId& by, UnixSeconds now) {
  const RoleMoment moment{now, now, static_cast<std::int64_t>(facts.log->point().size)};
  return may_raise_stops(facts.roster->value, *facts.keyring, by, moment);
}

std::vector<ActorId> lifters(const Inspection& facts, UnixSeconds now) {
  std::vector<ActorId> people;
  for (const Person& person : facts.roster->value.people) {
    if (may_raise(facts, person.id, now) && has_key_for_it(facts, person)) {
      people.push_back(person.id);
    }
  }
  return people;
}

LiftStanding lift_standing(Inspection& facts, const Digest& stop, UnixSeconds now) {
  LiftStanding standing;
  const auto held = facts.bundle.stops.find(stop);
  if (held == facts.bundle.stops.end() || is_lifted(facts, stop, held->second)) {
    standing.lifted = true;
    return standing;
  }
  std::set<ActorId> signers;
  for (const Judged* judged : facts.judge->valid(stop, ObjType::stop, Act::lift)) {
    signers.insert(judged->statement().by);
  }
  standing.by.assign(signers.begin(), signers.end());
  for (const ActorId& one : lifters(facts, now)) {
    if (!signers.contains(one)) {
      standing.could.push_back(one);
    }
  }
  return standing;
}

bool lifts_with(const Inspection& facts, const ActorId& by, const KeyId& key) {
  const OwnedKey* owned = facts.keyring->find(by, key);
  return owned != nullptr && !owned->until && !owned->compromised && !owned->login_only &&
         (owned->display == Display::local || facts.roster->value.demo);
}

std::string lifters_text(const LiftStanding& standing, const ActorId& raiser) {
  const std::size_t missing = kLiftsNeeded - std::min(kLiftsNeeded, standing.by.size());
  std::string others;
  bool alone = false;
  std::size_t count = 0;
  for (const ActorId& one : standing.could) {
    if (one == raiser) {
      alone = true;
    } else {
      others += (others.empty() ? "" : ", ") + one.text();
      ++count;
    }
  }
  const std::string rest = count < missing ? "" : std::to_string(missing) + " of " + others;
  const std::string first = alone ? raiser.text() + ", who raised it" : "";
  if (rest.empty() && first.empty()) {
    return "nobody";
  }
  return first + (rest.empty() || first.empty() ? "" : ", or ") + rest;
}

}  // namespace twoseal::cli
