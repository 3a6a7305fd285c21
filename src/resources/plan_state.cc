#include "resources/plan_state.h"

#include <algorithm>
#include <map>
#include <set>

#include "authoring/resource_kinds.h"
#include "resources/kind.h"
#include "resources/risks.h"
#include "resources/want.h"

namespace twoseal {
namespace {

// Errors of a kind say what is wrong; here they get the resource.
std::unexpected<Error> about(const Resource& resource, Error error) {
  const std::string name = resource.identity();
  if (!error.what.starts_with(name)) {
    error.what = name + ": " + error.what;
  }
  return std::unexpected(std::move(error));
}

Result<void> plan_resource(const Resource& resource, PlanView& view, HostPlan& plan) {
  if (resource.secret) {
    return fail(Errc::refuse_k1, "it is marked secret");
  }
  TWOSEAL_TRY_VOID(authoring::check_resource(resource));
  const ResourceKind* kind = find_agent_kind(resource.kind.text());
  if (kind == nullptr) {
    return fail(Errc::refuse_c5, "this release cannot look after its kind");
  }
  StepDraft draft(resource, view);
  TWOSEAL_TRY_VOID(kind->plan(draft));
  TWOSEAL_TRY(auto step, draft.finish());
  if (step) {
    plan.steps.push_back(*std::move(step));
  }
  return {};
}

// A file is written in one way: what one editor sets in it another one may read as its own.
Result<void> check_formats(const State& state) {
  std::map<std::string, std::string> formats;
  for (const Resource& resource : state.resources) {
    if (resource.kind.text() != "setting") {
      continue;
    }
    const std::string format = wanted_text(resource, "format").value_or("");
    const auto& [path, known] = *formats.emplace(resource.key, format).first;
    if (known != format) {
      return about(
          resource,
          Error{Errc::bad_resource, "the file is " + known + " for another setting of it"});
    }
  }
  return {};
}

// One question to the service manager instead of one for each unit.
Result<void> prepare_units(const State& state, PlanView& view) {
  std::vector<std::string> units;
  for (const Resource& resource : state.resources) {
    if (resource.kind.text() == "service") {
      units.push_back(resource.key);
    }
  }
  return view.prepare_units(units);
}

// Each unit once, in the order in which it was first named.
std::vector<Handler> handlers_of(const State& state, const HostPlan& plan) {
  std::set<std::string> changed;
  for (const PlannedStep& step : plan.steps) {
    changed.insert(step.shown.res);
  }
  std::vector<Handler> handlers;
  for (const Resource& resource : state.resources) {
    if (resource.then.empty() || !changed.contains(resource.identity())) {
      continue;
    }
    for (const Handler& handler : resource.then) {
      const auto known = std::find_if(handlers.begin(), handlers.end(), [&](const Handler& one) {
        return one.unit == handler.unit;
      });
      if (known == handlers.end()) {
        handlers.push_back(handler);
      } else if (handler.action == HandlerAction::restart) {
        known->action = HandlerAction::restart;
      }
    }
  }
  return handlers;
}

// A handler as a step of its own: it is shown, approved and journalled like any other.
Result<PlannedStep> handler_step(const Handler& handler, PlanView& view) {
  const bool restart = handler.action == HandlerAction::restart;
  TWOSEAL_TRY(const UnitState state, view.unit(handler.unit));
  PlannedStep step;
  step.operations.emplace_back(UnitOperation{handler.unit,
                                             restart ? UnitAct::restart : UnitAct::reload,
                                             state.activity,
                                             state.enablement});
  Resource unit;
  unit.kind = Name::parse("service").value();
  unit.key = handler.unit;
  const auto risks = risks_of(unit, step.operations);
  step.shown.action = StepAction::run;
  step.shown.kind = unit.kind;
  step.shown.res = unit.identity();
  step.shown.risks = {risks.begin(), risks.end()};
  step.shown.diff.push_back({restart ? "restart" : "reload", "then", std::nullopt});
  return step;
}

}  // namespace

Result<HostPlan> plan_state(const State& state, System& system, const PlanInputs& inputs) {
  std::vector<Unplanned> left_out;
  TWOSEAL_TRY(HostPlan plan, plan_each(state, system, inputs, left_out));
  return left_out.empty() ? Result<HostPlan>(std::move(plan))
                          : std::unexpected(std::move(left_out.front().why));
}

Result<HostPlan> plan_each(const State& state,
                           System& system,
                           const PlanInputs& inputs,
                           std::vector<Unplanned>& left_out) {
  TWOSEAL_TRY_VOID(check_formats(state));
  PlanView view(system, inputs);
  TWOSEAL_TRY_VOID(prepare_units(state, view));
  HostPlan plan;
  for (const Resource& resource : state.resources) {
    if (auto planned = plan_resource(resource, view, plan); !planned) {
      left_out.push_back(
          {resource.identity(), about(resource, std::move(planned).error()).error()});
    }
  }
  for (const Handler& handler : handlers_of(state, plan)) {
    TWOSEAL_TRY(PlannedStep step, handler_step(handler, view));
    plan.steps.push_back(std::move(step));
  }
  return plan;
}

}  // namespace twoseal
