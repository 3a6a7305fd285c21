#include "cli/client/lifting.h"

#include <doctest/doctest.h>

using namespace twoseal;       // NOLINT(google-build-using-namespace): a test of two namespaces
using namespace twoseal::cli;  // NOLINT(google-build-using-namespace)

namespace {

std::vector<ActorId> people(const std::vector<std::string>& names) {
  std::vector<ActorId> ids;
  for (const std::string& name : names) {
    ids.push_back(ActorId::parse("p:" + name).value());
  }
  return ids;
}

const ActorId kDana = ActorId::parse("p:dana").value();

}  // namespace

TEST_CASE("whoever raised a stop lifts it alone, or two others do") {
  LiftStanding standing;
  standing.could = people({"amara", "chen", "dana"});
  CHECK(lifters_text(standing, kDana) == "p:dana, who raised it, or 2 of p:amara, p:chen");
}

TEST_CASE("of two others who lift a stop one may have done so already") {
  LiftStanding standing;
  standing.by = people({"amara"});
  standing.could = people({"chen", "dana"});
  CHECK(lifters_text(standing, kDana) == "p:dana, who raised it, or 1 of p:chen");
}

TEST_CASE("a stop whose raiser cannot lift it any more waits for others, if they are enough") {
  LiftStanding standing;
  standing.could = people({"amara", "chen"});
  CHECK(lifters_text(standing, kDana) == "2 of p:amara, p:chen");
  standing.could = people({"amara"});
  CHECK(lifters_text(standing, kDana) == "nobody");
  standing.could = people({"amara", "dana"});
  CHECK(lifters_text(standing, kDana) == "p:dana, who raised it");
}
