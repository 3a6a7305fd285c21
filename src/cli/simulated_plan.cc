#include "cli/simulated_plan.h"

#include <set>

#include "codec/objects.h"
#include "crypto/hash.h"
#include "crypto/random.h"
#include "policy/effects.h"

namespace twoseal::cli {
namespace {

constexpr std::size_t kTokenSize = 32;

std::string text_of(const WantValue& value) {
  if (const auto* flag = std::get_if<bool>(&value)) {
    return *flag ? "true" : "false";
  }
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    return std::to_string(*number);
  }
  if (const auto* text = std::get_if<std::string>(&value)) {
    return *text;
  }
  std::string joined;
  for (const std::string& one : std::get<std::vector<std::string>>(value)) {
    joined += (joined.empty() ? "" : "\n") + one;
  }
  return joined;
}

PlanStep step_of(const Resource& resource) {
  PlanStep step;
  step.action = StepAction::create;
  for (const auto& [node, value] : resource.want) {
    step.diff.push_back({text_of(value), node, std::nullopt});
  }
  const auto effects = effects_of(resource);
  step.effects = {effects.begin(), effects.end()};
  step.kind = resource.kind;
  step.res = resource.identity();
  return step;
}

}  // namespace

SimulatedPlan simulate_plan(std::span<const Resource> resources,
                            std::span<const TargetHost> targets,
                            const Digest& org,
                            const Digest& state) {
  PlanClass steps;
  steps.org = org;
  std::set<Name> effects;
  for (const Resource& resource : resources) {
    steps.steps.push_back(step_of(resource));
    effects.insert(steps.steps.back().effects.begin(), steps.steps.back().effects.end());
  }
  SimulatedPlan made;
  made.effects = {effects.begin(), effects.end()};
  made.plan_class = codec::encode(steps);
  PlannedClass planned;
  planned.class_digest = sha256(made.plan_class);
  for (const TargetHost& target : targets) {
    planned.hosts.push_back({std::nullopt, target.id, random_bytes(kTokenSize)});
  }
  made.plan = codec::encode(Plan{{std::move(planned)}, org, state});
  return made;
}

}  // namespace twoseal::cli
