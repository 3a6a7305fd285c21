#include "resources/step_draft.h"

#include <algorithm>
#include <set>

#include "base/json.h"
#include "policy/agents_own.h"
#include "policy/effects.h"
#include "resources/risks.h"
#include "resources/text_diff.h"

namespace twoseal {
namespace {

constexpr std::size_t kShownMax = 8'192;
constexpr std::size_t kNodeMax = 4'096;

std::optional<std::string> showable(std::optional<std::string> text) {
  const bool fits = !text || (text->size() <= kShownMax && json::is_allowed_text(*text));
  return fits ? std::move(text) : std::optional(content_summary(*text));
}

}  // namespace

void StepDraft::show(std::string_view node,
                     std::optional<std::string> old_value,
                     std::optional<std::string> new_value) {
  step_.shown.diff.push_back({showable(std::move(new_value)),
                              std::string(node.substr(0, kNodeMax)),
                              showable(std::move(old_value))});
}

void StepDraft::add(Operation operation) {
  view_.add(operation);
  step_.operations.push_back(std::move(operation));
}

void StepDraft::add_risk(std::string_view risk) {
  step_.shown.risks.push_back(Name::parse(risk).value());
}

// Approvers are shown, and the change is judged by, what is written in the end.
Result<void> StepDraft::add_where_it_leads() {
  if (!has_path(resource_.kind)) {
    return {};
  }
  Resource behind = resource_;
  TWOSEAL_TRY(behind.key, view_.leads_to(resource_.key));
  if (behind.key != resource_.key && is_agents_own(behind, {})) {
    return fail(Errc::refuse_c5,
                "it leads to " + behind.key + ", which belongs to the agent itself");
  }
  // What is there now was read where the link leads now, and would be put back there.
  TWOSEAL_TRY(const std::string now, view_.leads_now(resource_.key));
  if (now != behind.key) {
    return fail(Errc::other_thing_there,
                "it lies behind a link that the same state makes or turns",
                resource_.key,
                "name it by where it will be: " + behind.key);
  }
  if (behind.key == resource_.key) {
    return {};
  }
  PlanStep& shown = step_.shown;
  for (const Name& effect : effects_of(behind)) {
    shown.effects.push_back(effect);
  }
  for (const Name& risk : risks_at(behind.key)) {
    shown.risks.push_back(risk);
  }
  shown.diff.insert(shown.diff.begin(), DiffLine{behind.key, "leads to", std::nullopt});
  return {};
}

Result<std::optional<PlannedStep>> StepDraft::finish() {
  if (step_.operations.empty()) {
    return std::optional<PlannedStep>();
  }
  PlanStep& shown = step_.shown;
  shown.kind = resource_.kind;
  shown.res = resource_.identity();
  if (shown.hidden) {
    shown.diff.clear();
  }
  TWOSEAL_TRY_VOID(add_where_it_leads());
  std::set<Name> effects(shown.effects.begin(), shown.effects.end());
  effects.merge(effects_of(resource_));
  shown.effects = {effects.begin(), effects.end()};
  std::set<Name> risks(shown.risks.begin(), shown.risks.end());
  risks.merge(risks_of(resource_, step_.operations));
  shown.risks = {risks.begin(), risks.end()};
  return std::optional(std::move(step_));
}

}  // namespace twoseal
