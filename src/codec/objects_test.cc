#include "codec/objects.h"

#include <doctest/doctest.h>

#include "base/encoding.h"
#include "crypto/hash.h"
#include "model/agent_state.h"
#include "model/assignment.h"
#include "model/change.h"
#include "model/fresh.h"
#include "model/ledger_entry.h"
#include "model/plan.h"
#include "model/policy.h"
#include "model/roster.h"
#include "model/statement.h"
#include "tests/support/objects.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace
using codec::decode;
using codec::encode;

namespace {

Statement sample_statement() {
  Statement x;
  x.act = Act::approve;
  x.at = 1795420000;
  x.by = id<ActorId>("p:amara");
  x.key = id<KeyId>(std::string(32, '3'));
  x.obj = digest_of('a');
  x.org = digest_of('b');
  x.role = id<RoleId>("security-lead");
  x.roster = 12;
  x.seen = {digest_of('c'), 7};
  return x;
}

}  // namespace

TEST_CASE("a statement is written in one spelling and read back") {
  const Bytes bytes = encode(sample_statement());
  CHECK(bytes == R"({"act":"approve","at":1795420000,"by":"p:amara","key":")" +
                     std::string(32, '3') + R"(","obj":"sha256:)" + std::string(64, 'a') +
                     R"(","obj_type":"change","org":"sha256:)" + std::string(64, 'b') +
                     R"(","role":"security-lead","roster":12,"seen":{"root":"sha256:)" +
                     std::string(64, 'c') + R"(","size":7},"type":"statement","v":1})");
  check_round_trip(sample_statement());
}

TEST_CASE("a field that is missing, unknown, of another type or out of range is named") {
  const Bytes bytes = encode(sample_statement());
  CHECK(why_not_bytes<Statement>(replaced(bytes, R"("at":1795420000,)", "")) ==
        "statement.at: this field is missing");
  CHECK(why_not_bytes<Statement>(replaced(bytes, R"("act")", R"("aaa":1,"act")")) ==
        "statement.aaa: this field is not known here");
  CHECK(why_not_bytes<Statement>(replaced(bytes, R"("v":1})", R"("v":1,"z":1})")) ==
        "statement.z: this field is not known here");
  CHECK(why_not_bytes<Statement>(replaced(bytes, R"("v":1})", R"("v":2})")) ==
        "statement.v: must lie between 1 and 1");
  CHECK(why_not_bytes<Statement>(replaced(bytes, "1795420000", "-1")) ==
        "statement.at: must lie between 0 and 9007199254740991");
  CHECK(why_not_bytes<Statement>(replaced(bytes, "1795420000", "\"x\"")) ==
        "statement.at: must be an integer");
  CHECK(why_not_bytes<Statement>(replaced(bytes, "\"approve\"", "\"applaud\"")) ==
        "statement.act: is not one of the allowed words");
  CHECK(why_not_bytes<Statement>(replaced(bytes, "\"approve\"", "1")) ==
        "statement.act: must be a word");
  CHECK(why_not_bytes<Statement>(replaced(bytes, "\"p:amara\"", "\"P\"")) ==
        "statement.by: 'P' is not a valid name");
  CHECK(why_not_bytes<Statement>(replaced(bytes, "\"p:amara\"", "null")) ==
        "statement.by: must be a name");
  CHECK(why_not_bytes<Statement>(replaced(bytes, R"("size":7)", R"("size":true)")) ==
        "statement.seen.size: must be an integer");
  CHECK(why_not_bytes<Statement>(replaced(bytes, R"("type":"statement")", R"("type":"report")")) ==
        "statement.type: must be \"statement\"");
  CHECK(why_not_bytes<Statement>(replaced(bytes, "sha256:aa", "sha256:gg")).find("statement.obj") ==
        0);
  CHECK(why_not_bytes<Statement>(replaced(bytes, R"("role":"security-lead")", R"("role":1)")) ==
        "statement.role: must be a name");
  CHECK(why_not_bytes<Statement>(replaced(bytes, R"("type":"statement")", R"("type":1)")) ==
        "statement.type: must be \"statement\"");
  CHECK(why_not_bytes<Statement>(replaced(bytes, R"(,"role":"security-lead")", "")) ==
        "statement.role: this field is missing");
}

TEST_CASE("an empty role reads as no role") {
  Statement x = sample_statement();
  x.role = RoleId();
  check_round_trip(x);
  CHECK(decode<Statement>(encode(x))->role.empty());
}

