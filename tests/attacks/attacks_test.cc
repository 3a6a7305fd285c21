// The attacks of docs/attacks.md that need no running server or agent, one test case each. What an
// attacker would show to a host stands in vectors, or is made here; every one of them must be
// refused with the code that the page states, and permit nothing.
#include <doctest/doctest.h>

#include "base/limits.h"
#include "base/os_file.h"
#include "cli/vectors/cases.h"
#include "crypto/hash.h"
#include "policy/authorize.h"

using namespace twoseal;           // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::vectors;  // NOLINT(google-build-using-namespace): as above

namespace {

void refused(const Decision& decision, std::string_view code) {
  CHECK(decision.answer == Answer::refuse);
  CHECK(error_info(decision.code).refusal == code);
  CHECK(static_cast<int>(decision.exit) != 0);
  CHECK_FALSE(decision.reasons.empty());
  CHECK(decision.counted.empty());
}

// Each vector is refused with the code that its name begins with.
void stopped(std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    CAPTURE(name);
    const Case* one = find_case(name);
    REQUIRE(one != nullptr);
    REQUIRE(one->expected.decision == "refuse");
    const Files files = one->files();
    refused(decide(files, load_inputs(files).value()), one->expected.code);
  }
}

// The honest neighbour of an attack, which shows that it is stopped for no other reason.
void passes(std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
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
  stopped({"s3-no-approval", "s4-emergency-nobody", "s4-auto-no-evidence"});
  passes({"permit-basic"});
}

TEST_CASE("attack 2: a change with one approval") {
  stopped({"s3-one-approval", "s3-prod-needs-two-people", "s3-two-of-one-role-needed"});
  passes({"permit-two-people-for-one-need"});
}

TEST_CASE("attack 3: two keys of one person") {
  stopped({"s3-two-keys-of-one-person",
           "s3-two-roles-of-one-person",
           "r1-same-root-key-twice",
           "p1-policy-same-person-twice",
           "w4-one-owner-twice"});
}

TEST_CASE("attack 4: the author approves") {
  stopped({"s3-author-approves", "s4-emergency-author-approves"});
}

TEST_CASE("attack 5: whoever carries the change out approves") {
  stopped({"s3-executor-approves"});
  passes({"permit-executor-role-approves"});
}

TEST_CASE("attack 6: whoever releases approves, also with the release withheld") {
  stopped({"s3-releaser-approves",
           "s3-earlier-releaser-approves",
           "s4-emergency-releaser-approves",
           "s5-releaser-approves-release-withheld",
           "s5-release-withheld"});
}

TEST_CASE("attack 7: a service approves") {
  stopped({"s2-service-approves", "s3-service-without-role", "s5-released-by-service"});
}

TEST_CASE("attack 8: an approval of another change") {
  stopped({"s2-approval-of-another-change",
           "s5-names-approval-of-another-change",
           "c1-edited-after-approval",
           "s2-entry-about-another"});
}

TEST_CASE("attack 9: an approval made for another organisation") {
  stopped({"b2-statement-of-other-org", "b2-other-org-pinned", "b2-change-of-other-org"});
}

TEST_CASE("attack 10: a rejection presented as an approval") {
  stopped({"s2-reject-presented-as-approve",
           "s2-passkey-reject-presented-as-approve",
           "s2-namespace-of-reject"});
}

TEST_CASE("attack 11: a login presented as an approval") {
  stopped({"s2-login-presented-as-approve",
           "s2-passkey-login-presented-as-approve",
           "s2-namespace-of-login",
           "s5-names-login"});
}

TEST_CASE("attack 12: an author statement presented as an approval") {
  stopped({"s2-author-presented-as-approve", "s2-namespace-of-author"});
}

TEST_CASE("attack 13: a signature for another purpose") {
  stopped({"s2-namespace-of-git",
           "s2-namespace-empty",
           "s2-namespace-of-sign",
           "s1-signed-for-another-purpose",
           "s5-release-signed-as-approval",
           "r1-root-signature-wrong-namespace",
           "w4-result-signed-for-another-purpose"});
}

TEST_CASE("attack 14: a passkey at another origin, for another relying party, type or frame") {
  stopped({"s2-passkey-other-origin",
           "s2-passkey-origin-with-slash",
           "s2-passkey-other-relying-party",
           "s2-passkey-creation",
           "s2-passkey-cross-origin",
           "s2-passkey-top-origin",
           "s2-passkey-other-challenge",
           "s2-passkey-field-twice"});
  passes({"permit-passkey-approval"});
}

