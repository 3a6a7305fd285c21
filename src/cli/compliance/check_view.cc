#include "cli/compliance/check_view.h"

#include <algorithm>
#include <functional>

#include <fmt/format.h>

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
  return one_line(std::string(at == scap::Text::npos ? id : id.substr(at + 6)));
}

// The exception that a rule which is not as it should be has; nullptr when it has none.
const Exception* excepted(const scap::Assessment& assessment,
                          const RuleOutcome& outcome,
                          const CheckView& view) {
  return is_finding(outcome.result)
             ? exception_of(assessment.benchmark().rules[outcome.rule], view.exceptions, view.now)
             : nullptr;
}

std::size_t count_excepted(const scap::Assessment& assessment, const CheckView& view) {
  return static_cast<std::size_t>(std::count_if(
      assessment.outcomes().begin(), assessment.outcomes().end(), [&](const RuleOutcome& outcome) {
        return excepted(assessment, outcome, view) != nullptr;
      }));
}

std::string sums_of(const scap::Assessment& assessment, const CheckView& view) {
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
  if (const std::size_t count = count_excepted(assessment, view); count > 0) {
    text += fmt::format(" ({} of those by a signed exception)", count);
  }
  return text.empty() ? "no rule is selected" : text;
}

// Why nothing passed, and what to do about it; empty when something did.
std::string nothing_judged(const scap::Assessment& assessment) {
  const scap::ResultCounts counts = assessment.counts();
  if (counts.count(RuleResult::pass) > 0 || counts.count(RuleResult::fail) > 0) {
    return {};
  }
  if (counts.count(RuleResult::error) > 0 || counts.count(RuleResult::unknown) > 0) {
    return "nothing was judged: what rules ask about could not be read or told; see with --json "
           "why\n";
  }
  if (counts.count(RuleResult::notapplicable) > 0) {
    return "nothing was judged: this content is for other systems; take that of this one, or see "
           "with --json why\n";
  }
  return counts.count(RuleResult::notchecked) > 0
             ? "nothing was judged: only a person can, or something is missing; see with --json "
               "why\n"
             : "";
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
  if (view.only_turned && view.history != nullptr && view.history->has_last()) {
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

std::string exception_text(const scap::Assessment& assessment,
                           const RuleOutcome& outcome,
                           const CheckView& view) {
  const Exception* exception = excepted(assessment, outcome, view);
  return exception == nullptr ? std::string()
                              : fmt::format("            exception {} until {}: {}\n",
                                            exception->id.text(),
                                            utc_text(exception->until),
                                            one_line(exception->why));
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
         findings_text(assessment, outcome, view) + exception_text(assessment, outcome, view);
}

// The rules that are shown and wanted.
std::string rows_text(const scap::Assessment& assessment,
                      const CheckView& view,
                      const std::function<bool(const RuleOutcome&)>& wanted) {
  std::string rows;
  for (const RuleOutcome& outcome : assessment.outcomes()) {
    if (is_shown(assessment, outcome, view) && wanted(outcome)) {
      rows += rule_text(assessment, outcome, view);
    }
  }
  return rows;
}

Json findings_json(const scap::Findings& findings) {
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
  return lines;
}

}  // namespace

bool is_clean(const scap::Assessment& assessment, const CheckView& view) {
  const bool judged =
      assessment.counts().count(RuleResult::pass) > 0 || count_excepted(assessment, view) > 0;
  return judged && std::all_of(assessment.outcomes().begin(),
                               assessment.outcomes().end(),
                               [&](const RuleOutcome& outcome) {
                                 return !is_finding(outcome.result) ||
                                        excepted(assessment, outcome, view) != nullptr;
                               });
}

std::string check_text(const scap::Assessment& assessment, const CheckView& view) {
  std::string text;
  for (const scap::Severity severity : {scap::Severity::high,
                                        scap::Severity::medium,
                                        scap::Severity::low,
                                        scap::Severity::info,
                                        scap::Severity::unknown}) {
    const std::string rows = rows_text(assessment, view, [&](const RuleOutcome& outcome) {
      return assessment.selection().rules[outcome.rule].severity == severity &&
             excepted(assessment, outcome, view) == nullptr;
    });
    if (!rows.empty()) {
      text += group_title(severity) + "\n" + rows + "\n";
    }
  }
  const std::string rows = rows_text(assessment, view, [&](const RuleOutcome& outcome) {
    return excepted(assessment, outcome, view) != nullptr;
  });
  if (!rows.empty()) {
    text += "with a signed exception\n" + rows + "\n";
  }
  if (view.only_turned && view.history != nullptr && !view.history->has_last()) {
    text = "no earlier check is known: everything is shown\n\n" + text;
  } else if (view.only_turned && text.empty()) {
    text = "no rule has turned since the last check\n\n";
  }
  return text + sums_of(assessment, view) + fmt::format(" · score {:.1f}\n", assessment.score()) +
         nothing_judged(assessment);
}

std::string turn_text(const RuleTurn& turn, UnixSeconds at) {
  const scap::Assessment& assessment = *turn.assessment;
  const RuleOutcome& outcome = assessment.outcomes()[turn.outcome];
  std::string text = fmt::format("{}  {} to {}  {}",
                                 utc_text(at),
                                 word_of(turn.before),
                                 word_of(outcome.result),
                                 short_id(assessment.benchmark().rules[outcome.rule].id));
  for (const scap::FindingLine& line : findings_of(assessment, outcome, 1)) {
    text += "  " + one_line(sentence_of(line));
  }
  return text + "\n";
}

Json::Object turn_fields(const RuleTurn& turn, UnixSeconds at) {
  const scap::Assessment& assessment = *turn.assessment;
  const RuleOutcome& outcome = assessment.outcomes()[turn.outcome];
  return {{"at", at},
          {"before", word_of(turn.before)},
          {"findings", findings_json(collect_findings(assessment, outcome, kLines))},
          {"id", assessment.benchmark().rules[outcome.rule].id},
          {"result", word_of(outcome.result)}};
}

namespace {

Json::Object rule_fields(const scap::Assessment& assessment,
                         const RuleOutcome& outcome,
                         const CheckView& view) {
  const scap::Rule& rule = assessment.benchmark().rules[outcome.rule];
  Json::Object row = {{"id", rule.id},
                      {"result", word_of(outcome.result)},
                      {"severity", word_of(assessment.selection().rules[outcome.rule].severity)},
                      {"title", rule.title}};
  if (!outcome.why.empty()) {
    row.emplace_back("why", outcome.why);
  }
  if (is_finding(outcome.result)) {
    const scap::Findings findings = collect_findings(assessment, outcome, kLinesVerbose);
    row.emplace_back("findings", findings_json(findings));
    if (findings.more > 0) {
      row.emplace_back("more_findings", findings.more);
    }
  }
  if (const Exception* exception = excepted(assessment, outcome, view)) {
    row.emplace_back(
        "exception",
        Json::Object{
            {"id", exception->id.text()}, {"until", exception->until}, {"why", exception->why}});
  }
  if (view.history != nullptr) {
    const auto past = view.history->find(rule.id);
    if (past && past->result != outcome.result) {
      row.emplace_back("before", word_of(past->result));
    }
    row.emplace_back("since", view.history->since(assessment, outcome));
  }
  return row;
}

}  // namespace

Json::Object check_fields(const scap::Assessment& assessment,
                          const std::string& content,
                          const CheckView& view) {
  Json::Array rules;
  for (const RuleOutcome& outcome : assessment.outcomes()) {
    const bool turned = view.history == nullptr || !view.only_turned || !view.history->has_last() ||
                        has_turned(assessment, outcome, *view.history);
    if (outcome.result != RuleResult::notselected && turned) {
      rules.emplace_back(rule_fields(assessment, outcome, view));
    }
  }
  return {{"benchmark", assessment.benchmark().id},
          {"content", content},
          {"profile", assessment.selection().profile},
          {"rules", std::move(rules)},
          {"score", fmt::format("{:.2f}", assessment.score())}};
}

}  // namespace twoseal::cli
