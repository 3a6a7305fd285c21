// Steps 9, 10, 14, 16, 17, 20 and 21: the course of a change on its hosts, from its release on.
#include <doctest/doctest.h>

#include "codec/objects.h"
#include "crypto/hash.h"
#include "policy/statements.h"
#include "tests/support/said.h"

using namespace twoseal;           // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::vectors;  // NOLINT(google-build-using-namespace)

namespace {

// What is decided when the object `about` has `bytes`.
std::string said_with(std::string_view about, std::string_view bytes) {
  return said("", [&](World& w) {
    w.on_bytes = [=](std::string_view one, Bytes& own) { own = one == about ? bytes : own; };
  });
}

// What is decided when the release names a statement more, which `add` puts before it.
std::string said_naming(const std::function<void(World&)>& add,
                        const std::function<void(Files&, World&)>& file_edit = {}) {
  return said("", add, file_edit);
}

constexpr std::string_view kNotAbout = ", which is not about this change";

}  // namespace

TEST_CASE("a release is an object of this organisation that can be read") {
  constexpr std::string_view kNone = "S5 no executor has released phase canary";
  check_says(said_with("release:canary", "{}"), "refuse", kNone);
  const std::string foreign = said("", [](World& w) {
    edit_object<Release>(w, "release:canary", [](Release& one) { one.org = sha256("another"); });
  });
  check_says(foreign, "refuse", kNone);
}

TEST_CASE("a release that is not in the log and was made under a newer roster is no release") {
  const auto unrecorded = [](std::int64_t roster) {
    return said("", [&](World& w) {
      w.signing("release").in_log = false;
      w.signing("release").roster = roster;
    });
  };
  check_says(unrecorded(1), "refuse", "L4 the release by p:eve: there is no proof");
  check_says(unrecorded(2), "refuse", "S5 no executor has released phase canary");
}

TEST_CASE("an entry that cannot be read proves nothing") {
  check_says(said_with("entry:security", "{}"), "refuse", "L4 approve by p:amara: ");
}

TEST_CASE("a release names evidence about its change and nothing else that was attested") {
  const auto add = [](World& w) { add_evidence(w, "test-run", "ci"); };
  check_says(said_naming(add), "permit", "");
  check_says(said_naming(add,
                         [](Files& files, World& w) {
                           files.erase("blobs/" + w.digest_of("blob:test-run").hex());
                         }),
             "refuse",
             kNotAbout);
  check_says(said_naming([&](World& w) {
               add(w);
               w.on_bytes = [](std::string_view about, Bytes& bytes) {
                 bytes = about == "blob:test-run" ? "{}" : bytes;
               };
             }),
             "refuse",
             kNotAbout);
}

TEST_CASE("a release names earlier releases of its change and of no other") {
  const auto add = [](World& w) {
    Signing earlier = w.signing("release");
    earlier.about = "release:rest";
    earlier.label = "earlier";
    add_before_release(w, earlier);
  };
  check_says(said_naming(add), "permit", "");
  check_says(said_naming([&](World& w) {
               add(w);
               w.releases["rest"].change = sha256("another");
             }),
             "refuse",
             kNotAbout);
  check_says(said_naming([&](World& w) {
               add(w);
               w.on_bytes = [](std::string_view about, Bytes& bytes) {
                 bytes = about == "release:rest" ? "{}" : bytes;
               };
             }),
             "refuse",
             kNotAbout);
}

TEST_CASE("a release names the withdrawal of a statement that is here") {
  const auto withdrawing = [](std::optional<Digest> obj) {
    return said_naming([&](World& w) {
      add_like(w, "engineering", "second").at += 1;
      add_before_release(w, withdrawal_of("second", "bo")).obj = obj;
    });
  };
  check_says(withdrawing(std::nullopt), "permit", "");
  check_says(withdrawing(sha256("gone")), "refuse", kNotAbout);
}

TEST_CASE("the name of a host is taken by its assignment, not by its other documents") {
  const auto assigned = [](bool erased) {
    return said(
        "permit-by-person",
        [](World& w) { w.change.targets.assets->front().name = "web-01"; },
        [&](Files& files, World& w) {
          if (erased) {
            files.erase("assignments/" + w.host_id("web-01").text().substr(2) + "/1.json");
          }
        });
  };
  check_says(assigned(false), "refuse", "C2 web-01: a host with an agent is changed by its agent");
  check_says(assigned(true), "permit", "");
}

TEST_CASE("a workspace is served by the runner that the change names") {
  const std::string other =
      said("permit-runner", [](World& w) { w.change.executor.host = w.host_id("web-02"); });
  check_says(other, "refuse", "C2 workspace cloud is not assigned to this runner");
}

TEST_CASE("a change that ran here before needs a release that names its rollback") {
  const std::string text = said("permit-auto", [](World& w) {
    when_known(w, "change", [&w](const Digest& digest) { w.agent.used = {{digest, 40}}; });
  });
  check_says(text, "refuse", "its release does not name entry 40");
}

