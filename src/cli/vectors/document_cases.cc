// Steps 4 to 6: freshness, policy, restrictions, assignments.
#include "cli/vectors/cases.h"
#include "crypto/hash.h"

namespace twoseal::vectors {
namespace {

constexpr std::int64_t kEnded = 100;  // a size that the log of a World does not reach

void add_fresh_cases(CaseList& list) {
  list.refuse_files("f1-no-fresh", "no freshness statement", [](Files& files, World&) {
    files.erase("fresh.json");
  });
  list.refuse("f1-unsigned-fresh", "a freshness statement that nobody signed", [](World& w) {
    w.fresh_signatures.clear();
  });
  list.refuse("f1-fresh-signed-by-another",
              "a freshness statement signed by a person",
              [](World& w) { w.signing("fresh").key = "amara-ssh"; });
  list.refuse("f1-fresh-signature-of-another-time",
              "a timekeeper's statement with another time",
              [](World& w) { w.signing("fresh").at -= 1; });
  list.refuse("f1-far-future", "a freshness statement two days ahead", [](World& w) {
    w.fresh.at = w.inputs.clock + 2 * 86'400;
    w.signing("fresh").at = w.fresh.at;
  });
  list.permit("permit-fresh-a-day-ahead", "a freshness statement a day ahead", [](World& w) {
    w.fresh.at = w.inputs.clock + 86'400;
    w.signing("fresh").at = w.fresh.at;
  });
  list.refuse("f2-too-old", "the freshness statement outlived its ttl", [](World& w) {
    w.inputs.clock = w.fresh.at + w.fresh.ttl + 1;
  });
  list.permit("permit-fresh-last-second",
              "the freshness statement is as old as its ttl",
              [](World& w) { w.inputs.clock = w.fresh.at + w.fresh.ttl; });
  list.refuse("f2-floor-ahead",
              "the host's floor is past the ttl although its clock was set back",
              [](World& w) { w.inputs.floor = w.fresh.at + w.fresh.ttl + 1; });
  list.refuse("f3-older-than-seen", "a newer freshness statement was seen before", [](World& w) {
    w.agent.fresh_at = w.fresh.at + 1;
  });
  list.refuse("f3-names-newer-policy",
              "the timekeeper names policy 2, shown is policy 1",
              [](World& w) { w.fresh.policy = {sha256("x"), 2}; });
  list.refuse("f3-names-older-roster",
              "the newest roster here is newer than the timekeeper says",
              [](World& w) {
                add_roster(w);
                w.fresh.roster = {sha256("x"), 1};
              });
  list.refuse("f3-approval-under-newer-roster",
              "an approval was made under a roster not shown here",
              [](World& w) { w.signing("security").roster = 2; });
  list.permit("permit-recovery-of-stolen-timekeeper",
              "times told by stolen timekeeper keys do not bind once a roster replaced the keys",
              [](World& w) {
                w.agent.fresh_at = w.fresh.at + 80'000;
                w.inputs.floor = w.fresh.at + w.fresh.ttl + 1;
                w.keys["timekeeper-2"] = software_key("timekeeper-2", KeyKind::ssh);
                const PublicKey& pub = w.keys["timekeeper-2"].pub;
                add_roster(w).timekeepers.keys = {{pub.id(), pub.encoded()}};
                w.signing("fresh").key = "timekeeper-2";
              });
  list.refuse("f1-fresh-by-replaced-timekeeper",
              "a freshness statement by a timekeeper that a roster replaced",
              [](World& w) {
                w.keys["timekeeper-2"] = software_key("timekeeper-2", KeyKind::ssh);
                const PublicKey& pub = w.keys["timekeeper-2"].pub;
                add_roster(w).timekeepers.keys = {{pub.id(), pub.encoded()}};
              });
  list.refuse("r5-fresh-names-another-policy",
              "the timekeeper names another policy 1",
              [](World& w) { w.fresh.policy = {sha256("x"), 1}; });
  list.refuse("r5-fresh-names-other-restrictions",
              "the timekeeper names other restrictions 1",
              [](World& w) { w.fresh.restrictions = {sha256("x"), 1}; });
}

void add_policy_cases(CaseList& list) {
  list.refuse("p1-policy-one-signature", "one of two signatures on the policy", [](World& w) {
    drop(w, "policy-dana");
  });
  list.refuse("p1-policy-same-person-twice", "two signatures by one person", [](World& w) {
    w.keys["amara-2"] = software_key("amara-2", KeyKind::local_file);
    w.give_key("p:amara", "amara-2");
    w.signing("policy-dana").key = "amara-2";
  });
  list.refuse("p1-no-security-officer",
              "two signatures, none by the security officer",
              [](World& w) { w.signing("policy-amara").key = "chen"; });
  list.refuse("p1-officer-in-another-role", "the officer signed in another role", [](World& w) {
    w.signing("policy-amara").role = "security-lead";
  });
  list.refuse("p1-soft-key", "a policy signed with a soft key", [](World& w) {
    w.signing("policy-dana").key = "bo";
  });
  list.refuse("p1-portal-key", "a policy signed in the portal", [](World& w) {
    w.signing("policy-dana").key = "mia";
  });
  list.permit("permit-demo-soft-key", "in a demo soft keys sign the policy", [](World& w) {
    w.rosters[0].demo = true;
    w.signing("policy-dana").key = "bo";
  });
  list.refuse("p1-policy-signature-not-in-log",
              "a policy signature that is not in the log",
              [](World& w) { w.signing("policy-dana").in_log = false; });
  list.refuse("p1-restrictions-one-signature",
              "one of two signatures on the restrictions",
              [](World& w) { drop(w, "restrictions-dana"); });
  list.refuse("p1-policy-signature-withdrawn",
              "a signer of the policy took the signature back",
              [](World& w) { w.statements.push_back(withdrawal_of("policy-dana", "dana")); });
  list.permit("permit-policy-signature-withdrawn-by-another",
              "somebody else's withdrawal takes nothing back",
              [](World& w) { w.statements.push_back(withdrawal_of("policy-dana", "amara")); });
  list.refuse("p1-compromised-signer", "a signer of the policy was compromised", [](World& w) {
    w.roster_key("dana").compromised = true;
  });
  list.refuse("p2-expired-policy", "the policy expired", [](World& w) {
    w.policy.expires = w.inputs.clock;
  });
  list.permit("permit-policy-last-second", "the policy expires in a second", [](World& w) {
    w.policy.expires = w.inputs.clock + 1;
  });
  list.permit("permit-restrictions-last-second",
              "the restrictions expire in a second",
              [](World& w) { w.restrictions.expires = w.inputs.clock + 1; });
  list.refuse("p2-expired-restrictions", "the restrictions expired", [](World& w) {
    w.restrictions.expires = w.inputs.clock;
  });
  list.refuse("p2-rolled-back-policy", "the host has seen policy 2", [](World& w) {
    w.agent.policy = VersionRef{sha256("x"), 2};
  });
  list.refuse("p2-policy-does-not-follow", "policy 2 names another policy 1", [](World& w) {
    Policy next = w.policy;
    next.version = 2;
    next.prev = sha256("x");
    w.later_policies = {next};
    add_like(w, "policy-amara", "policy-2-amara").about = "policy:2";
    add_like(w, "policy-dana", "policy-2-dana").about = "policy:2";
  });
  list.permit("permit-second-policy", "a second policy that follows the first", [](World& w) {
    Policy next = w.policy;
    next.version = 2;
    w.later_policies = {next};
    add_like(w, "policy-amara", "policy-2-amara").about = "policy:2";
    add_like(w, "policy-dana", "policy-2-dana").about = "policy:2";
  });
  list.refuse("r5-two-policies", "the remembered policy 1 has another digest", [](World& w) {
    w.agent.policy = VersionRef{sha256("x"), 1};
  });
  list.refuse("r5-two-policies-under-old-fresh",
              "the remembered policy 1 has another digest, and the freshness statement is too old",
              [](World& w) {
                w.agent.policy = VersionRef{sha256("x"), 1};
                w.fresh.ttl = 1;
              });
  // Policy 9 was signed with stolen keys; the roster then says how many keys are taken away.
  list.refuse("p2-officer-key-ended",
              "a roster ends the officer's keys, which leaves what they signed in force",
              [](World& w) {
                w.agent.policy = VersionRef{sha256("newer"), 9};
                add_roster(w);
                w.keys["amara-new"] = software_key("amara-new", KeyKind::local_file);
                w.give_key("p:amara", "amara-new");
                w.roster_key("amara").until = kEnded;
                w.roster_key("amara-ssh").until = kEnded;
              });
  const auto recovered = [](bool in_two_steps, bool keeps_one) {
    return [=](World& w) {
      w.agent.policy = VersionRef{sha256("stolen"), 9};
      add_roster(w);
      w.keys["amara-new"] = software_key("amara-new", KeyKind::local_file);
      w.give_key("p:amara", "amara-new");
      if (in_two_steps) {
        add_roster(w);
      }
      w.roster_key("amara").compromised = true;
      w.roster_key("amara-ssh").compromised = !keeps_one;
      for (const char* label : {"policy-amara", "restrictions-amara", "security"}) {
        w.signing(label).key = "amara-new";
      }
    };
  };
  list.permit(
      "permit-recovery-of-stolen-keys",
      "policies signed with stolen officer keys do not bind once a roster replaced the keys",
      recovered(false, false));
  list.permit("permit-recovery-in-two-steps",
              "a roster adds a new officer key, and the next one takes the stolen ones away",
              recovered(true, false));
  list.refuse("p2-officer-key-kept",
              "a roster that keeps an officer key leaves the remembered policy in force",
              recovered(false, true));
}

}  // namespace

void add_document_cases(CaseList& list) {
  add_fresh_cases(list);
  add_policy_cases(list);
}

void add_assignment_cases(CaseList& list) {
  const auto own = [](World& w) -> Assignment& { return w.hosts.at("web-01").versions.back(); };
  const auto relabel = [](World& w, std::string_view env) {
    Assignment next = w.hosts.at("web-01").versions.back();
    next.version = 2;
    next.env = name(env);
    w.hosts.at("web-01").versions.push_back(next);
  };
  list.refuse("h1-no-assignment", "a host that nobody assigned", [](World& w) {
    w.keys["host:ghost"] = software_key("host ghost", KeyKind::ssh);
    w.inputs.host = HostId::parse("h:" + w.keys["host:ghost"].pub.id().text()).value();
  });
  list.refuse("h1-batch-one-signature", "a prod batch signed by one person", [](World& w) {
    drop(w, "prod-chen");
  });
  list.refuse("h1-batch-signature-withdrawn",
              "a signer of a prod batch took the signature back",
              [](World& w) { w.statements.push_back(withdrawal_of("prod-chen", "chen")); });
  list.refuse("h1-batch-same-role", "a prod batch signed twice as devops lead", [](World& w) {
    w.signing("prod-chen").key = "dana";
    w.signing("prod-chen").at += 5;
  });
  list.refuse("h1-batch-soft-key", "a batch signed with a soft key", [](World& w) {
    w.person("p:bo").roles.push_back({role("it-manager"), std::nullopt});
    w.signing("prod-chen").key = "bo";
  });
  list.refuse("h1-expired-assignment", "an assignment that expired", [own](World& w) {
    own(w).expires = w.inputs.clock;
  });
  list.permit("permit-assignment-last-second",
              "an assignment that expires in a second",
              [own](World& w) { own(w).expires = w.inputs.clock + 1; });
  list.permit(
      "permit-recovery-of-stolen-registrar",
      "assignments signed with stolen keys do not bind once a roster replaced the keys",
      [](World& w) {
        w.agent.assignment = VersionRef{sha256("stolen"), 9};
        add_roster(w);
        w.keys["dana-new"] = software_key("dana-new", KeyKind::local_file);
        w.roster_key("dana").compromised = true;
        w.give_key("p:dana", "dana-new");
        for (const char* label : {"policy-dana", "restrictions-dana", "prod-dana", "test-dana"}) {
          w.signing(label).key = "dana-new";
        }
      });
  list.refuse("h1-relabelled-by-one",
              "a prod host moved to test by one person",
              [relabel](World& w) { relabel(w, "test"); });
  list.refuse("h1-relabelled-without-history",
              "the version before the move is not shown",
              [relabel](World& w) {
                relabel(w, "test");
                w.on_bytes = {};
                w.agent.assignment = VersionRef{sha256("x"), 1};
                w.hosts.at("web-01").versions.erase(w.hosts.at("web-01").versions.begin());
                w.hosts.at("web-01").versions.back().prev = sha256("x");
              });
  list.permit(
      "permit-relabelled-by-two", "a prod host moved to test by two people", [relabel](World& w) {
        relabel(w, "test");
        add_like(w, "test-dana", "test-chen").key = "chen";
      });
  list.refuse("h1-wrong-host-key",
              "an assignment whose identity key is not the host's",
              [own](World& w) { own(w).keys.id = w.keys["leo"].pub.encoded(); });
  list.refuse("h1-environment-without-rule",
              "an environment that no rule of the policy covers",
              [own](World& w) { own(w).env = name("lab"); });
  list.refuse(
      "h1-not-the-current-one", "the timekeeper knows another set of assignments", [](World& w) {
        w.on_bytes = [](std::string_view about, Bytes& bytes) {
          if (about == "fresh") {
            const auto at = bytes.find("sha256:") + 7;
            bytes[at] = bytes[at] == '0' ? '1' : '0';
          }
        };
      });
  list.refuse("h1-other-digest-remembered",
              "the remembered assignment has another digest",
              [](World& w) { w.agent.assignment = VersionRef{sha256("x"), 1}; });
  list.refuse("h1-rolled-back", "the host has seen version 5 of its assignment", [](World& w) {
    w.agent.assignment = VersionRef{sha256("x"), 5};
  });
  list.refuse_files(
      "h1-batch-of-another-environment",
      "an assignment shown with the batch of another environment",
      [](Files& files, World& w) {
        const std::string own_folder = "assignments/" + w.host_id("web-01").text().substr(2) + "/";
        const std::string other = "assignments/" + w.host_id("stg-01").text().substr(2) + "/";
        files[own_folder + "batch.json"] = files.at(other + "batch.json");
      });
  list.refuse_files(
      "h1-proof-of-another-host", "the batch proof of another host", [](Files& files, World& w) {
        const std::string own_folder = "assignments/" + w.host_id("web-01").text().substr(2) + "/";
        const std::string other = "assignments/" + w.host_id("web-02").text().substr(2) + "/";
        files[own_folder + "batch-proof.json"] = files.at(other + "batch-proof.json");
      });
  list.refuse_files(
      "h1-no-batch-proof",
      "no proof that the assignment is in the batch",
      [](Files& files, World& w) {
        files.erase("assignments/" + w.host_id("web-01").text().substr(2) + "/batch-proof.json");
      });
  list.refuse("h2-other-keys", "the assignment names another TLS key", [](World& w) {
    w.agent.keys = OwnKeys{w.keys["host:web-01"].pub.encoded(), sha256("x")};
  });
}

}  // namespace twoseal::vectors
