// The answer does not depend on the order of lists whose order means nothing, nor on the names of
// statement files.
#include <algorithm>
#include <set>
#include <tuple>

#include <doctest/doctest.h>

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

constexpr std::uint64_t kCasesByDefault = 1'500;
constexpr std::size_t kStepsMax = 4;

template <class List>
void shuffle(List& list, Dice& dice) {
  std::shuffle(list.begin(), list.end(), dice.engine());
}

void shuffle_lists(World& world, Dice& dice) {
  for (Roster& roster : world.rosters) {
    shuffle(roster.people, dice);
    for (Person& person : roster.people) {
      shuffle(person.keys, dice);
    }
    shuffle(roster.services, dice);
    shuffle(roster.components, dice);
    shuffle(roster.root.keys, dice);
    shuffle(roster.timekeepers.keys, dice);
    shuffle(roster.log.vkeys, dice);
  }
  shuffle(world.policy.rules, dice);
  for (Rule& rule : world.policy.rules) {
    shuffle(rule.need, dice);
  }
  shuffle(world.policy.auto_rules, dice);
  shuffle(world.policy.assign, dice);
  shuffle(world.policy.plan, dice);
  shuffle(world.restrictions.freezes, dice);
  shuffle(world.agent.scopes, dice);
  shuffle(world.agent.counts, dice);
  shuffle(world.change.health, dice);
}

// Gives every statement file another name.
Files renamed(const Files& files, Dice& dice) {
  std::vector<std::string> names;
  for (const auto& [path, bytes] : files) {
    if (path.starts_with("statements/")) {
      names.push_back("statements/" + std::to_string(names.size()) + ".json");
    }
  }
  shuffle(names, dice);
  Files result;
  for (const auto& [path, bytes] : files) {
    if (path.starts_with("statements/") && path.ends_with(".json")) {
      result[names.back()] = bytes;
      names.pop_back();
    } else {
      result[path] = bytes;
    }
  }
  return result;
}

// Answer and floor, and what the lowest failing step found.
auto meaning_of(const Decision& decision) {
  std::set<std::tuple<int, Errc, Exit>> causes;
  for (const Reason& one : decision.reasons) {
    if (one.step == decision.reasons.front().step) {
      causes.emplace(static_cast<int>(one.step), one.code, one.exit);
    }
  }
  return std::tuple(decision.answer, decision.floor, decision.phase, causes);
}

// Two words of one person in one second: then the digest decides, which every edit changes.
bool has_ties(const World& world) {
  std::set<UnixSeconds> words;
  for (const Signing& one : world.statements) {
    if ((one.act == Act::approve || one.act == Act::reject) && !words.insert(one.at).second) {
      return true;
    }
  }
  return false;
}

std::optional<Decision> decide_all(const std::optional<Files>& files) {
  const auto inputs =
      files ? load_inputs(*files) : Result<DecisionInputs>(fail(Errc::no_input, ""));
  return inputs ? std::optional(decide(*files, *inputs)) : std::nullopt;
}

}  // namespace

TEST_CASE("neither the order of lists nor the names of statements change the answer") {
  std::uint64_t permitted = 0;
  CHECK(properties::holds("shuffled worlds", kCasesByDefault, [&] {
    const Recipe recipe = *properties::recipes(kStepsMax);
    Dice dice(*rc::gen::resize(rc::kNominalSize, rc::gen::inRange<std::uint64_t>(0, 1'000'000)));
    World world;
    properties::make_world(recipe, world);
    const auto files = properties::sealed(world);
    const auto before = decide_all(files);
    RC_PRE(before.has_value());
    permitted += before->answer == Answer::refuse ? 0 : 1;
    const auto under_other_names = decide_all(renamed(*files, dice));
    RC_ASSERT(under_other_names.has_value());
    RC_ASSERT(meaning_of(*under_other_names) == meaning_of(*before));
    RC_ASSERT(under_other_names->counted == before->counted);
    if (has_ties(world)) {
      return;
    }
    World again;
    properties::make_world(recipe, again);
    shuffle_lists(again, dice);
    const auto after = decide_all(properties::sealed(again));
    RC_ASSERT(after.has_value());
    if (meaning_of(*after) != meaning_of(*before)) {
      RC_FAIL(before->reasons.empty() ? "permitted before; now " + after->reasons.front().text
              : after->reasons.empty()
                  ? "permitted now; before " + before->reasons.front().text
                  : before->reasons.front().text + " / " + after->reasons.front().text);
    }
  }));
  std::cout << "  permitted: " << permitted << "\n";
}
