#include "compliance/xccdf/rule_result.h"

#include <doctest/doctest.h>

using namespace twoseal::scap;  // NOLINT(google-build-using-namespace): a test of one namespace

TEST_CASE("a definition means the opposite where it finds weaknesses") {
  for (const DefinitionClass kind : {DefinitionClass::vulnerability, DefinitionClass::patch}) {
    CHECK(result_of(Verdict::yes, kind) == RuleResult::fail);
    CHECK(result_of(Verdict::no, kind) == RuleResult::pass);
    CHECK(result_of(Verdict::error, kind) == RuleResult::error);
  }
  for (const DefinitionClass kind :
       {DefinitionClass::compliance, DefinitionClass::inventory, DefinitionClass::miscellaneous}) {
    CHECK(result_of(Verdict::yes, kind) == RuleResult::pass);
    CHECK(result_of(Verdict::no, kind) == RuleResult::fail);
    CHECK(result_of(Verdict::unknown, kind) == RuleResult::unknown);
    CHECK(result_of(Verdict::not_evaluated, kind) == RuleResult::notchecked);
    CHECK(result_of(Verdict::not_applicable, kind) == RuleResult::notapplicable);
  }
}
