// Looking after what was applied: whether each scope still is as its change left it, and where the
// change says so, putting it back. Needs no server.
#pragma once

#include <optional>
#include <vector>

#include "agent/home.h"
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

  /// Looks at one scope. A scope of which nothing is kept is reported as failed.
  [[nodiscard]] ScopeReport look(const ScopeState& scope);

  /// Looks at all scopes. Not while a change is under way.
  [[nodiscard]] std::vector<ScopeReport> look_at_all();

  /// Erases what is kept of changes that no scope stands at and no run could go back to.
  [[nodiscard]] Result<void> erase_old();

 private:
  struct Kept {
    State state;
    PlanInputs inputs;
  };

  [[nodiscard]] Result<Kept> read(const Digest& change) const;
  [[nodiscard]] Result<void> repair(const HostPlan& plan);

  Parts parts_;
};

}  // namespace twoseal
