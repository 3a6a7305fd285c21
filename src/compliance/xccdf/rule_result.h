// What a rule came to. Source: NISTIR 7275 revision 4, table 26.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "compliance/oval/verdict.h"

namespace twoseal::scap {

/// Only `pass` and `fixed` are good news; whatever could not be judged is one of the others.
enum class RuleResult : std::uint8_t {
  pass,
  fail,
  error,
  unknown,
  notapplicable,
  notchecked,
  notselected,
  informational,
  fixed,
};

inline constexpr std::size_t kRuleResults = 9;

[[nodiscard]] std::string_view word_of(RuleResult result);

/// What a check that is negated comes to: pass and fail the other way round.
[[nodiscard]] RuleResult negated(RuleResult result);

/// What a complex check comes to. Source: NISTIR 7275 revision 4, tables 30 and 31.
[[nodiscard]] RuleResult combined(Operator op, const std::vector<RuleResult>& results);

/// What a verdict means for a rule.
[[nodiscard]] RuleResult result_of(Verdict verdict, DefinitionClass kind);

/// Whether a rule passes when a definition of this class is true. `turned`: the rule asks for the
/// opposite.
[[nodiscard]] bool should_be_true(DefinitionClass kind, bool turned);

}  // namespace twoseal::scap
