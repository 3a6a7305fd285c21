#include "model/change.h"

#include <doctest/doctest.h>

#include "base/limits.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "tests/support/objects.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace
using codec::encode;

namespace {

Change sample_change() {
  Change x;
  x.apply = digest_of('1');
  x.author = id<ActorId>("p:leo");
  x.components = {id<ComponentId>("ssh")};
  x.effects = {id<Name>("auth")};
  x.health = {{.kind = HealthKind::tcp, .port = 22, .within = 10}};
  x.nonce = Bytes(16, 'n');
  x.org = digest_of('b');
  x.phases = {{{.gate = {.failed_max = 0}, .hosts = {host_of('1')}, .name = id<Name>("canary")}}};
  x.plan = digest_of('2');
  x.rollback = {.auto_on = {id<Name>("health")}, .within = 86400};
  x.scope = id<ScopeId>("web-ssh");
  x.summary = "Limit log-in attempts";
  x.targets.hosts = {{host_of('1'), "web-01"}};
  x.title = "SSH limits";
  x.why = "hardening";
  x.window = {.not_after = 2000, .not_before = 1000};
  return x;
}

}  // namespace

TEST_CASE("a change round-trips and its shape is checked") {
  check_round_trip(sample_change());
  Change x = sample_change();
  x.executor.by = ExecutorBy::person;
  CHECK(why_not(x) == "change.executor.who: stands when a person carries the change out");
  x.executor.who = {id<ActorId>("p:leo")};
  CHECK(why_not(x) == "change: apply, phases, plan and scope stand unless a person carries it out");
  x.apply.reset();
  x.plan.reset();
  x.scope.reset();
  x.phases.reset();
  CHECK(why_not(x) == "change.targets: is hosts, or assets when a person carries the change out");
  x.targets.hosts.reset();
  x.targets.assets = {{.data_class = id<Name>("internal"),
                       .env = id<Name>("prod"),
                       .id = id<Name>("dns"),
                       .name = "zone"}};
  check_round_trip(x);
  x.targets.where = "env=prod";
  CHECK(why_not(x) == "change.targets: is hosts, or assets when a person carries the change out");
}

TEST_CASE("each of apply, phases, plan and scope stands unless a person carries the change out") {
  const std::string expected =
      "change: apply, phases, plan and scope stand unless a person carries it out";
  const auto without = [&](auto member) {
    Change agent = sample_change();
    (agent.*member).reset();
    CHECK(why_not(agent) == expected);
    Change person = sample_change();
    person.executor = {.by = ExecutorBy::person, .who = {{id<ActorId>("p:leo")}}};
    const auto kept = person.*member;
    person.apply.reset();
    person.phases.reset();
    person.plan.reset();
    person.scope.reset();
    person.*member = kept;
    CHECK(why_not(person) == expected);
  };
  without(&Change::apply);
  without(&Change::phases);
  without(&Change::plan);
  without(&Change::scope);
}

TEST_CASE("only a person carries a change out on assets") {
  Change x = sample_change();
  x.targets.hosts.reset();
  x.targets.assets = {{.data_class = id<Name>("internal"),
                       .env = id<Name>("prod"),
                       .id = id<Name>("dns"),
                       .name = "zone"}};
  CHECK(why_not(x) == "change.targets: is hosts, or assets when a person carries the change out");
}

TEST_CASE("a runner is named with its workspace") {
  Change x = sample_change();
  x.executor.by = ExecutorBy::runner;
  CHECK(why_not(x) == "change.executor: host and workspace stand when a runner carries it out");
  x.executor.host = host_of('1');
  CHECK(why_not(x) == "change.executor: host and workspace stand when a runner carries it out");
  x.executor.workspace = id<Name>("net");
  check_round_trip(x);
}

