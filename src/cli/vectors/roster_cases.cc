// Step 3: root signatures, the chain of rosters, what a roster may hold.
#include <algorithm>

#include "base/encoding.h"
#include "cli/vectors/cases.h"
#include "codec/objects.h"
#include "crypto/hash.h"

namespace twoseal::vectors {
namespace {

// An Ed25519 point of order 4, as an SSH wire blob.
Bytes small_order_key() {
  const Bytes blob = software_key("x", KeyKind::ssh).pub.encoded();
  return blob.substr(0, blob.size() - 32) + Bytes(32, '\0');
}

void add_signature_cases_of_root(CaseList& list) {
  list.refuse(
      "r1-one-root-signature", "one of two root signatures", [](World& w) { drop(w, "root-2"); });
  list.refuse("r1-same-root-key-twice", "two statements by one root key", [](World& w) {
    w.signing("root-2").key = "root-1";
    w.signing("root-2").at += 1;
  });
  list.refuse("r1-root-signature-for-another-roster",
              "a root signature that says another version",
              [](World& w) { w.signing("root-2").roster = 2; });
  list.refuse("r1-root-signature-by-person", "a person's key instead of a root key", [](World& w) {
    w.signing("root-2").key = "amara-ssh";
  });
  list.refuse("r1-root-signature-wrong-namespace",
              "a root signature for another act",
              [](World& w) { w.signing("root-2").name_space = "approve.v1@twoseal"; });
  list.refuse("r1-root-signature-over-something-else",
              "a root signature over another object",
              [](World& w) { w.signing("root-2").obj = sha256("x"); });
  list.refuse_files("r1-no-roster", "no roster at all", [](Files& files, World&) {
    files.erase("roster/1.json");
  });
  list.permit("permit-all-root-signatures",
              "three root signatures where two suffice",
              [](World& w) { add_like(w, "root-2", "root-3").key = "root-3"; });
}

void add_chain_cases(CaseList& list) {
  list.permit(
      "permit-second-roster", "a second roster, signed by both", [](World& w) { add_roster(w); });
  list.refuse("r1-new-roster-by-new-keys-only",
              "a roster signed only by the root keys it brings",
              [](World& w) {
                Roster& next = add_roster(w);
                w.keys["root-8"] = software_key("root-8", KeyKind::ssh);
                w.keys["root-9"] = software_key("root-9", KeyKind::ssh);
                next.root.keys = {{w.keys["root-8"].pub.id(), w.keys["root-8"].pub.encoded()},
                                  {w.keys["root-9"].pub.id(), w.keys["root-9"].pub.encoded()}};
                w.signing("roster-2-root-1").key = "root-8";
                w.signing("roster-2-root-2").key = "root-9";
              });
  list.refuse("r1-new-roster-by-old-keys-only",
              "a roster that its own root keys did not sign",
              [](World& w) {
                Roster& next = add_roster(w);
                w.keys["root-8"] = software_key("root-8", KeyKind::ssh);
                next.root.keys = {{w.keys["root-8"].pub.id(), w.keys["root-8"].pub.encoded()}};
                next.root.threshold = 1;
              });
  list.refuse("r2-skipped-version", "version 3 follows version 1", [](World& w) {
    add_roster(w);
    w.rosters.back().version = 3;
    for (Signing& one : w.genesis) {
      one.about = one.about == "roster:2" ? "roster:3" : one.about;
    }
  });
  list.refuse("r2-wrong-prev", "a second version that names another first one", [](World& w) {
    add_roster(w).prev = sha256("x");
  });
  list.refuse("r2-rolled-back",
              "the host has seen version 2, now it is shown version 1",
              [](World& w) { w.agent.roster = VersionRef{sha256("x"), 2}; });
  list.refuse_files(
      "r2-first-version-missing", "the chain begins at version 2", [](Files& files, World&) {
        files.erase("state.json");
        Bytes& bytes = files.at("roster/1.json");
        auto roster = codec::decode<Roster>(bytes).value();
        roster.version = 2;
        roster.org = sha256(bytes);
        roster.prev = sha256(bytes);
        files["roster/2.json"] = codec::encode(roster);
        files.erase("roster/1.json");
      });
  list.refuse("r3-expired", "the roster expired a second ago", [](World& w) {
    w.rosters[0].expires = w.inputs.clock;
  });
  list.permit("permit-roster-last-second", "the roster expires in a second", [](World& w) {
    w.rosters[0].expires = w.inputs.clock + 1;
  });
  list.refuse("r5-two-rosters-of-one-version",
              "the remembered version has another digest",
              [](World& w) { w.agent.roster = VersionRef{sha256("x"), 1}; });
  list.refuse("r5-fresh-names-another-roster",
              "the timekeeper names another roster 1",
              [](World& w) { w.fresh.roster = {sha256("x"), 1}; });
}

void add_content_cases_of_roster(CaseList& list) {
  const auto broken = [&](std::string name, std::string summary, CaseList::Edit edit) {
    list.refuse(std::move(name), std::move(summary), std::move(edit));
  };
  broken("r4-key-of-two-people", "one key in the entries of two people", [](World& w) {
    w.give_key("p:bo", "amara");
  });
  broken("r4-key-in-two-forms",
         "one private key as a plain key and as a security key of another person",
         [](World& w) {
           w.keys["leo-sk"] = w.keys.at("leo");
           w.keys["leo-sk"].kind = KeyKind::sk;
           w.keys["leo-sk"].pub = security_key_public(*w.keys.at("leo").key, "ssh:twoseal").value();
           w.give_key("p:dana", "leo-sk");
         });
  broken("r4-log-key-of-a-person", "a person's key that also signs the log", [](World& w) {
    w.give_key("p:leo", "log");
  });
  broken("r4-key-twice", "one key twice in one entry", [](World& w) {
    w.give_key("p:amara", "amara");
  });
  broken("r4-root-key-of-a-person", "a root key that is also a person's", [](World& w) {
    w.rosters[0].root.keys[2] = {w.keys["bo"].pub.id(), w.keys["bo"].pub.encoded()};
  });
  broken("r4-wrong-key-id", "a key id that is not derived from its key", [](World& w) {
    w.roster_key("leo").id = KeyId::parse(std::string(32, 'a')).value();
  });
  broken("r4-small-order-key", "a key of small order", [](World& w) {
    w.roster_key("leo").pub = small_order_key();
  });
  broken("r4-kind-does-not-fit", "a plain key that calls itself a security key", [](World& w) {
    w.roster_key("leo").kind = KeyKind::sk;
  });
  broken("r4-local-file-p256", "a local-file key that is not Ed25519", [](World& w) {
    w.roster_key("bo").kind = KeyKind::local_file;
  });
  broken("r4-passkey-without-origin", "a passkey whose relying party has no origin", [](World& w) {
    w.rosters[0].origins.clear();
  });
  broken("r4-rp-id-on-ssh-key", "a relying party on a key that is no passkey", [](World& w) {
    w.roster_key("leo").rp_id = "localhost";
  });
  broken("r4-rp-id-twice", "two origins for one relying party", [](World& w) {
    w.rosters[0].origins.push_back(w.rosters[0].origins[0]);
  });
  broken("r4-person-twice", "a person twice", [](World& w) {
    Person copy = w.person("p:omar");
    copy.keys.clear();
    w.rosters[0].people.push_back(copy);
  });
  broken("r4-role-twice", "a role twice", [](World& w) {
    w.person("p:eve").roles.push_back(w.person("p:eve").roles[0]);
  });
  broken("r4-person-with-service-id", "a person called s:eve", [](World& w) {
    w.person("p:omar").id = actor("s:omar");
  });
  broken("r4-service-with-person-id", "a service called p:ci", [](World& w) {
    w.rosters[0].services[0].id = actor("p:ci");
  });
  broken("r4-deputy-of-nobody", "a deputy for somebody unknown", [](World& w) {
    w.person("p:omar").deputy = Deputy{actor("p:zoe"), 0, kNow};
  });
  broken("r4-deputy-of-oneself", "a deputy for oneself", [](World& w) {
    w.person("p:omar").deputy = Deputy{actor("p:omar"), 0, kNow};
  });
  broken("r4-unknown-owner", "a component owned by somebody unknown", [](World& w) {
    w.rosters[0].components[0].owners = {actor("p:zoe")};
  });
  broken("r4-component-twice", "a component twice", [](World& w) {
    w.rosters[0].components.push_back(w.rosters[0].components[0]);
  });
  broken("r4-root-threshold-too-high", "a threshold of 4 with 3 root keys", [](World& w) {
    w.rosters[0].root.threshold = 4;
  });
  broken("r4-timekeeper-threshold-too-high", "a threshold of 2 with 1 timekeeper", [](World& w) {
    w.rosters[0].timekeepers.threshold = 2;
  });
  broken("r4-log-key-of-another-origin", "a log key with another name", [](World& w) {
    w.rosters[0].log.origin = "example.org/other";
  });
  broken("r4-malformed-vkey", "a log key that is no vkey", [](World& w) {
    w.rosters[0].log.vkeys = {"x+1+2"};
  });
  broken("r4-demo-mark-changed", "a second roster that calls itself a demo", [](World& w) {
    add_roster(w).demo = true;
  });
  broken("r4-first-with-prev", "a first version that names one before", [](World& w) {
    w.rosters[0].prev = sha256("x");
  });
}

}  // namespace

void add_roster_cases(CaseList& list) {
  add_signature_cases_of_root(list);
  add_chain_cases(list);
  add_content_cases_of_roster(list);
}

}  // namespace twoseal::vectors
