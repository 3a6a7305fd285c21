// For tests of what an agent does to its host: a runner of changes on a host in memory.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "agent/change_runner.h"
#include "tests/support/resource_host.h"

namespace twoseal::test {

/// Nine resources of many kinds.
inline constexpr const char* kMixed =
    "- {directory: /opt/app, mode: \"0750\"}\n"
    "- {file: /opt/app/a, content: \"one\\n\"}\n"
    "- {file: /etc/hosts, line: 10.0.0.9 db}\n"
    "- {file: /etc/hosts, line: 10.0.0.8 cache}\n"
    "- {service: cron, running: false, enabled: false}\n"
    "- {setting: /etc/ssh/sshd_config, key: MaxAuthTries, value: \"4\", then: reload ssh}\n"
    "- {user: dana, groups: [sudo]}\n"
    "- {sysctl: net.ipv4.ip_forward, value: \"1\"}\n"
    "- {symlink: /opt/current, to: /opt/app}\n";

/// Whether somebody answers at port 22; `within`: seconds.
inline HealthCheck tcp_check(std::int64_t within) {
  HealthCheck check;
  check.kind = HealthKind::tcp;
  check.port = 22;
  check.within = within;
  return check;
}

// An agent's runner on a host in memory; restart() is what a new process would see.
class Runner {
 public:
  Runner() { start(); }

  void start() {
    runner.reset();
    book.reset();
    home = std::make_unique<AgentHome>(host.host->files(), "/var/lib/twoseal/agent");
    REQUIRE(home->prepare());
    auto opened = RunBook::open(host.host->files(), home->path("journal"));
    REQUIRE(opened);
    book = *std::move(opened);
    runner = std::make_unique<ChangeRunner>(ChangeRunner::Parts{
        *host.host, prober, *home, *book, [this](const Digest&, const std::string& line) {
          log.push_back(line);
        }});
  }

  RunOrder order(const std::string& items, std::vector<HealthCheck> health = {}) {
    RunOrder made;
    const State state = host.state(items);
    made.plan = plan_state(state, *host.host, host.inputs).value();
    for (const Resource& resource : state.resources) {
      made.owned.push_back(resource.identity());
    }
    made.phase = Name::parse("canary").value();
    Change& change = made.change;
    change.org = sha256("org");
    change.author = ActorId::parse("p:leo").value();
    change.scope = ScopeId::parse("web-ssh").value();
    change.components = {ComponentId::parse("ssh").value()};
    change.apply = sha256("state");
    change.plan = sha256("plan");
    change.title = "a change";
    change.summary = "a change";
    change.why = "a reason";
    change.nonce = Bytes(16, static_cast<char>(++changes));
    change.health = std::move(health);
    change.rollback.kind = RollbackKind::restore;
    change.rollback.within = 86'400;
    for (const char* trigger : {"deadman", "gate", "health", "verify"}) {
      change.rollback.auto_on.push_back(Name::parse(trigger).value());
    }
    change.min_policy = 1;
    change.window = {host.clock.now() + 86'400, host.clock.now() - 1};
    const HostId self = HostId::parse("h:" + std::string(32, 'a')).value();
    change.targets.hosts = {{self, "web-01"}};
    change.phases = {Phase{Gate{0, GateKind::automatic, {}}, {self}, made.phase, 0}};
    made.digest = sha256(codec::encode(change));
    return made;
  }

  std::string begin(const RunOrder& one) {
    const auto begun = runner->begin(one);
    return !begun ? told(std::unexpected(begun.error()))
           : begun->waits
               ? "waits for " + error_code_text(begun->waits->code) + " " + begun->waits->what
               : told(begun->outcome);
  }

  static std::string told(const Result<std::optional<RunOutcome>>& ended) {
    if (!ended) {
      return error_code_text(ended.error().code) + " " + ended.error().what;
    }
    return *ended ? (*ended)->outcome : "going on";
  }

  // Everything that resources can change, to compare before with after.
  std::string picture() {
    std::string text;
    for (const char* path : {"/etc/hosts",
                             "/etc/ssh/sshd_config",
                             "/etc/passwd",
                             "/etc/shadow",
                             "/etc/group",
                             "/etc/gshadow",
                             "/opt/app/a",
                             "/etc/sysctl.d/90-twoseal.conf"}) {
      text += std::string(path) + " " + (host.exists(path) ? host.mode(path) : "none") + "\n" +
              host.text(path) + "\n";
    }
    text += host.exists("/opt/app") ? "app " : "no app ";
    text += host.exists("/opt/current") ? "current " : "no current ";
    const std::vector<std::string> units = {"cron.service", "ssh.service"};
    const auto states = host.host->services().states(units);
    for (const UnitState& state : *states) {
      text += state.unit + std::to_string(static_cast<int>(state.activity)) +
              std::to_string(static_cast<int>(state.enablement)) + " ";
    }
    return text + host.host->kernel().setting("net.ipv4.ip_forward").value().value();
  }

  ResourceHost host;
  MemoryProber prober;
  std::unique_ptr<AgentHome> home;
  std::unique_ptr<RunBook> book;
  std::unique_ptr<ChangeRunner> runner;
  std::vector<std::string> log;
  int changes = 0;
};

}  // namespace twoseal::test