TEST_CASE("each rule about combined fields of a change is kept") {
  const auto broken = [](auto edit) {
    Change x = sample_change();
    edit(x);
    return why_not(x);
  };
  const std::string health = "change.health: a check has the fields of its kind";
  CHECK(broken([](Change& x) { x.health[0].port = 0; }) == health);
  CHECK(broken([](Change& x) { x.health[0].port.reset(); }) == health);
  CHECK(broken([](Change& x) { x.health[0].url = "http://x"; }) == health);
  CHECK(broken([](Change& x) {
          x.health = {{.expect = 99, .kind = HealthKind::http, .url = "http://x", .within = 1}};
        }) == health);
  CHECK(broken([](Change& x) { x.rollback.state = digest_of('1'); }) ==
        "change.rollback: a procedure has a blob, a state has a state");
  CHECK(broken([](Change& x) { x.rollback.kind = RollbackKind::procedure; }) ==
        "change.rollback: a procedure has a blob, a state has a state");
  CHECK(broken([](Change& x) {
          x.rollback.auto_on = {id<Name>("boredom")};
        }).starts_with("change.rollback.auto_on"));
  CHECK(broken([](Change& x) {
          x.rollback.kind = RollbackKind::procedure;
          x.rollback.blob = digest_of('1');
        }).starts_with("change.rollback.auto_on"));
  CHECK(broken([](Change& x) { x.author = id<ActorId>("h:x"); }) ==
        "change.author: is a person or a service");
  CHECK(broken([](Change& x) { x.author = id<ActorId>("s:ci"); }) ==
        "change.contributors: is required when a service is the author");
  CHECK(broken([](Change& x) { x.kind = ChangeKind::deploy; }) ==
        "change.deploy: stands in changes of kind deploy and only there");
  CHECK(broken([](Change& x) { x.window.not_after = x.window.not_before; }) ==
        "change.window: must end after it begins, at most 30 days later");
  CHECK(broken([](Change& x) { x.window.not_after += limits::kOnceWindowMax; }) ==
        "change.window: must end after it begins, at most 30 days later");
  CHECK(broken([](Change& x) {
          x.phases->push_back(x.phases->front());
        }).starts_with("change.phases"));
  CHECK(broken([](Change& x) { x.phases->front().gate.n = 1; }).starts_with("change.phases"));
  CHECK(broken([](Change& x) {
          x.phases->front().gate = {.kind = GateKind::owner, .n = 0};
        }).starts_with("change.phases"));
  CHECK(broken([](Change& x) {
          x.phases->front().gate = {.failed_max = 1, .kind = GateKind::person};
        }).starts_with("change.phases"));
  CHECK(broken([](Change& x) {
          x.targets.hosts->front().name = "web_01";
        }).starts_with("change.targets.hosts"));
  CHECK(broken([](Change& x) { x.targets.hosts->push_back({host_of('0'), "web-00"}); }) ==
        "change.targets.hosts: ascend by id");
  CHECK(broken([](Change& x) { x.components.clear(); }) ==
        "change.components: has 0 items; 1 to 256 are allowed");
  const std::vector<ComponentId> many(257, id<ComponentId>("ssh"));
  CHECK(broken([&](Change& x) { x.components = many; }) ==
        "change.components: has 257 items; 1 to 256 are allowed");
  CHECK(broken([](Change& x) { x.effects = {id<Name>("b"), id<Name>("a")}; }) ==
        "change.effects[1]: stands twice or out of ascending order");
  CHECK(broken([](Change& x) { x.effects = {id<Name>("b"), id<Name>("b")}; }) ==
        "change.effects[1]: stands twice or out of ascending order");
}