TEST_CASE("both kinds of signature record are read by their kind") {
  SignatureRecord ssh{.kind = RecordKind::sshsig, .statement = "{}", .armor = "-----"};
  check_round_trip(ssh);
  SignatureRecord web{.kind = RecordKind::webauthn,
                      .statement = "{}",
                      .auth_data = "a",
                      .client_data = "b",
                      .signature = "c"};
  check_round_trip(web);
  CHECK(decode<SignatureRecord>(encode(web))->kind == RecordKind::webauthn);
  CHECK(why_not_bytes<SignatureRecord>(R"({"armor":"x","kind":"pgp","stmt":"e30="})") ==
        "record.kind: must be \"sshsig\"");
  CHECK(why_not_bytes<SignatureRecord>(R"({"armor":"x","kind":"sshsig","stmt":"e30"})") ==
        "record.stmt: base64 text is not a multiple of four characters");
  CHECK(why_not_bytes<SignatureRecord>(R"({"armor":"x","kind":"sshsig","stmt":""})") ==
        "record.stmt: holds 0 bytes; 1 to 32768 are allowed");
  CHECK(why_not_bytes<SignatureRecord>(R"({"armor":"","kind":"sshsig","stmt":"e30="})") ==
        "record.armor: has 0 bytes; 1 to 8192 are allowed");
  CHECK(why_not_bytes<SignatureRecord>(R"({"armor":1,"kind":"sshsig","stmt":"e30="})") ==
        "record.armor: must be a text");
  ssh.armor = std::string(8193, '-');
  CHECK(why_not(ssh) == "record.armor: has 8193 bytes; 1 to 8192 are allowed");
  CHECK(why_not_bytes<SignatureRecord>(R"({"armor":"x","kind":"sshsig","stmt":1})") ==
        "record.stmt: must be base64");
  ssh = {.kind = RecordKind::sshsig, .statement = Bytes(32769, ' '), .armor = "-----"};
  CHECK(why_not(ssh) == "record.stmt: holds 32769 bytes; 1 to 32768 are allowed");
  CHECK(why_not_bytes<SignatureRecord>(R"({"kind":"webauthn"})") ==
        "record.auth_data: this field is missing");
}

TEST_CASE("a plan keeps each host in one class and ascends") {
  Plan x;
  x.org = digest_of('b');
  x.state = digest_of('1');
  x.classes = {{digest_of('3'),
                {{std::nullopt, host_of('1'), Bytes(32, 't')},
                 {digest_of('5'), host_of('2'), Bytes(32, 't')}}},
               {digest_of('4'), {{std::nullopt, host_of('3'), Bytes(32, 't')}}}};
  check_round_trip(x);
  Plan y = x;
  y.classes[1].hosts[0].id = host_of('1');
  CHECK(why_not(y) == "plan.classes.hosts: a host stands in one class only");
  y = x;
  std::swap(y.classes[0], y.classes[1]);
  CHECK(why_not(y) == "plan.classes: ascend by class");
  y = x;
  std::swap(y.classes[0].hosts[0], y.classes[0].hosts[1]);
  CHECK(why_not(y) == "plan.classes.hosts: ascend by id");
  const Bytes bytes = encode(x);
  CHECK(why_not_bytes<Plan>(replaced(bytes, R"("base":null,)", "")) ==
        "plan.classes[0].hosts[0].base: this field is missing");
  CHECK(why_not_bytes<Plan>(replaced(bytes, R"("base":null)", R"("base":"")")).find("base") !=
        std::string::npos);
}

TEST_CASE("a state keeps values of every type and no resource twice") {
  State x;
  x.org = digest_of('b');
  x.scope = id<ScopeId>("web");
  Resource r;
  r.kind = id<Name>("setting");
  r.key = "/etc/ssh/sshd_config";
  r.sub = "MaxAuthTries";
  r.then = {{HandlerAction::reload, "ssh"}};
  r.want = {{"a", true},
            {"b", std::int64_t{4}},
            {"c", std::string("x")},
            {"d", std::vector<std::string>{"y", "z"}}};
  x.resources = {r};
  check_round_trip(x);
  CHECK(r.identity() == "setting:/etc/ssh/sshd_config#MaxAuthTries");
  x.resources.push_back(r);
  CHECK(why_not(x) == "state.resources: 'setting:/etc/ssh/sshd_config#MaxAuthTries' stands twice");
  const Bytes bytes = encode(State{x.enforce, x.org, {r}, x.scope});
  CHECK(why_not_bytes<State>(replaced(bytes, R"("a":true)", R"("a":null)")) ==
        "state.resources[0].want: must be a text, an integer, true, false or a list of texts");
  CHECK(why_not_bytes<State>(replaced(bytes, R"("kind")", R"("kind":"x","kine")"))
            .find("state.resources[0].kine") == 0);
}

