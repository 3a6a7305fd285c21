// Attacks with documents, by a hostile server on a real agent.
#include <doctest/doctest.h>

#include "base/limits.h"
#include "tests/hostile/siege.h"
#include "tests/hostile/vectors_over_wire.h"

using namespace twoseal;           // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::hostile;  // NOLINT(google-build-using-namespace): as above

TEST_CASE("attack 21: a roster signed by the keys it brings, and no others") {
  vectors_over_wire(21);
}

TEST_CASE("attack 22: a roster that skips a version") {
  vectors_over_wire(22);
}

TEST_CASE("attack 23: a roster that was rolled back") {
  vectors_over_wire(23);
}

TEST_CASE("attack 24: frozen past its time, and old versions named again") {
  vectors_over_wire(24);
  // The answers of one day, given again and again.
  Siege siege;
  Victim& victim = siege.victim();
  Result<HttpResponse> kept;
  victim.client.twist = [&](const HttpRequest&, Result<HttpResponse>& answer) { kept = answer; };
  REQUIRE(victim.run(1) == "");
  siege.pass(limits::kDay + 1);
  victim.client.twist = [&](const HttpRequest&, Result<HttpResponse>& answer) { answer = kept; };
  victim.repels("F2", Written::nothing);
  // Or those of a minute ago.
  victim.client.twist = [&](const HttpRequest&, Result<HttpResponse>& answer) { kept = answer; };
  REQUIRE(victim.run(1) == "");
  siege.pass(60);
  victim.client.twist = nullptr;
  REQUIRE(victim.run(1) == "");
  victim.client.twist = [&](const HttpRequest&, Result<HttpResponse>& answer) { answer = kept; };
  victim.repels("F3", Written::nothing);
}

TEST_CASE("attack 25: versions driven ahead with stolen keys, then recovery") {
  vectors_over_wire(25);
}

TEST_CASE("attack 26: expired documents") {
  vectors_over_wire(26);
}

TEST_CASE(
    "attack 27: an older policy with a weaker rule, two policies of one "
    "version") {
  vectors_over_wire(27);
}

TEST_CASE("attack 28: policy and roster of different times") {
  vectors_over_wire(28);
}

TEST_CASE(
    "attack 29: an assignment forged, absent, changed by one person, or "
    "under another name") {
  vectors_over_wire(29);
  // The assignment and the proofs of another host.
  Siege siege;
  const LiveChange change = siege.planned(siege.organisation().make_change("one"));
  siege.author(change);
  const Files others = siege.files_for(siege.second(), change);
  siege.victim().client.twist = edit_files("/v1/contact", [&](Files& files) {
    std::erase_if(files, [](const auto& file) { return file.first.starts_with("assignments/"); });
    for (const auto& [path, bytes] : others) {
      if (path.starts_with("assignments/")) {
        files[path] = bytes;
      }
    }
  });
  siege.victim().repels("H1", Written::nothing);
}

TEST_CASE("attack 69: one freshness statement far in the future") {
  vectors_over_wire(69);
}
