#include "cli/vectors/world.h"

#include <doctest/doctest.h>

#include "policy/authorize.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace
using vectors::World;

namespace {

std::string text_of(const Decision& decision) {
  std::string text;
  for (const Reason& reason : decision.reasons) {
    text += std::string(error_info(reason.code).refusal) + " " + reason.text + "\n";
  }
  for (const std::string& note : decision.notes) {
    text += note + "\n";
  }
  return text;
}

}  // namespace

TEST_CASE("the world as it is is permitted") {
  World world;
  const Files files = world.seal();
  const Decision decision = decide(files, world.inputs);
  CAPTURE(text_of(decision));
  CHECK(decision.answer == Answer::permit);
  CHECK(decision.exit == Exit::done);
  CHECK(decision.phase.text() == "canary");
  CHECK(decision.counted.size() == 4);
  CHECK(decision.change == world.digest_of("change"));
}