TEST_CASE("a health check has the fields of its kind and no others") {
  const std::string wrong = "change.health: a check has the fields of its kind";
  const auto problem = [](HealthCheck check) {
    check.within = 1;
    Change x = sample_change();
    x.health = {std::move(check)};
    return why_not(x);
  };
  const HealthCheck http{.expect = 200, .kind = HealthKind::http, .url = "http://x"};
  const HealthCheck command{.argv = {{"true"}}, .kind = HealthKind::command};
  const HealthCheck service{.kind = HealthKind::service, .name = "nginx"};
  const HealthCheck tcp{.kind = HealthKind::tcp, .port = 65535};
  for (const HealthCheck& good : {http, command, service, tcp}) {
    CHECK(problem(good).empty());
    HealthCheck bad = good;
    bad.argv = good.argv ? std::nullopt : command.argv;
    CHECK(problem(bad) == wrong);
    bad = good;
    bad.expect = good.expect ? std::nullopt : http.expect;
    CHECK(problem(bad) == wrong);
    bad = good;
    bad.url = good.url ? std::nullopt : http.url;
    CHECK(problem(bad) == wrong);
    bad = good;
    bad.name = good.name ? std::nullopt : service.name;
    CHECK(problem(bad) == wrong);
    bad = good;
    bad.port = good.port ? std::nullopt : tcp.port;
    CHECK(problem(bad) == wrong);
  }
  HealthCheck bad = tcp;
  bad.port = 65536;
  CHECK(problem(bad) == wrong);
  bad = http;
  for (const std::int64_t expect : {99, 600}) {
    bad.expect = expect;
    CHECK(problem(bad) == wrong);
  }
}

TEST_CASE("a host asks for its health over HTTP, and not where clouds hand out credentials") {
  const auto allowed = [](std::string_view url) {
    Change x = sample_change();
    x.health = {{.expect = 200, .kind = HealthKind::http, .url = std::string(url), .within = 1}};
    return why_not(x).empty();
  };
  for (const char* url :
       {"http://x", "https://x/health", "http://10.0.0.1:80?x", "http://[::1]#"}) {
    CAPTURE(url);
    CHECK(allowed(url));
  }
  for (const char* url : {"ftp://x",
                          "http://",
                          "https:///path",
                          "http://user@x",
                          "http://169.254.169.254/",
                          "http://[fe80::1]/",
                          "http://[FE80::1]/",
                          "http://metadata.google.internal/"}) {
    CAPTURE(url);
    CHECK_FALSE(allowed(url));
  }
}

TEST_CASE("contributors ascend, and only somebody unknown stands more than once") {
  Change x = sample_change();
  x.author = id<ActorId>("s:ci");
  x.contributors = {"?", "?", "p:ann", "p:bo"};
  check_round_trip(x);
  x.contributors = {"p:ann", "p:ann"};
  CHECK(why_not(x).starts_with("change.contributors: ascend"));
  x.contributors = {"p:ann", "?"};
  CHECK(why_not(x).starts_with("change.contributors: ascend"));
  for (const char* nobody : {"s:ci", "Ann", ""}) {
    x.contributors = {nobody};
    CHECK(why_not(x).starts_with("change.contributors: are people"));
  }
}

TEST_CASE("the core of a change does not depend on its evidence") {
  Change x = sample_change();
  const Digest bare = codec::change_core(encode(x));
  x.evidence = {{digest_of('9'), id<ActorId>("s:ci"), id<Name>("test-run")}};
  CHECK(codec::change_core(encode(x)) == bare);
  CHECK(sha256(encode(x)) != bare);
  x.title = "another";
  CHECK(codec::change_core(encode(x)) != bare);
  const Bytes bytes = encode(sample_change());
  CHECK(bare == sha256(replaced(bytes, R"("evidence":[],)", "")));
}

TEST_CASE("what is wrong inside a list of names is told of its item") {
  const Bytes bytes = encode(sample_change());
  CHECK(why_not_bytes<Change>(replaced(bytes, R"(["auth"])", R"(["auth",1])")) ==
        "change.effects[1]: must be a name");
  CHECK(why_not_bytes<Change>(replaced(bytes, R"(["auth"])", R"(["auth",""])")) ==
        "change.effects[1]: '' is not a valid name");
}

TEST_CASE("a digest and an object are what they must be") {
  const Bytes bytes = encode(sample_change());
  CHECK(why_not_bytes<Change>(
            replaced(bytes, R"("org":"sha256:)" + std::string(64, 'b') + '"', R"("org":1)")) ==
        "change.org: must be a digest");
  CHECK(why_not_bytes<Change>(replaced(bytes, R"({"not_after":2000,"not_before":1000})", "[]")) ==
        "change.window: must be an object");
}
