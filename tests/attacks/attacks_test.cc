// The attacks of docs/attacks.md that need no running server or agent, one test case each. What an
// attacker would show to a host stands in vectors, or is made here; every one of them must be
// refused with the code that the page states, and permit nothing.
#include <doctest/doctest.h>

#include "base/limits.h"
#include "base/os_file.h"
#include "cli/vectors/cases.h"
#include "crypto/hash.h"
#include "policy/authorize.h"
#include "tests/attacks/attack_vectors.h"

using namespace twoseal;           // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::vectors;  // NOLINT(google-build-using-namespace): as above
using attacks::AttackVectors;
using attacks::vectors_of_attack;

namespace {

void refused(const Decision& decision, std::string_view code) {
  CHECK(decision.answer == Answer::refuse);
  CHECK(error_info(decision.code).refusal == code);
  CHECK(static_cast<int>(decision.exit) != 0);
  CHECK_FALSE(decision.reasons.empty());
  CHECK(decision.counted.empty());
}

// Each vector is refused with the code that its name begins with. The honest neighbours show that
// it is for no other reason.
void shown_by_vectors(int attack) {
  const AttackVectors& vectors = vectors_of_attack(attack);
  for (const std::string_view name : vectors.refused) {
    CAPTURE(name);
    const Case* one = find_case(name);
    REQUIRE(one != nullptr);
    REQUIRE(one->expected.decision == "refuse");
    const Files files = one->files();
    refused(decide(files, load_inputs(files).value()), one->expected.code);
  }
  for (const std::string_view name : vectors.permitted) {
    CAPTURE(name);
    const Case* one = find_case(name);
    REQUIRE(one != nullptr);
    const Files files = one->files();
    CHECK(decide(files, load_inputs(files).value()).answer == Answer::permit);
  }
}

Decision decide_sealed(World& world) {
  const Files files = world.seal();
  return decide(files, world.inputs);
}

}  // namespace

TEST_CASE("attack 1: a change without approvals") {
  shown_by_vectors(1);
}

TEST_CASE("attack 2: a change with one approval") {
  shown_by_vectors(2);
}

TEST_CASE("attack 3: two keys of one person") {
  shown_by_vectors(3);
}

TEST_CASE("attack 4: the author approves") {
  shown_by_vectors(4);
}

TEST_CASE("attack 5: whoever carries the change out approves") {
  shown_by_vectors(5);
}

TEST_CASE("attack 6: whoever releases approves, also with the release withheld") {
  shown_by_vectors(6);
}

TEST_CASE("attack 7: a service approves") {
  shown_by_vectors(7);
}

TEST_CASE("attack 8: an approval of another change") {
  shown_by_vectors(8);
}

TEST_CASE("attack 9: an approval made for another organisation") {
  shown_by_vectors(9);
}

TEST_CASE("attack 10: a rejection presented as an approval") {
  shown_by_vectors(10);
}

TEST_CASE("attack 11: a login presented as an approval") {
  shown_by_vectors(11);
}

TEST_CASE("attack 12: an author statement presented as an approval") {
  shown_by_vectors(12);
}

TEST_CASE("attack 13: a signature for another purpose") {
  shown_by_vectors(13);
}

TEST_CASE("attack 14: a passkey at another origin, for another relying party, type or frame") {
  shown_by_vectors(14);
}

TEST_CASE("attack 15: presence or verification of the user cleared") {
  shown_by_vectors(15);
}

TEST_CASE("attack 16: portal and soft approvals where one must be local") {
  shown_by_vectors(16);
}

TEST_CASE("attack 17: a revoked key") {
  shown_by_vectors(17);
}

TEST_CASE("attack 18: a compromised key with an old date") {
  shown_by_vectors(18);
}

TEST_CASE("attack 19: a key outside the roster, a colliding id, a weak or repeated key") {
  shown_by_vectors(19);
}

TEST_CASE("attack 20: a deputy whose time is over") {
  shown_by_vectors(20);
}

TEST_CASE("attack 21: a roster signed by the keys it brings, and no others") {
  shown_by_vectors(21);
}

TEST_CASE("attack 22: a roster that skips a version") {
  shown_by_vectors(22);
}

TEST_CASE("attack 23: a roster that was rolled back") {
  shown_by_vectors(23);
}

TEST_CASE("attack 24: frozen past its time, and old versions named again") {
  shown_by_vectors(24);
}

TEST_CASE("attack 25: versions driven ahead with stolen keys, then recovery") {
  shown_by_vectors(25);
}

TEST_CASE("attack 26: expired documents") {
  shown_by_vectors(26);
}

TEST_CASE("attack 27: an older policy with a weaker rule, two policies of one version") {
  shown_by_vectors(27);
}

TEST_CASE("attack 28: policy and roster of different times") {
  shown_by_vectors(28);
}

