#include "compliance/xccdf/rule_result.h"

#include <algorithm>

namespace twoseal::scap {

std::string_view word_of(RuleResult result) {
  constexpr std::string_view kWords[] = {"pass",
                                         "fail",
                                         "error",
                                         "unknown",
                                         "notapplicable",
                                         "notchecked",
                                         "notselected",
                                         "informational",
                                         "fixed"};
  return kWords[static_cast<std::size_t>(result)];
}

RuleResult negated(RuleResult result) {
  switch (result) {
    case RuleResult::pass:
      return RuleResult::fail;
    case RuleResult::fail:
      return RuleResult::pass;
    default:
      return result;
  }
}

RuleResult combined(Operator op, const std::vector<RuleResult>& results) {
  // The first of these that is there.
  constexpr RuleResult kAnd[] = {RuleResult::fail,
                                 RuleResult::error,
                                 RuleResult::unknown,
                                 RuleResult::pass,
                                 RuleResult::notapplicable,
                                 RuleResult::notchecked,
                                 RuleResult::notselected,
                                 RuleResult::informational};
  constexpr RuleResult kOr[] = {RuleResult::pass,
                                RuleResult::error,
                                RuleResult::unknown,
                                RuleResult::fail,
                                RuleResult::notapplicable,
                                RuleResult::notchecked,
                                RuleResult::notselected,
                                RuleResult::informational};
  for (const RuleResult rank : op == Operator::disjunction ? kOr : kAnd) {
    if (std::find(results.begin(), results.end(), rank) != results.end()) {
      return rank;
    }
  }
  return RuleResult::notchecked;
}

RuleResult result_of(Verdict verdict, DefinitionClass kind) {
  const bool inverted = kind == DefinitionClass::vulnerability || kind == DefinitionClass::patch;
  switch (verdict) {
    case Verdict::yes:
      return inverted ? RuleResult::fail : RuleResult::pass;
    case Verdict::no:
      return inverted ? RuleResult::pass : RuleResult::fail;
    case Verdict::error:
      return RuleResult::error;
    case Verdict::unknown:
      return RuleResult::unknown;
    case Verdict::not_evaluated:
      return RuleResult::notchecked;
    case Verdict::not_applicable:
      break;
  }
  return RuleResult::notapplicable;
}

bool should_be_true(DefinitionClass kind, bool turned) {
  return (result_of(Verdict::yes, kind) == RuleResult::pass) != turned;
}

}  // namespace twoseal::scap