TEST_CASE("attack 15: presence or verification of the user cleared") {
  stopped({"s2-passkey-without-touch",
           "s2-passkey-without-verification",
           "s2-passkey-flags-edited",
           "s2-sk-without-touch",
           "s2-sk-verified-without-touch",
           "s2-sk-flags-edited",
           "s3-need-uv-touched-only"});
  passes({"permit-need-uv"});
}

TEST_CASE("attack 16: portal and soft approvals where one must be local") {
  stopped({"s3-only-portal-and-soft", "s3-only-soft-keys", "s3-login-security-key", "s3-no-file"});
  passes({"permit-portal-with-local"});
}

TEST_CASE("attack 17: a revoked key") {
  stopped({"s2-key-ended", "s1-author-key-ended", "s2-login-only-key"});
  passes({"permit-key-ends-behind"});
}

TEST_CASE("attack 18: a compromised key with an old date") {
  stopped({"s2-compromised-key",
           "s1-author-key-compromised",
           "s5-release-key-compromised",
           "p1-compromised-signer"});
}

TEST_CASE("attack 19: a key outside the roster, a colliding id, a weak or repeated key") {
  stopped({"s2-unknown-key",
           "s2-key-of-another-person",
           "s2-colliding-key-id",
           "r4-wrong-key-id",
           "r4-small-order-key",
           "r4-key-of-two-people",
           "r4-key-twice",
           "r4-root-key-of-a-person"});
}

TEST_CASE("attack 20: a deputy whose time is over") {
  stopped({"s3-deputy-expired",
           "s2-deputy-expired-with-role",
           "s3-deputy-too-early",
           "s3-deputy-of-deputy"});
  passes({"permit-deputy-last-second"});
}

TEST_CASE("attack 21: a roster signed by the keys it brings, and no others") {
  stopped({"r1-new-roster-by-new-keys-only", "r1-new-roster-by-old-keys-only"});
  passes({"permit-second-roster"});
}

TEST_CASE("attack 22: a roster that skips a version") {
  stopped({"r2-skipped-version", "r2-wrong-prev", "r2-first-version-missing"});
}

TEST_CASE("attack 23: a roster that was rolled back") {
  stopped({"r2-rolled-back", "r5-two-rosters-of-one-version", "f3-approval-under-newer-roster"});
}

TEST_CASE("attack 24: frozen past its time, and old versions named again") {
  stopped({"f2-too-old",
           "f2-floor-ahead",
           "f3-older-than-seen",
           "f3-names-older-roster",
           "f3-approval-under-newer-roster"});
}

TEST_CASE("attack 25: versions driven ahead with stolen keys, then recovery") {
  stopped({"p2-rolled-back-policy",
           "p2-officer-key-kept",
           "p2-officer-key-ended",
           "h1-rolled-back",
           "f3-older-than-seen",
           "f1-fresh-by-replaced-timekeeper"});
  passes({"permit-recovery-of-stolen-keys",
          "permit-recovery-in-two-steps",
          "permit-recovery-of-stolen-registrar",
          "permit-recovery-of-stolen-timekeeper"});
}

TEST_CASE("attack 26: expired documents") {
  stopped({"r3-expired", "p2-expired-policy", "p2-expired-restrictions", "h1-expired-assignment"});
  passes({"permit-roster-last-second",
          "permit-policy-last-second",
          "permit-restrictions-last-second",
          "permit-assignment-last-second"});
}

TEST_CASE("attack 27: an older policy with a weaker rule, two policies of one version") {
  stopped({"p2-rolled-back-policy",
           "f3-names-newer-policy",
           "r5-two-policies",
           "r5-fresh-names-another-policy",
           "c3-newer-policy-asked"});
}

TEST_CASE("attack 28: policy and roster of different times") {
  stopped({"f3-names-newer-policy",
           "f3-names-older-roster",
           "r5-fresh-names-another-roster",
           "r5-fresh-names-other-restrictions",
           "p2-policy-does-not-follow"});
}