TEST_CASE("attack 29: an assignment forged, absent, changed by one person, or under another name") {
  shown_by_vectors(29);
}

TEST_CASE("attack 30: a host added after the approvals") {
  shown_by_vectors(30);
}

TEST_CASE("attack 31: a change sent to a host that it does not list") {
  shown_by_vectors(31);
}

TEST_CASE("attack 32: targets by condition, more hosts than a criterion allows") {
  shown_by_vectors(32);
}

TEST_CASE("attack 33: a change that is shown a second time") {
  shown_by_vectors(33);
}

TEST_CASE("attack 34: an older change after a newer one") {
  shown_by_vectors(34);
}

TEST_CASE("attack 35: a required change that is missing") {
  shown_by_vectors(35);
}

TEST_CASE("attack 36: outside the window, clock or timekeeper moved either way") {
  shown_by_vectors(36);
}

TEST_CASE("attack 37: a phase skipped, a gate forged, failures withheld") {
  shown_by_vectors(37);
}

TEST_CASE("attack 38: a stop withheld, replayed, or raised by nobody") {
  shown_by_vectors(38);
}

TEST_CASE("attack 39: content swapped, cut off, endless") {
  shown_by_vectors(39);
  World world;
  Files files = world.seal();
  files["blobs/" + sha256("endless").hex()] = Bytes(limits::kBlobMax + 1, 'x');
  refused(decide(files, world.inputs), "B1");
  files = World().seal();
  files["change.json"] = Bytes(limits::kObjectMax + 1, '{');
  refused(decide(files, world.inputs), "B1");
}

TEST_CASE("attack 41: the host's own plan is not the approved one") {
  shown_by_vectors(41);
}

TEST_CASE(
    "attack 42: auto criteria claimed falsely, evidence for something else or by the author") {
  shown_by_vectors(42);
}

TEST_CASE("attack 43: a log entry that is missing") {
  shown_by_vectors(43);
}

TEST_CASE("attack 44: two hosts are shown two logs") {
  shown_by_vectors(44);
  // The host of one branch meets a statement whose signer saw the other.
  World here;
  World there;
  there.change.title = "Another change";
  static_cast<void>(here.seal());
  static_cast<void>(there.seal());
  World meeting;
  meeting.signing("engineering").seen = there.point(9);
  CHECK(decide_sealed(meeting).answer == Answer::permit);  // the branches part behind entry 9
  World parted;
  parted.signing("engineering").seen = there.point(10);
  refused(decide_sealed(parted), "L5");
}

TEST_CASE("attack 45: a log rewound, two roots of one size") {
  shown_by_vectors(45);
}

TEST_CASE("attack 46: a cosignature made up") {
  shown_by_vectors(46);
}

TEST_CASE("attack 47: a secret inside a change") {
  shown_by_vectors(47);
}

TEST_CASE("attack 48: a second spelling, twice the same key, numbers, nesting, broken text") {
  shown_by_vectors(48);
}

TEST_CASE("attack 52: the agent replaced outside a change made for it") {
  shown_by_vectors(52);
}

TEST_CASE("attack 63: an effect that is not declared, a component chosen to dodge a rule") {
  shown_by_vectors(63);
}

TEST_CASE("attack 65: a service is the author and hides a contributor who approves") {
  shown_by_vectors(65);
}

TEST_CASE("attack 67: documents signed with keys that others can make sign") {
  shown_by_vectors(67);
}

TEST_CASE("attack 68: a rejection or a withdrawal left out") {
  shown_by_vectors(68);
}

TEST_CASE("attack 69: one freshness statement far in the future") {
  shown_by_vectors(69);
  World world;
  world.fresh.at = world.inputs.clock + limits::kDay + 1;
  world.signing("fresh").at = world.fresh.at;
  const Decision decision = decide_sealed(world);
  refused(decision, "F1");
  CHECK(decision.floor == world.inputs.floor);
}

TEST_CASE("attack 70: a role or key that was taken away, used at a delayed place of the log") {
  shown_by_vectors(70);
}

TEST_CASE("the page of attacks names only vectors that there are") {
  const auto page = read_file(std::string(TWOSEAL_SOURCE_DIR) + "/docs/attacks.md", 1 << 20);
  REQUIRE(page.has_value());
  int names = 0;
  std::size_t begin = page->find('`');
  while (begin != std::string::npos) {
    const std::size_t end = page->find('`', begin + 1);
    const std::string name = page->substr(begin + 1, end - begin - 1);
    begin = page->find('`', end + 1);
    // A vector begins with a code in small letters, or with permit.
    if (name.starts_with("permit-") || (name.size() > 3 && name[2] == '-')) {
      CAPTURE(name);
      CHECK(find_case(name) != nullptr);
      ++names;
    }
  }
  CHECK(names > 40);
}
