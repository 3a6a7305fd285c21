#include "compliance/xccdf/rule_outcome.h"

namespace twoseal::scap {
namespace {

struct Score {
  double sum = 0;
  double weights = 0;
};

}  // namespace

ResultCounts counts_of(const std::vector<RuleOutcome>& outcomes) {
  ResultCounts counts;
  for (const RuleOutcome& outcome : outcomes) {
    counts.add(outcome.result);
  }
  return counts;
}

double score_of(const Benchmark& benchmark,
                const Selection& selection,
                const std::vector<RuleOutcome>& outcomes) {
  std::vector<Score> groups(benchmark.groups.size() + 1);
  const auto of = [&](Index group) -> Score& {
    return group == kNone ? groups.back() : groups[group];
  };
  for (const RuleOutcome& outcome : outcomes) {
    const bool scored = outcome.result == RuleResult::pass || outcome.result == RuleResult::fixed ||
                        outcome.result == RuleResult::fail || outcome.result == RuleResult::error ||
                        outcome.result == RuleResult::unknown;
    if (scored) {
      const double weight = selection.rules[outcome.rule].weight;
      const bool good = outcome.result == RuleResult::pass || outcome.result == RuleResult::fixed;
      Score& score = of(benchmark.rules[outcome.rule].parent);
      score.sum += good ? weight * 100.0 : 0.0;
      score.weights += weight;
    }
  }
  for (std::size_t i = benchmark.groups.size(); i-- > 0;) {
    const Score& own = groups[i];
    if (own.weights > 0) {
      Score& above = of(benchmark.groups[i].parent);
      above.sum += own.sum / own.weights * benchmark.groups[i].weight;
      above.weights += benchmark.groups[i].weight;
    }
  }
  return groups.back().weights > 0 ? groups.back().sum / groups.back().weights : 0.0;
}

}  // namespace twoseal::scap
