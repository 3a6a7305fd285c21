// Kind `service`: whether a unit runs, starts with the machine, may be started at all.
#include "resources/kind.h"
#include "resources/want.h"

namespace twoseal {
namespace {

const char* yes_or_no(bool value) {
  return value ? "true" : "false";
}

class ServicePlan {
 public:
  ServicePlan(StepDraft& draft, UnitState state) : draft_(draft), state_(std::move(state)) {}

  void want_masked(std::optional<bool> masked) {
    const bool is_masked = state_.enablement == UnitEnablement::masked;
    if (masked && *masked != is_masked) {
      draft_.show("masked", yes_or_no(is_masked), yes_or_no(*masked));
      act(*masked ? UnitAct::mask : UnitAct::unmask);
      state_.enablement = *masked ? UnitEnablement::masked : UnitEnablement::disabled;
    }
  }

  Result<void> want_enabled(std::optional<bool> enabled) {
    const bool is_enabled = state_.enablement == UnitEnablement::enabled;
    if (!enabled || *enabled == is_enabled) {
      return {};
    }
    if (state_.enablement == UnitEnablement::fixed) {
      // It starts when something else asks for it; there is nothing to switch on or off.
      return fail(Errc::bad_resource, state_.unit + " has no [Install] section to enable");
    }
    draft_.show("enabled", yes_or_no(is_enabled), yes_or_no(*enabled));
    act(*enabled ? UnitAct::enable : UnitAct::disable);
    return {};
  }

  void want_running(std::optional<bool> running) {
    const bool is_running = state_.activity == UnitActivity::active;
    if (running && *running != is_running) {
      draft_.show("running",
                  state_.activity == UnitActivity::failed ? "failed" : yes_or_no(is_running),
                  yes_or_no(*running));
      act(*running ? UnitAct::start : UnitAct::stop);
    }
  }

 private:
  void act(UnitAct act) {
    draft_.add(UnitOperation{state_.unit, act, state_.activity, state_.enablement});
  }

  StepDraft& draft_;
  UnitState state_;
};

}  // namespace

Result<void> plan_service(StepDraft& draft) {
  const Resource& resource = draft.resource();
  TWOSEAL_TRY(const UnitState state, draft.view().unit(resource.key));
  const auto running = wanted<bool>(resource, "running");
  const auto enabled = wanted<bool>(resource, "enabled");
  const auto masked = wanted<bool>(resource, "masked");
  const bool known = state.loaded || state.enablement == UnitEnablement::masked;
  // A unit that a package or file of this very state brings is not known yet.
  if (!known && !draft.view().installs() && (running.value_or(false) || enabled.value_or(false))) {
    return fail(Errc::bad_resource, "there is no unit " + resource.key + " on this host");
  }
  ServicePlan plan(draft, state);
  // What stops comes before what forbids, and what allows before what starts.
  if (!running.value_or(true)) {
    plan.want_running(running);
  }
  plan.want_masked(masked);
  TWOSEAL_TRY_VOID(plan.want_enabled(enabled));
  if (running.value_or(false)) {
    plan.want_running(running);
  }
  return {};
}

}  // namespace twoseal