TEST_CASE("attack 29: an assignment forged, absent, changed by one person, or under another name") {
  stopped({"h1-no-assignment",
           "h1-batch-one-signature",
           "h1-relabelled-by-one",
           "h1-relabelled-without-history",
           "h1-other-digest-remembered",
           "h1-wrong-host-key",
           "h1-batch-of-another-environment",
           "h1-proof-of-another-host",
           "h1-not-the-current-one",
           "h2-other-keys",
           "c2-name-swapped"});
  passes({"permit-relabelled-by-two"});
}

TEST_CASE("attack 30: a host added after the approvals") {
  stopped({"c1-host-added-after-approval", "c1-target-without-plan"});
}

TEST_CASE("attack 31: a change sent to a host that it does not list") {
  stopped({"c2-host-not-in-list", "c2-by-person-on-host", "c2-another-runner"});
}

TEST_CASE("attack 32: targets by condition, more hosts than a criterion allows") {
  stopped({"c2-where",
           "s4-auto-too-many-hosts",
           "s4-emergency-too-many-hosts",
           "s4-emergency-switched-off"});
  passes({"permit-auto-most-hosts", "permit-emergency-most-hosts"});
}

TEST_CASE("attack 33: a change that is shown a second time") {
  stopped({"w2-used",
           "w2-used-with-after",
           "w2-rolled-back",
           "w2-release-after-another-rollback",
           "w2-standing"});
  passes({"permit-released-after-rollback"});
}

TEST_CASE("attack 34: an older change after a newer one") {
  stopped({"w3-older-after-newer", "w3-something-applied", "w3-nothing-applied", "w2-used"});
}

TEST_CASE("attack 35: a required change that is missing") {
  stopped({"w3-required-missing", "w3-required-rolled-back", "w3-required-rolled-back-at-last"});
  passes({"permit-required"});
}

TEST_CASE("attack 36: outside the window, clock or timekeeper moved either way") {
  stopped({"w1-too-early",
           "w1-too-late",
           "w1-clock-ahead",
           "w1-timekeeper-ahead",
           "w1-clock-set-back",
           "w1-clock-behind-timekeeper",
           "f1-far-future",
           "f1-unsigned-fresh",
           "f1-fresh-signature-of-another-time"});
  passes({"permit-window-first-second", "permit-window-last-second"});
}

TEST_CASE("attack 37: a phase skipped, a gate forged, failures withheld") {
  stopped({"w4-no-result",
           "w4-failed",
           "w4-failure-withheld",
           "w4-result-of-another-host",
           "w4-result-signed-by-another-key",
           "w4-result-not-in-log",
           "w4-result-outside-the-phase",
           "w4-result-of-another-change",
           "w4-result-of-another-phase",
           "w4-signoff-by-another",
           "w4-signoff-before-release",
           "w4-soaking",
           "s5-second-phase-behind-person",
           "s5-release-of-another-phase",
           "c2-host-in-no-phase"});
  passes({"permit-second-phase"});
}

TEST_CASE("attack 38: a stop withheld, replayed, or raised by nobody") {
  stopped({"w5-listed-but-not-shown",
           "w5-list-swapped",
           "w5-no-list",
           "w5-stopped",
           "w5-not-listed",
           "w5-lifted-by-one-other",
           "f2-too-old"});
  passes({"permit-lifted-by-raiser",
          "permit-stop-ended",
          "permit-stop-of-another-change",
          "permit-stop-by-nobody",
          "permit-stop-in-another-name"});
}

TEST_CASE("attack 39: content swapped, cut off, endless") {
  stopped({"c1-state-swapped", "c1-blob-cut-off", "c1-unused-blob-misnamed"});
  World world;
  Files files = world.seal();
  files["blobs/" + sha256("endless").hex()] = Bytes(limits::kBlobMax + 1, 'x');
  refused(decide(files, world.inputs), "B1");
  files = World().seal();
  files["change.json"] = Bytes(limits::kObjectMax + 1, '{');
  refused(decide(files, world.inputs), "B1");
}

TEST_CASE("attack 41: the host's own plan is not the approved one") {
  stopped({"c4-another-content",
           "c4-another-action",
           "c4-step-more",
           "c4-another-token",
           "c4-token-of-another-host",
           "c4-plan-of-another-host",
           "c4-own-plan-missing",
           "c4-own-plan-unreadable",
           "s3-nothing-to-do-unapproved"});
}

