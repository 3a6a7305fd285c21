#include "policy/rollback.h"

#include <doctest/doctest.h>

#include "crypto/hash.h"
#include "tests/support/said.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace
using namespace vectors;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

using WorldEdit = std::function<void(World&)>;
using FileEdit = std::function<void(Files&, World&)>;

// Somebody asks for the change of a world to be taken back, and web-01 decides.
struct Ask {
  std::string key = "eve";
  std::string role = {};
  std::function<void(Rollback&)> object = {};
  std::function<void(Signing&)> statement = {};
  FileEdit files = {};
  std::string withdrawn_by = {};
};

void add_rollback(World& world, const Ask& ask, const Digest& org, const Digest& change) {
  Rollback rollback;
  rollback.change = change;
  rollback.org = org;
  rollback.nonce = nonce_of("rollback by " + ask.key);
  if (ask.object) {
    ask.object(rollback);
  }
  world.blobs["undo " + ask.key] = codec::encode(rollback);
  Signing signing;
  signing.act = Act::rollback;
  signing.type = ObjType::rollback;
  signing.about = "blob:undo " + ask.key;
  signing.key = ask.key;
  signing.role = ask.role;
  signing.label = "rollback-" + ask.key;
  signing.at = kNow + 450;
  signing.named = false;
  if (ask.statement) {
    ask.statement(signing);
  }
  world.statements.push_back(signing);
  if (!ask.withdrawn_by.empty()) {
    Signing withdrawal;
    withdrawal.act = Act::withdraw;
    withdrawal.type = ObjType::statement;
    withdrawal.about = "statement:" + signing.label;
    withdrawal.key = ask.withdrawn_by;
    withdrawal.label = "withdrawn-" + ask.key;
    withdrawal.at = kNow + 460;
    withdrawal.named = false;
    world.statements.push_back(withdrawal);
  }
}

// What a rollback names is known from the same world without one.
RollbackDecision decided(const WorldEdit& edit, const std::vector<Ask>& asks) {
  World without;
  edit(without);
  static_cast<void>(without.seal());
  World world;
  edit(world);
  for (const Ask& ask : asks) {
    add_rollback(world, ask, without.org(), without.digest_of("change"));
  }
  Files files = world.seal();
  for (const Ask& ask : asks) {
    if (ask.files) {
      ask.files(files, world);
    }
  }
  return authorize_rollback(files, load_inputs(files).value());
}

// `taken back: why`, or the code and text of the first reason.
std::string answer(const std::vector<Ask>& asks, const WorldEdit& edit = [](World&) {}) {
  const RollbackDecision decision = decided(edit, asks);
  if (decision.permits()) {
    return "taken back: " + decision.why;
  }
  CHECK_FALSE(decision.entry.has_value());
  const Reason& reason = decision.reasons.front();
  return std::string(error_info(reason.code).refusal) + " " + reason.text;
}

constexpr const char* kNobody = "S1 nobody who may ask for the rollback did";

void withdraw_by_name(World& world, std::string_view id) {
  world.person(id).roles.clear();
}

// One of the two hosts failed; the gate of its phase allows none.
void canary_failed(World& world) {
  add_result(world, "web-01", "failed");
}

}  // namespace

TEST_CASE("an executor may ask, and the decision names the entry that recorded it") {
  const RollbackDecision decision = decided([](World&) {}, {Ask{}});
  REQUIRE(decision.permits());
  CHECK(decision.why == "p:eve asked for it");
  CHECK(decision.entry == 13);
  CHECK(decision.floor == kNow + 580);
}

TEST_CASE("who holds a role that a matching rule needs may ask, in that role or in none") {
  CHECK(answer({Ask{.key = "bo"}}) == "taken back: p:bo asked for it");
  CHECK(answer({Ask{.key = "bo", .role = "engineering-lead"}}) == "taken back: p:bo asked for it");
  CHECK(answer({Ask{.key = "amara"}}) == "taken back: p:amara asked for it");
  // The rule for this change needs no IT manager, and a role that is named must be the one.
  CHECK(answer({Ask{.key = "chen"}}) == kNobody);
  CHECK(answer({Ask{.key = "amara", .role = "security-officer"}}) == kNobody);
  CHECK(answer({Ask{.key = "leo"}}) == kNobody);
}

