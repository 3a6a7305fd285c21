#include "authoring/change_yaml.h"

#include <doctest/doctest.h>

#include "authoring/health_yaml.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "tests/support/golden.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::authoring;  // NOLINT(google-build-using-namespace)

namespace {

constexpr UnixSeconds kNow = 1795420000;  // 2026-11-23T07:46:40Z

template <class T>
T id(std::string_view text) {
  return T::parse(text).value();
}

HostId host_id(int number) {
  return id<HostId>("h:" + sha256("host " + std::to_string(number)).hex().substr(0, 32));
}

// web-01 to web-12 in prod, db-01 in test.
std::vector<Assignment> fleet() {
  std::vector<Assignment> hosts;
  for (int i = 1; i <= 13; ++i) {
    Assignment host;
    const bool is_web = i <= 12;
    host.name = is_web ? (i < 10 ? "web-0" : "web-") + std::to_string(i) : "db-01";
    host.host = host_id(i);
    host.env = id<Name>(is_web ? "prod" : "test");
    host.data_class = id<Name>("internal");
    host.labels = {{"role", is_web ? "web" : "db"}};
    hosts.push_back(std::move(host));
  }
  return hosts;
}

const std::vector<Assignment> kFleet = fleet();

ChangeContext context() {
  return {.org = sha256("org"),
          .author = id<ActorId>("p:leo"),
          .now = kNow,
          .nonce = Bytes(16, 'n'),
          .defaults = {.rollback_within = 86'400, .window = 604'800},
          .min_policy = 3,
          .plan = sha256("plan"),
          .risks = {id<Name>("reboot"), id<Name>("lose-ssh"), id<Name>("reboot")},
          .assignments = kFleet};
}

Result<Bytes> read_sample(std::string_view name) {
  return "the bytes of " + std::string(name) + "\n";
}

Result<CompiledChange> compile(std::string_view text, const ChangeContext& with = context()) {
  return compile_change({text, "changes/ssh.yaml"}, read_sample, with);
}

std::string refusal(std::string_view text, const ChangeContext& with = context()) {
  const auto change = compile(text, with);
  return change ? "" : change.error().where + " " + change.error().what;
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

const std::string kMinimal =
    "change: {summary: s, justification: j, components: [c], rollback: automatic}\n"
    "targets: env=prod\n"
    "set: [{package: htop}]\n";

std::string with(std::string_view lines) {
  return kMinimal + std::string(lines);
}

void check_change(const std::string& name) {
  const auto change = compile(test::read_golden("authoring/" + name + ".yaml"));
  REQUIRE_MESSAGE(change.has_value(), (change ? "" : change.error().where + change.error().what));
  test::check_golden("authoring/" + name + ".json", change->bytes);
  if (change->state) {
    test::check_golden("authoring/" + name + ".state.json", *change->state);
    CHECK(change->change.apply == sha256(*change->state));
  }
}

}  // namespace

TEST_CASE("the change files of the golden directory compile to the byte") {
  check_change("change-ssh-v1");
  check_change("change-every-field-v1");
  check_change("change-by-hand-v1");
}

TEST_CASE("a change that says little gets the defaults") {
  const auto compiled = compile(kMinimal);
  REQUIRE_MESSAGE(compiled.has_value(), (compiled ? "" : compiled.error().what));
  const Change& change = compiled->change;
  CHECK(change.kind == ChangeKind::normal);
  CHECK(change.title == "s");
  CHECK(change.why == "j");
  CHECK(change.scope->text() == "ssh");
  CHECK(change.executor.by == ExecutorBy::agent);
  CHECK(change.use == Use::once);
  CHECK(change.rollback.kind == RollbackKind::restore);
  CHECK(change.rollback.within == 86'400);
  CHECK(change.rollback.auto_on.size() == 4);
  CHECK(change.window.not_before == kNow);
  CHECK(change.window.not_after == kNow + 7 * limits::kDay);
  CHECK(change.min_policy == 3);
  CHECK(change.risks.size() == 2);
  REQUIRE(change.phases->size() == 1);
  CHECK(change.phases->front().name.text() == "all");
  CHECK(change.phases->front().hosts.size() == 12);
  CHECK(change.effects == std::vector{id<Name>("package")});
  CHECK(codec::decode<State>(*compiled->state)->enforce == Enforce::report);
}

TEST_CASE("a missing rollback is an error that names it") {
  const std::string text = replaced(kMinimal, ", rollback: automatic", "");
  CHECK(refusal(text).starts_with(
      "changes/ssh.yaml:1:9 change.rollback: missing; say how this change is undone"));
}

TEST_CASE("a misspelt key is told with the nearest known one") {
  CHECK(
      refusal(replaced(kMinimal, "justification", "justificaton"))
          .find("change.justificaton: this key is not known here; did you mean 'justification'?") !=
      std::string::npos);
  CHECK(refusal(replaced(kMinimal, "targets", "tragets"))
            .find("changes/ssh.yaml:2:1 tragets: this key is not known here; did you mean "
                  "'targets'?") != std::string::npos);
}

TEST_CASE("what is missing is asked for") {
  CHECK(refusal("set: []\n").find("change: missing") != std::string::npos);
  CHECK(refusal(replaced(kMinimal, "summary: s, ", "")).find("change.summary: missing") !=
        std::string::npos);
  CHECK(refusal(replaced(kMinimal, "components: [c], ", "")).find("change.components: missing") !=
        std::string::npos);
  CHECK(refusal(replaced(kMinimal, "targets: env=prod\n", "")).find("targets: missing") !=
        std::string::npos);
  CHECK(refusal(replaced(kMinimal, "set: [{package: htop}]\n", "")).find("set: missing") !=
        std::string::npos);
  ChangeContext no_plan = context();
  no_plan.plan.reset();
  CHECK(refusal(kMinimal, no_plan).find("the plan is missing") != std::string::npos);
}

TEST_CASE("the title is the first line of the summary") {
  CHECK(compile(replaced(kMinimal, "summary: s", "summary: \"a\\nb\""))->change.title == "a");
  CHECK(refusal(replaced(kMinimal, "summary: s", "summary: \"\\nb\"")).find("title: missing") !=
        std::string::npos);
  CHECK(refusal(replaced(kMinimal, "summary: s", "summary: " + std::string(300, 'x')))
            .find("title: missing") != std::string::npos);
  CHECK(compile(replaced(kMinimal, "summary: s", "title: t, summary: s"))->change.title == "t");
}

TEST_CASE("targets that match nothing are an error at their place") {
  CHECK(refusal(replaced(kMinimal, "env=prod", "env=dev")) ==
        "changes/ssh.yaml:2:10 targets: no host matches 'env=dev'");
  CHECK(refusal(replaced(kMinimal, "env=prod", "\"env=\"")).find("a value is made of") !=
        std::string::npos);
}

TEST_CASE("waves take hosts by name and leave none out") {
  const auto sizes = [](std::string_view rollout) {
    const auto compiled = compile(with("rollout: " + std::string(rollout) + "\n"));
    if (!compiled) {
      return compiled.error().what;
    }
    std::string text;
    for (const Phase& phase : *compiled->change.phases) {
      text += phase.name.text() + ":" + std::to_string(phase.hosts.size()) + " ";
    }
    return text;
  };
  CHECK(sizes("{waves: [1, 8, rest]}") == "wave-1:1 wave-2:8 wave-3:3 ");
  CHECK(sizes("{waves: [1, 20, rest]}") == "wave-1:1 wave-2:11 ");
  CHECK(sizes("{waves: [[web-07, web-08], 4, rest]}") == "wave-1:2 wave-2:4 wave-3:6 ");
  CHECK(sizes("{waves: [11, [web-01]]}") == "wave-1:11 wave-2:1 ");
  CHECK(sizes("{pause: 1m}") == "wave-1:12 ");
  CHECK(sizes("{waves: [{name: canary, hosts: 1}, rest]}") == "canary:1 wave-2:11 ");
  CHECK(sizes("{waves: [1, 8]}") ==
        "3 hosts are in no wave, web-10 among them; let the last wave be 'rest'");
  CHECK(sizes("{waves: [rest, 1]}").find("'rest' is the last wave") != std::string::npos);
  CHECK(sizes("{waves: [[db-01], rest]}").find("'db-01' is not among the targets") !=
        std::string::npos);
  CHECK(sizes("{waves: [[web-01], [web-01], rest]}").find("in two waves") != std::string::npos);
  CHECK(sizes("{waves: [0, rest]}").find("out of range") != std::string::npos);
  CHECK(sizes("{waves: [half, rest]}").find("must be an integer") != std::string::npos);
  CHECK(sizes("{waves: []}").find("has 0 items") != std::string::npos);
  CHECK(sizes("{waves: [{name: a, hosts: 1}, {name: a, hosts: rest}]}").find("stands twice") !=
        std::string::npos);
  CHECK(sizes("{waves: [{name: wave-2, hosts: 1}, rest]}").find("stands twice") !=
        std::string::npos);
  CHECK(sizes("{waves: [{hosts: 1, puase: 1m}, rest]}").find("did you mean 'pause'?") !=
        std::string::npos);
}

TEST_CASE("the first wave has the first host by name") {
  const auto compiled = compile(with("rollout: {waves: [1, rest]}\n"));
  REQUIRE(compiled.has_value());
  CHECK(compiled->change.phases->front().hosts == std::vector{host_id(1)});
}

TEST_CASE("a gate is opened by results, owners or a person") {
  const auto gate = [](std::string_view rollout) {
    const auto compiled = compile(with("rollout: " + std::string(rollout) + "\n"));
    REQUIRE_MESSAGE(compiled.has_value(), (compiled ? "" : compiled.error().what));
    return compiled->change.phases->front().gate;
  };
  CHECK(gate("{waves: [1, rest]}").failed_max == 0);
  CHECK(gate("{max_failed: 3}").failed_max == 3);
  CHECK(gate("{gate: person}").kind == GateKind::person);
  CHECK(gate("{gate: owner}").n == 1);
  CHECK(gate("{gate: {owner: 2}}").n == 2);
  CHECK(refusal(with("rollout: {gate: person, max_failed: 1}\n")).find("stands without") !=
        std::string::npos);
  CHECK(refusal(with("rollout: {gate: nobody}\n")).find("'nobody' is not known here") !=
        std::string::npos);
}

TEST_CASE("a window lies in the future and lasts at most thirty days") {
  const auto window = [](std::string_view text) {
    const auto compiled = compile(with("window: " + std::string(text) + "\n"));
    return compiled ? std::to_string(compiled->change.window.not_before - kNow) + " " +
                          std::to_string(compiled->change.window.not_after - kNow)
                    : compiled.error().what;
  };
  CHECK(window("{for: 2h}") == "0 7200");
  CHECK(window("{from: 2026-11-23T08:46:40Z, for: 1h}") == "3600 7200");
  CHECK(window("{from: 2026-11-23T08:46:40Z}") == "3600 608400");
  CHECK(window("{to: 2026-11-23T08:46:40Z}") == "0 3600");
  CHECK(window("{to: 2026-11-22T08:46:40Z}").find("must end after it begins") != std::string::npos);
  CHECK(window("{from: 2026-11-20T00:00:00Z, for: 1h}").find("in the past") != std::string::npos);
  CHECK(window("{from: 2026-11-24T00:00:00Z, to: 2026-12-25T00:00:00Z}").find("at most 30 days") !=
        std::string::npos);
  CHECK(window("{for: 31d}").find("out of range") != std::string::npos);
  CHECK(window("{to: 2026-11-24T00:00:00Z, for: 1h}").find("stands without 'to'") !=
        std::string::npos);
  CHECK(window("{to: tomorrow}").find("is not a time") != std::string::npos);
}

TEST_CASE("a rollback is automatic, a state or a procedure") {
  const auto rollback = [](std::string_view text) {
    return refusal(replaced(kMinimal, "rollback: automatic", "rollback: " + std::string(text)));
  };
  CHECK(rollback("{kind: automatic, on: [health], within: 2d}").empty());
  CHECK(rollback("{kind: automatic, on: []}").empty());
  CHECK(rollback("{kind: procedure, file: undo.md}").empty());
  CHECK(rollback("auto").find("'auto' is not known here; known are: automatic") !=
        std::string::npos);
  CHECK(rollback("{kind: none}").find("'none' is not known here") != std::string::npos);
  CHECK(rollback("{within: 2d}").find("rollback.kind: missing") != std::string::npos);
  CHECK(rollback("{kind: procedure}").find("either 'text' or 'file'") != std::string::npos);
  CHECK(rollback("{kind: procedure, text: a, file: b}").find("either 'text' or 'file'") !=
        std::string::npos);
  CHECK(rollback("{kind: procedure, text: a, on: [health]}").find("rollback.on: this key") !=
        std::string::npos);
  CHECK(rollback("{kind: state}").find("rollback.set: missing") != std::string::npos);
  CHECK(rollback("{kind: automatic, on: [boredom]}").find("'boredom'") != std::string::npos);
  CHECK(rollback("{kind: automatic, on: [gate, gate]}").find("stands twice") != std::string::npos);
  CHECK(rollback("{kind: automatic, within: 0s}").find("out of range") != std::string::npos);
}

TEST_CASE("health checks are of exactly one kind") {
  const auto health = [](std::string_view text) {
    return refusal(with("health: [" + std::string(text) + "]\n"));
  };
  CHECK(health("{tcp: 22}").empty());
  CHECK(health("{tcp: 0}").find("out of range") != std::string::npos);
  CHECK(health("{tcp: 22, service: ssh}").find("exactly one of") != std::string::npos);
  CHECK(health("{within: 1s}").find("exactly one of") != std::string::npos);
  CHECK(health("{tcp: 22, expect: 200}").find("expect: this key is not known") !=
        std::string::npos);
  CHECK(health("{tcp: 22, within: 2h}").find("out of range") != std::string::npos);
  CHECK(health("{command: \"a; b\"}").find("there is no shell") != std::string::npos);
  CHECK(health("{http: \"ftp://localhost\"}").find("must be http://") != std::string::npos);
  CHECK(health("22").find("must be a map") != std::string::npos);
}

TEST_CASE("health addresses lead to no credentials and hide no user") {
  for (const std::string_view good : {"http://localhost/healthz",
                                      "https://a.b:8443/x?y=1",
                                      "http://[::1]:80/",
                                      "http://10.0.0.1"}) {
    CAPTURE(good);
    CHECK(is_health_url(good));
  }
  for (const std::string_view bad : {"",
                                     "http://",
                                     "localhost",
                                     "http://user@host/",
                                     "http://169.254.169.254/",
                                     "http://[fe80::1]/",
                                     "http://[::ffff:169.254.169.254]/",
                                     "http://metadata.google.internal/",
                                     "http://a:0/",
                                     "http://a:65536/",
                                     "http://a:/",
                                     "http://A/",
                                     "http://a b/",
                                     "http://[::1",
                                     "http://[]/",
                                     "http://a/\n",
                                     "http://[fd00:ec2::254]/x",
                                     "http:///x",
                                     "http://a%2e/"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_health_url(bad));
  }
}

TEST_CASE("a deploy names its build, and only a deploy does") {
  CHECK(refusal(replaced(kMinimal, "summary: s", "type: deploy, summary: s"))
            .find("type deploy needs 'deploy'") != std::string::npos);
  const std::string deploy =
      "deploy: {job: a, build: 1, action: i, branch: m, env: prod, links: [x], scan: {status: "
      "ok}}\n";
  CHECK(refusal(with(deploy)).find("stands in changes of type deploy only") != std::string::npos);
  CHECK(refusal(replaced(with(deploy), "summary: s", "type: deploy, summary: s")).empty());
}

TEST_CASE("contributors are people, and needed when a service is the author") {
  const auto contributors = [](std::string_view text) {
    return refusal(
        replaced(kMinimal, "summary: s", "contributors: " + std::string(text) + ", summary: s"));
  };
  CHECK(contributors("[p:ann, \"?\", \"?\"]").empty());
  CHECK(contributors("[s:ci]").find("must be a person") != std::string::npos);
  CHECK(contributors("[p:ann, p:ann]").find("'p:ann' stands twice") != std::string::npos);
  ChangeContext service = context();
  service.author = id<ActorId>("s:ci");
  CHECK(refusal(kMinimal, service).find("is required when a service is the author") !=
        std::string::npos);
}

TEST_CASE("a person carries out what has no agent, and undoes it by a procedure") {
  const std::string by_hand =
      "change: {summary: s, justification: j, components: [c],\n"
      "         rollback: {kind: procedure, text: undo}}\n"
      "executor: {person: [p:omar]}\n"
      "assets: [{id: fw, name: f, env: prod, data_class: internal}]\n";
  CHECK(refusal(by_hand).empty());
  CHECK(refusal(by_hand + "targets: env=prod\n").find("targets: this key is not known") !=
        std::string::npos);
  CHECK(refusal(replaced(by_hand, "{kind: procedure, text: undo}", "automatic"))
            .find("undone by a procedure") != std::string::npos);
  CHECK(refusal(replaced(by_hand, "p:omar", "s:ci")).find("is not a person") != std::string::npos);
  CHECK(refusal(replaced(by_hand, "id: fw", "id: h:fw")).find("changed by its agent") !=
        std::string::npos);
  CHECK(refusal(replaced(by_hand, "}]\n", "}, {id: fw, name: g, env: prod, data_class: x}]\n"))
            .find("'fw' stands twice") != std::string::npos);
  CHECK(refusal(replaced(by_hand, "assets: [", "asets: [")).find("assets: missing") !=
        std::string::npos);
}

TEST_CASE("a runner is the only target of its change") {
  const auto runner = [](std::string_view executor, std::string_view targets) {
    return refusal(replaced(with("executor: " + std::string(executor) + "\n"),
                            "targets: env=prod",
                            "targets: " + std::string(targets)));
  };
  CHECK(runner("{runner: db-01, workspace: dns}", "db-01").empty());
  CHECK(runner("{runner: db-01, workspace: dns}", "web-01").find("as its only target") !=
        std::string::npos);
  CHECK(runner("{runner: db-01}", "db-01").find("workspace: missing") != std::string::npos);
  CHECK(runner("{}", "db-01").find("runner: missing") != std::string::npos);
  CHECK(runner("robot", "db-01").find("'robot' is not known here") != std::string::npos);
  CHECK(runner("agent", "db-01").empty());
}

TEST_CASE("an emergency has a short window and no state to go back to") {
  const auto compiled = compile(replaced(kMinimal, "summary: s", "type: emergency, summary: s"));
  REQUIRE(compiled.has_value());
  CHECK(compiled->change.window.not_after == kNow + 4 * 3600);
  const std::string state =
      replaced(kMinimal, "automatic", "{kind: state, set: [{package: nano}]}");
  CHECK(refusal(replaced(state, "summary: s", "type: emergency, summary: s"))
            .find("undone automatically or by a procedure") != std::string::npos);
}

TEST_CASE(
    "a command without undo cannot be restored, which its author hears before anybody plans") {
  const std::string text = replaced(
      kMinimal, "[{package: htop}]", "\n  - {package: htop}\n  - {command: migrate, run: /bin/up}");
  for (const char* automatic : {"automatic", "{kind: automatic, within: 2h}"}) {
    const std::string said = refusal(replaced(text, "automatic", automatic));
    CHECK(said.find("changes/ssh.yaml:5:5 set[1]: 'rollback: automatic' knows no way back") == 0);
    CHECK(said.find("kind: procedure") != std::string::npos);
  }
  CHECK(refusal(replaced(text, "/bin/up", "/bin/up, undo: /bin/down")).empty());
  CHECK(refusal(replaced(text, "automatic", "{kind: procedure, text: x}")).empty());
  CHECK(refusal(replaced(text, "automatic", "{kind: state, set: [{package: nano}]}")).empty());
}

TEST_CASE("a missing rollback is asked for, and nothing is said of commands") {
  const std::string text = replaced(kMinimal, "{package: htop}", "{command: up, run: /bin/up}");
  CHECK(refusal(replaced(text, ", rollback: automatic", "")).find("way back") == std::string::npos);
}

TEST_CASE("an auto-approved change goes back by itself and runs no command") {
  const std::string text = replaced(kMinimal, "summary: s", "auto: patch-dev, summary: s");
  CHECK(compile(text)->change.auto_rule->text() == "patch-dev");
  CHECK(refusal(text + "health: [{command: x}]\n").find("auto: needs") != std::string::npos);
  CHECK(refusal(replaced(text, "automatic", "{kind: procedure, text: x}")).find("auto: needs") !=
        std::string::npos);
}

TEST_CASE("evidence names a file or a digest, and who made it") {
  CHECK(refusal(with("evidence: [{kind: scan, by: h:x, blob: a}]\n"))
            .find("by: is a person or a service") != std::string::npos);
  CHECK(refusal(with("evidence: [{kind: scan, by: s:ci}]\n")).find("blob: missing") !=
        std::string::npos);
  CHECK(refusal(with("evidence: [{kind: scan, by: s:ci, blob: \"sha256:0\"}]\n"))
            .find("evidence[0].blob") != std::string::npos);
  CHECK(refusal(with("requires: [CHG-42]\n")).find("requires[0]") != std::string::npos);
}

TEST_CASE("resources marked secret never reach a change") {
  CHECK(refusal(replaced(kMinimal, "{package: htop}", "{file: /a, content: b, secret: true}"))
            .find("this release does not handle secrets") != std::string::npos);
}

TEST_CASE("the state for the plan request is the state of the change") {
  const auto draft = read_change({kMinimal, "changes/ssh.yaml"}, read_sample);
  REQUIRE(draft.has_value());
  CHECK(state_bytes(*draft, sha256("org")) == compile(kMinimal)->state);
  CHECK(resolve_targets(*draft, kFleet)->size() == 12);
}
