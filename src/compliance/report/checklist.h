// What DISA's checklists (CKL and CKLB) hold of a rule: both formats name the same things.
#pragma once

#include <string>
#include <vector>

#include "compliance/report/report_texts.h"

namespace twoseal::scap {

/// A row of a checklist. Texts are as the content says them; those that it does not say are empty.
struct ChecklistRow {
  std::string group_id;       ///< `V-257777`; of content without such groups, the rule
  std::string group_title;    ///< `SRG-OS-000480-GPOS-00227`
  std::string rule_id;        ///< `SV-257777r925318_rule`
  std::string rule_id_short;  ///< without `_rule`
  std::string rule_title;
  std::string version;   ///< the STIG id: `RHEL-09-211010`
  std::string severity;  ///< `high`, `medium` or `low`
  std::string weight;
  std::string fix_text;
  std::vector<std::string> ccis;
  std::vector<std::string> legacy_ids;
  std::string finding_details;
  Text description;  ///< with DISA's elements in it, or without

  /// What of the description stands in one of DISA's elements (`Mitigations`).
  [[nodiscard]] std::string part(std::string_view element) const;
};

/// The row of a rule. Every value of its details is safe to print.
[[nodiscard]] ChecklistRow checklist_row(const ReportTexts& texts, const RuleOutcome& outcome);

/// What a result is in a checklist. Only what passed is not a finding: what could not be judged was
/// not reviewed.
enum class ChecklistStatus : std::uint8_t { not_a_finding, open, not_applicable, not_reviewed };

[[nodiscard]] ChecklistStatus checklist_status(RuleResult result);

/// `Release: 1 Benchmark Date: 24 Jan 2024` where the content says so; empty otherwise.
[[nodiscard]] std::string release_info(const Benchmark& benchmark);

}  // namespace twoseal::scap
