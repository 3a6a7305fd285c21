// Step 15: what stands in for a quorum, auto-approval and emergency; and effects that must be
// declared.
#include <algorithm>

#include "base/limits.h"
#include "cli/vectors/cases.h"
#include "crypto/hash.h"

namespace twoseal::vectors {
namespace {

constexpr std::int64_t kToday = (kNow + 600) / limits::kDay;

AutoRule& auto_rule(World& w) {
  return w.policy.auto_rules[0];
}

// A change that claims the auto rule: the author and a passed test, nobody else.
void make_auto(World& w) {
  w.change.auto_rule = auto_rule(w).id;
  add_evidence(w, "test-run", "ci");
  drop(w, "security");
  drop(w, "engineering");
  drop(w, "release");
}

void add_auto_cases(CaseList& list) {
  const auto with = [](std::function<void(World&)> edit) {
    return [edit = std::move(edit)](World& w) {
      make_auto(w);
      edit(w);
    };
  };
  const auto broken = [&](const std::string& name, std::string summary, auto edit) {
    list.refuse("s4-auto-" + name, std::move(summary), with(edit));
  };
  const auto kept = [&](const std::string& name, std::string summary, auto edit) {
    list.permit("permit-auto-" + name, std::move(summary), with(edit));
  };
  list.permit("permit-auto", "a change within the criteria of an auto rule", make_auto);
  kept("second-phase", "its second phase, behind a good first one", make_second_phase);
  kept("with-release", "an executor released it all the same", [](World& w) {
    Signing release = World().signing("release");
    w.statements.push_back(release);
  });
  broken("unknown-rule", "the rule that the change claims does not exist", [](World& w) {
    w.change.auto_rule = name("anything");
  });
  list.refuse("s4-auto-without-plan",
              "a person carries out what an auto rule with no number of phases shall approve",
              [](World& w) {
                make_by_person(w);
                make_auto(w);
                auto_rule(w).phases_required = 0;
                w.change.rollback = World().change.rollback;
              });
  broken("rule-expired", "the auto rule expires this second", [](World& w) {
    auto_rule(w).expires = w.inputs.clock;
  });
  kept("rule-last-second", "the auto rule expires in a second", [](World& w) {
    auto_rule(w).expires = w.inputs.clock + 1;
  });
  broken("environment", "the auto rule is for another environment", [](World& w) {
    auto_rule(w).envs = {name("test")};
  });
  broken("component", "the auto rule is for another component", [](World& w) {
    auto_rule(w).match.components = {{ComponentId::parse("net").value()}};
  });
  broken("kind", "the auto rule is for another kind of change", [](World& w) {
    auto_rule(w).match.kinds = {{name("patch")}};
  });
  broken("too-many-hosts", "two hosts where one is allowed", [](World& w) {
    auto_rule(w).max_hosts = 1;
  });
  kept("most-hosts", "two hosts where two are allowed", [](World& w) {
    auto_rule(w).max_hosts = 2;
  });
  broken("window-too-long", "a window a second longer than allowed", [](World& w) {
    auto_rule(w).window = 7 * limits::kDay - 1;
  });
  kept("window-longest", "a window as long as allowed", [](World& w) {
    auto_rule(w).window = 7 * limits::kDay;
  });
  broken("per-day", "as many today as a day allows", [](World& w) {
    w.agent.counts = {{kToday, 3, auto_rule(w).id}};
  });
  kept("last-of-day", "one less today than a day allows", [](World& w) {
    w.agent.counts = {{kToday, 2, auto_rule(w).id}};
  });
  kept("counted-yesterday", "the count of yesterday is over", [](World& w) {
    w.agent.counts = {{kToday - 1, 3, auto_rule(w).id}};
  });
  kept("counted-for-another", "the count of another rule", [](World& w) {
    w.agent.counts = {{kToday, 3, name("emergency")}};
  });
  broken("too-few-phases", "two phases where three are asked for", [](World& w) {
    auto_rule(w).phases_required = 3;
  });
  broken("rollback-state", "a rollback to a state that is named", [](World& w) {
    undo_by_state(w, [](State&) {});
  });
  broken("rollback-procedure", "a rollback that people carry out", [](World& w) {
    w.blobs["procedure"] = "x";
    w.change.rollback.auto_on.clear();
    w.change.rollback.kind = RollbackKind::procedure;
    w.change.rollback.blob = sha256("x");
  });
  broken("action", "an action that the rule does not list", [](World& w) {
    for (auto& [host, one] : w.classes) {
      one.steps[0].action = StepAction::remove;
    }
  });
  broken("action-on-another-host",
         "an action that the rule does not list, on another host",
         [](World& w) { w.classes["web-02"].steps[0].action = StepAction::remove; });
  broken("opaque-step", "a step that cannot be previewed", [](World& w) {
    for (auto& [host, one] : w.classes) {
      one.steps[0].opaque = Opaque{{"true"}, {{"true"}}};
    }
  });
  broken("health-command", "a health check that runs a command", [](World& w) {
    HealthCheck check;
    check.kind = HealthKind::command;
    check.argv = {{"true"}};
    check.within = 10;
    w.change.health.push_back(check);
  });
  broken("no-evidence", "no test was run", [](World& w) { drop(w, "test-run"); });
  broken("evidence-by-author", "the author tested the change", [](World& w) {
    w.change.author = actor("s:ci");
    w.change.contributors = {{"p:leo"}};
    w.signing("author").key = "ci";
  });
  broken("evidence-by-another", "somebody tested it whom the rule does not name", [](World& w) {
    w.signing("test-run").key = "omar";
  });
  kept("evidence-by-role", "somebody tested it whose role the rule names", [](World& w) {
    auto_rule(w).evidence_required[0].by = {actor("auditor")};
    w.signing("test-run").key = "omar";
  });
  broken("evidence-about-another", "the test was of another change", [](World& w) {
    w.evidence["test-run"].subject = sha256("x");
  });
  broken("evidence-failed", "the test failed", [](World& w) {
    w.evidence["test-run"].verdict = Verdict::fail;
  });
  broken("evidence-not-in-log", "a test that was never recorded", [](World& w) {
    w.signing("test-run").in_log = false;
  });
  list.refuse("s3-auto-rejected", "a lead rejects the change", with([](World& w) {
                Signing reject = World().signing("security");
                reject.act = Act::reject;
                w.statements.push_back(reject);
              }));
  list.refuse("s1-auto-without-author", "nobody says to be the author", with([](World& w) {
                drop(w, "author");
              }));
  list.refuse("c3-auto-without-rule", "no approval rule matches", with([](World& w) {
                w.policy.rules.erase(w.policy.rules.begin(), w.policy.rules.begin() + 3);
              }));
  list.refuse(
      "c1-auto-without-classes",
      "the plan of another host is not shown, so that its actions cannot be judged",
      with([](World& w) { w.classes["web-02"].steps[0].diff[0].node = "other"; }),
      [](Files& files, World& w) { files.erase("blobs/" + w.digest_of("class:web-02").hex()); });
  list.refuse("s4-auto-with-secret", "it carries a secret", with([](World& w) {
                w.change.secrets = {{sha256("x"), name("id-1"), name("password"), 1}};
              }));
}

// An emergency: approved by one lead with a local key that asks for a passphrase.
void make_emergency(World& w) {
  w.change.kind = ChangeKind::emergency;
  w.change.window = {kNow + 14'400, kNow};
  drop(w, "engineering");
}

void add_emergency_cases(CaseList& list) {
  const auto with = [](std::function<void(World&)> edit) {
    return [edit = std::move(edit)](World& w) {
      make_emergency(w);
      edit(w);
    };
  };
  const auto broken = [&](const std::string& name, std::string summary, auto edit) {
    list.refuse("s4-emergency-" + name, std::move(summary), with(edit));
  };
  const auto kept = [&](const std::string& name, std::string summary, auto edit) {
    list.permit("permit-emergency-" + name, std::move(summary), with(edit));
  };
  list.permit("permit-emergency", "an emergency that one lead approved", make_emergency);
  kept("without-rule", "an emergency that no approval rule matches", [](World& w) {
    w.policy.rules.erase(w.policy.rules.begin(), w.policy.rules.begin() + 3);
  });
  // The lead speaks again a second later.
  const auto speaks_again = [](World& w, Act act) -> Signing& {
    Signing again = w.signing("security");
    again.act = act;
    again.at += 1;
    again.label = "again";
    return add_before_release(w, again);
  };
  broken("approval-superseded",
         "a lead approved with a local key, and later with another one",
         [=](World& w) { speaks_again(w, Act::approve).key = "amara-ssh"; });
  broken("rejected-when-no-lead-any-more",
         "a lead approved, and rejected when the role had ended",
         [=](World& w) {
           w.person("p:amara").roles[0].until = 11;
           speaks_again(w, Act::reject).role.clear();
         });
  kept("approved-again",
       "a lead approved with a soft key, and later with a local one",
       [=](World& w) {
         w.signing("security").key = "amara-ssh";
         speaks_again(w, Act::approve).key = "amara";
       });
  kept("file-key-under-no-file",
       "a key in a file approves, though a rule that would match does not take it for local",
       [](World& w) { w.policy.rules[0].no_file = true; });
  kept("security-key", "approved with a security key and PIN", [](World& w) {
    w.signing("security").key = "chen";
    w.signing("security").role = "it-manager";
  });
  broken("nobody", "an emergency that nobody approved", [](World& w) { drop(w, "security"); });
  broken("author-approves", "the author is the one who approved", [](World& w) {
    w.change.author = actor("p:amara");
    w.signing("author").key = "amara-ssh";
  });
  broken("releaser-approves", "who released is the one who approved", [](World& w) {
    w.person("p:amara").roles.push_back({role("executor"), std::nullopt});
    w.signing("release").key = "amara-ssh";
  });
  broken("soft-key", "approved with a soft key", [](World& w) {
    w.signing("security").key = "amara-ssh";
  });
  broken("portal", "approved in the portal", [](World& w) { w.signing("security").key = "mia"; });
  broken("without-pin", "approved with a security key without PIN", [](World& w) {
    w.signing("security").key = "chen";
    w.signing("security").role = "it-manager";
    w.signing("security").authenticator.flags = kFlagUserPresent;
  });
  broken("role", "approved in a role that is not among those for emergencies", [](World& w) {
    w.signing("security").key = "dana";
    w.signing("security").role = "devops-lead";
  });
  broken("withdrawn", "the approval was withdrawn", [](World& w) {
    add_before_release(w, withdrawal_of("security", "amara"));
  });
  broken("too-many-hosts", "two hosts where one is allowed", [](World& w) {
    w.policy.emergency.max_hosts = 1;
  });
  broken("switched-off", "the policy allows no host", [](World& w) {
    w.policy.emergency.max_hosts = 0;
  });
  kept("most-hosts", "two hosts where two are allowed", [](World& w) {
    w.policy.emergency.max_hosts = 2;
  });
  broken("window-too-long", "a window a second longer than allowed", [](World& w) {
    w.change.window.not_after += 1;
  });
  broken("per-day", "as many today as a day allows", [](World& w) {
    w.agent.counts = {{kToday, 3, name("emergency")}};
  });
  kept("last-of-day", "one less today than a day allows", [](World& w) {
    w.agent.counts = {{kToday, 2, name("emergency")}};
  });
  broken("trust", "it changes whom the host trusts", [](World& w) {
    w.state.resources[0].key = "/etc/ssl/certs/own.pem";
    w.change.effects = {name("trust")};
  });
  broken("rollback-state", "a rollback to a state that is named", [](World& w) {
    undo_by_state(w, [](State&) {});
  });
  broken("unknown-contributor", "somebody unknown helped to write it", [](World& w) {
    w.change.contributors = {{"?"}};
  });
  broken("with-auto", "it claims an auto rule too, whose evidence is missing", [](World& w) {
    w.change.auto_rule = auto_rule(w).id;
  });
  list.refuse("s3-emergency-rejected", "a lead rejects it", with([](World& w) {
                Signing& reject = add_like(w, "security", "reject");
                reject.key = "bo";
                reject.role.clear();
                reject.act = Act::reject;
              }));
  list.refuse("s5-emergency-without-release", "no executor released it", with([](World& w) {
                drop(w, "release");
              }));
}

void add_effect_cases(CaseList& list) {
  struct Row {
    std::string_view effect;
    std::string_view kind;
    std::string_view key;
  };

  for (const Row& row : {Row{"auth", "file", "/etc/sudoers.d/web"},
                         Row{"firewall", "firewall", "web"},
                         Row{"kernel", "sysctl", "vm.swappiness"},
                         Row{"network", "file", "/etc/hosts"},
                         Row{"opaque", "command", "make"},
                         Row{"opaque-timer", "timer", "nightly.timer"},
                         Row{"package", "package", "nginx"},
                         Row{"trust", "file", "/etc/ssl/certs/own.pem"},
                         Row{"data-loss", "mount", "/srv/web/data"}}) {
    list.refuse("s6-undeclared-" + std::string(row.effect),
                "the state has an effect that the change does not declare",
                [row](World& w) {
                  w.state.resources[0].kind = name(row.kind);
                  w.state.resources[0].key = std::string(row.key);
                });
  }
  list.permit(
      "permit-declared-effect", "the state has an effect that the change declares", [](World& w) {
        w.state.resources[0].key = "/etc/hosts";
        w.change.effects = {name("network")};
      });
  list.refuse("s6-network-by-slashes",
              "a kernel setting of the network, written with slashes",
              [](World& w) {
                w.state.resources[0].kind = name("sysctl");
                w.state.resources[0].key = "net/ipv4/ip_forward";
                w.change.effects = {name("kernel")};
              });
  list.refuse("s6-link-to-sudoers", "a link leads to where effects are", [](World& w) {
    w.state.resources[0].kind = name("symlink");
    w.state.resources[0].key = "/srv/web/link";
    w.state.resources[0].want = {{"to", std::string("/etc/sudoers.d")}};
  });
  list.refuse("s6-directory-above", "a directory that holds a path with an effect", [](World& w) {
    w.state.resources[0].kind = name("symlink");
    w.state.resources[0].key = "/etc";
    w.change.effects = {name("auth"), name("kernel"), name("network"), name("trust")};
  });
  list.refuse("s6-auto-undeclared-effect", "an auto-approved change hides an effect", [](World& w) {
    make_auto(w);
    w.state.resources[0].key = "/etc/hosts";
  });
}

}  // namespace

void add_substitute_cases(CaseList& list) {
  add_auto_cases(list);
  add_emergency_cases(list);
  add_effect_cases(list);
}

}  // namespace twoseal::vectors
