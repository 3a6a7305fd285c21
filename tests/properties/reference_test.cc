// The decision against the slow reading of its rules, in worlds that nobody thought of.
#include <doctest/doctest.h>

#include "codec/objects.h"
#include "policy/authorize.h"
#include "tests/properties/random_world.h"
#include "tests/reference/decision_model.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace
using properties::Recipe;
using vectors::World;

namespace {

constexpr std::uint64_t kCasesByDefault = 1'500;
constexpr std::size_t kStepsMax = 7;

std::string text_of(const Decision& decision) {
  std::string text = decision.answer == Answer::refuse ? "refuse" : "permit or nochange";
  for (const Reason& reason : decision.reasons) {
    text += " " + std::to_string(static_cast<int>(reason.step)) + " " +
            std::string(error_info(reason.code).refusal) + "(" +
            std::to_string(static_cast<int>(reason.exit)) + ") " + reason.text + ";";
  }
  return text + " floor " + std::to_string(decision.floor);
}

}  // namespace

TEST_CASE("random worlds have the answer that the reference gives") {
  std::map<std::string, std::uint64_t> answers;
  CHECK(properties::holds("random worlds against the reference", kCasesByDefault, [&] {
    const Recipe recipe = *properties::recipes(kStepsMax);
    World world;
    properties::make_world(recipe, world);
    const auto files = properties::sealed(world);
    RC_PRE(files.has_value());
    const auto inputs = load_inputs(*files);
    RC_PRE(inputs.has_value());
    const Decision ours = decide(*files, *inputs);
    const reference::Outcome theirs = reference::decide(*files, *inputs);
    ++answers[ours.answer == Answer::refuse ? std::string(error_info(ours.code).refusal)
                                            : "permit"];
    if (!reference::agrees(theirs, ours)) {
      RC_FAIL("ours " + text_of(ours) + "; reference " + reference::text_of(theirs));
    }
  }));
  for (const auto& [answer, count] : answers) {
    std::cout << "  " << answer << " " << count;
  }
  std::cout << "\n";
}
