// Random edits of the roster and of what hosts are: people, keys, roles, deputies, assignments.
#include <algorithm>

#include "base/limits.h"
#include "crypto/hash.h"
#include "tests/properties/random_edit.h"

namespace twoseal::properties {
namespace {

using vectors::kNow;
using vectors::Signing;
using vectors::World;

void sort_roles(Person& person) {
  std::sort(person.roles.begin(), person.roles.end(), [](const auto& a, const auto& b) {
    return a.role < b.role;
  });
}

std::optional<std::int64_t> any_until(Dice& dice) {
  return static_cast<std::int64_t>(dice.below(20));
}

void grant(World& world, Dice& dice) {
  Person& person = any_person(world, dice);
  const RoleId role = any_role(dice);
  const bool held = std::any_of(
      person.roles.begin(), person.roles.end(), [&](const auto& one) { return one.role == role; });
  if (!held) {
    person.roles.push_back({role, dice.once_in(4) ? any_until(dice) : std::nullopt});
    sort_roles(person);
  }
}

void end_role(World& world, Dice& dice) {
  Person& person = any_person(world, dice);
  if (person.roles.empty()) {
    return;
  }
  if (dice.once_in(2)) {
    dice.pick(person.roles).until = any_until(dice);
  } else {
    person.roles.erase(person.roles.begin() +
                       static_cast<std::ptrdiff_t>(dice.below(person.roles.size())));
  }
}

void end_key(World& world, Dice& dice) {
  Person& person = any_person(world, dice);
  if (person.keys.empty()) {
    return;
  }
  RosterKey& key = dice.pick(person.keys);
  switch (dice.below(4)) {
    case 0:
      key.compromised = true;
      break;
    case 1:
      key.login_only = true;
      break;
    default:
      key.until = any_until(dice);
      break;
  }
}

void deputise(World& world, Dice& dice) {
  Person& person = any_person(world, dice);
  const std::int64_t from = dice.one_of<std::int64_t>({0, 60, 61, 120, 121, 300, 301});
  const std::int64_t to = dice.one_of<std::int64_t>({-240, -239, -180, 0, 60, 120, 1000});
  person.deputy = Deputy{any_person(world, dice).id, kNow + from - 60, kNow + to};
}

void add_someone(World& world, Dice& dice) {
  const std::string key = "new-" + std::to_string(world.keys.size());
  const KeyKind kind =
      dice.one_of({KeyKind::ssh, KeyKind::sk, KeyKind::local_file, KeyKind::passkey});
  const std::string role = any_role(dice).text();
  vectors::add_person(world, "p:" + key, {role}, key, kind);
  Signing one;
  one.key = key;
  one.label = new_label(world, "approve");
  one.at = kNow + 90;
  one.role = dice.once_in(2) ? role : "";
  vectors::add_before_release(world, one);
}

void give_another_key(World& world, Dice& dice) {
  const std::string key = "more-" + std::to_string(world.keys.size());
  world.keys[key] = vectors::software_key(
      key, dice.one_of({KeyKind::ssh, KeyKind::sk, KeyKind::local_file, KeyKind::passkey}));
  world.give_key(any_person(world, dice).id.text(), key);
  for (Signing& one : world.statements) {
    if (dice.once_in(4)) {
      one.key = key;
    }
  }
}

void roster_numbers(World& world, Dice& dice) {
  Roster& roster = world.rosters.back();
  switch (dice.below(8)) {
    case 0:
      roster.demo = !roster.demo;
      break;
    case 1:
      roster.root.threshold = static_cast<std::int64_t>(1 + dice.below(4));
      break;
    case 2:
      roster.policy_threshold = static_cast<std::int64_t>(1 + dice.below(3));
      break;
    case 3:
      roster.expires = world.inputs.clock + any_distance(dice);
      break;
    case 4:
      roster.witness_min = static_cast<std::int64_t>(dice.below(2));
      break;
    case 5:
      roster.services[0].until = any_until(dice);
      break;
    default: {
      Component& component = dice.pick(roster.components);
      component.owners = {any_person(world, dice).id};
      component.type = dice.one_of({ComponentType::app,
                                    ComponentType::infrastructure,
                                    ComponentType::it,
                                    ComponentType::network});
      if (dice.once_in(3)) {
        component.owns.emplace_back("/srv");
        std::sort(component.owns.begin(), component.owns.end());
      }
      break;
    }
  }
}

// A second version of the roster, after which further edits of people come.
void another_roster(World& world, Dice& dice) {
  if (world.rosters.size() > 2) {
    return;
  }
  Roster& next = vectors::add_roster(world);
  switch (dice.below(6)) {
    case 0:
      world.keys["timekeeper-2"] = vectors::software_key("timekeeper-2", KeyKind::ssh);
      next.timekeepers.keys = {
          {world.keys["timekeeper-2"].pub.id(), world.keys["timekeeper-2"].pub.encoded()}};
      if (dice.once_in(2) && has_statement(world, "fresh")) {
        world.signing("fresh").key = "timekeeper-2";
      }
      break;
    case 1:
      for (Person& person : next.people) {
        for (RosterKey& key : person.keys) {
          key.compromised = key.compromised || dice.once_in(3);
        }
      }
      break;
    case 2:
      next.issued = world.inputs.clock + any_distance(dice);
      break;
    default:
      break;
  }
}

void assignment(World& world, Dice& dice) {
  auto host = world.hosts.begin();
  std::advance(host, static_cast<std::ptrdiff_t>(dice.below(world.hosts.size())));
  if (dice.once_in(3)) {
    Assignment next = host->second.versions.back();
    next.version += 1;
    next.prev.reset();
    host->second.versions.push_back(next);
  }
  Assignment& newest = host->second.versions.back();
  switch (dice.below(6)) {
    case 0:
    case 1:
      newest.env = vectors::name(dice.one_of<std::string_view>({"prod", "test", "dev"}));
      break;
    case 2:
      newest.data_class = vectors::name(dice.one_of<std::string_view>({"internal", "secret"}));
      break;
    case 3:
      newest.expires = world.inputs.clock + any_distance(dice);
      break;
    case 4:
      newest.name = dice.once_in(2) ? "web-02" : "web-01";
      break;
    default: {
      Workspace one;
      one.id = vectors::name("cloud");
      one.env = vectors::name(dice.one_of<std::string_view>({"prod", "test"}));
      one.data_class = newest.data_class;
      newest.workspaces = {{one}};
      if (dice.once_in(2) && world.change.executor.by == ExecutorBy::agent) {
        world.change.executor.by = ExecutorBy::runner;
        world.change.executor.host = world.host_id(host->first);
        world.change.executor.workspace = one.id;
      }
      break;
    }
  }
}

}  // namespace

std::vector<NamedEdit> people_edits() {
  return {{"grant a role", grant, 4},
          {"end a role", end_role, 2},
          {"end a key", end_key, 2},
          {"deputise", deputise, 3},
          {"add a person", add_someone, 3},
          {"give another key", give_another_key, 2},
          {"roster numbers", roster_numbers, 2},
          {"another roster", another_roster},
          {"assignment", assignment, 2}};
}

}  // namespace twoseal::properties
