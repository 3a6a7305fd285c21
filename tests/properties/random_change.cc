// Random edits of the change itself: who wrote it, targets, phases, state, plan; and who decides.
#include <algorithm>

#include "base/limits.h"
#include "crypto/hash.h"
#include "tests/properties/random_edit.h"

namespace twoseal::properties {
namespace {

using vectors::Signing;
using vectors::World;

void people(World& world, Dice& dice) {
  Change& change = world.change;
  switch (dice.below(4)) {
    case 0: {
      const std::string id =
          dice.one_of<std::string>({"p:bo", "p:amara", "p:eve", "p:noor", "s:ci"});
      change.author = vectors::actor(id);
      for (Signing& one : world.statements) {
        if (one.label == "author" && !dice.once_in(4)) {
          one.key = id.substr(2);
        }
      }
      if (id == "s:ci") {
        change.contributors = {{"p:leo"}};
      }
      break;
    }
    case 1:
      change.contributors = {{"?"}};
      break;
    case 2:
      change.contributors = {{dice.one_of<std::string>({"p:bo", "p:amara", "p:noor", "p:omar"})}};
      break;
    default:
      change.contributors = {{"?", "p:leo"}};
      break;
  }
}

void words(World& world, Dice& dice) {
  Change& change = world.change;
  switch (dice.below(8)) {
    case 0:
      change.components = {
          ComponentId::parse(dice.one_of<std::string>({"net", "ssh", "web"})).value()};
      break;
    case 1:
      change.effects = {
          vectors::name(dice.one_of<std::string_view>({"auth", "kernel", "network", "trust"}))};
      break;
    case 2:
      change.kind = dice.one_of({ChangeKind::network, ChangeKind::patch, ChangeKind::access});
      break;
    case 3:
      change.min_policy = static_cast<std::int64_t>(1 + dice.below(2));
      break;
    case 4:
      change.window.not_before = world.inputs.clock + any_distance(dice);
      change.window.not_after = std::max(change.window.not_after, change.window.not_before + 1);
      break;
    case 5:
      change.window.not_after = world.inputs.clock + dice.one_of<std::int64_t>({-1, 0, 1, 3600});
      break;
    case 6:
      change.requires_changes = {sha256("required")};
      break;
    default:
      change.risks = {vectors::name("undo-partial")};
      break;
  }
}

void phases(World& world, Dice& dice) {
  if (!world.change.phases || world.change.phases->empty()) {
    return;
  }
  auto& list = *world.change.phases;
  Phase& phase = list[0];
  switch (dice.below(6)) {
    case 0:
      phase.gate = {};
      phase.gate.kind = GateKind::owner;
      phase.gate.n = static_cast<std::int64_t>(1 + dice.below(2));
      break;
    case 1:
      phase.gate = {};
      phase.gate.kind = GateKind::person;
      break;
    case 2:
      phase.gate = {};
      phase.gate.failed_max = static_cast<std::int64_t>(dice.below(2));
      break;
    case 3:
      phase.soak = dice.one_of<std::int64_t>({0, 300, 3179, 3180, 3181, 3200});
      break;
    case 4: {
      Phase third = list.back();
      third.name = vectors::name("third");
      third.hosts = {world.host_id("stg-01")};
      list.push_back(third);
      break;
    }
    default:
      std::swap(list.front(), list.back());
      break;
  }
}

void second_phase(World& world, Dice& dice) {
  if (!world.change.phases || !has_statement(world, "fresh")) {
    return;
  }
  vectors::make_second_phase(world);
  if (dice.once_in(3) && has_statement(world, "release")) {
    vectors::add_second_release(world, dice.one_of<std::string>({"eve", "bo", "amara"}));
  }
}

void host(World& world, Dice& dice) {
  if (world.change.executor.by != ExecutorBy::person) {
    world.host = dice.one_of<std::string>({"web-01", "web-02", "stg-01", ""});
  }
}

void target_test(World& world, Dice& dice) {
  if (!world.change.targets.hosts) {
    return;
  }
  auto& hosts = *world.change.targets.hosts;
  const HostId id = world.host_id("stg-01");
  if (std::none_of(hosts.begin(), hosts.end(), [&](const auto& one) { return one.id == id; })) {
    hosts.push_back({id, "stg-01"});
    std::sort(hosts.begin(), hosts.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
    const auto like = world.classes.find("web-01");
    if (like != world.classes.end() && !dice.once_in(5)) {
      world.classes["stg-01"] = like->second;
      world.bases["stg-01"] = std::nullopt;
    }
    if (world.change.phases) {
      auto& listed = world.change.phases->back().hosts;
      listed.push_back(id);
      std::sort(listed.begin(), listed.end());
    }
  }
}

void state(World& world, Dice& dice) {
  if (world.state.resources.empty()) {
    return;
  }
  Resource& one = world.state.resources[0];
  switch (dice.below(5)) {
    case 0:
      one.key = dice.one_of<std::string>({"/etc/ssh/sshd_config",
                                          "/etc/nftables.conf",
                                          "/srv/web",
                                          "/srv",
                                          "/var/lib/twoseal/x",
                                          "relative",
                                          "/etc/sysctl.d/1"});
      break;
    case 1:
      one.kind = vectors::name(dice.one_of<std::string_view>(
          {"directory", "package", "service", "command", "nonsense"}));
      break;
    case 2:
      one.secret = dice.once_in(2);
      break;
    case 3:
      one.then = {{HandlerAction::restart, dice.one_of<std::string>({"ssh", "nginx"})}};
      break;
    default:
      world.change.effects = {vectors::name("auth"), vectors::name("kernel")};
      break;
  }
}

void plan(World& world, Dice& dice) {
  const auto found = world.classes.find(dice.once_in(3) ? "web-02" : "web-01");
  if (found == world.classes.end() || found->second.steps.empty()) {
    return;
  }
  PlanStep& step = found->second.steps[0];
  switch (dice.below(7)) {
    case 0:
      step.effects = {vectors::name(dice.one_of<std::string_view>({"auth", "kernel"}))};
      break;
    case 1:
      step.risks = {vectors::name("undo-partial")};
      break;
    case 2:
      step.opaque = Opaque{{"/bin/true"}, std::nullopt};
      break;
    case 3:
      step.opaque = Opaque{{"/bin/true"}, {{"/bin/false"}}};
      break;
    case 4:
      step.action = dice.one_of({StepAction::remove, StepAction::run, StepAction::change});
      break;
    case 5:
      world.with_own_plan = false;
      break;
    default:
      world.bases[found->first] = sha256("base");
      break;
  }
}

void rollback(World& world, Dice& dice) {
  RollbackPlan& rollback = world.change.rollback;
  rollback.auto_on.clear();
  rollback.blob.reset();
  rollback.state.reset();
  rollback.kind = dice.one_of({RollbackKind::procedure, RollbackKind::state});
  world.blobs["back"] = "put it back";
  const auto digest = sha256(dice.once_in(4) ? "elsewhere" : "put it back");
  (rollback.kind == RollbackKind::procedure ? rollback.blob : rollback.state) = digest;
}

void by_person(World& world, Dice& dice) {
  if (world.change.executor.by != ExecutorBy::agent || !world.change.phases) {
    return;
  }
  for (const Signing& one : world.statements) {
    if (one.label == "release") {
      vectors::make_by_person(world);
      world.change.executor.who = {
          vectors::actor(dice.one_of<std::string_view>({"p:chen", "p:bo", "p:eve"}))};
      TargetAsset& asset = world.change.targets.assets->front();
      asset.env = vectors::name(dice.one_of<std::string_view>({"prod", "test"}));
      return;
    }
  }
}

void used(World& world, Dice& dice) {
  const auto index =
      dice.once_in(2) ? std::optional(static_cast<std::int64_t>(dice.below(20))) : std::nullopt;
  vectors::when_known(world, "change", [&world, index](const Digest& digest) {
    world.agent.used = {{digest, index}};
  });
}

}  // namespace

std::vector<NamedEdit> change_edits() {
  return {{"who wrote it", people, 3},
          {"words of the change", words, 3},
          {"phases", phases, 3},
          {"second phase", second_phase, 3},
          {"another host", host},
          {"target in test", target_test},
          {"state", state, 2},
          {"plan", plan, 2},
          {"rollback", rollback},
          {"by a person", by_person},
          {"used", used}};
}

}  // namespace twoseal::properties
