// A kind of resource: what the agent must know to look after one. CONTRIBUTING.md says how to add
// one.
#pragma once

#include <span>
#include <string_view>

#include "resources/step_draft.h"

namespace twoseal {

/// `plan`: compares what the resource wants with what the view shows, and adds to the draft what
/// would have to be done; nothing when all is as wanted. It reads through the view alone. The
/// resource has passed authoring::check_resource(). Errors: those of PlanView, and
/// Errc::bad_resource for what the table of kinds cannot express.
struct ResourceKind {
  std::string_view name;
  Result<void> (*plan)(StepDraft& draft);
};

/// The kinds that this release can look after.
[[nodiscard]] std::span<const ResourceKind> agent_kinds();

/// nullptr when there is none of that name.
[[nodiscard]] const ResourceKind* find_agent_kind(std::string_view name);

// Each is defined in the file of its name.
Result<void> plan_command(StepDraft& draft);
Result<void> plan_directory(StepDraft& draft);
Result<void> plan_file(StepDraft& draft);
Result<void> plan_group(StepDraft& draft);
Result<void> plan_package(StepDraft& draft);
Result<void> plan_service(StepDraft& draft);
Result<void> plan_setting(StepDraft& draft);
Result<void> plan_symlink(StepDraft& draft);
Result<void> plan_sysctl(StepDraft& draft);
Result<void> plan_user(StepDraft& draft);

}  // namespace twoseal
