// Attacks on the log, by a hostile server on a real agent.
#include <doctest/doctest.h>

#include "tests/hostile/siege.h"
#include "tests/hostile/vectors_over_wire.h"

using namespace twoseal;           // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::hostile;  // NOLINT(google-build-using-namespace): as above

namespace {

// Shows the victim another server of the same keys, whose log went another way.
Twist branch(test::TestServer& other, const Victim& victim) {
  return [&other,
          client = std::shared_ptr<HttpClient>(other.client(
              *other.agents, other.peer_of(other.organisation.host(victim.seed().name))))](
             const HttpRequest& request, Result<HttpResponse>& answer) {
    answer = client->call(request, std::chrono::minutes(1));
  };
}

// Takes the proofs away that approvals are in the log.
void drop_proofs_of_approvals(Files& files) {
  int dropped = 0;
  const Files all = files;
  for (const auto& [path, bytes] : all) {
    if (path.starts_with("statements/")) {
      const SignedStatement source = parse_record(bytes, path).value();
      if (source.statement.act == Act::approve) {
        dropped += static_cast<int>(files.erase("proofs/" + source.digest.hex() + ".json"));
      }
    }
  }
  CHECK(dropped == 2);
}

}  // namespace

TEST_CASE("attack 43: a log entry that is missing") {
  vectors_over_wire(43);
  Siege siege;
  const LiveChange change = siege.released("one");
  siege.victim().client.twist = edit_files(path_of(change), drop_proofs_of_approvals);
  siege.victim().repels("L4");
}

TEST_CASE("attack 44: two hosts are shown two logs") {
  vectors_over_wire(44);
  Siege siege;
  test::TestServer other((LiveOrganisation(2, 1)));
  siege.author(siege.organisation().make_change("one"));
  REQUIRE(siege.victim().run() == "");
  for (const char* name : {"two", "three", "four"}) {
    const LiveChange change = other.organisation.make_change(name);
    REQUIRE(other.submit(other.organisation.author(change, other.clock.now()), "leo").status ==
            200);
  }
  siege.victim().client.twist = branch(other, siege.victim());
  siege.victim().repels("L3", Written::nothing);
  // It stays with what it knew.
  siege.victim().client.twist = nullptr;
  CHECK(siege.victim().run() == "");
}

TEST_CASE("attack 45: a log rewound, two roots of one size") {
  vectors_over_wire(45);
  Siege siege;
  test::TestServer other((LiveOrganisation(2, 1)));
  siege.author(siege.organisation().make_change("one"));
  siege.pass(60);
  REQUIRE(siege.victim().run() == "");
  other.clock.advance(120);
  other.settle();
  siege.victim().client.twist = branch(other, siege.victim());
  siege.victim().repels("F2", Written::nothing);
  const LiveChange change = other.organisation.make_change("two");
  REQUIRE(other.submit(other.organisation.author(change, other.clock.now()), "leo").status == 200);
  siege.victim().repels("L3", Written::nothing);
}

TEST_CASE("attack 46: a cosignature made up") {
  vectors_over_wire(46);
}

TEST_CASE("attack 56: approvals erased after they were used") {
  Siege siege;
  const LiveChange change = siege.applied("one");
  // The same change in a log that nobody approved it in, and more beside it.
  test::TestServer other((LiveOrganisation(2, 1)));
  other.clock.advance(60);
  REQUIRE(other.submit(other.organisation.author(change, other.clock.now()), "leo").status == 200);
  for (int i = 0; i < 8; ++i) {
    const LiveChange one = other.organisation.make_change("other " + std::to_string(i));
    REQUIRE(other.submit(other.organisation.author(one, other.clock.now()), "leo").status == 200);
  }
  siege.victim().client.twist = branch(other, siege.victim());
  siege.victim().repels("L3", Written::nothing);
  CHECK(siege.victim().text("/srv/web/web-motd") == "welcome to one\n");
}
