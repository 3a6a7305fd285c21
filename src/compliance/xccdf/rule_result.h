// What a rule came to. Source: NISTIR 7275 revision 4, table 26.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

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

}  // namespace twoseal::scap
