// A benchmark and the result of testing it, in XCCDF 1.2: what the XCCDF and ARF reports share.
// Source: NISTIR 7275 revision 4; schema xccdf_1.2.xsd.
#pragma once

#include <map>
#include <set>
#include <string>

#include "compliance/report/report_texts.h"
#include "compliance/report/xml_writer.h"

namespace twoseal::scap {

inline constexpr std::string_view kXccdfNamespace = "http://checklists.nist.gov/xccdf/1.2";

class XccdfWriter {
 public:
  /// Both must outlive it.
  XccdfWriter(const ReportTexts& texts, XmlWriter& xml);

  /// Makes the checks of results lead to the reports `#oval0`, `#oval1` … by the index of the
  /// evaluation, instead of to where the content says.
  void link_evaluations() { links_ = true; }

  /// The benchmark with its rules, values and the profile as it was applied; with the result of the
  /// test inside when `with_result`.
  void write_benchmark(bool with_result);

  /// The result of the test. `alone`: outside its benchmark, which it must name then.
  void write_test_result(bool alone);

  /// An id as XCCDF 1.2 wants it: that of older content gets its prefix. `kind`: `rule`.
  [[nodiscard]] std::string id_of(std::string_view kind, Text id) const;

  [[nodiscard]] std::string result_id() const;

 private:
  void write_named(std::string_view element, const std::vector<NamedText>& texts);
  void write_platforms();
  void write_platform_test(const PlatformTest& test);
  void write_profile();
  void write_refined_rules();
  void write_values();
  void write_group(Index group, std::size_t depth);
  void write_children(Index group, std::size_t depth);
  void begin_item(std::string_view element, std::string_view kind, const BenchmarkItem& item);
  void write_heading(const BenchmarkItem& item, Text warning, const std::vector<Reference>* refs);
  void write_needs(const BenchmarkItem& item, Text rationale);
  void write_rule(const Rule& rule);
  void write_rule_parts(const Rule& rule);
  void write_check(const RuleCheck& check, const UsedDefinition* used);
  void write_check_refs(const RuleCheck& check, const UsedDefinition* used);
  void write_target();
  void write_facts();
  void write_set_values();
  void write_rule_result(const RuleOutcome& outcome);
  void write_messages(const RuleOutcome& outcome);
  void write_checks_of(const RuleOutcome& outcome);
  void write_score();
  [[nodiscard]] std::string profile_id() const;
  [[nodiscard]] std::string item_id(Text id) const;

  const ReportTexts& texts_;
  const Benchmark& benchmark_;
  const Selection& selection_;
  XmlWriter& xml_;
  std::string name_space_;
  bool links_ = false;
  std::map<Index, std::string> hrefs_;          // of documents, while a result is written
  std::map<Index, std::vector<Index>> groups_;  // children by parent
  std::map<Index, std::vector<Index>> rules_;
  std::set<Text> group_ids_;
  std::set<Text> item_ids_;  // of groups and rules
};

}  // namespace twoseal::scap
