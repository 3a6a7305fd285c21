// Looking after what was applied: whether each scope still is as its change left it, and where the
// change says so, putting it back. Needs no server.
#pragma once

#include <optional>
#include <vector>

#include "agent/home.h"
#include "agent/kept_state.h"
#include "agent/run_book.h"
#include "model/agent_report.h"
#include "resources/plan_state.h"

namespace twoseal {

/// Not for two threads at once.
class Enforcer {
 public:
  struct Parts {
    System& system;
    AgentHome& home;
    RunBook& book;
    Digest org;
  };

  explicit Enforcer(Parts parts) : parts_(parts) {}

  /// Keeps what `change` wants of its scope: the state with its templates filled in (they are never
  /// filled again) and without its commands (they are never repeated). To be called before the
  /// change begins. Errors of the store and of fill_template().
  [[nodiscard]] Result<void> keep(const Digest& change, State state, const PlanInputs& inputs);

  /// Looks at all scopes, and puts back what drifted where the change says so; the journal says it
  /// before. Gives what one report may hold: the first 100 resources of a scope, differences while
  /// there is room, and of more than 256 scopes first those that are not ok. A repair that a crash
  /// cut off from its report is told as one of now. A scope of which nothing is kept is reported as
  /// failed, and on a full disk drift is told alone. Over a damaged journal nothing is put back,
  /// and each scope is reported as failed, with what is seen there. Errors of the store:
  /// Errc::sync_failed, refuse_j1. Not while a change is under way.
  [[nodiscard]] Result<std::vector<ScopeReport>> look_at_all();

  /// Erases what is kept of changes that no scope stands at and no run could go back to.
  [[nodiscard]] Result<void> erase_old();

 private:
  [[nodiscard]] Result<ScopeReport> look(const ScopeState& scope, std::size_t octets_max);
  [[nodiscard]] Result<KeptState> read(const Digest& change) const;
  [[nodiscard]] Result<ScopeCondition> put_back(const HostPlan& plan, RepairBegun repair);
  [[nodiscard]] Result<void> perform(const HostPlan& plan);

  Parts parts_;
};

}  // namespace twoseal
