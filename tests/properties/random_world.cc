#include "tests/properties/random_world.h"

#include <algorithm>
#include <ostream>

#include "base/limits.h"
#include "tests/properties/random_edit.h"

namespace twoseal::properties {
namespace {

using vectors::Signing;
using vectors::World;

// Every edit as often as its weight says.
const std::vector<NamedEdit>& all_edits() {
  static const std::vector<NamedEdit> kEdits = [] {
    std::vector<NamedEdit> list;
    for (const auto& theme :
         {statement_edits(), people_edits(), document_edits(), change_edits()}) {
      for (const NamedEdit& one : theme) {
        list.insert(list.end(), one.weight, one);
      }
    }
    return list;
  }();
  return kEdits;
}

// Indices of permitted vectors, counted from 1 as in a recipe, and 0 for the basic world.
const std::vector<std::size_t>& permitted_bases() {
  static const std::vector<std::size_t> kBases = [] {
    std::vector<std::size_t> list = {0};
    for (std::size_t i = 0; i < vectors::all_cases().size(); ++i) {
      if (vectors::all_cases()[i].expected.decision != "refuse") {
        list.push_back(i + 1);
      }
    }
    return list;
  }();
  return kBases;
}

}  // namespace

rc::Gen<Recipe> recipes(std::size_t steps_max) {
  const auto step = rc::gen::map(
      rc::gen::pair(rc::gen::inRange<std::size_t>(0, all_edits().size()),
                    rc::gen::noShrink(rc::gen::inRange<std::uint64_t>(0, 1'000'000))),
      [](const std::pair<std::size_t, std::uint64_t>& one) { return Step{one.first, one.second}; });
  const auto base =
      rc::gen::oneOf(rc::gen::elementOf(permitted_bases()),
                     rc::gen::inRange<std::size_t>(0, vectors::all_cases().size() + 1));
  const auto steps =
      rc::gen::mapcat(rc::gen::inRange<std::size_t>(0, steps_max + 1), [step](std::size_t count) {
        return rc::gen::container<std::vector<Step>>(count, rc::gen::noShrink(step));
      });
  // At the nominal size, since a small one would draw from the beginning of every range only.
  return rc::gen::resize(rc::kNominalSize,
                         rc::gen::map(rc::gen::pair(base, steps),
                                      [](const std::pair<std::size_t, std::vector<Step>>& one) {
                                        return Recipe{one.first, one.second};
                                      }));
}

void make_world(const Recipe& recipe, World& world) {
  if (recipe.base > 0) {
    const auto& edit = vectors::all_cases()[recipe.base - 1].edit;
    if (edit) {
      edit(world);
    }
  }
  for (const Step& step : recipe.steps) {
    Dice dice(step.dice);
    all_edits()[step.edit].edit(world, dice);
  }
}

std::optional<Files> sealed(World& world) {
  try {
    return world.seal();
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

std::string text_of(const Recipe& recipe) {
  std::string text = recipe.base > 0 ? vectors::all_cases()[recipe.base - 1].name : "basic world";
  for (const Step& step : recipe.steps) {
    text +=
        ", " + std::string(all_edits()[step.edit].name) + " (" + std::to_string(step.dice) + ")";
  }
  return text;
}

std::ostream& operator<<(std::ostream& out, const Recipe& recipe) {
  return out << text_of(recipe);
}

std::string any_key(const World& world, Dice& dice) {
  std::vector<std::string> names;
  for (const auto& [name, key] : world.keys) {
    const bool bare = name.starts_with("root") || name.starts_with("host:") || name == "log" ||
                      name == "timekeeper";
    if (!bare || dice.once_in(8)) {
      names.push_back(name);
    }
  }
  return dice.pick(names);
}

Signing* any_statement(World& world, Dice& dice) {
  auto& list = dice.once_in(4)    ? world.genesis
               : dice.once_in(12) ? world.fresh_signatures
                                  : world.statements;
  return list.empty() ? nullptr : &dice.pick(list);
}

bool has_statement(const World& world, std::string_view label) {
  const auto among = [&](const std::vector<Signing>& list) {
    return std::any_of(
        list.begin(), list.end(), [&](const Signing& one) { return one.label == label; });
  };
  return among(world.statements) || among(world.genesis) || among(world.fresh_signatures);
}

Person& any_person(World& world, Dice& dice) {
  return dice.pick(world.rosters.back().people);
}

RoleId any_role(Dice& dice) {
  return vectors::role(dice.one_of<std::string_view>({"security-lead",
                                                      "engineering-lead",
                                                      "security-lead",
                                                      "engineering-lead",
                                                      "it-manager",
                                                      "devops-lead",
                                                      "executor",
                                                      "security-officer",
                                                      "auditor",
                                                      "executive",
                                                      "owner:web",
                                                      "owner:ssh"}));
}

std::string new_label(const World& world, std::string_view prefix) {
  return std::string(prefix) + "-" +
         std::to_string(world.statements.size() + world.genesis.size() + world.results.size());
}

std::int64_t any_distance(Dice& dice) {
  return dice.one_of<std::int64_t>({-40 * limits::kDay,
                                    -limits::kDay - 1,
                                    -limits::kDay,
                                    -3600,
                                    -301,
                                    -300,
                                    -1,
                                    0,
                                    1,
                                    300,
                                    301,
                                    3600,
                                    limits::kDay,
                                    limits::kDay + 1,
                                    8 * limits::kDay});
}

void put_somewhere(World& world, Signing signing, Dice& dice) {
  auto at = world.statements.end();
  if (!dice.once_in(4)) {
    at = std::find_if(world.statements.begin(), world.statements.end(), [](const Signing& one) {
      return one.act == Act::release;
    });
  }
  world.statements.insert(at, std::move(signing));
}

}  // namespace twoseal::properties
