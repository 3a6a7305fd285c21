// A benchmark assessed on a host: one result per selected rule, with what it rests on.
// Source: NISTIR 7275 revision 4, §7.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "compliance/content/content.h"
#include "compliance/oval/evaluation.h"
#include "compliance/oval/reliance.h"
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

  [[nodiscard]] ResultCounts counts() const;

  /// The default score of XCCDF: 0 to 100.
  [[nodiscard]] double score() const;

  [[nodiscard]] const Content& content() const { return content_; }

  [[nodiscard]] const Benchmark& benchmark() const { return benchmark_; }

  [[nodiscard]] const Selection& selection() const { return selection_; }

  /// Platforms of the benchmark that the host is one of.
  [[nodiscard]] const std::vector<Text>& platforms() const { return applicable_platforms_; }

  [[nodiscard]] std::int64_t now() const { return now_; }

 private:
  /// A rule that will be judged: by which check, and in which evaluation each document.
  struct Plan {
    const RuleCheck* check = nullptr;
    RuleResult result = RuleResult::notselected;  ///< when `check` is nullptr
    std::string why;
    std::map<Index, Index> evaluations;  ///< document to evaluation
  };

  void plan_platforms();
  [[nodiscard]] bool is_applicable(const std::vector<Text>& platforms);
  [[nodiscard]] bool is_platform(Text idref);
  [[nodiscard]] Verdict judge_platform(const PlatformTest& test);
  [[nodiscard]] Verdict judge_fact(Text name);
  [[nodiscard]] bool item_applies(const std::vector<Text>& platforms, Index parent);
  [[nodiscard]] bool group_applies(Index group);

  [[nodiscard]] Plan plan(Index rule);
  [[nodiscard]] const RuleCheck* choose_check(Index rule) const;
  bool bind(const RuleCheck& check, std::map<Index, Bindings>& bindings, std::string& why) const;
  [[nodiscard]] std::set<Text> externals_of(const RuleCheck& check, Index document);
  bool place(Plan& plan, const std::map<Index, Bindings>& bindings);
  Index evaluation_for(Index document, const Bindings& bound, const std::set<std::string>& unbound);
  [[nodiscard]] std::string why_not_applicable(const Rule& rule) const;
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
  std::map<Index, Index> platform_evaluations_;  // document to evaluation
  Index platform_count_ = 0;                     // of evaluations_, those for platforms

  struct Placed {
    Index document;
    Bindings bindings;
    std::set<std::string> unbound;  // variables that its rules need and give no value to
  };

  std::vector<Placed> placed_;  // evaluations behind those for platforms, until they are made
  std::map<Index, Reliance> reliances_;   // by document
  std::map<Text, Verdicts> known_facts_;  // what the dictionary says of a name
  std::map<Text, bool> known_platforms_;
  std::set<Text> undecided_platforms_;  // those of which nobody can say whether the host is one
  bool undecided_ = false;              // of the platform that is looked at
  std::vector<Text> applicable_platforms_;
  std::vector<std::optional<bool>> group_applies_;
  std::vector<Plan> plans_;  // by rule
  std::vector<RuleOutcome> outcomes_;
  std::unique_ptr<SqlChecks> sql_;  // of content that has such checks
  bool outdated_ = false;
};

/// A platform name matches a name of the dictionary when every part that it has is the same.
[[nodiscard]] bool cpe_matches(std::string_view wanted, std::string_view known);

/// What a verdict means for a rule.
[[nodiscard]] RuleResult result_of(Verdict verdict, DefinitionClass kind);

/// Whether a rule passes when the definition is true. `turned`: the rule asks for the opposite.
[[nodiscard]] bool should_be_true(const Definition& definition, bool turned);

}  // namespace twoseal::scap
