#include "cli/compliance/fix_order.h"

#include <fmt/format.h>

#include "base/os_file.h"
#include "cli/compliance/os_release.h"
#include "cli/compliance/shipped_fixes.h"

namespace twoseal::cli {
namespace {

std::string_view word_of(FixOutcome outcome) {
  switch (outcome) {
    case FixOutcome::written:
      return "written";
    case FixOutcome::shared:
      return "with another rule";
    case FixOutcome::clash:
      return "left out";
    case FixOutcome::by_hand:
      return "by hand";
    case FixOutcome::no_fix:
      break;
  }
  return "no fix known";
}

void tell_rule(const FixedRule& rule, const Session& session) {
  const bool mended = rule.outcome == FixOutcome::written || rule.outcome == FixOutcome::shared;
  if (!mended) {
    session.talk(fmt::format("  {:<17}  {}{}{}",
                             word_of(rule.outcome),
                             rule.rule,
                             rule.told.empty() ? "" : ": ",
                             rule.told));
  }
}

std::size_t mended_in(const FixChange& change) {
  std::size_t count = 0;
  for (const FixedRule& rule : change.rules) {
    count += rule.outcome == FixOutcome::written || rule.outcome == FixOutcome::shared ? 1 : 0;
  }
  return count;
}

Result<void> write_change(const std::string& path, const FixChange& change) {
  return write_file(path, change.text, Access::everybody, Existing::keep);
}

}  // namespace

Result<void> check_fix_order(const FixOrder& order) {
  if (!order.directory.empty() && !is_directory(order.directory)) {
    return fail(Errc::no_input, "there is no directory " + order.directory);
  }
  return order.file.empty() ? Result<void>() : check_new_file(order.file);
}

FixRequest fix_request(const scap::Assessment& assessment,
                       const scap::InspectedHost& host,
                       const std::string& content) {
  FixRequest request;
  request.platform = os_release(host).id;
  request.content = content;
  request.profile = assessment.selection().profile;
  for (const scap::RuleOutcome& outcome : assessment.outcomes()) {
    if (outcome.result != scap::RuleResult::fail) {
      continue;
    }
    const scap::Rule& rule = assessment.benchmark().rules[outcome.rule];
    FailingRule failing;
    failing.id = rule.id;
    failing.severity = scap::word_of(assessment.selection().rules[outcome.rule].severity);
    failing.other_ids.emplace_back(rule.version);
    for (const scap::Ident& ident : rule.idents) {
      failing.other_ids.emplace_back(ident.value);
    }
    for (const scap::Reference& reference : rule.references) {
      failing.other_ids.emplace_back(reference.text);
    }
    request.rules.push_back(std::move(failing));
  }
  const auto& values = assessment.benchmark().values;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto& chosen = assessment.selection().values[i].values;
    if (!chosen.empty()) {
      request.values.emplace(values[i].id, chosen.front());
    }
  }
  return request;
}

Result<void> write_fixes(const FixOrder& order, const FixRequest& request, const Session& session) {
  TWOSEAL_TRY(const authoring::FixFile fixes, shipped_fixes());
  if (!order.file.empty()) {
    const FixChange change = write_fix_change(fixes, request);
    TWOSEAL_TRY_VOID(write_change(order.file, change));
    session.talk(fmt::format("wrote  {}  for {} of {} failing rules",
                             order.file,
                             mended_in(change),
                             change.rules.size()));
    for (const FixedRule& rule : change.rules) {
      tell_rule(rule, session);
    }
    session.talk("next   fill in its targets, then: twoseal propose " + order.file);
  }
  if (!order.directory.empty()) {
    const auto changes = write_fix_changes(fixes, request);
    for (const NamedFixChange& each : changes) {
      TWOSEAL_TRY_VOID(write_change(order.directory + "/" + each.scope + ".yaml", each.change));
    }
    session.talk(fmt::format("wrote  {} changes into {}", changes.size(), order.directory));
  }
  return {};
}

}  // namespace twoseal::cli
