#include "compliance/xccdf/rule_result.h"

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

}  // namespace twoseal::scap
