// One step while a kind of resource plans it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "resources/operation.h"
#include "resources/plan_view.h"

namespace twoseal {

class StepDraft {
 public:
  /// `resource` and `view` must outlive the draft.
  StepDraft(const Resource& resource, PlanView& view) : resource_(resource), view_(view) {}

  [[nodiscard]] const Resource& resource() const { return resource_; }

  [[nodiscard]] PlanView& view() { return view_; }

  /// Shows a value before and after. Texts that cannot stand in what is signed are shown by digest.
  void show(std::string_view node,
            std::optional<std::string> old_value,
            std::optional<std::string> new_value);

  void show(DiffLine line) { step_.shown.diff.push_back(std::move(line)); }

  /// Shows nothing of what changes: not everybody on the host may read it.
  void hide() { step_.shown.hidden = true; }

  /// Adds an operation, and takes it into the view.
  void add(Operation operation);

  void set_action(StepAction action) { step_.shown.action = action; }

  void set_opaque(Opaque opaque) { step_.shown.opaque = std::move(opaque); }

  void add_risk(std::string_view risk);

  /// The step with its effects and risks, those of where its path leads among them; nothing when it
  /// does nothing. Errc::refuse_c5 when that is the agent's own; errors of the view.
  [[nodiscard]] Result<std::optional<PlannedStep>> finish();

 private:
  [[nodiscard]] Result<void> add_where_it_leads();

  const Resource& resource_;
  PlanView& view_;
  PlannedStep step_;
};

}  // namespace twoseal
