// The decision against the slow reading of its rules.
#include <doctest/doctest.h>

#include "cli/vectors/cases.h"
#include "codec/objects.h"
#include "policy/authorize.h"
#include "tests/reference/decision_model.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

std::string text_of(const Decision& decision) {
  std::string text = decision.answer == Answer::permit     ? "permit"
                     : decision.answer == Answer::nochange ? "nochange"
                                                           : "refuse";
  for (const Reason& reason : decision.reasons) {
    text += " " + std::to_string(static_cast<int>(reason.step)) + " " +
            std::string(error_info(reason.code).refusal) + "(" +
            std::to_string(static_cast<int>(reason.exit)) + ") " + reason.text + ";";
  }
  return text + " floor " + std::to_string(decision.floor);
}

}  // namespace

TEST_CASE("every built-in vector has the answer that the reference gives") {
  for (const vectors::Case& one : vectors::all_cases()) {
    const Files files = one.files();
    const DecisionInputs inputs = load_inputs(files).value();
    const Decision ours = decide(files, inputs);
    const reference::Outcome theirs = reference::decide(files, inputs);
    CHECK_MESSAGE(reference::agrees(theirs, ours),
                  one.name,
                  ": ours ",
                  text_of(ours),
                  "; reference ",
                  reference::text_of(theirs));
  }
}
