// Steps 3 to 6: whose signatures make rosters, freshness, policies and assignments count.
#include <doctest/doctest.h>

#include "codec/objects.h"
#include "crypto/hash.h"
#include "tests/support/said.h"

using namespace twoseal;           // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::vectors;  // NOLINT(google-build-using-namespace)

namespace {

// What is decided when `edit` changed the signature `label`.
std::string said_of(std::string_view label, const std::function<void(Signing&)>& edit) {
  return said("", [&](World& w) { edit(w.signing(label)); });
}

std::string folder_of(const World& w, const std::string& host) {
  return "assignments/" + w.host_id(host).text().substr(2) + "/";
}

}  // namespace

TEST_CASE("a root signature counts for one roster, as the act of one root key") {
  for (const std::function<void(Signing&)>& edit :
       std::initializer_list<std::function<void(Signing&)>>{
           [](Signing& one) { one.obj = sha256("another"); },
           [](Signing& one) { one.act = Act::approve; },
           [](Signing& one) { one.roster = 2; },
           [](Signing& one) { one.role = "security-officer"; },
           [](Signing& one) { one.by = "root:" + std::string(32, 'a'); },
           [](Signing& one) { one.signer = "root-3"; },
       }) {
    check_says(said_of("root-2", edit), "refuse", "R1 roster 1: 1 of 2 signatures");
  }
  const std::string other_type = said("", [](World& w) {
    Signing& one = w.signing("root-2");
    one.type = ObjType::policy;
    one.roster = 1;
  });
  check_says(other_type, "refuse", "R1 roster 1: 1 of 2 signatures");
}

TEST_CASE(
    "a timekeeper's signature counts for one freshness statement, at its time, without a role") {
  for (const std::function<void(Signing&)>& edit :
       std::initializer_list<std::function<void(Signing&)>>{
           [](Signing& one) { one.obj = sha256("another"); },
           [](Signing& one) { one.type = ObjType::policy; },
           [](Signing& one) { one.act = Act::approve; },
           [](Signing& one) { one.at += 1; },
           [](Signing& one) { one.role = "security-officer"; },
           [](Signing& one) { one.by = "t:" + std::string(32, 'a'); },
           [](Signing& one) { one.signer = "leo"; },
       }) {
    check_says(said_of("fresh", edit), "refuse", "F1 the timekeepers did not sign");
  }
  const std::string stranger = said("", [](World& w) {
    w.signing("fresh").key = "leo";
    w.signing("fresh").by = "t:" + w.keys.at("leo").pub.id().text();
  });
  check_says(stranger, "refuse", "F1 the timekeepers did not sign");
}

TEST_CASE("what an unsigned freshness statement says besides is not judged") {
  const std::string old = said("", [](World& w) {
    w.signing("fresh").signer = "leo";
    w.inputs.clock = w.fresh.at + w.fresh.ttl + 1;
  });
  check_says(old, "refuse", "F1 the timekeepers did not sign");
  CHECK(old.find("F2") == std::string::npos);
}

TEST_CASE("a timekeeper who knows a newer roster is believed, and the one here is not") {
  check_says(said_of("fresh", [](Signing& one) { one.roster = 2; }),
             "refuse",
             "F3 a timekeeper knows a newer roster than the one here");
}

TEST_CASE("a policy lacks its officer when the officer signed in another role") {
  check_says(
      said_of("policy-amara", [](Signing& one) { one.role = "security-officer"; }), "permit", "");
  check_says(said_of("policy-amara", [](Signing& one) { one.role = "security-lead"; }),
             "refuse",
             "P1 policy 1: 2 of 2 signatures, none by a security officer");
}

TEST_CASE(
    "a signature on a document counts for what it says to be, until its signer takes it back") {
  check_says(said_of("policy-dana", [](Signing& one) { one.type = ObjType::restrictions; }),
             "refuse",
             "P1 policy 1: 1 of 2 signatures");
  const auto taken_back = [](const std::string& signer) {
    return said("", [&](World& w) {
      w.statements.push_back(withdrawal_of("policy-dana", "dana"));
      w.statements.back().signer = signer;
    });
  };
  check_says(taken_back("dana"), "refuse", "P1 policy 1: 1 of 2 signatures");
  check_says(taken_back("leo"), "permit", "not counted: withdraw by p:dana");
}

TEST_CASE(
    "a roster behind the remembered one is judged; the remembered one must be here for that") {
  const auto remembering = [](World& w) {
    add_roster(w);
    when_known(
        w, "roster:1", [&w](const Digest& digest) { w.agent.roster = VersionRef{digest, 1}; });
  };
  check_says(said("", remembering), "permit", "");
  const std::string unsigned_one = said("", [&](World& w) {
    remembering(w);
    drop(w, "roster-2-root-1");
  });
  check_says(unsigned_one,
             "refuse",
             "R1 roster 2: 1 of 2 signatures by the root keys of the version before");
  const std::string alone =
      said("", remembering, [](Files& files, World&) { files.erase("roster/1.json"); });
  check_says(alone, "refuse", "R2 the remembered version is not here");
}

