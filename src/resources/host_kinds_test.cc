// Kinds that need more of a host than its files: services, kernel, accounts, packages, commands.
#include <doctest/doctest.h>

#include "resources/risks.h"
#include "tests/support/resource_host.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace
using test::ResourceHost;

TEST_CASE("the change of the ssh limit: one line, a reload, the risk named") {
  ResourceHost host;
  const Bytes before = host.text("/etc/ssh/sshd_config");
  const auto plan = host.apply(
      "- {setting: /etc/ssh/sshd_config, key: MaxAuthTries, value: \"4\", then: reload ssh}\n");
  REQUIRE(plan);
  REQUIRE(plan->steps.size() == 2);
  CHECK(ResourceHost::shown(plan->steps[0]) == "MaxAuthTries: - -> 4\n");
  CHECK(ResourceHost::risks(plan->steps[0]) == "lose-ssh");
  CHECK(ResourceHost::shown(plan->steps[1]) == "then: - -> reload\n");
  CHECK(host.text("/etc/ssh/sshd_config").find("\nMaxAuthTries 4\n") != std::string::npos);
  REQUIRE(host.undo());
  CHECK(host.text("/etc/ssh/sshd_config") == before);
}

TEST_CASE("a service is stopped, disabled, masked, and comes back as it was") {
  ResourceHost host;
  const auto state = [&] {
    const std::string unit = "cron.service";
    const auto states = host.host->services().states({&unit, 1});
    return states->front();
  };
  const UnitState before = state();
  const auto plan = host.apply("- {service: cron, running: false, enabled: false}\n");
  REQUIRE(plan);
  CHECK(ResourceHost::shown(plan->steps.at(0)) ==
        "running: true -> false\nenabled: true -> false\n");
  CHECK(state().activity == UnitActivity::inactive);
  CHECK(state().enablement == UnitEnablement::disabled);
  CHECK(host.plan("- {service: cron, running: false, enabled: false}\n")->empty());
  REQUIRE(host.undo());
  CHECK(state().activity == before.activity);
  CHECK(state().enablement == before.enablement);
  REQUIRE(host.apply("- {service: cron, running: false, masked: true}\n"));
  CHECK(state().enablement == UnitEnablement::masked);
  CHECK(host.plan("- {service: no-such-unit, running: true}\n").error().code == Errc::bad_resource);
  CHECK(host.plan("- {service: no-such-unit, running: false}\n")->empty());
}

TEST_CASE("a kernel setting changes now and for every boot") {
  ResourceHost host;
  const auto plan = host.apply("- {sysctl: net.ipv4.ip_forward, value: \"1\"}\n");
  REQUIRE(plan);
  CHECK(ResourceHost::shown(plan->steps.at(0)) ==
        "running: 0 -> 1\nboot: - -> 1\nmode: - -> 0644\nowner: - -> root\ngroup: - -> root\n");
  CHECK(ResourceHost::risks(plan->steps.at(0)) == "kernel network");
  CHECK(host.host->kernel().setting("net.ipv4.ip_forward").value() == "1");
  CHECK(host.text("/etc/sysctl.d/90-twoseal.conf") == "net.ipv4.ip_forward = 1\n");
  CHECK(host.plan("- {sysctl: net.ipv4.ip_forward, value: \"1\"}\n")->empty());
  REQUIRE(host.undo());
  CHECK(host.host->kernel().setting("net.ipv4.ip_forward").value() == "0");
  CHECK_FALSE(host.exists("/etc/sysctl.d/90-twoseal.conf"));
  CHECK(host.plan("- {sysctl: net.no.such, value: \"1\"}\n").error().code == Errc::bad_resource);
  const auto now = host.plan("- {sysctl: net.ipv4.ip_forward, value: \"1\", persist: false}\n");
  CHECK(now->steps.at(0).operations.size() == 1);
}

