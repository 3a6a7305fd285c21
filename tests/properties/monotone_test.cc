// Taking away what speaks for a change, or adding what speaks against it, never turns a refusal
// into a permission.
//
// A random world is asked twice, as it is and with one such narrowing. Some narrowings also take
// away what speaks against the change, and then the rule says nothing: an approval can be the only
// proof that the roster here is old, that the log was forked, or the one thing that the release
// should not have named; and a revoked key or role can be that of a rejection, a withdrawal, a stop
// or a release, which do not count any more either.
#include <algorithm>
#include <array>
#include <set>

#include <doctest/doctest.h>

#include "base/limits.h"
#include "codec/objects.h"
#include "policy/authorize.h"
#include "tests/properties/random_edit.h"
#include "tests/properties/random_world.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace
using properties::Dice;
using properties::Recipe;
using vectors::Signing;
using vectors::World;

namespace {

constexpr std::uint64_t kCasesByDefault = 300;
constexpr std::size_t kStepsMax = 4;

// Keeps the entry in the log, so that nothing else moves, and hides the statement itself.
void withhold(Signing& one) {
  one.in_files = false;
  one.named = false;
}

void withhold_all(World& world, Act act) {
  for (Signing& one : world.statements) {
    if (one.act == act) {
      withhold(one);
    }
  }
}

std::string person_of(const World& world, const Signing& one) {
  if (one.by) {
    return *one.by;
  }
  for (const Person& person : world.rosters.back().people) {
    for (const RosterKey& key : person.keys) {
      if (key.id == world.keys.at(one.key).pub.id()) {
        return person.id.text();
      }
    }
  }
  return {};
}

void without_author(World& world, Dice&) {
  withhold_all(world, Act::author);
}

void without_approvals_of_one(World& world, Dice& dice) {
  const std::string who = properties::any_person(world, dice).id.text();
  for (Signing& one : world.statements) {
    if (one.act == Act::approve && person_of(world, one) == who) {
      withhold(one);
    }
  }
}

void without_attestation(World& world, Dice& dice) {
  for (Signing& one : world.statements) {
    if (one.act == Act::attest && !dice.once_in(3)) {
      withhold(one);
    }
  }
}

void without_releases(World& world, Dice&) {
  withhold_all(world, Act::release);
}

void sooner(UnixSeconds& moment, const World& world, Dice& dice) {
  moment = std::min(moment, world.inputs.clock + properties::any_distance(dice));
}

void expired(World& world, Dice& dice) {
  switch (dice.below(7)) {
    case 0:
      sooner(world.rosters.back().expires, world, dice);
      break;
    case 1:
      sooner(world.policy.expires, world, dice);
      break;
    case 2:
      sooner(world.restrictions.expires, world, dice);
      break;
    case 3:
      for (auto& [name, host] : world.hosts) {
        sooner(host.versions.back().expires, world, dice);
      }
      break;
    case 4:
      for (AutoRule& rule : world.policy.auto_rules) {
        sooner(rule.expires, world, dice);
      }
      break;
    case 5:
      for (Rule& rule : world.policy.rules) {
        rule.max_age =
            std::min<std::int64_t>(rule.max_age, static_cast<std::int64_t>(1 + dice.below(700)));
      }
      break;
    default:
      world.fresh.ttl =
          std::min<std::int64_t>(world.fresh.ttl, static_cast<std::int64_t>(1 + dice.below(60)));
      break;
  }
}

void lower(std::optional<std::int64_t>& until, Dice& dice) {
  until = std::min(until.value_or(limits::kIntegerMax), static_cast<std::int64_t>(dice.below(20)));
}

void key_revoked(World& world, Dice& dice) {
  Person& person = properties::any_person(world, dice);
  if (person.keys.empty()) {
    return;
  }
  RosterKey& key = dice.pick(person.keys);
  if (dice.once_in(2)) {
    key.compromised = true;
  } else {
    lower(key.until, dice);
  }
}

void role_revoked(World& world, Dice& dice) {
  Person& person = properties::any_person(world, dice);
  if (person.deputy && dice.once_in(2)) {
    person.deputy->to = std::min(person.deputy->to, vectors::kNow - 300);
  } else if (!person.roles.empty()) {
    lower(dice.pick(person.roles).until, dice);
  }
}

// Named by the releases, as the last word before the first of them.
void rejected(World& world, Dice& dice) {
  Signing one;
  one.act = Act::reject;
  one.key = properties::any_key(world, dice);
  one.label = properties::new_label(world, "added-reject");
  one.at = vectors::kNow + static_cast<std::int64_t>(dice.below(290));
  one.role = dice.once_in(2) ? std::string() : properties::any_role(dice).text();
  vectors::add_before_release(world, one);
}

void stopped(World& world, Dice& dice) {
  Stop stop;
  stop.by = properties::any_person(world, dice).id;
  stop.from = vectors::kNow + dice.one_of<std::int64_t>({0, 600, 700});
  stop.to = vectors::kNow + dice.one_of<std::int64_t>({100, 580, 7200});
  stop.id = vectors::name("added");
  stop.target.org = Digest();
  world.stop_listed.resize(world.stops.size(), true);
  Signing one;
  one.act = Act::sign;
  one.type = ObjType::stop;
  one.about = "stop:" + std::to_string(world.stops.size());
  one.key = properties::any_key(world, dice);
  one.label = properties::new_label(world, "added-stop");
  one.at = vectors::kNow + 350;
  one.named = false;
  world.stops.push_back(stop);
  world.stop_listed.push_back(dice.once_in(2));
  world.statements.push_back(one);
}

void frozen(World& world, Dice& dice) {
  Freeze one;
  one.id = vectors::name("added");
  one.emergency = dice.once_in(2);
  one.envs = {vectors::name(dice.one_of<std::string_view>({"prod", "test"}))};
  one.from = vectors::kNow + dice.one_of<std::int64_t>({0, 600, 700});
  one.to = vectors::kNow + dice.one_of<std::int64_t>({100, 580, 7200});
  world.restrictions.freezes.push_back(one);
}

enum class Takes { statements, authority, nothing };

struct Narrowing {
  std::string_view name;
  void (*edit)(World& world, Dice& dice);
  Takes takes;
};

constexpr std::array kNarrowings = {
    Narrowing{"without author", without_author, Takes::statements},
    Narrowing{"without approvals of one", without_approvals_of_one, Takes::statements},
    Narrowing{"without an attestation", without_attestation, Takes::statements},
    Narrowing{"without releases", without_releases, Takes::statements},
    Narrowing{"expired", expired, Takes::nothing},
    Narrowing{"key revoked", key_revoked, Takes::authority},
    Narrowing{"role revoked", role_revoked, Takes::authority},
    Narrowing{"rejected", rejected, Takes::nothing},
    Narrowing{"stopped", stopped, Takes::nothing},
    Narrowing{"frozen", frozen, Takes::nothing},
};

struct Answered {
  Decision decision;
  std::optional<Change> change;
};

std::optional<Answered> answer(const Recipe& recipe, const Narrowing* narrowing, Dice dice) {
  World world;
  properties::make_world(recipe, world);
  if (narrowing != nullptr) {
    narrowing->edit(world, dice);
  }
  const auto files = properties::sealed(world);
  const auto inputs =
      files ? load_inputs(*files) : Result<DecisionInputs>(fail(Errc::no_input, ""));
  if (!inputs) {
    return std::nullopt;
  }
  return Answered{decide(*files, *inputs), world.change};
}

bool refused_for_any(const Decision& decision, std::initializer_list<Errc> codes) {
  return std::any_of(decision.reasons.begin(), decision.reasons.end(), [&](const Reason& one) {
    return std::find(codes.begin(), codes.end(), one.code) != codes.end();
  });
}

// Whether somebody whose authority may end speaks against the change, or twice in one second, where
// the digest decides.
bool has_objections(const Recipe& recipe) {
  World world;
  properties::make_world(recipe, world);
  const auto objects = [](const Signing& one) {
    return one.act == Act::reject || one.act == Act::withdraw || one.act == Act::release ||
           (one.act == Act::sign && one.type == ObjType::stop);
  };
  // Eve releases and holds no other role in the beginning.
  return world.rosters.size() > 1 ||
         std::any_of(world.statements.begin(), world.statements.end(), [&](const Signing& one) {
           return objects(one) && person_of(world, one) != "p:eve";
         });
}

bool has_ties(const Recipe& recipe) {
  World world;
  properties::make_world(recipe, world);
  std::set<std::pair<std::string, UnixSeconds>> words;
  for (const Signing& one : world.statements) {
    if ((one.act == Act::approve || one.act == Act::reject) &&
        !words.emplace(person_of(world, one), one.at).second) {
      return true;
    }
  }
  return false;
}

// Whether the narrowing also took away what spoke against the change.
bool is_excused(const Recipe& recipe, const Narrowing& narrowing, const Answered& before) {
  // A proof of something newer or of a fork, held in a statement that is gone or invalid now.
  const bool proof =
      refused_for_any(before.decision, {Errc::refuse_f2, Errc::refuse_f3, Errc::refuse_l5});
  switch (narrowing.takes) {
    case Takes::statements:
      // An automatic change may lack its release, and what it named wrongly or left out.
      return proof || before.change->auto_rule.has_value() ||
             refused_for_any(before.decision,
                             {Errc::refuse_b1, Errc::refuse_b2, Errc::refuse_l4, Errc::refuse_s5});
    case Takes::authority:
      return proof || has_objections(recipe) || has_ties(recipe);
    case Takes::nothing:
      break;
  }
  return has_ties(recipe);
}

}  // namespace