TEST_CASE("a release overrides no rollback that was recorded behind it, whatever it names") {
  for (const std::int64_t after : {13, 14, 1'000'000}) {
    const WorldEdit ahead = [after](World& w) { w.releases["canary"].after = after; };
    CHECK(answer({Ask{}}, ahead) == "taken back: p:eve asked for it");
  }
}

TEST_CASE("nobody asked: nothing is taken back") {
  CHECK(answer({}) == kNobody);
}

TEST_CASE("of several who ask the first one recorded counts") {
  for (const bool bo_first : {false, true}) {
    const Ask eve{};
    const Ask bo{.key = "bo"};
    const auto asks = bo_first ? std::vector<Ask>{bo, eve} : std::vector<Ask>{eve, bo};
    CHECK(answer(asks) ==
          (bo_first ? "taken back: p:bo asked for it" : "taken back: p:eve asked for it"));
    CHECK(decided([](World&) {}, asks).entry == 13);
  }
}

TEST_CASE("who takes the own request back asked for nothing") {
  CHECK(answer({Ask{.withdrawn_by = "eve"}}) == kNobody);
  CHECK(answer({Ask{.withdrawn_by = "bo"}}) == "taken back: p:eve asked for it");
  CHECK(answer({Ask{.withdrawn_by = "eve"}, Ask{.key = "bo"}}) == "taken back: p:bo asked for it");
}

TEST_CASE("somebody who may not ask does not keep another from it") {
  CHECK(answer({Ask{.key = "leo"}, Ask{}}) == "taken back: p:eve asked for it");
}

TEST_CASE("a rollback is of one organisation, one change, and where it says so of some hosts") {
  CHECK(answer({Ask{.object = [](Rollback& r) { r.org = sha256("another"); }}}) == kNobody);
  CHECK(answer({Ask{.object = [](Rollback& r) { r.change = sha256("another"); }}}) == kNobody);
  const HostId web_01 = World().host_id("web-01");
  const HostId web_02 = World().host_id("web-02");
  CHECK(answer({Ask{.object = [&](Rollback& r) { r.hosts = {web_01}; }}}) ==
        "taken back: p:eve asked for it");
  CHECK(answer({Ask{.object = [&](Rollback& r) { r.hosts = {web_02}; }}}) == kNobody);
}

TEST_CASE("without a host only a rollback of the whole change is about it") {
  const WorldEdit by_person = [](World& w) { make_by_person(w); };
  CHECK(answer({Ask{.key = "chen"}}, [](World& w) {
          make_by_person(w);
          w.person("p:chen").roles.push_back({role("executor"), std::nullopt});
        }) == "taken back: p:chen asked for it");
  CHECK(answer({Ask{.object = [](Rollback& r) { r.hosts = {World().host_id("web-01")}; }}},
               by_person) == kNobody);
}

TEST_CASE("a statement counts only over a rollback that came along") {
  const FileEdit without = [](Files& files, World& w) {
    files.erase("blobs/" + w.digest_of("blob:undo eve").hex());
  };
  CHECK(answer({Ask{.files = without}}) == kNobody);
  CHECK(answer({Ask{.statement = [](Signing& s) { s.about = "state"; }}}) == kNobody);
}

TEST_CASE("a statement that is not valid does not count") {
  CHECK(answer({Ask{.statement = [](Signing& s) { s.in_log = false; }}}) == kNobody);
  CHECK(answer({Ask{.statement = [](Signing& s) { s.signer = "bo"; }}}) == kNobody);
  CHECK(
      answer({Ask{.statement = [](Signing& s) { s.org = sha256("another"); }}}).starts_with("B2 "));
  CHECK(answer({Ask{}}, [](World& w) { withdraw_by_name(w, "p:eve"); }) == kNobody);
}

TEST_CASE("an approval of the same object is no rollback") {
  CHECK(answer({Ask{.statement = [](Signing& s) { s.act = Act::approve; }}}) == kNobody);
}