TEST_CASE("without a policy that counts no package of twoseal is listed") {
  const std::string text = said("permit-agent-update", [](World& w) { drop(w, "policy-dana"); });
  check_says(text, "refuse", "P1 policy 1: 1 of 2 signatures");
  CHECK(text.find("the policy lists no such package of twoseal") != std::string::npos);
}

TEST_CASE("what another scope holds conflicts when one of both wants the whole of a path") {
  const auto beside = [](std::string_view kind, const std::string& held) {
    return said("", [&](World& w) {
      Resource& own = w.state.resources[0];
      own.kind = name(kind);
      own.sub = kind == "setting" ? std::optional<std::string>("a") : std::nullopt;
      ScopeState other;
      other.resources = {held, "user:ann"};
      other.scope = ScopeId::parse("another").value();
      w.agent.scopes = {other};
    });
  };
  constexpr std::string_view kOwned = "is owned by scope another";
  check_says(beside("file", "file:/srv/web/other"), "permit", "");
  check_says(beside("file", "file:/srv/web/motd"), "refuse", kOwned);
  check_says(beside("file", "setting:/srv/web/motd#b"), "refuse", kOwned);
  check_says(beside("setting", "directory:/srv/web/motd"), "refuse", kOwned);
  check_says(beside("setting", "setting:/srv/web/motd#b"), "permit", "");
  check_says(beside("setting", "setting:/srv/web/motd#a"), "refuse", kOwned);
}

TEST_CASE(
    "a result counts as a signature of its host, without a role, under a policy that counts") {
  const auto reported = [](const std::function<void(World&)>& edit) {
    return said("", [&](World& w) {
      make_second_phase(w);
      edit(w);
    });
  };
  constexpr std::string_view kPending = "W4 phase canary: 0 ok, 0 failed of 1; not decided yet";
  check_says(reported([](World&) {}), "permit", "");
  check_says(
      reported([](World& w) { w.signing("result-0").act = Act::approve; }), "refuse", kPending);
  check_says(reported([](World& w) {
               w.signing("result-0").type = ObjType::verdict;
               w.signing("result-0").event = Event::verdict;
             }),
             "refuse",
             kPending);
  check_says(reported([](World& w) { w.signing("result-0").key_id = std::string(32, 'a'); }),
             "refuse",
             kPending);
  check_says(
      reported([](World& w) { w.signing("result-0").role = "executor"; }), "refuse", kPending);
  check_says(reported([](World& w) { drop(w, "policy-dana"); }), "refuse", kPending);
}

TEST_CASE("a statement of a host is judged once") {
  World w;
  make_second_phase(w);
  Findings findings;
  const Files files = w.seal();
  const Bundle bundle = load_bundle(files, w.org(), findings);
  const Roster& roster = bundle.rosters.at(1).value;
  const Keyring ring = Keyring::build(roster).value();
  const LogView log(bundle, roster, w.org(), findings);
  StatementJudge judge(bundle, ring, log, kNow + 3600, findings);
  const SignedStatement* const result = judge.find(w.statement("result-0"));
  REQUIRE(result != nullptr);
  const Judged& first = judge.judge_host(*result, w.keys.at("host:web-01").pub);
  CHECK(first.valid());
  CHECK(&judge.judge_host(*result, w.keys.at("host:web-02").pub) == &first);
}

TEST_CASE("an owner's gate opens when an owner signs off what was released, and stands by it") {
  const auto gate = [](const std::function<void(World&)>& edit) {
    return said("permit-gate-owner", edit);
  };
  constexpr std::string_view kNobody = "W4 phase canary: 0 of 1 owners signed off";
  check_says(gate([](World&) {}), "permit", "");
  check_says(gate([](World& w) {
               Signing withdrawal = withdrawal_of("signoff-noor", "noor");
               withdrawal.at = kNow + 950;
               withdrawal.named = false;
               w.statements.push_back(withdrawal);
             }),
             "refuse",
             kNobody);
  check_says(gate([](World& w) { drop(w, "release"); }), "refuse", kNobody);
}

TEST_CASE("a person's gate is shut again when the release that opened it is withdrawn") {
  const std::string text = said("permit-gate-person", [](World& w) {
    Signing withdrawal = withdrawal_of("release-rest", "eve");
    withdrawal.at = kNow + 1100;
    w.statements.push_back(withdrawal);
  });
  check_says(text, "refuse", "W4 phase rest waits for its release");
}

TEST_CASE("a person who carries a change out has no plan of their own to admit") {
  const std::string text = said(
      "permit-by-person",
      [](World&) {},
      [](Files& files, World& w) {
        PlanClass own = World().classes.at("web-01");
        own.org = w.org();
        const Bytes bytes = codec::encode(own);
        files["blobs/" + sha256(bytes).hex()] = bytes;
        edit_file<DecisionInputs>(files, "inputs.json", [&](DecisionInputs& inputs) {
          inputs.own_plan = OwnPlan{sha256(bytes), Bytes(32, 't')};
        });
      });
  check_says(text, "refuse", "C4 the host's own plan cannot be read");
}
