#include "resources/step_draft.h"

#include <algorithm>
#include <set>

#include "base/json.h"
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

std::optional<PlannedStep> StepDraft::finish() {
  if (step_.operations.empty()) {
    return std::nullopt;
  }
  PlanStep& shown = step_.shown;
  shown.kind = resource_.kind;
  shown.res = resource_.identity();
  const std::set<Name> effects = effects_of(resource_);
  shown.effects = {effects.begin(), effects.end()};
  std::set<Name> risks(shown.risks.begin(), shown.risks.end());
  risks.merge(risks_of(resource_, step_.operations));
  shown.risks = {risks.begin(), risks.end()};
  if (shown.hidden) {
    shown.diff.clear();
  }
  return std::move(step_);
}

}  // namespace twoseal