TEST_CASE("an expired policy keeps nobody from undoing, old freshness does") {
  const WorldEdit expired = [](World& w) { w.policy.expires = kNow + 500; };
  CHECK(said("", expired).starts_with("refuse"));
  CHECK(answer({Ask{}}, expired) == "taken back: p:eve asked for it");
  const WorldEdit stale = [](World& w) { w.fresh.ttl = 1; };
  CHECK(answer({Ask{}}, stale).starts_with("F2 "));
}

TEST_CASE(
    "with a policy that cannot be trusted executors alone may ask, and results prove nothing") {
  const WorldEdit unsigned_policy = [](World& w) {
    w.signing("policy-dana").in_files = false;
    w.remembers = false;
  };
  CHECK(answer({Ask{}}, unsigned_policy) == "taken back: p:eve asked for it");
  CHECK(answer({Ask{.key = "bo"}}, unsigned_policy) == kNobody);
  // Whose results they are is said by assignments, and who signs those by the policy.
  CHECK(answer({}, [&](World& w) {
          unsigned_policy(w);
          canary_failed(w);
        }) == kNobody);
}

TEST_CASE("what was not permitted may be taken back all the same") {
  const WorldEdit late = [](World& w) { w.change.window = {kNow + 500, kNow}; };
  CHECK(said("", late).starts_with("refuse"));
  CHECK(answer({Ask{}}, late) == "taken back: p:eve asked for it");
}

TEST_CASE("without a change there is nothing to take back") {
  const FileEdit without = [](Files& files, World&) { files.erase("change.json"); };
  CHECK(answer({Ask{.files = without}}) == "C1 there is no change to take back");
  const FileEdit damaged = [](Files& files, World&) { files.at("change.json") = "{}"; };
  CHECK(answer({Ask{.files = damaged}}).starts_with("B1 "));
}

TEST_CASE("too many failures in a phase take a change back by itself where it says so") {
  CHECK(answer({}, canary_failed) == "taken back: too many hosts of phase canary failed");
  CHECK_FALSE(decided(canary_failed, {}).entry.has_value());
  CHECK(answer({}, [](World& w) { add_result(w, "web-01", "ok"); }) == kNobody);
  CHECK(answer({}, [](World& w) {
          canary_failed(w);
          (*w.change.phases)[0].gate.failed_max = 1;
        }) == kNobody);
  CHECK(answer({}, [](World& w) {
          canary_failed(w);
          w.change.rollback.auto_on = {name("health"), name("verify")};
        }) == kNobody);
  CHECK(answer({}, [](World& w) {
          canary_failed(w);
          (*w.change.phases)[0].gate = {std::nullopt, GateKind::person, std::nullopt};
          (*w.change.phases)[0].soak = 0;
        }) == kNobody);
  CHECK(answer({}, [](World& w) { make_by_person(w); }) == kNobody);
}

TEST_CASE("a host that took a change back since somebody asked takes no other with it") {
  const auto went_back = [](std::optional<std::int64_t> asked) {
    return [asked](World& w) {
      add_result(w, "web-01", "rolled-back");
      w.results.back().rollback = asked;
    };
  };
  CHECK(answer({}, went_back(std::nullopt)) == "taken back: too many hosts of phase canary failed");
  CHECK(answer({}, went_back(13)) == kNobody);
}

TEST_CASE("a later phase closes as the first one does") {
  CHECK(answer({}, [](World& w) {
          make_second_phase(w);
          add_result(w, "web-02", "failed", kNow + 900, "rest");
        }) == "taken back: too many hosts of phase rest failed");
}

TEST_CASE("the policy may forbid that, by the kind of change or by its risks") {
  const auto forbidding = [](std::string_view what) {
    return [what](World& w) {
      canary_failed(w);
      w.policy.no_auto_rollback = {name(what)};
    };
  };
  CHECK(answer({}, forbidding("normal")) == kNobody);
  CHECK(answer({Ask{}}, forbidding("normal")) == "taken back: p:eve asked for it");
  CHECK(answer({}, forbidding("reboot")) == "taken back: too many hosts of phase canary failed");
  CHECK(answer({}, [&](World& w) {
          forbidding("reboot")(w);
          w.change.risks = {name("reboot")};
        }) == kNobody);
}