TEST_CASE("a released entry carries its phase and statements, and no other does") {
  LedgerEntry x;
  x.by = id<ActorId>("p:ida");
  x.ev = Event::released;
  x.obj = digest_of('1');
  x.org = digest_of('b');
  x.stmt = digest_of('2');
  CHECK(why_not(x).starts_with("entry: phase and stmts"));
  x.phase = id<Name>("canary");
  x.stmts = {digest_of('1'), digest_of('2')};
  check_round_trip(x);
  x.ev = Event::approved;
  CHECK(why_not(x).starts_with("entry: phase and stmts"));
  x.phase.reset();
  CHECK(why_not(x).starts_with("entry: phase and stmts"));
  x.stmts.reset();
  check_round_trip(x);
}

TEST_CASE("a stop names one target for at most thirty days") {
  Stop x;
  x.by = id<ActorId>("p:ida");
  x.id = id<Name>("stop-1");
  x.nonce = Bytes(16, 'n');
  x.org = digest_of('b');
  x.to = 10;
  CHECK(why_not(x) == "stop.target: names exactly one of change, org, scope");
  x.target.scope = id<ScopeId>("web");
  check_round_trip(x);
  x.target.org = x.org;
  CHECK(why_not(x) == "stop.target: names exactly one of change, org, scope");
  x.target.org.reset();
  x.to = limits::kStopMax + 1;
  CHECK(why_not(x) == "stop.to: lies between from and from + 30 days");
  x.from = x.to + 1;
  CHECK(why_not(x) == "stop.to: lies between from and from + 30 days");
  CHECK(why_not_bytes<Stop>("{}") == "stop.by: this field is missing");
}

TEST_CASE("an assignment has a DNS name, text labels and a chain") {
  Assignment x;
  x.data_class = id<Name>("internal");
  x.env = id<Name>("prod");
  x.host = host_of('1');
  x.keys = {Bytes(32, 'a'), Bytes(51, 'i'), digest_of('7')};
  x.labels = {{"role", "web"}};
  x.name = "web-01";
  x.nonce = Bytes(16, 'n');
  x.org = digest_of('b');
  x.version = 1;
  check_round_trip(x);
  const Bytes bytes = encode(x);
  CHECK(why_not_bytes<Assignment>(replaced(bytes, R"("role":"web")", R"("role":1)")) ==
        "assignment.labels: each label is a text of at most 256 bytes");
  CHECK(why_not_bytes<Assignment>(replaced(bytes, R"({"role":"web"})", "[]")) ==
        "assignment.labels: must be an object");
  CHECK(why_not_bytes<Assignment>(replaced(bytes, R"("labels":{"role":"web"},)", "")) ==
        "assignment.labels: this field is missing");
  Assignment y = x;
  y.name = "Web";
  CHECK(why_not(y) == "assignment.name: is not made of DNS labels");
  y = x;
  y.version = 2;
  CHECK(why_not(y) == "assignment.prev: stands in every version but the first");
  y.prev = digest_of('1');
  y.workspaces = {
      {.data_class = id<Name>("internal"), .env = id<Name>("prod"), .id = id<Name>("net")}};
  check_round_trip(y);
  y.workspaces->push_back(y.workspaces->front());
  CHECK(why_not(y) == "assignment.workspaces: two are called net");
  y = x;
  y.labels["role"] = std::string(256, 'w');
  check_round_trip(y);
  y.labels["role"] += 'w';
  CHECK(why_not(y) == "assignment.labels: each label is a text of at most 256 bytes");
  y.labels.clear();
  for (int i = 0; i < 257; ++i) {
    y.labels[std::to_string(i)] = "x";
  }
  CHECK(why_not(y) == "assignment.labels: has more than 256 members");
  check_round_trip(Batch{id<Name>("prod"), digest_of('b'), digest_of('c')});
  check_round_trip(BatchList{{digest_of('1'), digest_of('2')}, digest_of('b')});
}