TEST_CASE("every roster but the first names the organisation") {
  const std::string nameless = said("", [](World& w) {
    add_roster(w);
    edit_object<Roster>(w, "roster:2", [](Roster& roster) { roster.org.reset(); });
  });
  check_says(nameless, "refuse", "B2 roster/2.json: belongs to another organisation");
}

TEST_CASE("an officer whose role or keys had ended before cannot be disowned") {
  const auto recovered = [](const std::function<void(Person&)>& edit) {
    return said("permit-recovery-of-stolen-keys", [&](World& w) {
      for (Person& one : w.rosters.front().people) {
        if (one.id == actor("p:amara")) {
          edit(one);
        }
      }
    });
  };
  constexpr std::string_view kBinds = "P2 policy: the newest is older than the one remembered";
  check_says(recovered([](Person&) {}), "permit", "");
  check_says(recovered([](Person& one) {
               for (RoleGrant& grant : one.roles) {
                 grant.until = 1000;
               }
             }),
             "refuse",
             kBinds);
  check_says(recovered([](Person& one) {
               one.keys[0].until = 1000;
               one.keys[1].login_only = true;
             }),
             "refuse",
             kBinds);
}

TEST_CASE(
    "assignments signed with a stolen key of the IT manager do not bind once it is replaced") {
  const auto recovered = [](bool compromised) {
    return said("", [&](World& w) {
      w.agent.assignment = VersionRef{sha256("stolen"), 9};
      add_roster(w);
      w.keys["chen-new"] = software_key("chen-new", KeyKind::local_file);
      w.roster_key("chen").compromised = compromised;
      w.give_key("p:chen", "chen-new");
      w.signing("prod-chen").key = "chen-new";
    });
  };
  check_says(recovered(true), "permit", "");
  check_says(recovered(false), "refuse", "assignments: the newest is older");
}

TEST_CASE("a batch that is signed in a role needs just that role") {
  const auto in_role = [](const std::string& role_name) {
    return said("", [&](World& w) {
      w.person("p:chen").roles.push_back({role("auditor"), std::nullopt});
      w.signing("prod-chen").role = role_name;
    });
  };
  check_says(in_role("it-manager"), "permit", "");
  check_says(in_role("auditor"), "refuse", "its batch lacks signatures that the policy asks for");
}

TEST_CASE(
    "environments count from the remembered assignment on, else from the one before the newest") {
  const auto moved = [](std::size_t in_lab, bool remembers) {
    return said("", [&](World& w) {
      w.remembers = remembers;
      auto& versions = w.hosts.at("web-01").versions;
      for (const std::int64_t number : {2, 3}) {
        versions.push_back(versions.front());
        versions.back().version = number;
      }
      versions[in_lab].env = name("lab");
    });
  };
  constexpr std::string_view kNoRule = "no rule of the policy says who signs its environment";
  check_says(moved(0, false), "permit", "");
  check_says(moved(0, true), "refuse", kNoRule);
  check_says(moved(1, false), "refuse", kNoRule);
}

TEST_CASE("the identity key in an assignment is the Ed25519 key that the id of the host names") {
  const auto with_key = [](const Bytes& key) {
    return said("", [&](World& w) { w.hosts.at("web-01").versions.back().keys.id = key; });
  };
  constexpr std::string_view kNot = "its id is not that of the identity key in its assignment";
  check_says(with_key(Bytes(51, 'k')), "refuse", kNot);
  check_says(with_key(software_key("p256", KeyKind::ssh, true).pub.encoded()), "refuse", kNot);
  check_says(with_key(software_key("other", KeyKind::ssh).pub.encoded()), "refuse", kNot);
}

TEST_CASE("an assignment comes with its batch and both proofs") {
  for (const char* file : {"batch.json", "batch-proof.json", "root-proof.json"}) {
    CAPTURE(file);
    const std::string text = said(
        "",
        [](World&) {},
        [&](Files& files, World& w) { files.erase(folder_of(w, "web-01") + file); });
    check_says(text, "refuse", "its batch, or a proof, is missing");
  }
}

TEST_CASE("the assignment names the keys that the host holds") {
  const auto holding = [](const std::string& id, const std::string& tls) {
    return said("", [&](World& w) {
      w.agent.keys = OwnKeys{w.keys.at("host:" + id).pub.encoded(), sha256("tls " + tls)};
    });
  };
  check_says(holding("web-01", "web-01"), "permit", "");
  check_says(holding("web-02", "web-01"), "refuse", "H2 ");
  check_says(holding("web-01", "web-02"), "refuse", "H2 ");
}
