// Steps 8 and 14: the release of the phase, and what it names.
#include <algorithm>

#include "cli/vectors/cases.h"
#include "crypto/hash.h"

namespace twoseal::vectors {
namespace {

// Removes the statement `label` and its proof, as a server would that has something to hide.
CaseList::FileEdit withheld(std::string label) {
  return [label = std::move(label)](Files& files, World& w) {
    files.erase("statements/" + label + ".json");
    files.erase(proof_path(w, label));
  };
}

void add_signer_cases(CaseList& list) {
  list.refuse("s5-release-withdrawn", "the executor took the release back", [](World& w) {
    w.statements.push_back(withdrawal_of("release", "eve"));
  });
  list.permit("permit-release-withdrawn-by-another",
              "somebody else's withdrawal does not take a release back",
              [](World& w) { w.statements.push_back(withdrawal_of("release", "bo")); });
  list.refuse("s5-no-release", "nobody released the phase", [](World& w) { drop(w, "release"); });
  list.refuse_files("s5-release-withheld", "the release is not shown", withheld("release"));
  list.refuse(
      "s5-released-by-non-executor", "somebody without the role executor released", [](World& w) {
        w.signing("release").key = "dana";
        w.signing("release").role.clear();
      });
  list.refuse("s5-release-not-in-log-in-a-role-not-held",
              "a release in a role that its signer does not hold, which is not in the log either",
              [](World& w) {
                w.signing("release").role = "security-lead";
                w.signing("release").in_log = false;
              });
  list.refuse("s5-release-in-a-role-not-held",
              "somebody released in a role that she does not hold",
              [](World& w) { w.signing("release").key = "dana"; });
  list.refuse("s5-release-in-another-role", "an executor released in another role", [](World& w) {
    w.person("p:eve").roles.push_back({role("auditor"), std::nullopt});
    w.signing("release").role = "auditor";
  });
  list.permit("permit-release-in-no-role", "an executor released in no role", [](World& w) {
    w.signing("release").role.clear();
  });
  list.permit("permit-released-by-deputy", "the deputy of an executor released", [](World& w) {
    w.person("p:omar").deputy = Deputy{actor("p:eve"), kNow, kNow + 3600};
    w.signing("release").key = "omar";
  });
  list.refuse("s5-released-by-service", "a service released", [](World& w) {
    w.signing("release").key = "ci";
    w.rosters[0].services[0].roles = {role("ci"), role("executor")};
  });
  list.refuse("s5-release-key-compromised",
              "the key of the executor was compromised",
              [](World& w) { w.roster_key("eve").compromised = true; });
  list.permit("permit-author-releases", "the author, who is an executor, released", [](World& w) {
    w.person("p:leo").roles.push_back({role("executor"), std::nullopt});
    w.signing("release").key = "leo";
  });
}

void add_naming_cases(CaseList& list) {
  for (const std::string label : {"author", "security"}) {
    list.refuse_files((label == "author" ? "s1-" : "s5-") + label + "-withheld",
                      "the release names the " + label + " statement, which is not shown",
                      withheld(label));
  }
  const auto with_reject = [](World& w) {
    add_like(w, "engineering", "reject").act = Act::reject;
    w.signing("reject").key = "noor";
  };
  list.refuse("s5-reject-withheld",
              "the release names a rejection, which is not shown",
              with_reject,
              withheld("reject"));
  list.refuse(
      "s5-withdrawal-withheld",
      "the release names a withdrawal, which is not shown",
      [](World& w) { add_before_release(w, withdrawal_of("security", "amara")); },
      withheld("withdrawal"));
  list.permit("permit-approval-not-named",
              "an approval that the release does not name, besides enough others",
              [](World& w) {
                add_like(w, "engineering", "other").key = "noor";
                w.signing("other").named = false;
              });
  list.refuse("s3-needed-approval-not-named",
              "an approval that is needed, which the release does not name",
              [](World& w) { w.signing("security").named = false; });
  list.permit(
      "permit-rejection-not-named", "a rejection that came behind the release", [](World& w) {
        Signing late = w.signing("engineering");
        late.act = Act::reject;
        late.key = "noor";
        late.at = kNow + 400;
        late.label = "late";
        w.statements.push_back(late);
      });
  list.refuse("s5-names-approval-of-another-change",
              "the release names an approval of another change",
              [](World& w) { add_like(w, "engineering", "other").obj = sha256("another change"); });
  list.refuse("s5-names-signoff", "the release names a sign-off", [](World& w) {
    add_like(w, "engineering", "other").act = Act::signoff;
  });
  list.refuse("s5-names-login", "the release names a login", [](World& w) {
    Signing& other = add_like(w, "engineering", "other");
    other.act = Act::login;
    other.type = ObjType::session;
  });
  list.refuse("s5-names-stop", "the release names a statement on a document", [](World& w) {
    Signing& other = add_like(w, "engineering", "other");
    other.act = Act::sign;
    other.type = ObjType::policy;
    other.about = "policy";
  });
  list.refuse("s5-names-withdrawal-elsewhere",
              "the release names the withdrawal of an approval of another change",
              [](World& w) {
                Signing& other = add_like(w, "engineering", "elsewhere");
                other.obj = sha256("another change");
                other.named = false;
                add_before_release(w, withdrawal_of("elsewhere", "bo"));
              });
}

void add_entry_cases(CaseList& list) {
  const auto recorded = [](auto edit) {
    return [edit](World& w) { edit_object<LedgerEntry>(w, "entry:release", edit); };
  };
  list.refuse("s5-entry-with-fewer-statements",
              "the entry of the release names fewer statements",
              recorded([](LedgerEntry& entry) { entry.stmts.value().pop_back(); }));
  list.refuse("s5-entry-with-more-statements",
              "the entry of the release names one more",
              recorded([](LedgerEntry& entry) {
                entry.stmts.value().push_back(sha256("x"));
                std::sort(entry.stmts.value().begin(), entry.stmts.value().end());
              }));
  list.refuse(
      "s5-entry-without-itself",
      "the entry of the release does not name the release",
      recorded([](LedgerEntry& entry) { std::erase(entry.stmts.value(), entry.stmt.value()); }));
  list.refuse("s5-entry-of-another-phase",
              "the entry of the release is for another phase",
              recorded([](LedgerEntry& entry) { entry.phase = name("rest"); }));
}

void add_phase_cases(CaseList& list) {
  list.refuse("c1-release-of-another-change", "a release of another change", [](World& w) {
    w.releases["canary"].change = sha256("another change");
  });
  list.refuse_files(
      "s5-release-blob-missing", "the release itself is not here", [](Files& files, World& w) {
        files.erase("blobs/" + w.digest_of("release:canary").hex());
      });
  list.refuse("s5-release-of-another-phase", "only the second phase was released", [](World& w) {
    w.releases["rest"] = Release();
    w.signing("release").about = "release:rest";
  });
  list.permit("permit-second-phase",
              "behind an automatic gate the second phase needs no release of its own",
              make_second_phase);
  list.permit(
      "permit-second-phase-released", "the second phase was released by itself", [](World& w) {
        make_second_phase(w);
        add_second_release(w, "eve");
      });
  const auto behind = [](Gate gate) {
    return [gate](World& w) {
      make_second_phase(w);
      w.change.phases->front().gate = gate;
    };
  };
  list.refuse("s5-second-phase-behind-person",
              "behind a person's gate the second phase needs its own release",
              behind({std::nullopt, GateKind::person, std::nullopt}));
  list.refuse("s5-second-phase-behind-owners",
              "behind the owners' gate the second phase needs its own release",
              behind({std::nullopt, GateKind::owner, 1}));
  list.refuse(
      "s5-earlier-release-withheld",
      "the second release names the first, which is not shown",
      [](World& w) {
        make_second_phase(w);
        add_person(w, "p:fay", {"executor"}, "fay");
        add_second_release(w, "fay");
      },
      withheld("release"));
  list.refuse(
      "s5-releaser-approves-release-withheld",
      "who released the first phase is one of two approvers, and that release is not shown",
      [](World& w) {
        w.person("p:bo").roles.push_back({role("executor"), std::nullopt});
        w.signing("release").key = "bo";
        make_second_phase(w);
        add_second_release(w, "eve");
      },
      withheld("release"));
  list.refuse("s3-approval-withdrawn-before-second-release",
              "the second release names a withdrawal behind the first",
              [](World& w) {
                make_second_phase(w);
                w.statements.push_back(withdrawal_of("security", "amara"));
                w.statements.back().at = kNow + 900;
                add_second_release(w, "eve");
              });
  list.refuse("s3-last-release-serves",
              "of two releases of a phase the last one counts, which names a rejection",
              [](World& w) {
                Signing reject = w.signing("engineering");
                reject.act = Act::reject;
                reject.key = "noor";
                reject.at = kNow + 400;
                reject.label = "reject";
                w.statements.push_back(reject);
                Signing again = w.signing("release");
                again.about = "release:again";
                again.label = "again";
                again.at = kNow + 500;
                w.releases["again"].phase = name("canary");
                w.statements.push_back(again);
              });
  list.permit("permit-released-again", "a phase was released twice", [](World& w) {
    Signing again = w.signing("release");
    again.about = "release:again";
    again.label = "again";
    again.at = kNow + 500;
    w.releases["again"].phase = name("canary");
    w.statements.push_back(again);
  });
}

}  // namespace

void add_release_cases(CaseList& list) {
  add_signer_cases(list);
  add_naming_cases(list);
  add_entry_cases(list);
  add_phase_cases(list);
}

}  // namespace twoseal::vectors