TEST_CASE(
    "attack 42: auto criteria claimed falsely, evidence for something else or by the author") {
  stopped({"s4-auto-unknown-rule",
           "s4-auto-rule-expired",
           "s4-auto-environment",
           "s4-auto-component",
           "s4-auto-window-too-long",
           "s4-auto-per-day",
           "s4-auto-too-few-phases",
           "s4-auto-action-on-another-host",
           "s4-auto-opaque-step",
           "s4-auto-health-command",
           "s4-auto-rollback-state",
           "s4-auto-rollback-procedure",
           "s4-auto-evidence-by-author",
           "s4-auto-evidence-about-another",
           "s4-auto-evidence-failed",
           "s3-evidence-by-contributor",
           "s5-evidence-about-another-named",
           "s4-emergency-with-auto"});
  passes({"permit-auto"});
}

TEST_CASE("attack 43: a log entry that is missing") {
  stopped({"l4-approval-not-in-log",
           "l4-no-proof-of-author",
           "l4-no-proof-of-security",
           "l4-no-proof-of-release",
           "l4-proof-of-another-entry",
           "l4-forged-path",
           "l4-entry-edited",
           "l4-approval-recorded-after-release",
           "p1-policy-signature-not-in-log",
           "s4-auto-evidence-not-in-log"});
}

TEST_CASE("attack 44: two hosts are shown two logs") {
  stopped({"l3-split-view",
           "l3-no-consistency-proof",
           "l3-forged-consistency-proof",
           "l5-fresh-of-another-branch",
           "l5-signer-of-another-branch",
           "l5-host-of-another-branch"});
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
  stopped({"f2-log-rewound",
           "f2-log-shorter-than-fresh",
           "l3-two-roots-of-one-size",
           "l5-fresh-with-another-root",
           "l1-checkpoint-with-another-size"});
}

TEST_CASE("attack 46: a cosignature made up") {
  stopped({"l2-forged-cosignature", "l2-witness-needed"});
  passes({"permit-unknown-cosignature"});
}

TEST_CASE("attack 47: a secret inside a change") {
  stopped({"k1-secret", "k1-secret-resource", "s4-auto-with-secret"});
}

TEST_CASE("attack 48: a second spelling, twice the same key, numbers, nesting, broken text") {
  stopped({"b1-white-space",
           "b1-trailing-newline",
           "b1-byte-order-mark",
           "b1-key-order",
           "b1-duplicate-key",
           "b1-float",
           "b1-exponent",
           "b1-huge-integer",
           "b1-minus-zero",
           "b1-depth",
           "b1-escape",
           "b1-lone-surrogate",
           "b1-invalid-utf8",
           "b1-unknown-field"});
}

TEST_CASE("attack 63: an effect that is not declared, a component chosen to dodge a rule") {
  stopped({"s6-undeclared-auth",
           "s6-undeclared-trust",
           "s6-directory-above",
           "s6-plan-with-undeclared-effect",
           "s6-plan-with-undeclared-risk",
           "s6-auto-undeclared-effect",
           "s3-component-dodged",
           "s3-handler-of-a-component",
           "s3-effect-asks-for-more"});
  passes({"permit-declared-effect", "permit-component-touched"});
}

TEST_CASE("attack 65: a service is the author and hides a contributor who approves") {
  stopped({"b1-service-hides-contributors",
           "s3-contributor-of-service-approves",
           "s3-unknown-contributor",
           "s3-two-unknown-contributors"});
  passes({"permit-service-author", "permit-unknown-contributor"});
}

TEST_CASE("attack 67: documents signed with keys that others can make sign") {
  stopped({"p1-soft-key", "p1-portal-key", "h1-batch-soft-key", "w5-lifted-with-soft-key"});
}

TEST_CASE("attack 68: a rejection or a withdrawal left out") {
  stopped({"s5-reject-withheld", "s5-withdrawal-withheld", "s5-entry-with-fewer-statements"});
}

TEST_CASE("attack 69: one freshness statement far in the future") {
  stopped({"f1-far-future"});
  World world;
  world.fresh.at = world.inputs.clock + limits::kDay + 1;
  world.signing("fresh").at = world.fresh.at;
  const Decision decision = decide_sealed(world);
  refused(decision, "F1");
  CHECK(decision.floor == world.inputs.floor);
}

TEST_CASE("attack 70: a role or key that was taken away, used at a delayed place of the log") {
  stopped({"s3-role-ended", "s2-named-role-ended", "s2-key-ended", "s2-recorded-too-late"});
  passes({"permit-role-ends-behind"});
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
