// Attacks on approvals and signatures, by a hostile server on a real agent.
#include <doctest/doctest.h>

#include "tests/hostile/siege.h"
#include "tests/hostile/vectors_over_wire.h"

using namespace twoseal;           // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::hostile;  // NOLINT(google-build-using-namespace): as above

TEST_CASE("attack 1: a change without approvals") {
  vectors_over_wire(1);
  // The server has nobody's release either, and offers it all the same.
  Siege siege;
  const LiveChange change = siege.planned(siege.organisation().make_change("one"));
  siege.author(change);
  siege.victim().client.twist = offer_change(change);
  siege.victim().repels("S5");
}

TEST_CASE("attack 2: a change with one approval") {
  vectors_over_wire(2);
}

TEST_CASE("attack 3: two keys of one person") {
  vectors_over_wire(3);
}

TEST_CASE("attack 4: the author approves") {
  vectors_over_wire(4);
}

TEST_CASE("attack 5: whoever carries the change out approves") {
  vectors_over_wire(5);
}

TEST_CASE("attack 6: whoever releases approves, also with the release withheld") {
  vectors_over_wire(6);
}

TEST_CASE("attack 7: a service approves") {
  vectors_over_wire(7);
}

TEST_CASE("attack 8: an approval of another change") {
  vectors_over_wire(8);
  Siege siege;
  const LiveChange good = siege.approved(siege.organisation().make_change("one"));
  LiveChange other = siege.organisation().make_change("other", "web-other");
  siege.author(other);
  // All that was signed for one change stands beside the bytes of another.
  Files files = siege.files_for(siege.victim(), good);
  files["change.json"] = other.bytes;
  siege.victim().client.twist = both(offer_change(other), give_files(path_of(other), files));
  siege.victim().repels("C1");
  // Or it is said to be the other one.
  siege.release(good);
  siege.victim().client.twist = give_files(path_of(good), siege.files_for(siege.victim(), other));
  siege.victim().repels("C1");
}

TEST_CASE("attack 9: an approval made for another organisation") {
  vectors_over_wire(9);
}

TEST_CASE("attack 10: a rejection presented as an approval") {
  vectors_over_wire(10);
}

TEST_CASE("attack 11: a login presented as an approval") {
  vectors_over_wire(11);
}

TEST_CASE("attack 12: an author statement presented as an approval") {
  vectors_over_wire(12);
}

TEST_CASE("attack 13: a signature for another purpose") {
  vectors_over_wire(13);
}

TEST_CASE(
    "attack 14: a passkey at another origin, for another relying party, "
    "type or frame") {
  vectors_over_wire(14);
}

TEST_CASE("attack 15: presence or verification of the user cleared") {
  vectors_over_wire(15);
}

TEST_CASE("attack 16: portal and soft approvals where one must be local") {
  vectors_over_wire(16);
}

TEST_CASE("attack 17: a revoked key") {
  vectors_over_wire(17);
}

TEST_CASE("attack 18: a compromised key with an old date") {
  vectors_over_wire(18);
}

TEST_CASE(
    "attack 19: a key outside the roster, a colliding id, a weak or "
    "repeated key") {
  vectors_over_wire(19);
}

TEST_CASE("attack 20: a deputy whose time is over") {
  vectors_over_wire(20);
}

TEST_CASE("attack 65: a service is the author and hides a contributor who approves") {
  vectors_over_wire(65);
}

TEST_CASE("attack 67: documents signed with keys that others can make sign") {
  vectors_over_wire(67);
}

TEST_CASE("attack 68: a rejection or a withdrawal left out") {
  vectors_over_wire(68);
}

TEST_CASE(
    "attack 70: a role or key that was taken away, used at a delayed "
    "place of the log") {
  vectors_over_wire(70);
}
