#include "compliance/report/checklist.h"

namespace twoseal::scap {
namespace {

constexpr std::size_t kLinesMax = 100;

std::string without_ending(std::string_view text, std::string_view ending) {
  return std::string(text.ends_with(ending) ? text.substr(0, text.size() - ending.size()) : text);
}

// Checklists know three severities; the lowest stands for what says none.
std::string severity_word(Severity severity) {
  return severity == Severity::high || severity == Severity::medium ? std::string(word_of(severity))
                                                                    : "low";
}

std::string details_of(const ReportTexts& texts, const RuleOutcome& outcome) {
  std::string text = "twoseal " + texts.input().product_version + " on " +
                     time_text(texts.input().ended) + ": " + std::string(word_of(outcome.result));
  if (const std::string why = texts.why_of(outcome); !why.empty()) {
    text += "\n" + why;
  }
  const Findings findings = collect_findings(texts.assessment(), outcome, kLinesMax);
  for (const FindingLine& line : findings.lines) {
    text += "\n" + sentence_of(line);
  }
  if (findings.more > 0) {
    text += "\nand " + std::to_string(findings.more) + " more";
  }
  return text;
}

// SSG has its STIG ids among the references.
std::string stig_id_of(const Rule& rule) {
  for (const Reference& reference : rule.references) {
    if (reference.href.find("public.cyber.mil/stigs") != Text::npos &&
        reference.text.find("SRG-") == Text::npos && reference.text.find("CCI-") == Text::npos) {
      return std::string(reference.text);
    }
  }
  return std::string(short_id(rule.id));
}

void add_idents(const Rule& rule, ChecklistRow& row) {
  const auto take = [&](Text text) {
    if (text.starts_with("CCI-")) {
      row.ccis.emplace_back(text);
    }
  };
  for (const Ident& ident : rule.idents) {
    take(ident.value);
    if (ident.system.find("legacy") != Text::npos) {
      row.legacy_ids.emplace_back(ident.value);
    }
  }
  for (const Reference& reference : rule.references) {
    take(reference.text);
  }
}

}  // namespace

std::string ChecklistRow::part(std::string_view element) const {
  return std::string(inner_element(description, element));
}

ChecklistRow checklist_row(const ReportTexts& texts, const RuleOutcome& outcome) {
  const Rule& rule = texts.rule(outcome);
  ChecklistRow row;
  const bool disa = rule.id.find("SV-") != Text::npos && rule.parent != kNone;
  row.rule_id = disa ? std::string(rule.id.substr(rule.id.find("SV-"))) : std::string(rule.id);
  row.rule_id_short = without_ending(row.rule_id, "_rule");
  row.group_id = short_id(rule.id);
  row.group_title = texts.filled(rule.title);
  if (rule.parent != kNone && disa) {
    const Group& group = texts.benchmark().groups[rule.parent];
    row.group_id = short_id(group.id);
    row.group_title = texts.filled(group.title);
  }
  row.rule_title = texts.filled(rule.title);
  row.version = rule.version.empty() || !disa ? stig_id_of(rule) : std::string(rule.version);
  row.severity = severity_word(texts.selected(outcome).severity);
  row.weight = decimal_text(texts.selected(outcome).weight, 1);
  row.fix_text = texts.fix_of(rule);
  row.description = rule.description;
  row.finding_details = details_of(texts, outcome);
  add_idents(rule, row);
  return row;
}

ChecklistStatus checklist_status(RuleResult result) {
  switch (result) {
    case RuleResult::pass:
    case RuleResult::fixed:
      return ChecklistStatus::not_a_finding;
    case RuleResult::fail:
      return ChecklistStatus::open;
    case RuleResult::notapplicable:
      return ChecklistStatus::not_applicable;
    case RuleResult::error:
    case RuleResult::unknown:
    case RuleResult::notchecked:
    case RuleResult::notselected:
    case RuleResult::informational:
      break;
  }
  return ChecklistStatus::not_reviewed;
}

std::string release_info(const Benchmark& benchmark) {
  for (const NamedText& each : benchmark.plain_texts) {
    if (each.id == "release-info") {
      return std::string(each.text);
    }
  }
  return {};
}

}  // namespace twoseal::scap