TEST_CASE("a user is made with a group, changed, locked, and removed to the byte") {
  ResourceHost host;
  const Bytes passwd = host.text("/etc/passwd");
  const Bytes shadow = host.text("/etc/shadow");
  const Bytes group = host.text("/etc/group");
  const Bytes gshadow = host.text("/etc/gshadow");
  const auto plan = host.apply(
      "- {group: ops, members: [root]}\n"
      "- {user: dana, shell: /bin/sh, groups: [ops, sudo], comment: Dana}\n");
  REQUIRE(plan);
  CHECK(ResourceHost::risks(plan->steps.at(1)) == "auth-change");
  CHECK(host.text("/etc/passwd").starts_with(passwd));
  CHECK(host.text("/etc/passwd").find(":Dana:/home/dana:/bin/sh\n") != std::string::npos);
  CHECK(host.text("/etc/shadow").find("dana:!:") != std::string::npos);
  CHECK(host.text("/etc/group").find("root,dana\n") != std::string::npos);
  const std::string wanted =
      "- {user: dana, shell: /bin/sh, groups: [sudo, ops], comment: Dana, locked: true}\n";
  CHECK(host.plan(wanted)->empty());
  const auto changed = host.apply("- {user: dana, shell: /bin/bash, groups: [ops]}\n");
  REQUIRE(changed);
  CHECK(ResourceHost::shown(changed->steps.at(0)) ==
        "shell: /bin/sh -> /bin/bash\ngroups: ops,sudo -> ops\n");
  REQUIRE(host.undo());
  CHECK(host.text("/etc/passwd") == passwd);
  CHECK(host.text("/etc/shadow") == shadow);
  CHECK(host.text("/etc/group") == group);
  CHECK(host.text("/etc/gshadow") == gshadow);
}

TEST_CASE("accounts that would clash or break are refused") {
  ResourceHost host;
  const auto code = [&](const std::string& items) { return host.plan(items).error().code; };
  CHECK(code("- {user: dana, uid: 0}\n") == Errc::bad_resource);
  CHECK(code("- {user: dana, groups: [no-such]}\n") == Errc::unknown_account);
  CHECK(code("- {user: dana, group: no-such}\n") == Errc::unknown_account);
  CHECK(code("- {user: root, absent: true}\n") == Errc::bad_resource);
  CHECK(code("- {user: dana, comment: \"a:b\"}\n") == Errc::bad_resource);
  CHECK(code("- {group: root, absent: true}\n") == Errc::bad_resource);
  CHECK(code("- {group: ops, gid: 0}\n") == Errc::bad_resource);
  REQUIRE(host.apply("- {user: dana, comment: x}\n"));
  CHECK(code("- {user: dana, locked: false}\n") == Errc::bad_resource);
}

TEST_CASE("a package comes with all it needs, each file by its digest, and goes again") {
  ResourceHost host;
  const auto has = [&](const std::string& name) {
    const auto installed = host.host->packages().installed();
    for (const InstalledPackage& one : *installed) {
      if (one.name == name) {
        return one.version + (one.hold ? " held" : "");
      }
    }
    return std::string("no");
  };
  const std::string before = has("openssl");
  std::string newer;
  for (const auto& one : debian_repository()) {
    if (one.name == "openssl" && one.version != before) {
      newer = one.version;
    }
  }
  REQUIRE_FALSE(newer.empty());
  const auto plan = host.apply("- {package: openssl, version: \"" + newer + "\", hold: true}\n");
  REQUIRE_MESSAGE(plan, plan.error().what);
  CHECK(ResourceHost::shown(plan->steps.at(0)).find("openssl:") != std::string::npos);
  CHECK(ResourceHost::shown(plan->steps.at(0)).find("sha256:") != std::string::npos);
  CHECK(ResourceHost::risks(plan->steps.at(0)).find("maintainer-scripts") != std::string::npos);
  CHECK(has("openssl") == newer + " held");
  CHECK(host.plan("- {package: openssl}\n")->empty());
  REQUIRE(host.undo());
  CHECK(has("openssl") == before);
  CHECK(host.plan("- {package: no-such-package, hold: false}\n").error().code ==
        Errc::no_such_package);
}

TEST_CASE("a command is opaque, guarded, and undone by its own undo") {
  ResourceHost host;
  int runs = 0;
  int undone = 0;
  bool guard = false;
  auto& programs = host.host->processes();
  programs.answer({"/usr/local/bin/migrate"}, [&](const Program& program) {
    (program.arguments.back() == "down" ? undone : runs) += 1;
    return ProgramEnd{};
  });
  programs.answer({"/usr/local/bin/done"},
                  [&](const Program&) { return ProgramEnd{guard ? 0 : 1, false, {}}; });
  const std::string items =
      "- {command: migrate, run: /usr/local/bin/migrate up, undo: /usr/local/bin/migrate down, "
      "unless: /usr/local/bin/done}\n";
  const auto plan = host.plan(items);
  REQUIRE(plan);
  CHECK(runs == 0);
  CHECK(plan->steps.at(0).shown.opaque->argv ==
        std::vector<std::string>{"/usr/local/bin/migrate", "up"});
  CHECK(ResourceHost::risks(plan->steps.at(0)) == "opaque");
  REQUIRE(host.apply(items));
  CHECK(runs == 1);
  REQUIRE(host.undo());
  CHECK(undone == 1);
  guard = true;
  REQUIRE(host.apply(items));
  CHECK(runs == 1);
  CHECK(host.plan("- {command: x, run: /bin/true, creates: /etc/hosts}\n")->empty());
}

