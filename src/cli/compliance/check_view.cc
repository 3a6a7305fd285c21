#include "cli/compliance/check_view.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/os_clock.h"
#include "cli/columns.h"
#include "cli/time_text.h"

namespace twoseal::cli {
namespace {

using scap::RuleOutcome;
using scap::RuleResult;

bool is_finding(RuleResult result) {
  return result == RuleResult::fail || result == RuleResult::error ||
         result == RuleResult::unknown;
}

std::string group_title(scap::Severity severity) {
  const std::string_view category = category_of(severity);
  return category.empty() ? "without a category"
                          : fmt::format("CAT {} ({})", category, word_of(severity));
}

std::string short_id(scap::Text id) {
  const std::size_t at = id.find("_rule_");
  return std::string(at == scap::Text::npos ? id : id.substr(at + 6));
}

std::string sums_of(const scap::Assessment& assessment) {
  const scap::ResultCounts counts = assessment.counts();
  std::string text;
  for (const RuleResult result : {RuleResult::pass,
                                  RuleResult::fail,
                                  RuleResult::error,
                                  RuleResult::unknown,
                                  RuleResult::notapplicable,
                                  RuleResult::notchecked,
                                  RuleResult::informational}) {
    if (counts.count(result) > 0) {
      text += fmt::format(
          "{}{} {}", text.empty() ? "" : " · ", counts.count(result), word_of(result));
    }
  }
  return text.empty() ? "no rule is selected" : text;
}

}  // namespace

bool has_findings(const scap::Assessment& assessment) {
  return std::any_of(assessment.outcomes().begin(),
                     assessment.outcomes().end(),
                     [](const RuleOutcome& outcome) { return is_finding(outcome.result); });
}

std::string check_text(const scap::Assessment& assessment, const Session& /*session*/) {
  std::string text;
  for (const scap::Severity severity : {scap::Severity::high,
                                        scap::Severity::medium,
                                        scap::Severity::low,
                                        scap::Severity::info,
                                        scap::Severity::unknown}) {
    std::string rows;
    for (const RuleOutcome& outcome : assessment.outcomes()) {
      if (!is_finding(outcome.result) ||
          assessment.selection().rules[outcome.rule].severity != severity) {
        continue;
      }
      const scap::Rule& rule = assessment.benchmark().rules[outcome.rule];
      rows += fmt::format("  {:<8}{}  {}\n",
                          word_of(outcome.result),
                          short_id(rule.id),
                          one_line(std::string(rule.title)));
    }
    if (!rows.empty()) {
      text += group_title(severity) + "\n" + rows + "\n";
    }
  }
  return text + sums_of(assessment) + fmt::format(" · score {:.1f}\n", assessment.score());
}

std::string turn_text(const RuleTurn& turn) {
  SystemClock clock;
  const scap::Assessment& assessment = *turn.assessment;
  const RuleOutcome& outcome = assessment.outcomes()[turn.outcome];
  const scap::Rule& rule = assessment.benchmark().rules[outcome.rule];
  return fmt::format("{}  {} to {}  {}\n",
                     utc_text(clock.now()),
                     word_of(turn.before),
                     word_of(outcome.result),
                     short_id(rule.id));
}

Json::Object check_fields(const scap::Assessment& assessment, const std::string& content) {
  Json::Array rules;
  for (const RuleOutcome& outcome : assessment.outcomes()) {
    if (outcome.result == RuleResult::notselected) {
      continue;
    }
    const scap::Rule& rule = assessment.benchmark().rules[outcome.rule];
    Json::Object row = {{"id", rule.id},
                        {"result", word_of(outcome.result)},
                        {"severity", word_of(assessment.selection().rules[outcome.rule].severity)},
                        {"title", rule.title}};
    if (!outcome.why.empty()) {
      row.emplace_back("why", outcome.why);
    }
    rules.emplace_back(std::move(row));
  }
  return {{"benchmark", assessment.benchmark().id},
          {"content", content},
          {"profile", assessment.selection().profile},
          {"rules", std::move(rules)},
          {"score", fmt::format("{:.2f}", assessment.score())}};
}

}  // namespace twoseal::cli
