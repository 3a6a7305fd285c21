// Steps 12 to 15 and 22: whose word about a change counts, and what stands in for a quorum.
#include <doctest/doctest.h>

#include "codec/objects.h"
#include "crypto/hash.h"
#include "tests/support/said.h"

using namespace twoseal;           // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::vectors;  // NOLINT(google-build-using-namespace)

namespace {

// Another approval of the change, by `key`, before the release.
Signing& add_approval(World& w, const std::string& key) {
  Signing one = w.signing("security");
  one.key = key;
  one.role = "";
  one.label = "approval-" + key;
  return add_before_release(w, one);
}

// The steps of every class have the effect reboot, which the change does not declare.
void reboot(World& w) {
  for (auto& [host, one] : w.classes) {
    one.steps[0].effects = {name("reboot")};
  }
}

}  // namespace

TEST_CASE("an author who took the signature back did not sign") {
  const auto withdrawn_by = [](const std::string& signer) {
    return said("", [&](World& w) {
      add_before_release(w, withdrawal_of("author", "leo")).signer = signer;
    });
  };
  check_says(withdrawn_by("leo"), "refuse", "S1 there is no valid signature by the author, p:leo");
  check_says(withdrawn_by("eve"), "permit", "not counted: withdraw by p:leo");
}

TEST_CASE("in an emergency only a valid approval by a lead counts, whoever else approves") {
  check_says(said("permit-emergency", [](World& w) { add_approval(w, "bo").signer = "leo"; }),
             "permit",
             "not counted: approve by p:bo");
  check_says(said("permit-emergency", [](World& w) { add_approval(w, "omar"); }), "permit", "");
  const std::string onlooker = said("permit-emergency", [](World& w) {
    w.signing("security").key = "omar";
    w.signing("security").role = "";
  });
  check_says(onlooker, "refuse", "S4 approved by a lead with a local, user-verified key: nobody");
}

TEST_CASE(
    "an effect that only the host's own plan shows is refused without judging a substitute again") {
  for (const char* substitute : {"permit-auto", "permit-emergency"}) {
    const std::string text = said(substitute, reboot);
    check_says(text, "refuse", "S6 file:/srv/web/motd has the effect reboot");
    CHECK(text.find("S4") == std::string::npos);
  }
}

TEST_CASE("with owner_ack the owners of each component are asked, also of one that nobody owns") {
  check_says(said("",
                  [](World& w) {
                    w.policy.rules[0].owner_ack = true;
                    w.change.components = {ComponentId::parse("nowhere").value(),
                                           ComponentId::parse("web").value()};
                    add_approval(w, "noor").role = "owner:web";
                  }),
             "refuse",
             "owner:nowhere");
}

TEST_CASE("evidence is what a tool says about this change in this organisation") {
  const auto with_evidence = [](const std::function<void(Bytes&)>& edit) {
    return said("permit-auto", [&](World& w) {
      w.on_bytes = [&](std::string_view about, Bytes& bytes) {
        if (about == "blob:test-run") {
          edit(bytes);
        }
      };
    });
  };
  const auto edited = [&](const std::function<void(Evidence&)>& edit) {
    return with_evidence([&](Bytes& bytes) {
      auto one = codec::decode<Evidence>(bytes).value();
      edit(one);
      bytes = codec::encode(one);
    });
  };
  constexpr std::string_view kMissing = "S4 evidence: test-run is missing";
  check_says(with_evidence([](Bytes&) {}), "permit", "");
  check_says(with_evidence([](Bytes& bytes) { bytes = "{}"; }), "refuse", kMissing);
  check_says(edited([](Evidence& one) { one.org = sha256("another"); }), "refuse", kMissing);
  check_says(edited([](Evidence& one) { one.kind = name("scan"); }), "refuse", kMissing);
  check_says(edited([](Evidence& one) { one.verdict = Verdict::fail; }), "refuse", kMissing);
  check_says(edited([](Evidence& one) { one.subject = sha256("another"); }), "refuse", kMissing);
  const std::string gone = said(
      "permit-auto",
      [](World&) {},
      [](Files& files, World& w) { files.erase("blobs/" + w.digest_of("blob:test-run").hex()); });
  check_says(gone, "refuse", kMissing);
}

TEST_CASE("every action that an auto rule does not list is named") {
  const std::string text = said("permit-auto", [](World& w) {
    for (auto& [host, one] : w.classes) {
      one.steps[0].action = StepAction::remove;
      one.steps.push_back(one.steps[0]);
      one.steps[1].action = StepAction::run;
    }
  });
  check_says(text, "refuse", "S4 only_actions: remove:file:/srv/web/motd run:file:/srv/web/motd");
}

TEST_CASE("an auto rule lets no declared opaque effect pass") {
  check_says(said("permit-auto", [](World& w) { w.change.effects = {name("opaque")}; }),
             "refuse",
             "S4 no_opaque_step: an opaque step or command");
}

TEST_CASE("the steps that an auto rule judges are of this organisation") {
  const std::string foreign = said("permit-auto", [](World& w) {
    edit_object<PlanClass>(w, "class:web-01", [](PlanClass& one) { one.org = sha256("another"); });
  });
  check_says(foreign, "refuse", ": belongs to another organisation");
  CHECK(foreign.find("B2 plan class sha256:") != std::string::npos);
}

TEST_CASE("a host that remembers nothing has let no change pass by itself today") {
  check_says(
      said(
          "permit-auto", [](World&) {}, [](Files& files, World&) { files.erase("state.json"); }),
      "permit",
      "");
}
