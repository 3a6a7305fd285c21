// What a rule of a benchmark came to with what it rests on, and what all of them come to together.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "compliance/sql/sql_checks.h"
#include "compliance/xccdf/rule_result.h"
#include "compliance/xccdf/selection.h"

namespace twoseal::scap {

/// A definition that a rule was judged by.
struct UsedDefinition {
  Index evaluation = kNone;  ///< of Assessment::evaluations()
  Index definition = kNone;
};

struct RuleOutcome {
  Index rule = kNone;
  RuleResult result = RuleResult::notselected;
  std::vector<UsedDefinition> definitions;
  std::vector<SqlFinding> rows;  ///< of a check in SQL
  std::string why;               ///< when it was not judged
};

/// How many rules came to each result.
class ResultCounts {
 public:
  void add(RuleResult result) { ++counts_[static_cast<std::size_t>(result)]; }

  [[nodiscard]] std::size_t count(RuleResult result) const {
    return counts_[static_cast<std::size_t>(result)];
  }

 private:
  std::array<std::size_t, kRuleResults> counts_ = {};
};

[[nodiscard]] ResultCounts counts_of(const std::vector<RuleOutcome>& outcomes);

/// The default score of XCCDF: 0 to 100. Each group is worth its weight, however many rules are in
/// it. Source: NISTIR 7275 revision 4, §7.
[[nodiscard]] double score_of(const Benchmark& benchmark,
                              const Selection& selection,
                              const std::vector<RuleOutcome>& outcomes);

}  // namespace twoseal::scap