TEST_CASE("marks are true or absent") {
  RosterKey key{.compromised = true,
                .id = id<KeyId>(std::string(32, '1')),
                .pub = Bytes(51, 'p'),
                .login_only = true};
  Roster x;
  x.issued = 1;
  x.expires = 2;
  x.log = {"example.org/twoseal/log1", {"v"}};
  x.nonce = Bytes(16, 'n');
  x.people = {{.id = id<ActorId>("p:ann"), .keys = {key}, .roles = {{id<RoleId>("executor"), 5}}}};
  x.people[0].deputy = {id<ActorId>("p:bo"), 1, 2};
  x.policy_threshold = 1;
  x.root = {{{id<KeyId>(std::string(32, '2')), Bytes(51, 'r')}}, 1};
  x.server_spki = {digest_of('1'), digest_of('2')};
  x.services = {{id<ActorId>("s:ci"), Bytes(51, 's'), {}, 3}};
  x.timekeepers = {{{id<KeyId>(std::string(32, '4')), Bytes(51, 't')}}, 1};
  x.components = {{id<ComponentId>("ssh"),
                   {id<ActorId>("p:ann")},
                   {"/etc/ssh"},
                   ComponentType::infrastructure}};
  x.origins = {{"http://localhost:8720", "localhost"}};
  x.version = 1;
  check_round_trip(x);
  CHECK_FALSE(decode<Roster>(encode(x))->org.has_value());
  x.org = digest_of('b');
  x.prev = digest_of('c');
  check_round_trip(x);
  const Bytes bytes = encode(x);
  CHECK(why_not_bytes<Roster>(replaced(bytes, R"("compromised":true)", R"("compromised":false)")) ==
        "roster.people[0].keys[0].compromised: is left out rather than false");
  CHECK(why_not_bytes<Roster>(replaced(bytes, R"("compromised":true)", R"("compromised":1)")) ==
        "roster.people[0].keys[0].compromised: must be true or false");
  for (const char* use : {R"("use":"all")", R"("use":1)"}) {
    CHECK(why_not_bytes<Roster>(replaced(bytes, R"("use":"login")", use)) ==
          "roster.people[0].keys[0].use: must be \"login\" or be left out");
  }
  const std::string org = R"("org":"sha256:)" + std::string(64, 'b') + '"';
  CHECK(why_not_bytes<Roster>(replaced(bytes, org, R"("org":1)")) ==
        "roster.org: must be a digest");
  CHECK(why_not_bytes<Roster>(replaced(bytes, org + ",", "")) ==
        "roster.org: this field is missing");
  CHECK(why_not_bytes<Roster>(replaced(bytes, R"("demo":false)", R"("demo":0)")) ==
        "roster.demo: must be true or false");
  CHECK(why_not_bytes<Roster>(replaced(bytes, R"("services":[)", R"("services":1,"servicet":[)")) ==
        "roster.services: must be a list");
}

TEST_CASE("a policy names only words that exist, and its first version continues nothing") {
  Policy x;
  x.assign = {{{id<Name>("prod")}, {{1, {id<RoleId>("devops-lead")}}}}};
  x.defaults = {0, 1};
  x.nonce = Bytes(16, 'n');
  x.org = digest_of('b');
  x.version = 1;
  Rule rule;
  rule.id = id<Name>("prod");
  rule.max_age = 1;
  rule.need = {{1, id<RoleId>("security-lead")}};
  rule.match.kinds = {{id<Name>("deploy")}};
  rule.match.effects = {{id<Name>("auth")}};
  rule.match.component_types = {{id<Name>("network")}};
  x.rules = {rule};
  check_round_trip(x);
  Policy y = x;
  y.rules[0].match.kinds = {{id<Name>("deplyo")}};
  CHECK(why_not(y) == "policy: 'deplyo' is no kind of change");
  y = x;
  y.rules[0].match.effects = {{id<Name>("noise")}};
  CHECK(why_not(y) == "policy: 'noise' is no effect");
  y = x;
  y.rules[0].match.component_types = {{id<Name>("cloud")}};
  CHECK(why_not(y) == "policy: 'cloud' is no type of component");
  y = x;
  AutoRule automatic;
  automatic.id = id<Name>("a");
  automatic.envs = {id<Name>("prod")};
  automatic.only_actions = {id<Name>("chnage")};
  automatic.window = 1;
  y.auto_rules = {automatic};
  CHECK(why_not(y) == "policy: 'chnage' is no action");
  y.auto_rules[0].only_actions = {id<Name>("change")};
  check_round_trip(y);
  y.auto_rules[0].match.effects = {{id<Name>("noise")}};
  CHECK(why_not(y) == "policy: 'noise' is no effect");
  y.auto_rules = {automatic, automatic};
  CHECK(why_not(y) == "policy.auto: two rules are called a");
  y = x;
  y.prev = digest_of('1');
  CHECK(why_not(y) == "policy.prev: stands in every version but the first");
  y.version = 2;
  check_round_trip(y);
  Restrictions z;
  z.nonce = Bytes(16, 'n');
  z.org = digest_of('b');
  z.version = 2;
  CHECK(why_not(z) == "restrictions.prev: stands in every version but the first");
  z.prev = digest_of('1');
  check_round_trip(z);
  CHECK(why_not_bytes<Restrictions>("{}") == "restrictions.exceptions: this field is missing");
}

