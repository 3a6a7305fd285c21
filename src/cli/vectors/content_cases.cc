// Steps 9 to 11, 19 and 20: what the change holds, whom it concerns, and what it may touch.
#include <algorithm>

#include "cli/vectors/cases.h"
#include "crypto/hash.h"

namespace twoseal::vectors {
namespace {

std::string blob_path(const World& world, const std::string& about) {
  return "blobs/" + world.digest_of(about).hex();
}

// The change as the server would like it, under the approvals of the change as it is.
CaseList::FileEdit edited_change(std::function<void(Change&, Files&, World&)> edit) {
  return [edit = std::move(edit)](Files& files, World& w) {
    edit_file<Change>(files, "change.json", [&](Change& change) { edit(change, files, w); });
  };
}

CaseList::Edit undone_by(std::function<void(State&)> edit) {
  return [edit = std::move(edit)](World& w) { undo_by_state(w, edit); };
}

void add_blob_cases(CaseList& list) {
  list.refuse_files(
      "c1-no-change", "no change", [](Files& files, World&) { files.erase("change.json"); });
  for (const std::string about : {"state", "plan"}) {
    list.refuse_files("c1-no-" + about,
                      "the " + about + " is not here",
                      [=](Files& files, World& w) { files.erase(blob_path(w, about)); });
  }
  list.refuse_files("c1-state-swapped",
                    "another state under the digest of the approved one",
                    [](Files& files, World& w) {
                      edit_file<State>(files, blob_path(w, "state"), [](State& state) {
                        state.resources[0].want["mode"] = std::string("0666");
                      });
                    });
  list.refuse_files("c1-blob-cut-off",
                    "a state of which the end is missing",
                    [](Files& files, World& w) { files.at(blob_path(w, "state")).pop_back(); });
  list.refuse_files("c1-unused-blob-misnamed",
                    "a blob that nothing names has another digest than its name",
                    [](Files& files, World&) { files["blobs/" + sha256("x").hex()] = "y"; });
  list.refuse("c1-state-is-no-state", "the change names its plan as its state", [](World& w) {
    when_known(w, "plan", [&w](const Digest& digest) { w.change.apply = digest; });
    w.change.apply = sha256("x");
  });
  list.refuse("c1-state-of-another-scope", "the state is for another scope", [](World& w) {
    w.state.scope = ScopeId::parse("web-other").value();
  });
  list.refuse("c1-plan-for-another-state", "the plan was made for another state", [](World& w) {
    edit_object<Plan>(w, "plan", [](Plan& plan) { plan.state = sha256("x"); });
  });
  list.refuse("c1-target-without-plan", "a target that the plan does not list", [](World& w) {
    w.classes.erase("web-02");
  });
  list.refuse("c1-plan-for-another-host", "the plan lists a host that is no target", [](World& w) {
    w.classes["stg-01"] = w.classes["web-01"];
    w.bases["stg-01"] = std::nullopt;
  });
  list.refuse("c1-no-rollback-state", "the rollback names a state that is not here", [](World& w) {
    w.change.rollback.kind = RollbackKind::state;
    w.change.rollback.state = sha256("x");
  });
  list.permit("permit-rollback-state",
              "the rollback names a state of the same scope",
              undone_by([](State&) {}));
  list.refuse("c1-rollback-state-is-no-state", "the rollback names what is no state", [](World& w) {
    w.blobs["before"] = "the state before";
    w.change.rollback.kind = RollbackKind::state;
    w.change.rollback.state = sha256(w.blobs["before"]);
  });
  list.refuse("c1-rollback-state-of-another-scope",
              "the rollback names a state of another scope",
              undone_by([](State& state) { state.scope = ScopeId::parse("web-other").value(); }));
  list.refuse("b2-rollback-state-of-other-org",
              "the rollback names a state of another organisation",
              undone_by([](State& state) { state.org = sha256("another"); }));
  list.refuse("c1-rollback-state-by-person",
              "a person carries the change out, and its rollback is a state of no scope",
              [](World& w) {
                make_by_person(w);
                undone_by([](State&) {})(w);
                w.change.rollback.blob.reset();
                ScopeState held;
                held.scope = w.state.scope;
                held.resources = {w.state.resources[0].identity()};
                w.agent.scopes = {held};
              });
  list.refuse("c1-no-rollback-procedure", "the rollback procedure is not here", [](World& w) {
    make_by_person(w);
    w.blobs.clear();
  });
  list.refuse("c1-no-evidence", "the change names evidence that is not here", [](World& w) {
    w.change.evidence = {{sha256("x"), actor("s:ci"), name("test-run")}};
  });
  list.permit("permit-evidence-named", "the change names evidence that is here", [](World& w) {
    w.blobs["report"] = "all tests passed";
    w.change.evidence = {{sha256(w.blobs["report"]), actor("s:ci"), name("test-run")}};
  });
  list.refuse_files("c1-edited-after-approval",
                    "the title was edited after the approvals",
                    edited_change([](Change& change, Files&, World&) { change.title = "Other"; }));
  list.refuse(
      "c1-host-added-after-approval",
      "a host was added to the targets after the approvals, and decides",
      [](World& w) { w.host = "stg-01"; },
      edited_change([](Change& change, Files&, World& w) {
        change.targets.hosts->push_back({w.host_id("stg-01"), "stg-01"});
        std::sort(change.targets.hosts->begin(),
                  change.targets.hosts->end(),
                  [](const auto& a, const auto& b) { return a.id < b.id; });
        change.phases->back().hosts = {w.host_id("stg-01"), w.host_id("web-02")};
        std::sort(change.phases->back().hosts.begin(), change.phases->back().hosts.end());
      }));
}

void add_target_cases(CaseList& list) {
  list.refuse("c2-host-not-in-list", "a host that is no target decides", [](World& w) {
    w.host = "stg-01";
  });
  list.refuse("c2-host-not-in-list-and-author-late",
              "a host that is no target decides; for the targets the author signed too late",
              [](World& w) {
                w.host = "stg-01";
                w.signing("author").late = true;
              });
  list.refuse("c2-no-host", "nobody says which host decides", [](World& w) { w.host.clear(); });
  list.refuse("c2-name-swapped", "the change names this host as another", [](World& w) {
    w.change.targets.hosts->at(0).name.swap(w.change.targets.hosts->at(1).name);
  });
  list.refuse("c2-where", "targets by condition, which release 1 does not offer", [](World& w) {
    w.change.targets.hosts.reset();
    w.change.targets.where = "role=web";
  });
  list.refuse("c2-host-in-no-phase", "a target that stands in no phase", [](World& w) {
    w.change.phases->pop_back();
  });
  list.refuse("c2-host-in-two-phases", "a target that stands in two phases", [](World& w) {
    auto& hosts = w.change.phases->back().hosts;
    hosts.push_back(w.host_id("web-01"));
    std::sort(hosts.begin(), hosts.end());
  });
  list.refuse("c2-phase-beyond-targets", "a phase with a host that is no target", [](World& w) {
    auto& hosts = w.change.phases->back().hosts;
    hosts.push_back(w.host_id("stg-01"));
    std::sort(hosts.begin(), hosts.end());
  });
  const auto by_runner = [](World& w) {
    Workspace cloud;
    cloud.components = w.change.components;
    cloud.data_class = name("internal");
    cloud.env = name("prod");
    cloud.id = name("cloud");
    w.hosts.at("web-01").versions.back().workspaces = {cloud};
    w.change.executor = {ExecutorBy::runner, w.host_id("web-01"), std::nullopt, name("cloud")};
  };
  list.permit("permit-runner", "a runner that holds the workspace", by_runner);
  list.refuse("c2-runner-without-workspace", "a runner without any workspace", [=](World& w) {
    by_runner(w);
    w.hosts.at("web-01").versions.back().workspaces.reset();
  });
  list.refuse("c2-another-workspace", "a runner with another workspace", [=](World& w) {
    by_runner(w);
    w.change.executor.workspace = name("cloud-2");
  });
  list.refuse("c2-another-runner", "a target that is not the runner", [=](World& w) {
    by_runner(w);
    make_second_phase(w);
  });
  list.refuse(
      "s3-workspace-in-prod", "the workspace is in prod although its runner is not", [=](World& w) {
        by_runner(w);
        w.hosts.at("web-01").versions.back().env = name("test");
        drop(w, "security");
      });
  list.permit("permit-workspace-in-test",
              "the workspace is in test although its runner is in prod",
              [=](World& w) {
                by_runner(w);
                w.hosts.at("web-01").versions.back().workspaces->at(0).env = name("test");
                drop(w, "security");
              });
  list.permit("permit-by-person", "a person carries the change out on an asset", make_by_person);
  list.refuse("p2-by-person-without-policy",
              "a person carries the change out, and there is no policy",
              make_by_person,
              [](Files& files, World&) { files.erase("policy/1.json"); });
  list.refuse(
      "c2-by-person-on-host", "a change that a person carries out reaches a host", [](World& w) {
        make_by_person(w);
        w.host = "web-01";
      });
  list.refuse("c2-by-person-on-assigned-host",
              "a person would carry the change out on a host with an agent",
              [](World& w) {
                make_by_person(w);
                auto& asset = w.change.targets.assets->at(0);
                asset.id = name(w.host_id("web-02").text());
                asset.name = "web-02";
              });
  list.refuse("s3-asset-of-another-component",
              "one of the assets is network equipment, whose rule asks for more",
              [](World& w) {
                make_by_person(w);
                TargetAsset other = w.change.targets.assets->at(0);
                other.id = name("switch-8");
                other.components = {ComponentId::parse("net").value()};
                w.change.targets.assets->push_back(other);
              });
}

void add_rule_cases(CaseList& list) {
  list.refuse("c3-newer-policy-asked", "the change asks for policy 2; here is 1", [](World& w) {
    w.change.min_policy = 2;
  });
  list.refuse("c3-no-rule", "no rule for prod", [](World& w) {
    w.policy.rules.erase(w.policy.rules.begin(), w.policy.rules.begin() + 3);
  });
  list.refuse("c3-asset-without-rule", "no rule for one of the assets", [](World& w) {
    make_by_person(w);
    TargetAsset other = w.change.targets.assets->at(0);
    other.id = name("switch-8");
    other.env = name("lab");
    w.change.targets.assets->push_back(other);
  });

  struct Row {
    std::string_view what;
    std::function<void(World&, std::string_view)> match;
    std::string_view fits;
    std::string_view other;
  };

  const std::vector<Row> rows = {
      {"kind",
       [](World& w, std::string_view text) { w.policy.rules[0].match.kinds = {name(text)}; },
       "normal",
       "patch"},
      {"environment",
       [](World& w, std::string_view text) { w.policy.rules[0].match.envs = {name(text)}; },
       "prod",
       "lab"},
      {"component",
       [](World& w, std::string_view text) {
         w.policy.rules[0].match.components = {ComponentId::parse(text).value()};
       },
       "web",
       "net"},
      {"component-type",
       [](World& w, std::string_view text) {
         w.policy.rules[0].match.component_types = {name(text)};
       },
       "app",
       "it"},
      {"data-class",
       [](World& w, std::string_view text) { w.policy.rules[0].match.data_classes = {name(text)}; },
       "internal",
       "secret"},
      {"effect",
       [](World& w, std::string_view text) {
         w.policy.rules[0].match.effects = {name(text)};
         w.change.effects = {name("reboot")};
       },
       "reboot",
       "kernel"},
  };
  for (const Row& row : rows) {
    const std::string what(row.what);
    list.permit("permit-rule-by-" + what,
                "the rule names the " + what + " of the change",
                [row](World& w) { row.match(w, row.fits); });
    list.refuse("c3-rule-of-another-" + what,
                "the only rule names another " + what,
                [row](World& w) { row.match(w, row.other); });
  }
}

void add_closed_cases(CaseList& list) {
  list.refuse("b1-unknown-effect", "the change declares an effect that nobody knows", [](World& w) {
    w.change.effects = {name("bogus")};
  });
  for (const std::string_view url : {"http://169.254.169.254/latest/meta-data",
                                     "http://[fe80::1]/",
                                     "https://user@web-01/",
                                     "javascript:x",
                                     "http://"}) {
    list.refuse("b1-health-at-" + sha256(url).hex().substr(0, 8),
                "a health check that asks at " + std::string(url),
                [url](World& w) {
                  HealthCheck check;
                  check.kind = HealthKind::http;
                  check.url = std::string(url);
                  check.expect = 200;
                  check.within = 10;
                  w.change.health = {check};
                });
  }
  list.refuse(
      "b1-two-auto-rules-of-one-name", "the policy has two auto rules of one name", [](World& w) {
        AutoRule rule;
        rule.id = name("twice");
        rule.envs = {name("dev")};
        rule.only_actions = {name("change")};
        w.policy.auto_rules = {rule, rule};
      });
}

void add_assigned_cases(CaseList& list) {
  list.refuse("c2-person-on-assigned-host",
              "a person carries a change out on a host that has an assignment",
              [](World& w) {
                make_by_person(w);
                (*w.change.targets.assets)[0].name = "web-01";
              });
}

void add_resource_cases(CaseList& list) {
  const auto holding = [](std::string_view kind, std::string_view key) {
    return [=](World& w) {
      w.state.resources[0].kind = name(kind);
      w.state.resources[0].key = std::string(key);
    };
  };
  list.refuse("c5-unknown-kind", "a resource of a kind nobody knows", holding("spell", "x"));
  list.refuse("c5-path-with-parent", "a path with `..`", holding("file", "/srv/web/../../x"));
  list.refuse("c5-path-not-absolute", "a path without a root", holding("file", "srv/web"));
  list.refuse("c5-path-with-slash", "a path that ends in a slash", holding("file", "/srv/web/"));
  list.refuse("c5-path-with-empty-part", "a path with `//`", holding("file", "/srv//web"));
  list.refuse("c5-agents-own-file",
              "a file of the agent",
              holding("file", "/var/lib/twoseal/roster/1.json"));
  list.refuse("c5-agents-own-binary", "the agent itself", holding("file", "/usr/bin/twoseal"));
  list.refuse("c5-agents-own-path-by-parent",
              "a link in place of a directory that holds the agent's files",
              holding("symlink", "/var/lib"));
  list.refuse("c5-agents-own-unit", "the unit of the agent", holding("service", "twoseal-agent"));
  list.refuse("c5-agents-own-unit-by-handler", "a handler restarts the agent", [](World& w) {
    w.state.resources[0].then = {{HandlerAction::restart, "twoseal-agent.service"}};
  });
  for (const std::string_view path : {"/etc/systemd/system/twoseal-agent.service.d/x.conf",
                                      "/etc/systemd/system/twoseal-agent.timer",
                                      "/etc/systemd/system.control/twoseal-agent.service.d/x.conf",
                                      "/lib/systemd/system/twoseal-agent.service.d/x.conf",
                                      "/run/systemd/system/twoseal-agent.service",
                                      "/usr/local/bin/twoseal"}) {
    std::string label(path.substr(1));
    std::replace(label.begin(), label.end(), '/', '-');
    list.refuse("c5-agents-own-at-" + label, "another place of the agent's own", [=](World& w) {
      w.state.resources[0].key = std::string(path);
    });
  }
  list.refuse("c5-link-to-agents-own", "a link that leads to the agent's own", [=](World& w) {
    holding("symlink", "/srv/web/link")(w);
    w.state.resources[0].want = {{"to", std::string("/etc/twoseal")}};
  });
  list.refuse("c5-own-directory-named-with-slash",
              "the agent keeps a directory and names it with a slash",
              [=](World& w) {
                holding("directory", "/srv/agent")(w);
                w.agent.own_paths = {"/srv/agent/"};
              });
  const auto update = [=](World& w) {
    holding("agent_update", sha256("package").text())(w);
    w.change.effects = {name("trust")};
  };
  list.refuse(
      "c5-agent-update-not-listed", "a package of twoseal that the policy does not list", update);
  list.permit("permit-agent-update", "a package of twoseal that the policy lists", [=](World& w) {
    update(w);
    w.policy.releases = {sha256("package")};
  });
  const auto beside = [](std::string_view kind, const std::optional<std::string>& sub) {
    return [=](World& w) {
      Resource other = w.state.resources[0];
      other.kind = name(kind);
      other.sub = sub;
      w.state.resources.push_back(other);
      std::sort(w.state.resources.begin(),
                w.state.resources.end(),
                [](const Resource& a, const Resource& b) { return a.identity() < b.identity(); });
    };
  };
  list.refuse("c5-file-and-setting-of-one-path",
              "a whole file and a setting in it cannot both be wanted",
              beside("setting", "colour"));
  list.refuse("c5-file-and-link-of-one-path",
              "a file and a link of one path cannot both be wanted",
              beside("symlink", std::nullopt));
  list.permit("permit-mount-on-directory", "a directory, and what is mounted on it", [=](World& w) {
    holding("directory", "/srv/web/data")(w);
    beside("mount", std::nullopt)(w);
    w.change.effects = {name("data-loss")};
  });
  list.refuse("c5-file-over-setting-of-another-scope",
              "a whole file of which another scope owns a setting",
              [](World& w) {
                ScopeState other;
                other.scope = ScopeId::parse("web-other").value();
                other.resources = {"setting:/srv/web/motd#colour"};
                w.agent.scopes = {other};
              });
  list.refuse("c1-no-source", "the content of a resource is not here", [](World& w) {
    w.state.resources[0].want["source"] = sha256("content").text();
  });
  list.permit("permit-source", "the content of a resource is a blob that is here", [](World& w) {
    w.blobs["content"] = "content";
    w.state.resources[0].want["source"] = sha256("content").text();
  });
  list.refuse("c5-path-from-state", "a path that this agent keeps for itself", [=](World& w) {
    holding("file", "/srv/agent/x")(w);
    w.agent.own_paths = {"/srv/agent"};
  });
  list.permit("permit-path-beside-own",
              "a path that only begins like one of the agent's",
              holding("file", "/srv/twoseal"));
  list.permit("permit-directory-above-own",
              "a directory that holds one of the agent's",
              holding("directory", "/var/lib"));
  const auto undone_by_file = [](std::string_view key) {
    return undone_by([=](State& state) { state.resources[0].key = std::string(key); });
  };
  list.refuse("c5-rollback-over-own-file",
              "the state that takes the change back writes a file of the agent",
              undone_by_file("/var/lib/twoseal/journal"));
  list.refuse("s6-rollback-with-undeclared-effect",
              "the state that takes the change back has an effect that is not declared",
              undone_by_file("/etc/sudoers.d/web"));
  list.refuse("k1-rollback-with-secret",
              "the state that takes the change back holds a secret",
              undone_by([](State& state) { state.resources[0].secret = true; }));
  const auto owned_by = [](std::string_view scope) {
    return [=](World& w) {
      ScopeState other;
      other.scope = ScopeId::parse(scope).value();
      other.resources = {"file:/srv/web/motd"};
      w.agent.scopes = {other};
    };
  };
  list.refuse("c5-owned-by-another-scope",
              "a resource that another scope owns on this host",
              owned_by("web-other"));
  list.permit("permit-owned-by-own-scope",
              "a resource that the same scope owns already",
              owned_by("web-motd"));
  list.refuse("k1-secret", "a change that carries a secret", [](World& w) {
    w.change.secrets = {{sha256("x"), name("id-1"), name("password"), 1}};
  });
  list.refuse("k1-secret-resource", "a resource that is marked secret", [](World& w) {
    w.state.resources[0].secret = true;
  });
}

}  // namespace

void add_content_cases(CaseList& list) {
  add_blob_cases(list);
  add_target_cases(list);
  add_rule_cases(list);
  add_closed_cases(list);
  add_assigned_cases(list);
  add_resource_cases(list);
}

}  // namespace twoseal::vectors
