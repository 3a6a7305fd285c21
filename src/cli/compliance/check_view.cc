#include "cli/compliance/check_view.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/os_clock.h"
#include "cli/columns.h"
#include "cli/time_text.h"
#include "compliance/report/finding.h"

namespace twoseal::cli {
namespace {

using scap::RuleOutcome;
using scap::RuleResult;

constexpr std::size_t kLines = 3;
constexpr std::size_t kLinesVerbose = 50;

bool is_finding(RuleResult result) {
  return result == RuleResult::fail || result == RuleResult::error || result == RuleResult::unknown;
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
      text +=
          fmt::format("{}{} {}", text.empty() ? "" : " · ", counts.count(result), word_of(result));
    }
  }
  return text.empty() ? "no rule is selected" : text;
}

bool has_turned(const scap::Assessment& assessment,
                const RuleOutcome& outcome,
                const CheckHistory& history) {
  const auto past = history.find(assessment.benchmark().rules[outcome.rule].id);
  return past && past->result != outcome.result;
}

bool is_shown(const scap::Assessment& assessment,
              const RuleOutcome& outcome,
              const CheckView& view) {
  if (view.only_turned && view.history != nullptr) {
    return outcome.result != RuleResult::notselected &&
           has_turned(assessment, outcome, *view.history);
  }
  return is_finding(outcome.result);
}

std::string findings_text(const scap::Assessment& assessment,
                          const RuleOutcome& outcome,
                          const CheckView& view) {
  const scap::Findings findings =
      collect_findings(assessment, outcome, view.verbose ? kLinesVerbose : kLines);
  std::string text;
  for (const scap::FindingLine& line : findings.lines) {
    text += "            " + one_line(sentence_of(line)) + "\n";
  }
  if (findings.more > 0) {
    text += fmt::format("            … and {} more{}\n",
                        findings.more,
                        view.verbose ? "" : ": --verbose shows them");
  }
  if (text.empty() && !outcome.why.empty()) {
    text = "            " + one_line(outcome.why) + "\n";
  }
  return text;
}

std::string rule_text(const scap::Assessment& assessment,
                      const RuleOutcome& outcome,
                      const CheckView& view) {
  const scap::Rule& rule = assessment.benchmark().rules[outcome.rule];
  std::string since;
  if (view.history != nullptr) {
    since = "  since " + utc_text(view.history->since(assessment, outcome));
  }
  return fmt::format("  {:<8}  {}  {}{}\n",
                     word_of(outcome.result),
                     short_id(rule.id),
                     one_line(std::string(rule.title)),
                     since) +
         findings_text(assessment, outcome, view);
}

// `verdict` tells what is not as it should be from what could not be judged.
void add_findings(const scap::Assessment& assessment,
                  const RuleOutcome& outcome,
                  Json::Object& rule) {
  const scap::Findings findings = collect_findings(assessment, outcome, kLinesVerbose);
  Json::Array lines;
  for (const scap::FindingLine& line : findings.lines) {
    Json::Object row = {{"verdict", word_of(line.verdict)},
                        {"expected", line.expected},
                        {"found", line.found},
                        {"where", line.where}};
    if (!line.file.empty()) {
      row.emplace_back("file", line.file);
    }
    if (line.line > 0) {
      row.emplace_back("line", std::int64_t{line.line});
    }
    lines.emplace_back(std::move(row));
  }
  rule.emplace_back("findings", std::move(lines));
  if (findings.more > 0) {
    rule.emplace_back("more_findings", static_cast<std::int64_t>(findings.more));
  }
}

void add_history(const scap::Assessment& assessment,
                 const RuleOutcome& outcome,
                 const CheckHistory& history,
                 Json::Object& rule) {
  rule.emplace_back("since", history.since(assessment, outcome));
  if (has_turned(assessment, outcome, history)) {
    rule.emplace_back("before",
                      word_of(history.find(assessment.benchmark().rules[outcome.rule].id)->result));
  }
}

}  // namespace

bool has_findings(const scap::Assessment& assessment) {
  return std::any_of(assessment.outcomes().begin(),
                     assessment.outcomes().end(),
                     [](const RuleOutcome& outcome) { return is_finding(outcome.result); });
}

std::string check_text(const scap::Assessment& assessment, const CheckView& view) {
  std::string text;
  for (const scap::Severity severity : {scap::Severity::high,
                                        scap::Severity::medium,
                                        scap::Severity::low,
                                        scap::Severity::info,
                                        scap::Severity::unknown}) {
    std::string rows;
    for (const RuleOutcome& outcome : assessment.outcomes()) {
      if (assessment.selection().rules[outcome.rule].severity == severity &&
          is_shown(assessment, outcome, view)) {
        rows += rule_text(assessment, outcome, view);
      }
    }
    if (!rows.empty()) {
      text += group_title(severity) + "\n" + rows + "\n";
    }
  }
  if (view.only_turned && text.empty()) {
    text = "no rule has turned since the last check\n\n";
  }
  return text + sums_of(assessment) + fmt::format(" · score {:.1f}\n", assessment.score());
}

std::string turn_text(const RuleTurn& turn) {
  SystemClock clock;
  const scap::Assessment& assessment = *turn.assessment;
  const RuleOutcome& outcome = assessment.outcomes()[turn.outcome];
  const scap::Rule& rule = assessment.benchmark().rules[outcome.rule];
  std::string text = fmt::format("{}  {} to {}  {}",
                                 utc_text(clock.now()),
                                 word_of(turn.before),
                                 word_of(outcome.result),
                                 short_id(rule.id));
  for (const scap::FindingLine& line : findings_of(assessment, outcome, 1)) {
    text += "  " + one_line(sentence_of(line));
  }
  return text + "\n";
}

Json::Object check_fields(const scap::Assessment& assessment,
                          const std::string& content,
                          const CheckView& view) {
  Json::Array rules;
  for (const RuleOutcome& outcome : assessment.outcomes()) {
    if (outcome.result == RuleResult::notselected ||
        (view.only_turned && !is_shown(assessment, outcome, view))) {
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
    if (is_finding(outcome.result)) {
      add_findings(assessment, outcome, row);
    }
    if (view.history != nullptr) {
      add_history(assessment, outcome, *view.history, row);
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