TEST_CASE("planning changes nothing on the host") {
  ResourceHost host;
  const auto before = host.host->mutations();
  REQUIRE(
      host.plan("- {file: /etc/a, content: x}\n"
                "- {directory: /opt/x}\n"
                "- {service: cron, running: false}\n"
                "- {package: openssl}\n"
                "- {command: c, run: /bin/true, unless: /bin/false}\n"
                "- {user: dana, comment: x}\n"
                "- {sysctl: net.ipv4.ip_forward, value: \"1\"}\n"));
  CHECK(host.host->mutations() == before);
}

TEST_CASE("a file has one format for all settings of it") {
  ResourceHost host;
  const auto code = [&](const std::string& format) {
    const auto plan = host.plan(
        "- {setting: /etc/app, format: ini, section: one, key: a, value: \"1\"}\n"
        "- {setting: /etc/app, format: " +
        format + ", key: a, value: \"2\"}\n");
    return plan ? Errc{} : plan.error().code;
  };
  CHECK(code("ini") == Errc{});
  CHECK(code("key_value") == Errc::bad_resource);
}

TEST_CASE("kinds of later releases and bad states are refused by name") {
  ResourceHost host;
  const auto timer = host.plan("- {timer: t, calendar: daily, command: /bin/true}\n");
  REQUIRE_FALSE(timer);
  CHECK(timer.error().code == Errc::refuse_c5);
  State state = host.state("- {file: /etc/a, content: x}\n");
  state.resources[0].secret = true;
  CHECK(plan_state(state, *host.host, host.inputs).error().code == Errc::refuse_k1);
  state.resources[0].secret = false;
  state.resources[0].want["content"] = std::int64_t{1};
  CHECK(plan_state(state, *host.host, host.inputs).error().code == Errc::bad_resource);
}

TEST_CASE("a path that leads elsewhere has the risks and effects of where it leads, and shows it") {
  ResourceHost host;
  host.host->files().put_symlink("/root/ln", "/etc");
  const auto behind = host.plan("- {file: /root/ln/nologin, content: go away}\n");
  REQUIRE(behind);
  CHECK(ResourceHost::risks(behind->steps.at(0)) == "lose-ssh");
  CHECK(behind->steps.at(0).shown.diff.front().node == "leads to");
  CHECK(behind->steps.at(0).shown.diff.front().new_value == "/etc/nologin");

  // What is there now is read where the link leads now.
  for (const char* to : {"/opt/x", "/root/ln"}) {
    const auto planned =
        host.plan("- {symlink: " + std::string(to) + ", to: /etc/sudoers.d}\n- {file: " + to +
                  "/leo, content: all, mode: \"0440\"}\n");
    REQUIRE_FALSE(planned);
    CHECK(planned.error().code == Errc::other_thing_there);
    CHECK(planned.error().next == "name it by where it will be: /etc/sudoers.d/leo");
  }

  const auto own =
      host.plan("- {symlink: /opt/y, to: /var/lib/twoseal}\n- {file: /opt/y/x, content: mine}\n");
  REQUIRE_FALSE(own);
  CHECK(own.error().code == Errc::refuse_c5);
}

TEST_CASE("the words of a resource tell its risks where no host has planned it") {
  ResourceHost host;
  const auto risks = [&](const std::string& item) {
    std::string names;
    for (const Name& risk : risks_of(host.state(item).resources.at(0))) {
      names += (names.empty() ? "" : " ") + risk.text();
    }
    return names;
  };
  CHECK(risks("- {file: /etc/sudoers.d/leo, content: all}\n") == "auth-change");
  CHECK(risks("- {service: ssh, running: false}\n") == "lose-ssh");
  CHECK(
      risks("- {setting: /etc/motd.conf, format: ini, key: a.b, value: c, then: restart ssh}\n") ==
      "lose-ssh");
  CHECK(risks("- {package: nginx, version: present}\n") == "maintainer-scripts");
  CHECK(risks("- {command: x, run: \"/usr/bin/env\", undo: /bin/true}\n") == "opaque");
  CHECK(risks("- {directory: /srv/x, absent: true}\n") == "data-loss");
  CHECK(risks("- {user: eve}\n") == "auth-change");
  CHECK(risks("- {file: /etc/motd, content: x}\n").empty());
}
