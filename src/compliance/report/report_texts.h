// What several formats say in the same words: times, names, texts of rules with their values in
// place.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "compliance/report/finding.h"
#include "compliance/report/report.h"

namespace twoseal::scap {

/// `2026-11-27T00:32:10Z`. `seconds`: since 1970.
[[nodiscard]] std::string time_text(std::int64_t seconds);

/// `88.50`
[[nodiscard]] std::string decimal_text(double value, int decimals);

/// What follows `_rule_`, `_profile_` and the like in an id; the id when it has no such part.
[[nodiscard]] std::string_view short_id(std::string_view id);

/// A UUID that is the same for the same name: version 5 of RFC 9562, in the name space of URLs.
/// Where this machine refuses SHA-1, SHA-256 stands in for it.
[[nodiscard]] std::string uuid_of(std::string_view name);

/// `text` as an NCName of XML: everything else becomes `_`.
[[nodiscard]] std::string name_token(std::string_view text);

/// A path as that of a URI: `/etc/a%20b`.
[[nodiscard]] std::string uri_path(std::string_view path);

/// A URI or reference of content as a schema takes it: what may not be in one is escaped.
[[nodiscard]] std::string uri_reference(std::string_view text);

/// DISA's content has escaped elements within its descriptions: the text of
/// `<element>…</element>`; empty when there is no such part.
[[nodiscard]] std::string_view inner_element(std::string_view text, std::string_view element);

/// A report as its writers see it.
class ReportTexts {
 public:
  /// `input` must outlive it.
  explicit ReportTexts(const ReportInput& input);

  [[nodiscard]] const ReportInput& input() const { return input_; }

  [[nodiscard]] const Assessment& assessment() const { return input_.assessment; }

  [[nodiscard]] const Benchmark& benchmark() const { return input_.assessment.benchmark(); }

  [[nodiscard]] const Rule& rule(const RuleOutcome& outcome) const {
    return benchmark().rules[outcome.rule];
  }

  [[nodiscard]] const SelectedRule& selected(const RuleOutcome& outcome) const {
    return assessment().selection().rules[outcome.rule];
  }

  /// `text` with the values that this check used, and the benchmark's named texts, in the place of
  /// their marks.
  [[nodiscard]] std::string filled(Text text) const;

  /// What the rule says of itself: of DISA's content the discussion alone.
  [[nodiscard]] std::string description_of(const Rule& rule) const;

  /// How to mend it: the text of the fix; of content without one, its first script.
  [[nodiscard]] std::string fix_of(const Rule& rule) const;

  /// The selected rules' outcomes, in the order of the benchmark.
  [[nodiscard]] const std::vector<const RuleOutcome*>& selected_outcomes() const {
    return selected_outcomes_;
  }

  /// nullptr when the rule is as it should be, or has none.
  [[nodiscard]] const SignedException* exception_of(const RuleOutcome& outcome) const;

  /// Why a rule was not judged, and the exception that it has; mostly empty.
  [[nodiscard]] std::string why_of(const RuleOutcome& outcome) const;

  /// The host by its FQDN, its name, or as `unknown`.
  [[nodiscard]] std::string target() const;

  /// The title of the selection, for people.
  [[nodiscard]] std::string profile_title() const;

  /// The name of the file that the content was made of.
  [[nodiscard]] const std::string& source() const { return assessment().content().source_name; }

  /// Same as uuid_of(), but different for each check.
  [[nodiscard]] std::string uuid(std::string_view name) const;

 private:
  const ReportInput& input_;
  std::map<Text, std::string> values_;
  std::vector<const RuleOutcome*> selected_outcomes_;
};

/// How many findings of one rule formats for programs hold; HTML shows fewer.
inline constexpr std::size_t kFindingsMax = 1000;

/// Whether a rule failed, or could not be judged though it should have been.
[[nodiscard]] bool is_finding(RuleResult result);

}  // namespace twoseal::scap
