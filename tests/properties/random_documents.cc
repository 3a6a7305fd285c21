// Random edits of policy, restrictions, freshness, times and of what the host remembers.
#include <algorithm>

#include "base/limits.h"
#include "crypto/hash.h"
#include "tests/properties/random_edit.h"

namespace twoseal::properties {
namespace {

using vectors::kNow;
using vectors::Signing;
using vectors::World;

Name any_name(Dice& dice, std::initializer_list<std::string_view> names) {
  return vectors::name(dice.one_of(names));
}

void match(Match& match, Dice& dice) {
  switch (dice.below(6)) {
    case 0:
      match.kinds = {{any_name(dice, {"normal", "emergency", "network"})}};
      break;
    case 1:
      match.envs = {{any_name(dice, {"prod", "test", "dev"})}};
      break;
    case 2:
      match.components = {
          {ComponentId::parse(dice.one_of<std::string>({"web", "ssh", "net"})).value()}};
      break;
    case 3:
      match.component_types = {{any_name(dice, {"app", "infrastructure", "network"})}};
      break;
    case 4:
      match.data_classes = {{any_name(dice, {"internal", "secret"})}};
      break;
    default:
      match.effects = {{any_name(dice, {"auth", "kernel", "network"})}};
      break;
  }
  if (dice.once_in(3)) {
    match = {};
  }
}

void rule(World& world, Dice& dice) {
  auto& rules = world.policy.rules;
  if (rules.empty()) {
    return;
  }
  if (dice.once_in(6)) {
    rules.push_back(dice.pick(rules));
    rules.back().id = vectors::name("rule-" + std::to_string(rules.size()));
  }
  Rule& one = dice.once_in(3) ? dice.pick(rules) : rules[0];
  switch (dice.below(12)) {
    case 0:
      one.min_local = static_cast<std::int64_t>(dice.below(3));
      break;
    case 1:
      one.need_uv = !one.need_uv;
      break;
    case 2:
      one.no_sync = !one.no_sync;
      break;
    case 3:
      one.no_file = !one.no_file;
      break;
    case 4:
      one.owner_ack = !one.owner_ack;
      break;
    case 5:
      one.max_age = dice.one_of<std::int64_t>({479, 480, 481, 539, 540, 541, 3600});
      break;
    case 6:
      match(one.match, dice);
      break;
    case 7:
      one.evidence_required = {{any_name(dice, {"test-run", "scan"})}};
      break;
    case 8:
      one.match = {};
      break;
    case 9:
      if (rules.size() > 1) {
        rules.erase(rules.begin() + static_cast<std::ptrdiff_t>(dice.below(rules.size())));
      }
      break;
    default: {
      Need& need = dice.pick(one.need);
      need.n = static_cast<std::int64_t>(1 + dice.below(2));
      if (dice.once_in(2)) {
        need.role = any_role(dice);
      }
      break;
    }
  }
}

void auto_rule(World& world, Dice& dice) {
  if (world.policy.auto_rules.empty()) {
    return;
  }
  AutoRule& one = world.policy.auto_rules[0];
  switch (dice.below(9)) {
    case 0:
      one.evidence_required.clear();
      break;
    case 1:
      one.evidence_required = {{{dice.one_of({vectors::actor("s:ci"), vectors::actor("p:omar")})},
                                any_name(dice, {"test-run", "scan"})}};
      break;
    case 2:
      one.evidence_required = {{{ActorId::parse(dice.one_of<std::string>({"ci", "auditor"}))
                                     .value_or(vectors::actor("s:ci"))},
                                vectors::name("test-run")}};
      break;
    case 3:
      one.max_hosts = static_cast<std::int64_t>(dice.below(4));
      break;
    case 4:
      one.per_day = static_cast<std::int64_t>(dice.below(3));
      break;
    case 5:
      one.phases_required = static_cast<std::int64_t>(1 + dice.below(3));
      break;
    case 6:
      one.expires = world.inputs.clock + any_distance(dice);
      break;
    case 7:
      one.only_actions = {vectors::name("change")};
      break;
    default:
      match(one.match, dice);
      break;
  }
}

void claim_auto(World& world, Dice& dice) {
  world.change.auto_rule = vectors::name(dice.once_in(8) ? "another" : "web-content");
  if (dice.once_in(2)) {
    vectors::drop(world, "security");
    vectors::drop(world, "engineering");
  }
  if (dice.once_in(2)) {
    vectors::drop(world, "release");
  }
  if (world.evidence.empty() && !dice.once_in(4)) {
    vectors::add_evidence(world, "test-run", "ci");
  }
}

void emergency(World& world, Dice& dice) {
  world.change.kind = ChangeKind::emergency;
  world.change.window = {kNow + 14'400, kNow};
  EmergencyRule& rule = world.policy.emergency;
  switch (dice.below(5)) {
    case 0:
      rule.max_hosts = static_cast<std::int64_t>(dice.below(4));
      break;
    case 1:
      rule.per_day = static_cast<std::int64_t>(dice.below(3));
      break;
    case 2:
      rule.roles = {any_role(dice)};
      break;
    default:
      break;
  }
}

void counts(World& world, Dice& dice) {
  world.agent.counts.push_back(
      {(kNow + static_cast<std::int64_t>(dice.below(2)) * limits::kDay) / limits::kDay,
       static_cast<std::int64_t>(dice.below(4)),
       any_name(dice, {"web-content", "emergency"})});
}

void freeze(World& world, Dice& dice) {
  Freeze one;
  one.id = vectors::name("freeze-" + std::to_string(world.restrictions.freezes.size()));
  one.emergency = dice.once_in(2);
  one.envs = {any_name(dice, {"prod", "prod", "test"})};
  one.from = kNow + dice.one_of<std::int64_t>({0, 600, 601, 3600});
  one.to = kNow + dice.one_of<std::int64_t>({580, 581, 7200});
  if (dice.once_in(2)) {
    one.scope = ScopeId::parse(dice.one_of<std::string>({"web-motd", "another"})).value();
  }
  world.restrictions.freezes.push_back(one);
}

void expiry(World& world, Dice& dice) {
  auto& expires = dice.once_in(2) ? world.policy.expires : world.restrictions.expires;
  expires = world.inputs.clock + any_distance(dice);
}

void assign_rule(World& world, Dice& dice) {
  if (world.policy.assign.empty()) {
    return;
  }
  AssignRule& one = dice.pick(world.policy.assign);
  if (dice.once_in(3)) {
    one.envs = {any_name(dice, {"prod", "test", "dev"})};
  } else {
    AnyNeed& need = dice.pick(one.need);
    need.n = static_cast<std::int64_t>(1 + dice.below(2));
    need.roles = {any_role(dice)};
  }
}

// A version 2 of the policy, signed by some.
void later_policy(World& world, Dice& dice) {
  if (!world.later_policies.empty()) {
    return;
  }
  Policy next = world.policy;
  next.version += 1;
  next.nonce = vectors::nonce_of("policy 2");
  world.later_policies.push_back(next);
  for (const std::string key : {"amara", "dana"}) {
    Signing one;
    one.act = Act::sign;
    one.type = ObjType::policy;
    one.about = "policy:" + std::to_string(next.version);
    one.key = key;
    one.label = "policy-2-" + key;
    one.at = kNow - 3600;
    if (!dice.once_in(6)) {
      world.genesis.push_back(one);
    }
  }
  if (dice.once_in(2)) {
    world.change.min_policy = next.version;
  }
}

void clock(World& world, Dice& dice) {
  switch (dice.below(6)) {
    case 0:
      world.inputs.clock += any_distance(dice);
      break;
    case 1:
      world.inputs.floor = world.inputs.clock + any_distance(dice);
      break;
    case 2:
      world.fresh.ttl = dice.one_of<std::int64_t>({1, 19, 20, 21, limits::kDay});
      break;
    case 3:
      world.agent.fresh_at = world.fresh.at + any_distance(dice);
      break;
    default:
      world.fresh.at += any_distance(dice);
      for (Signing& one : world.fresh_signatures) {
        one.at = world.fresh.at;
      }
      break;
  }
}

void memory(World& world, Dice& dice) {
  AgentState& agent = world.agent;
  const VersionRef other{sha256("another version"), static_cast<std::int64_t>(1 + dice.below(2))};
  switch (dice.below(9)) {
    case 0:
      world.remembers = !world.remembers;
      break;
    case 1:
      agent.policy = other;
      break;
    case 2:
      agent.restrictions = other;
      break;
    case 3:
      agent.assignment = other;
      break;
    case 4:
      agent.roster = other;
      break;
    case 5:
      agent.checkpoint = LogPoint{sha256("another log"), static_cast<std::int64_t>(dice.below(30))};
      break;
    case 6:
      agent.applied.push_back({sha256("required"), dice.once_in(3)});
      break;
    case 7:
      agent.scopes.push_back(
          {dice.once_in(2) ? std::optional(sha256("base")) : std::nullopt,
           {"file:/srv/web/motd"},
           ScopeId::parse(dice.one_of<std::string>({"web-motd", "zz"})).value()});
      break;
    default:
      agent.own_paths = {dice.one_of<std::string>({"/srv/web", "/srv/web/motd", "/opt"})};
      break;
  }
}

void stops_named(World& world, Dice& dice) {
  switch (dice.below(4)) {
    case 0:
      world.fresh.stops = sha256("another list");
      break;
    case 1:
      world.fresh.policy = {sha256("another policy"), static_cast<std::int64_t>(1 + dice.below(2))};
      break;
    case 2:
      world.fresh.roster = {sha256("another roster"), static_cast<std::int64_t>(1 + dice.below(2))};
      break;
    default:
      world.fresh.log = {sha256("another log"), static_cast<std::int64_t>(1 + dice.below(40))};
      break;
  }
}

}  // namespace

std::vector<NamedEdit> document_edits() {
  return {{"rule", rule, 5},
          {"auto rule", auto_rule, 2},
          {"claim auto", claim_auto, 2},
          {"emergency", emergency, 2},
          {"counts", counts},
          {"freeze", freeze, 2},
          {"expiry", expiry},
          {"assign rule", assign_rule},
          {"later policy", later_policy},
          {"clock", clock, 2},
          {"memory", memory, 2},
          {"freshness names", stops_named}};
}

}  // namespace twoseal::properties
