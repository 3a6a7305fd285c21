// Steps 12, 13 and 15: the author, who approved, and whether that is enough.
#include "base/limits.h"
#include "cli/vectors/cases.h"
#include "crypto/hash.h"

namespace twoseal::vectors {
namespace {

constexpr UnixSeconds kNowHere = kNow + 600;  // the clock of the host that decides

// An approval by `key`, named by the release.
Signing& add_approval(World& w, std::string_view key, std::string_view role, std::string label) {
  Signing one;
  one.key = std::string(key);
  one.role = std::string(role);
  one.at = kNow + 180;
  one.label = std::move(label);
  return add_before_release(w, std::move(one));
}

// The answer `act` by the one who made the approval `label`, at `at`.
Signing& add_answer(World& w, std::string_view label, Act act, UnixSeconds at, std::string as) {
  Signing one = w.signing(label);
  one.act = act;
  one.at = at;
  one.label = std::move(as);
  return add_before_release(w, std::move(one));
}

void add_withdrawal(World& w, const std::string& of, const std::string& key) {
  add_before_release(w, withdrawal_of(of, key));
}

void add_author_cases(CaseList& list) {
  list.refuse("s1-no-author", "nobody says to be the author", [](World& w) { drop(w, "author"); });
  list.refuse("s1-author-statement-by-another", "somebody else signed as the author", [](World& w) {
    w.signing("author").key = "noor";
  });
  list.refuse("s1-author-not-named",
              "the release does not name the author's statement",
              [](World& w) { w.signing("author").named = false; });
  list.refuse("s1-author-key-ended", "the author's key ended before", [](World& w) {
    w.roster_key("leo").until = 9;
  });
  list.permit("permit-author-key-ends-behind",
              "the author's key ends behind the statement",
              [](World& w) { w.roster_key("leo").until = 10; });
  list.refuse("s1-author-key-compromised", "the author's key was compromised", [](World& w) {
    w.roster_key("leo").compromised = true;
  });
  list.permit(
      "permit-service-author", "a service is the author and names who contributed", [](World& w) {
        w.change.author = actor("s:ci");
        w.change.contributors = {{"p:leo"}};
        w.signing("author").key = "ci";
      });
}

void add_people_cases(CaseList& list) {
  list.refuse("s3-no-approval", "nobody approved", [](World& w) {
    drop(w, "security");
    drop(w, "engineering");
  });
  list.refuse("s3-one-approval", "one of two approvals", [](World& w) { drop(w, "engineering"); });
  list.refuse(
      "s3-two-keys-of-one-person", "one person approved twice, with two keys", [](World& w) {
        w.person("p:amara").roles.push_back({role("engineering-lead"), std::nullopt});
        w.signing("engineering").key = "amara-ssh";
      });
  list.refuse(
      "s3-two-roles-of-one-person", "one person approved twice, in two roles", [](World& w) {
        w.person("p:amara").roles.push_back({role("engineering-lead"), std::nullopt});
        w.signing("engineering").key = "amara";
        w.signing("engineering").role = "engineering-lead";
      });
  list.refuse("s3-prod-needs-two-people",
              "one person fills the only need of the rule, in prod",
              [](World& w) {
                w.policy.rules[0].need = {{1, role("security-lead")}};
                drop(w, "engineering");
              });
  list.permit("permit-two-people-for-one-need",
              "in prod a second person of a needed role fills up",
              [](World& w) {
                w.policy.rules[0].need = {{1, role("security-lead")}};
                w.signing("engineering").key = "mia";
              });
  list.permit("permit-one-person-in-test", "outside prod one person can suffice", [](World& w) {
    w.host = "stg-01";
    w.change.targets.hosts = {{w.host_id("stg-01"), "stg-01"}};
    w.change.phases = {{w.change.phases->front()}};
    w.change.phases->front().hosts = {w.host_id("stg-01")};
    w.classes = {{"stg-01", w.classes["web-01"]}};
    w.bases["stg-01"] = std::nullopt;
    drop(w, "security");
  });
  list.refuse("s3-two-of-one-role-needed",
              "two engineering leads are needed; one approved",
              [](World& w) { w.policy.rules[0].need[0].n = 2; });
  list.permit("permit-two-of-one-role", "two engineering leads approved", [](World& w) {
    w.policy.rules[0].need[0].n = 2;
    add_approval(w, "noor", "engineering-lead", "second");
  });
  list.permit("permit-moved-to-fit",
              "one of two people holds both roles, and takes the one that is left",
              [](World& w) {
                w.person("p:amara").roles.push_back({role("engineering-lead"), std::nullopt});
                w.signing("security").role.clear();
                w.signing("engineering").key = "mia";
                w.signing("engineering").role.clear();
              });
  list.refuse("s3-author-approves", "the author is one of two approvers", [](World& w) {
    w.change.author = actor("p:bo");
    w.signing("author").key = "bo";
  });
  list.refuse("s3-contributor-approves", "a contributor is one of two approvers", [](World& w) {
    w.change.contributors = {{"p:bo"}};
  });
  list.refuse("s3-contributor-of-service-approves",
              "a service is the author; who contributed is one of two approvers",
              [](World& w) {
                w.change.author = actor("s:ci");
                w.change.contributors = {{"p:bo"}};
                w.signing("author").key = "ci";
              });
  list.refuse("s3-unknown-contributor",
              "an unknown contributor asks for a third person",
              [](World& w) { w.change.contributors = {{"?"}}; });
  list.permit(
      "permit-unknown-contributor", "three approved, one contributor is unknown", [](World& w) {
        w.change.contributors = {{"?"}};
        add_approval(w, "noor", "engineering-lead", "third");
      });
  list.refuse(
      "s3-two-unknown-contributors", "three approved, two contributors are unknown", [](World& w) {
        w.change.contributors = {{"?", "?"}};
        add_approval(w, "noor", "engineering-lead", "third");
      });
  list.refuse(
      "s3-executor-approves", "who carries the change out is one of two approvers", [](World& w) {
        make_by_person(w);
        w.change.executor.who = {actor("p:bo")};
      });
  list.refuse("s3-releaser-approves", "who releases is one of two approvers", [](World& w) {
    w.person("p:bo").roles.push_back({role("executor"), std::nullopt});
    w.signing("release").key = "bo";
  });
  list.permit("permit-executor-role-approves",
              "an approver may be an executor who has not released",
              [](World& w) { w.person("p:bo").roles.push_back({role("executor"), std::nullopt}); });
  list.refuse("s3-earlier-releaser-approves",
              "who released the first phase is one of two approvers in the second",
              [](World& w) {
                w.person("p:bo").roles.push_back({role("executor"), std::nullopt});
                w.signing("release").key = "bo";
                make_second_phase(w);
                add_second_release(w, "eve");
              });
}

void add_role_cases(CaseList& list) {
  list.refuse("s2-service-approves", "a service approves in a needed role", [](World& w) {
    w.signing("engineering").key = "ci";
    w.signing("engineering").role = "engineering-lead";
  });
  list.refuse("s3-service-without-role", "a service approves in no role", [](World& w) {
    w.signing("engineering").key = "ci";
  });
  list.refuse(
      "s2-role-not-held", "an approval in a role that its signer does not hold", [](World& w) {
        w.signing("engineering").key = "noor";
        w.person("p:noor").roles = {{role("it-manager"), std::nullopt}};
        w.signing("engineering").role = "engineering-lead";
      });
  list.refuse("s3-role-not-needed", "an approval in a role that nobody asks for", [](World& w) {
    w.signing("security").role = "security-officer";
  });
  list.permit("permit-empty-role",
              "an approval in no role fills one that its signer holds",
              [](World& w) { w.signing("security").role.clear(); });
  list.refuse("s3-empty-role-without-needed-one",
              "an approval in no role by somebody without a needed one",
              [](World& w) { w.signing("engineering").key = "chen"; });
  // The approval stands at index 11 of the log.
  list.permit("permit-role-ends-behind", "the role ended just behind the approval", [](World& w) {
    w.person("p:bo").roles[0].until = 12;
  });
  list.refuse("s3-role-ended", "the role had ended when the approval was recorded", [](World& w) {
    w.person("p:bo").roles[0].until = 11;
  });
  list.refuse("s2-named-role-ended",
              "the role named had ended when the approval was recorded",
              [](World& w) {
                w.person("p:bo").roles[0].until = 11;
                w.signing("engineering").role = "engineering-lead";
              });
  const auto deputy = [](UnixSeconds from, UnixSeconds to, std::string_view as) {
    return [=](World& w) {
      w.person("p:omar").deputy = Deputy{actor("p:bo"), from, to};
      w.signing("engineering").key = "omar";
      w.signing("engineering").role = std::string(as);
    };
  };
  // The approval is of kNow + 120, its entry of kNow + 121.
  list.permit("permit-deputy", "a deputy approves", deputy(kNow, kNow + 3600, "engineering-lead"));
  list.permit("permit-deputy-first-second",
              "a deputy from this second on",
              deputy(kNow + 120, kNow + 3600, ""));
  list.permit("permit-deputy-last-second",
              "a deputy until 300 seconds before the entry",
              deputy(kNow - 3600, kNow + 121 - limits::kClockSkew, ""));
  list.refuse("s3-deputy-too-early",
              "a deputy from the next second on",
              deputy(kNow + 121, kNow + 3600, ""));
  list.refuse("s3-deputy-expired",
              "a deputy until 301 seconds before the entry",
              deputy(kNow - 3600, kNow + 120 - limits::kClockSkew, ""));
  list.refuse("s2-deputy-expired-with-role",
              "a deputy whose time is over names the role",
              deputy(kNow - 3600, kNow + 120 - limits::kClockSkew, "engineering-lead"));
  list.refuse("s3-deputy-of-deputy", "a deputy of a deputy approves", [deputy](World& w) {
    deputy(kNow, kNow + 3600, "")(w);
    w.person("p:omar").deputy->of = actor("p:chen");
    w.person("p:chen").deputy = Deputy{actor("p:bo"), kNow, kNow + 3600};
  });
  list.refuse("s3-deputy-besides-holder",
              "deputy and holder are two people, but one role is not filled by either",
              [deputy](World& w) {
                deputy(kNow, kNow + 3600, "")(w);
                drop(w, "security");
                add_approval(w, "bo", "", "holder");
              });
}

void add_key_cases(CaseList& list) {
  list.permit("permit-key-ends-behind", "the key ended just behind the approval", [](World& w) {
    w.roster_key("bo").until = 12;
  });
  list.refuse("s2-key-ended", "the key had ended when the approval was recorded", [](World& w) {
    w.roster_key("bo").until = 11;
  });
  list.refuse("s2-compromised-key", "an approval, dated early, by a compromised key", [](World& w) {
    w.roster_key("bo").compromised = true;
    w.signing("engineering").at = kNow - 80'000;
  });
  list.refuse("s2-login-only-key", "an approval by a key that is for login only", [](World& w) {
    w.roster_key("bo").login_only = true;
  });
  list.refuse("s2-unknown-key", "an approval by a key that is in no roster", [](World& w) {
    w.keys["stranger"] = software_key("stranger", KeyKind::ssh);
    w.signing("engineering").key = "stranger";
    w.signing("engineering").by = "p:bo";
  });
  list.refuse("s2-key-of-another-person", "an approval in Bo's name with Leo's key", [](World& w) {
    w.signing("engineering").key = "leo";
    w.signing("engineering").by = "p:bo";
  });
  list.refuse("s2-colliding-key-id", "another key under the id of Bo's key", [](World& w) {
    w.signing("engineering").signer = "leo";
  });
}

void add_age_cases(CaseList& list) {
  const auto limited = [](std::int64_t max_age) {
    return [=](World& w) { w.policy.rules[0].max_age = max_age; };
  };
  // The older approval is of kNow + 60.
  list.refuse("s2-aged", "an approval one second older than the rule allows", limited(539), 5);
  list.permit("permit-aged-to-the-second", "an approval as old as the rule allows", limited(540));
  list.refuse("s2-invalid-and-aged", "one approval is too old, the other not valid", [=](World& w) {
    limited(539)(w);
    w.roster_key("bo").compromised = true;
  });
  list.refuse(
      "s3-aged-and-short", "an approval is too old, and one is missing anyway", [=](World& w) {
        limited(539)(w);
        drop(w, "engineering");
      });
  list.refuse(
      "s3-aged-and-rejected", "an approval is too old, and somebody rejects", [=](World& w) {
        limited(539)(w);
        add_approval(w, "noor", "engineering-lead", "reject").act = Act::reject;
      });
}

// Moves the later of two answers to the second of the first, so that `winner` has the higher
// digest.
void tie(World& w, const std::string& winner, const std::string& loser) {
  for (UnixSeconds at = kNow + 130; at < kNowHere; ++at) {
    w.signing(winner).at = at;
    w.signing(loser).at = at;
    World trial = w;
    static_cast<void>(trial.seal());
    if (trial.statement(loser) < trial.statement(winner)) {
      return;
    }
  }
}

void add_standing_cases(CaseList& list) {
  list.permit("permit-rejected-then-approved", "who rejected first approves later", [](World& w) {
    add_answer(w, "security", Act::reject, kNow + 30, "reject");
  });
  list.refuse("s3-approved-then-rejected", "who approved first rejects later", [](World& w) {
    add_answer(w, "security", Act::reject, kNow + 90, "reject");
  });
  list.refuse("s3-rejected-by-another",
              "enough approve, and a holder of a needed role rejects",
              [](World& w) { add_approval(w, "noor", "", "reject").act = Act::reject; });
  list.permit("permit-rejected-without-needed-role",
              "enough approve, and somebody without a needed role rejects",
              [](World& w) { add_approval(w, "chen", "", "reject").act = Act::reject; });
  list.refuse(
      "s3-rejected-by-author", "enough approve, and the author, a lead, rejects", [](World& w) {
        w.change.author = actor("p:noor");
        w.signing("author").key = "noor";
        add_approval(w, "noor", "", "reject").act = Act::reject;
      });
  list.permit("permit-rejection-with-compromised-key",
              "a rejection by a compromised key does not count",
              [](World& w) {
                w.roster_key("noor").compromised = true;
                add_approval(w, "noor", "", "reject").act = Act::reject;
              });
  list.permit("permit-rejection-withdrawn", "a rejection was withdrawn", [](World& w) {
    add_approval(w, "noor", "", "reject").act = Act::reject;
    add_withdrawal(w, "reject", "noor");
  });
  list.refuse("s3-withdrawn", "an approval was withdrawn", [](World& w) {
    add_withdrawal(w, "security", "amara");
  });
  list.refuse("s3-withdrawn-with-another-key",
              "an approval was withdrawn with another key of the same person",
              [](World& w) { add_withdrawal(w, "security", "amara-ssh"); });
  list.permit("permit-withdrawn-by-another",
              "somebody else withdraws an approval, which has no effect",
              [](World& w) { add_withdrawal(w, "security", "bo"); });
  list.permit(
      "permit-approved-again-after-withdrawal", "an approval after a withdrawn one", [](World& w) {
        add_answer(w, "security", Act::approve, kNow + 30, "first");
        add_withdrawal(w, "first", "amara");
      });
  list.refuse("s3-first-stands-when-last-is-withdrawn",
              "the rejection stands when the approval behind it was withdrawn",
              [](World& w) {
                add_answer(w, "security", Act::reject, kNow + 30, "reject");
                add_withdrawal(w, "security", "amara");
              });
  list.permit("permit-tie-for-approval",
              "approval and rejection of one second: the higher digest stands",
              [](World& w) {
                add_answer(w, "security", Act::reject, kNow + 60, "reject");
                tie(w, "security", "reject");
              });
  list.refuse("s3-tie-for-rejection",
              "rejection and approval of one second: the higher digest stands",
              [](World& w) {
                add_answer(w, "security", Act::reject, kNow + 60, "reject");
                tie(w, "reject", "security");
              });
}

void add_display_cases(CaseList& list) {
  list.refuse("s3-only-soft-keys", "two approvals, none with a local key", [](World& w) {
    w.signing("security").key = "amara-ssh";
  });
  list.refuse("s3-only-portal-and-soft",
              "approvals in the portal and with a soft key",
              [](World& w) { w.signing("security").key = "mia"; });
  list.refuse(
      "s3-login-security-key", "a security key for logging in is no local key", [](World& w) {
        w.signing("security").key = "mia";
        w.signing("engineering").key = "noor";
      });
  list.permit(
      "permit-portal-with-local", "one approval in the portal, the other local", [](World& w) {
        w.keys["bo-local"] = software_key("bo-local", KeyKind::local_file);
        w.give_key("p:bo", "bo-local");
        w.signing("security").key = "mia";
        w.signing("engineering").key = "bo-local";
      });
  list.refuse("s3-two-local-needed", "two local keys are needed; one was used", [](World& w) {
    w.policy.rules[0].min_local = 2;
  });
  const auto with_security_key = [](World& w) {
    w.keys["amara-sk"] = software_key("amara-sk", KeyKind::sk);
    w.give_key("p:amara", "amara-sk");
    w.signing("security").key = "amara-sk";
  };
  list.refuse("s3-no-file", "the only local key is a file, which the rule excludes", [](World& w) {
    w.policy.rules[0].no_file = true;
  });
  list.permit("permit-no-file", "the local key is a security key, as the rule asks", [=](World& w) {
    w.policy.rules[0].no_file = true;
    with_security_key(w);
  });
  const auto all_verified = [=](World& w) {
    w.policy.rules[0].need_uv = true;
    w.signing("engineering").key = "noor";
    with_security_key(w);
  };
  list.permit("permit-need-uv", "both approvers showed PIN or finger", all_verified);
  list.permit("permit-need-uv-local-file", "a local file asks for its passphrase", [=](World& w) {
    all_verified(w);
    w.signing("security").key = "amara";
  });
  list.refuse("s3-need-uv-touched-only", "one approver touched the key without PIN", [=](World& w) {
    all_verified(w);
    w.signing("engineering").authenticator.flags = kFlagUserPresent;
  });
  list.permit(
      "permit-touched-only", "touch alone, where the rule does not ask for more", [=](World& w) {
        all_verified(w);
        w.policy.rules[0].need_uv = false;
        w.signing("engineering").authenticator.flags = kFlagUserPresent;
      });
  list.refuse("s3-need-uv-plain-key", "a plain SSH key never shows who used it", [](World& w) {
    w.policy.rules[0].need_uv = true;
  });
  const auto with_passkey = [](std::uint8_t more_flags) {
    return [=](World& w) {
      w.policy.rules[0].min_local = 0;
      w.policy.rules[0].no_sync = true;
      w.signing("security").key = "mia";
      w.signing("security").authenticator.flags |= more_flags;
    };
  };
  list.permit("permit-no-sync", "a passkey that stays on its device", with_passkey(0));
  list.refuse("s3-no-sync", "a passkey that can be copied", with_passkey(kFlagBackupEligible));
  list.permit("permit-synced-passkey", "a copied passkey, where the rule allows it", [=](World& w) {
    with_passkey(kFlagBackupEligible | kFlagBackupState)(w);
    w.policy.rules[0].no_sync = false;
  });
}

void add_component_cases(CaseList& list) {
  list.refuse("s3-no-owner", "the owner of the component did not approve", [](World& w) {
    w.policy.rules[0].owner_ack = true;
  });
  list.permit("permit-owner", "the owner of the component approved too", [](World& w) {
    w.policy.rules[0].owner_ack = true;
    add_approval(w, "noor", "owner:web", "owner");
  });
  list.refuse("s3-owner-of-another", "the owner of another component approved", [](World& w) {
    w.policy.rules[0].owner_ack = true;
    add_approval(w, "dana", "", "owner");
  });
  list.refuse(
      "s3-owner-fills-one-place", "the owner is also the only engineering lead", [](World& w) {
        w.policy.rules[0].owner_ack = true;
        w.signing("engineering").key = "noor";
      });
  const auto declares = [](std::string_view component) {
    return [=](World& w) { w.change.components = {ComponentId::parse(component).value()}; };
  };
  list.refuse("s3-infrastructure", "infrastructure asks for the devops lead too", declares("ssh"));
  list.permit("permit-infrastructure", "the devops lead approved too", [=](World& w) {
    declares("ssh")(w);
    add_approval(w, "dana", "devops-lead", "devops");
  });
  list.refuse("s3-network", "network asks for the IT manager too", declares("net"));
  list.permit("permit-network", "the IT manager approved too", [=](World& w) {
    declares("net")(w);
    add_approval(w, "chen", "it-manager", "manager");
  });
  const auto touches_ssh = [](World& w) {
    w.state.resources[0].key = "/etc/ssh/sshd_config";
    w.change.effects = {name("auth")};
  };
  list.refuse("s3-component-dodged",
              "a component is declared that asks for less than the one touched",
              touches_ssh);
  const auto owns_page = [](World& w) { w.rosters[0].components[1].owns = {"/srv/web/page/"}; };
  list.refuse("s3-component-dodged-from-above",
              "a link takes the place of a directory in which another component lives",
              [=](World& w) {
                owns_page(w);
                w.state.resources[0].kind = name("symlink");
                w.state.resources[0].key = "/srv/web";
              });
  list.permit("permit-directory-above-component",
              "a directory stays, and so does what another component has in it",
              [=](World& w) {
                owns_page(w);
                w.state.resources[0].kind = name("directory");
                w.state.resources[0].key = "/srv/web";
              });
  list.permit(
      "permit-component-touched", "the rule of the component touched is met", [=](World& w) {
        touches_ssh(w);
        add_approval(w, "dana", "devops-lead", "devops");
      });
  list.refuse(
      "s3-handler-of-a-component", "a handler restarts a unit of another component", [](World& w) {
        w.state.resources[0].then = {{HandlerAction::restart, "ssh.service"}};
      });
}

void add_evidence_cases(CaseList& list) {
  const auto needs_scan = [](World& w) { w.policy.rules[0].evidence_required = {{name("scan")}}; };
  const auto with = [=](const std::string& key, const std::function<void(World&)>& edit) {
    return [=](World& w) {
      needs_scan(w);
      add_evidence(w, "scan", key);
      if (edit) {
        edit(w);
      }
    };
  };
  list.refuse("s3-no-evidence", "evidence that the rule asks for is missing", needs_scan);
  list.permit("permit-evidence", "evidence that the rule asks for", with("ci", {}));
  list.permit("permit-evidence-by-executor",
              "whoever releases may have tested the change",
              with("eve", {}));
  list.refuse("s3-evidence-by-author", "evidence by the author", with("leo", {}));
  list.refuse("s3-evidence-by-contributor", "evidence by a contributor", with("omar", [](World& w) {
                w.change.contributors = {{"p:omar"}};
              }));
  list.refuse("s3-evidence-of-another-kind", "evidence of another kind", with("ci", [](World& w) {
                w.evidence["scan"].kind = name("test-run");
              }));
  list.refuse("s3-evidence-failed", "evidence with the verdict fail", with("ci", [](World& w) {
                w.evidence["scan"].verdict = Verdict::fail;
              }));
  list.refuse(
      "s3-evidence-about-another", "evidence about another change", with("ci", [](World& w) {
        w.evidence["scan"].subject = sha256("x");
        w.signing("scan").named = false;
      }));
  list.refuse("s5-evidence-about-another-named",
              "the release names evidence about another change",
              with("ci", [](World& w) { w.evidence["scan"].subject = sha256("x"); }));
  list.refuse("s3-evidence-not-named",
              "evidence that the release does not name",
              with("ci", [](World& w) { w.signing("scan").named = false; }));
  list.refuse("s3-evidence-withdrawn",
              "evidence that its signer took back",
              with("omar", [](World& w) { add_withdrawal(w, "scan", "omar"); }));
  list.refuse("s3-evidence-not-valid", "evidence signed by somebody else", with("ci", [](World& w) {
                w.signing("scan").signer = "leo";
              }));
}

}  // namespace

void add_approval_cases(CaseList& list) {
  add_author_cases(list);
  add_people_cases(list);
  add_role_cases(list);
  add_key_cases(list);
  add_age_cases(list);
  add_standing_cases(list);
  add_display_cases(list);
  add_component_cases(list);
  add_evidence_cases(list);
}

}  // namespace twoseal::vectors
