// A benchmark assessed on a host: one result per selected rule, with what it rests on.
// Source: NISTIR 7275 revision 4, §7.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "compliance/content/content.h"
#include "compliance/oval/evaluation.h"
#include "compliance/oval/reliance.h"
#include "compliance/sql/sql_checks.h"
#include "compliance/xccdf/platforms.h"
#include "compliance/xccdf/rule_outcome.h"
#include "compliance/xccdf/rule_result.h"
#include "compliance/xccdf/selection.h"

namespace twoseal::scap {

class Assessment {
 public:
  /// All must outlive it. `now`: seconds since 1970.
  Assessment(const Content& content,
             const Benchmark& benchmark,
             const Selection& selection,
             const InspectedHost& host,
             std::int64_t now,
             EvaluationLimits limits = {});

  /// Judges all rules in the order of the benchmark. `seen`: called with each outcome when it is
  /// there; may be empty.
  void run(const std::function<void(const RuleOutcome&)>& seen = {});

  /// After run(), with EvaluationLimits::live: something happened to these paths. Judges anew what
  /// it can have changed, and says which outcomes differ, with what they were.
  struct Change {
    std::size_t outcome = 0;  ///< of outcomes()
    RuleResult before = RuleResult::notselected;
  };

  [[nodiscard]] std::vector<Change> touch(std::span<const std::string> paths);

  /// The same for what no file tells of, and what is measured from `now` on: seconds since 1970.
  [[nodiscard]] std::vector<Change> touch_facts(std::int64_t now);

  /// Paths that the facts come from which checks in SQL asked for; a directory stands for what is
  /// in it.
  [[nodiscard]] std::vector<std::string> fact_sources() const;

  /// Whether the host may have become, or ceased to be, a platform of the benchmark: then only a
  /// new assessment is right.
  [[nodiscard]] bool is_outdated() const { return outdated_; }

  /// One for each rule, and more for a rule that is checked by a whole document definition by
  /// definition (multi-check).
  [[nodiscard]] const std::vector<RuleOutcome>& outcomes() const { return outcomes_; }

  [[nodiscard]] const std::vector<std::unique_ptr<Evaluation>>& evaluations() const {
    return evaluations_;
  }

  [[nodiscard]] ResultCounts counts() const { return counts_of(outcomes_); }

  /// The default score of XCCDF: 0 to 100.
  [[nodiscard]] double score() const { return score_of(benchmark_, selection_, outcomes_); }

  [[nodiscard]] const Content& content() const { return content_; }

  [[nodiscard]] const Benchmark& benchmark() const { return benchmark_; }

  [[nodiscard]] const Selection& selection() const { return selection_; }

  /// Platforms of the benchmark that the host is one of.
  [[nodiscard]] const std::vector<Text>& platforms() const { return platforms_.applicable(); }

  [[nodiscard]] std::int64_t now() const { return now_; }

 private:
  /// A rule that will be judged: by which check, and in which evaluation each document.
  struct Plan {
    const RuleCheck* check = nullptr;
    RuleResult result = RuleResult::notselected;  ///< when `check` is nullptr
    std::string why;
    std::map<Index, Index> evaluations;  ///< document to evaluation
  };

  Evaluation& add_evaluation(Index document, const Bindings& bindings);
  [[nodiscard]] Plan plan(Index rule);
  [[nodiscard]] const RuleCheck* choose_check(Index rule) const;
  bool bind(const RuleCheck& check, std::map<Index, Bindings>& bindings, std::string& why) const;
  [[nodiscard]] std::set<Text> externals_of(const RuleCheck& check, Index document);
  bool place(Plan& plan, const std::map<Index, Bindings>& bindings);
  Index evaluation_for(Index document, const Bindings& bound, const std::set<std::string>& unbound);
  void include(const RuleCheck& check, const Plan& plan, bool turned);
  [[nodiscard]] std::vector<RuleOutcome> judge(Index rule);
  [[nodiscard]] std::vector<Change> judge_anew(
      const std::function<std::vector<Evaluation::Forgotten>(Evaluation&)>& touch_one);
  RuleResult judge_check(const RuleCheck& check, const Plan& plan, RuleOutcome& outcome);
  RuleResult judge_sql(const RuleCheck& check, RuleOutcome& outcome);
  void ask_anew(std::vector<Change>& changes);
  void judge_rule_anew(std::size_t first, std::size_t end, std::vector<Change>& changes);
  RuleResult judge_ref(const ContentRef& ref, const Plan& plan, RuleOutcome& outcome);
  [[nodiscard]] RuleOutcome scored(RuleOutcome outcome) const;

  const Content& content_;
  const Benchmark& benchmark_;
  const Selection& selection_;
  const InspectedHost& host_;
  std::int64_t now_;
  EvaluationLimits limits_;
  std::vector<std::unique_ptr<Evaluation>> evaluations_;
  Index platform_count_ = 0;  // of evaluations_, those for platforms
  HostPlatforms platforms_;

  struct Placed {
    Index document;
    Bindings bindings;
    std::set<std::string> unbound;  // variables that its rules need and give no value to
  };

  std::vector<Placed> placed_;  // evaluations behind those for platforms, until they are made
  std::map<Index, Reliance> reliances_;  // by document
  std::vector<Plan> plans_;              // by rule
  std::vector<RuleOutcome> outcomes_;
  std::unique_ptr<SqlChecks> sql_;  // of content that has such checks
  bool outdated_ = false;
};

}  // namespace twoseal::scap