TEST_CASE("the other objects round-trip") {
  check_round_trip(Fresh{digest_of('1'),
                         5,
                         {digest_of('2'), 3},
                         digest_of('b'),
                         {digest_of('3'), 1},
                         {digest_of('4'), 1},
                         {digest_of('5'), 1},
                         digest_of('6'),
                         86400});
  check_round_trip(StopList{5, {digest_of('1'), digest_of('2')}, digest_of('b')});
  check_round_trip(Release{
      7, digest_of('1'), Bytes(16, 'n'), digest_of('b'), id<Name>("canary"), {digest_of('1')}});
  check_round_trip(
      Rollback{digest_of('1'), std::vector{host_of('1')}, Bytes(16, 'n'), digest_of('b')});
  check_round_trip(Evidence{digest_of('1'),
                            id<Name>("test-run"),
                            Bytes(16, 'n'),
                            digest_of('b'),
                            digest_of('2'),
                            "ctest",
                            Verdict::pass});
  check_round_trip(InclusionProof{"{}", 1, {digest_of('1')}, 2});
  check_round_trip(MemberProof{1, {digest_of('1')}, 2});
  check_round_trip(ConsistencyProof{1, {digest_of('1')}, 2});
  check_round_trip(PlanRequest{
      {host_of('1')}, Bytes(16, 'n'), 5, digest_of('b'), id<ScopeId>("web"), digest_of('1')});
  check_round_trip(PlanAnswer{5,
                              std::nullopt,
                              digest_of('1'),
                              host_of('1'),
                              digest_of('b'),
                              digest_of('2'),
                              Bytes(32, 't')});
  PlanStep step{.diff = {{"4", "MaxAuthTries", "6"}},
                .effects = {id<Name>("auth")},
                .kind = id<Name>("setting"),
                .opaque = Opaque{{"true"}, std::vector<std::string>{"false"}},
                .hidden = true,
                .res = "setting:/x",
                .risks = {}};
  check_round_trip(
      PlanClass{{step, PlanStep{.kind = id<Name>("file"), .res = "file:/y"}}, digest_of('b')});
  AgentState state;
  state.org = digest_of('b');
  state.applied = {{digest_of('1'), true}};
  state.used = {{digest_of('1'), 4}, {digest_of('2'), std::nullopt}};
  state.counts = {{20000, 2, id<Name>("emergency")}};
  state.scopes = {{std::nullopt, {"file:/x"}, id<ScopeId>("web")}};
  state.keys = {Bytes(51, 'k'), digest_of('1')};
  check_round_trip(state);
  check_round_trip(
      DecisionInputs{5, 4, host_of('1'), digest_of('b'), OwnPlan{digest_of('1'), Bytes(32, 't')}});
  check_round_trip(Expectation{"S3", "refuse", 5});
  HostResult result{5,
                    std::vector{Criterion{true, "20", "max_hosts", "3"}},
                    digest_of('1'),
                    host_of('1'),
                    Bytes(16, 'n'),
                    digest_of('b'),
                    "refused:C4",
                    id<Name>("canary")};
  check_round_trip(result);
  result.outcome = "refused:Z9";
  CHECK(why_not(result) == "result.outcome: is not known");
  for (const char* outcome : {"refused:2107", "refused:TS-2107", "refused:TS-1001", "refused:"}) {
    result.outcome = outcome;
    CHECK(why_not(result) == "result.outcome: is not known");
  }
  result.outcome = "fine";
  CHECK(why_not(result) == "result.outcome: is not known");
}

TEST_CASE("a field of an object is told before the object is read") {
  CHECK(codec::peek_text(R"({"a":1,"type":"stop"})", "type") == "stop");
  CHECK(codec::peek_text(R"({"a":1})", "type").empty());
  CHECK(codec::peek_text("{}", "type").empty());
  CHECK(codec::peek_text(R"({"type":1})", "type").empty());
  CHECK(codec::peek_text("not json", "type").empty());
}