TEST_CASE("less for a change or more against it never turns a refusal into a permission") {
  std::map<std::string_view, std::uint64_t> permitted;
  std::uint64_t excused = 0;
  CHECK(properties::holds("narrowed worlds", kCasesByDefault * kNarrowings.size(), [&] {
    const Recipe recipe = *properties::recipes(kStepsMax);
    const Narrowing& narrowing = kNarrowings[*rc::gen::resize(
        rc::kNominalSize, rc::gen::inRange<std::size_t>(0, kNarrowings.size()))];
    const Dice dice(
        *rc::gen::resize(rc::kNominalSize, rc::gen::inRange<std::uint64_t>(0, 1'000'000)));
    const auto after = answer(recipe, &narrowing, dice);
    RC_PRE(after.has_value());
    if (after->decision.answer == Answer::refuse) {
      return;
    }
    ++permitted[narrowing.name];
    const auto before = answer(recipe, nullptr, dice);
    RC_PRE(before.has_value());
    if (before->decision.answer == Answer::refuse) {
      if (is_excused(recipe, narrowing, *before)) {
        ++excused;
        return;
      }
      RC_FAIL(std::string(narrowing.name) +
              " permits what was refused: " + before->decision.reasons.front().text);
    }
  }));
  for (const auto& [name, count] : permitted) {
    std::cout << "  permitted " << name << ": " << count << "\n";
  }
  std::cout << "  excused: " << excused << "\n";
}
