// The same agents with an honest server: what attacks are stopped by is not that nothing works.
#include <doctest/doctest.h>

#include "resources/plan_state.h"
#include "tests/hostile/directory_server.h"
#include "tests/hostile/siege.h"

using namespace twoseal;           // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::hostile;  // NOLINT(google-build-using-namespace): as above

TEST_CASE("what an honest server gives is applied") {
  Siege siege;
  const LiveChange change = siege.applied("one");
  CHECK(siege.victim().text("/srv/web/web-motd") == "welcome to one\n");
  siege.pass(301);
  CHECK(siege.second().run() == "ok");
  CHECK(siege.second().text("/srv/web/web-motd") == "welcome to one\n");
  CHECK(siege.stranger().run() == "");
}

TEST_CASE("the world of the vectors is applied where its plan is the host's own") {
  const vectors::World keys;
  const VectorHost like(vectors::World().seal(), keys);
  vectors::World world;
  HostPlan plan;
  world.on_bytes = [&](std::string_view name, Bytes& bytes) {
    if (name == "state") {
      const State state = codec::decode<State>(bytes).value();
      plan = plan_state(state, *like.victim.system, {}).value();
    } else if (name == "class:web-01") {
      bytes = class_of(plan, world.org());
    } else if (name == "plan") {
      Plan edited = codec::decode<Plan>(bytes).value();
      for (PlannedClass& one : edited.classes) {
        for (PlannedHost& host : one.hosts) {
          host.token = token_of(plan, world.org(), like.victim.token_key());
        }
      }
      bytes = codec::encode(edited);
    }
  };
  VectorHost host(world.seal(), keys);
  host.victim.prober.on_tcp = [](const std::string&, std::uint16_t) { return Result<void>(); };
  CHECK(host.victim.run() == "ok");
  CHECK(host.victim.text("/srv/web/motd") == "welcome\n");
}
