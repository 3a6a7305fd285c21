// Step 18: stops that people raised, and freezes that the restrictions set.
#include <algorithm>

#include "policy/halts.h"
#include "policy/inspection.h"

namespace twoseal {
namespace {

constexpr std::array<std::string_view, 2> kOnlookers = {"auditor", "executive"};

bool may_raise(const Inspection& in, const Judged& judged) {
  return may_raise_stops(in.roster->value, *in.keyring, judged.statement().by, judged.moment);
}

bool concerns(const Inspection& in, const Stop& stop) {
  return stop.target.org      ? *stop.target.org == in.inputs.org
         : stop.target.change ? *stop.target.change == in.change_digest()
                              : stop.target.scope == in.change->scope;
}

void check_stop(Inspection& in, const Digest& digest, const Stop& stop, bool listed) {
  if (in.hi < stop.from || in.lo > stop.to || !concerns(in, stop)) {
    return;
  }
  if (!listed && !is_raised(in, digest, stop)) {
    in.findings.note("stop " + stop.id.text() + " is signed by nobody who may raise it");
    return;
  }
  if (!is_lifted(in, digest, stop)) {
    in.refuse(
        Step::halts,
        Errc::refuse_w5,
        "stop " + stop.id.text() + " by " + stop.by.text() + " until " + std::to_string(stop.to));
  }
}

void check_stops(Inspection& in) {
  if (!in.bundle.fresh) {
    return;
  }
  std::set<Digest> listed;
  if (!in.bundle.stop_list || in.bundle.stop_list->digest != in.bundle.fresh->value.stops) {
    in.refuse(Step::halts,
              Errc::refuse_w5,
              "the list of stops is not the one that the freshness statement names");
  } else {
    const auto& list = in.bundle.stop_list->value.list;
    listed.insert(list.begin(), list.end());
  }
  for (const Digest& digest : listed) {
    if (!in.bundle.stops.contains(digest)) {
      in.refuse(Step::halts, Errc::refuse_w5, "stop " + digest.text() + " is listed but not shown");
    }
  }
  for (const auto& [digest, stop] : in.bundle.stops) {
    check_stop(in, digest, stop, listed.contains(digest));
  }
}

void check_freezes(Inspection& in) {
  if (in.restrictions == nullptr) {
    return;
  }
  for (const Freeze& freeze : in.restrictions->freezes) {
    const bool active = freeze.from <= in.hi && in.lo < freeze.to;
    const bool env = std::any_of(in.targets.begin(), in.targets.end(), [&](const auto& target) {
      return std::binary_search(freeze.envs.begin(), freeze.envs.end(), target.env);
    });
    const bool scope = !freeze.scope || freeze.scope == in.change->scope;
    const bool passes = freeze.emergency && in.change->kind == ChangeKind::emergency;
    if (active && env && scope && !passes) {
      in.refuse(Step::halts,
                Errc::refuse_w6,
                "freeze " + freeze.id.text() + " until " + std::to_string(freeze.to));
    }
  }
}

}  // namespace

bool may_raise_stops(const Roster& roster,
                     const Keyring& keyring,
                     const ActorId& by,
                     const RoleMoment& moment) {
  const Person* person = keyring.person(by);
  if (person == nullptr) {
    return false;
  }
  std::set<RoleId> roles;
  for (const Person* one :
       {person, person->deputy ? keyring.person(person->deputy->of) : nullptr}) {
    for (const RoleGrant& grant : one != nullptr ? one->roles : std::vector<RoleGrant>()) {
      roles.insert(grant.role);
    }
  }
  // The keyring was built, so the name of every component leaves room for the role of its owners.
  for (const Component& component : roster.components) {
    roles.insert(RoleId::parse("owner:" + component.id.text()).value());
  }
  return std::any_of(roles.begin(), roles.end(), [&](const RoleId& role) {
    return std::find(kOnlookers.begin(), kOnlookers.end(), role.text()) == kOnlookers.end() &&
           keyring.holds(by, role, moment);
  });
}

bool is_raised(Inspection& in, const Digest& digest, const Stop& stop) {
  const auto signatures = in.judge->valid(digest, ObjType::stop, Act::sign);
  return std::any_of(signatures.begin(), signatures.end(), [&](const Judged* judged) {
    return judged->statement().by == stop.by && may_raise(in, *judged);
  });
}

// Lifted by who raised it, or by two others.
bool is_lifted(Inspection& in, const Digest& digest, const Stop& stop) {
  std::set<ActorId> others;
  for (const Judged* judged : in.judge->valid(digest, ObjType::stop, Act::lift)) {
    if (judged->statement().by == stop.by) {
      return true;
    }
    if (may_raise(in, *judged)) {
      others.insert(judged->statement().by);
    }
  }
  return others.size() >= kLiftsNeeded;
}

void check_halts(Inspection& in) {
  check_stops(in);
  check_freezes(in);
}

}  // namespace twoseal
