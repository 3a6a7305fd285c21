#include "formats/example_organisation.h"

#include <algorithm>

#include "base/encoding.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "crypto/private_key.h"
#include "crypto/software_authenticator.h"
#include "ledger/merkle.h"
#include "model/agent_report.h"
#include "model/agent_state.h"
#include "model/assignment.h"
#include "model/change.h"
#include "model/contact.h"
#include "model/fresh.h"
#include "model/join_request.h"
#include "model/ledger_entry.h"
#include "model/plan.h"
#include "model/policy.h"
#include "model/roster.h"
#include "model/session.h"
#include "model/statement.h"

namespace twoseal::formats {
namespace {

using codec::encode;

constexpr UnixSeconds kIssued = 1795000000;
constexpr UnixSeconds kYear = 365 * limits::kDay;
constexpr UnixSeconds kNow = 1795420000;

template <class T>
T id(std::string_view text) {
  return T::parse(text).value();
}

template <class T>
std::vector<T> ids(std::initializer_list<std::string_view> texts) {
  std::vector<T> all;
  for (const std::string_view text : texts) {
    all.push_back(id<T>(text));
  }
  return all;
}

// Stands for something unguessable. Real ones are random; these can be made again from their name.
Bytes nonce(std::string_view name) {
  return sha256({"example nonce: ", name}).bytes().substr(0, limits::kNonceSize);
}

Bytes token(std::string_view name) {
  return sha256({"example token: ", name}).bytes();
}

// Private keys are as public as their names: nothing but examples is signed with them.
Bytes seed(std::string_view name) {
  return sha256({"twoseal example key: ", name}).bytes();
}

PublicKey ed25519(std::string_view name) {
  return PrivateKey::from_seed(seed(name)).public_key();
}

BareKey bare_key(std::string_view name) {
  const PublicKey key = ed25519(name);
  return {key.id(), key.encoded()};
}

RosterKey roster_key(KeyKind kind, const PublicKey& key) {
  return {.id = key.id(), .kind = kind, .pub = key.encoded()};
}

class Organisation {
 public:
  Organisation();

  std::vector<Example> examples;

 private:
  template <class T>
  Digest add(std::string_view name, std::string_view page, const T& object) {
    examples.push_back({std::string(name) + "-v1", std::string(page), encode(object)});
    return sha256(examples.back().bytes);
  }

  void make_roster();
  void make_policy();
  void make_assignments();
  void make_plan();
  void make_change();
  void make_statements();
  void make_release();
  void make_fresh();
  void make_results();
  void make_directory();
  void make_wire();
  void make_agent_words(const JoinRequest& join);
  Digest append(Event event, const Statement& statement, std::optional<Release> release = {});
  [[nodiscard]] LogPoint log_point() const;
  [[nodiscard]] Statement statement(std::string_view by,
                                    const KeyId& key,
                                    Act act,
                                    ObjType type,
                                    const Digest& obj,
                                    std::string_view role = "") const;

  PublicKey amara_ = ed25519("amara");
  PublicKey jun_ = security_key_public(PrivateKey::from_seed(seed("jun")), "ssh:twoseal").value();
  PublicKey leo_ = ed25519("leo");
  PublicKey ida_ = ed25519("ida");
  PublicKey web_01_ = ed25519("web-01");
  PublicKey web_02_ = ed25519("web-02");
  HostId host_01_ = id<HostId>("h:" + web_01_.id().text());
  HostId host_02_ = id<HostId>("h:" + web_02_.id().text());
  Digest test_report_ = sha256("42 tests passed\n");

  Digest org_;
  Digest policy_;
  Digest restrictions_;
  std::vector<Digest> assignments_;
  Digest assignments_root_;
  State state_;
  Digest plan_class_;
  Digest plan_;
  Change change_;
  Digest change_digest_;
  std::vector<Bytes> entries_;
  std::vector<Digest> leaves_;
  std::vector<Digest> counted_;
  Digest stops_;
};

Organisation::Organisation() {
  make_roster();
  make_policy();
  make_assignments();
  make_plan();
  make_change();
  make_statements();
  make_release();
  make_fresh();
  make_results();
  make_directory();
  make_wire();
}

void Organisation::make_roster() {
  RosterKey passkey = roster_key(
      KeyKind::passkey, passkey_public(PrivateKey::from_p256_scalar(seed("leo-passkey")).value()));
  passkey.rp_id = "twoseal.example.org";
  Roster x;
  x.components = {{.id = id<ComponentId>("ssh"),
                   .owners = ids<ActorId>({"p:jun"}),
                   .owns = {"/etc/ssh/", "unit:ssh"},
                   .type = ComponentType::infrastructure}};
  x.expires = kIssued + kYear;
  x.issued = kIssued;
  x.log = {"example.org/twoseal/log1",
           {"example.org/twoseal/log1+660883b2+Aaa390ZEMQUgjJPL9ooaFsOtCxRXRC2MK1SpzOEKvJ0T"}};
  x.nonce = nonce("roster");
  x.origins = {{"https://twoseal.example.org", "twoseal.example.org"}};
  x.people = {{.id = id<ActorId>("p:amara"),
               .keys = {roster_key(KeyKind::local_file, amara_)},
               .roles = {{id<RoleId>("security-lead"), {}}, {id<RoleId>("security-officer"), {}}}},
              {.id = id<ActorId>("p:ida"),
               .keys = {roster_key(KeyKind::local_file, ida_)},
               .roles = {{id<RoleId>("executor"), {}}, {id<RoleId>("it-manager"), {}}}},
              {.id = id<ActorId>("p:jun"),
               .keys = {roster_key(KeyKind::sk, jun_)},
               .roles = {{id<RoleId>("devops-lead"), {}}, {id<RoleId>("engineering-lead"), {}}}},
              {.git = {"leo@example.org"},
               .id = id<ActorId>("p:leo"),
               .keys = {roster_key(KeyKind::ssh, leo_), passkey},
               .roles = {{id<RoleId>("engineer"), {}}}}};
  x.people[1].deputy = {id<ActorId>("p:jun"), kIssued + 10 * limits::kDay, kIssued + kYear / 12};
  x.policy_threshold = 2;
  x.root = {{bare_key("root-1"), bare_key("root-2")}, 2};
  x.server_spki = {sha256("example TLS key: server"), sha256("example TLS key: server, spare")};
  std::sort(x.server_spki.begin(), x.server_spki.end());
  x.services = {{id<ActorId>("s:ci"), ed25519("ci").encoded(), {}, {}}};
  x.timekeepers = {{bare_key("timekeeper")}, 1};
  x.version = 1;
  org_ = add("roster", "roster.md", x);
}

void Organisation::make_policy() {
  Policy x;
  x.assign = {
      {ids<Name>({"dev", "test"}), {{1, ids<RoleId>({"devops-lead", "it-manager"})}}},
      {ids<Name>({"prod"}), {{1, ids<RoleId>({"devops-lead"})}, {1, ids<RoleId>({"it-manager"})}}}};
  x.auto_rules = {{.envs = ids<Name>({"dev"}),
                   .evidence_required = {{ids<ActorId>({"s:ci"}), id<Name>("test-run")}},
                   .expires = kIssued + kYear,
                   .id = id<Name>("patch-dev"),
                   .match = {.kinds = ids<Name>({"patch"})},
                   .max_hosts = 20,
                   .only_actions = ids<Name>({"change"}),
                   .per_day = 3,
                   .phases_required = 2,
                   .window = limits::kDay}};
  x.defaults = {limits::kDay, 7 * limits::kDay};
  x.emergency = {
      .max_hosts = 20,
      .natures = {{id<Name>("security"), ids<RoleId>({"executive", "security-officer"})}},
      .per_day = 3,
      .roles = ids<RoleId>({"engineering-lead", "security-lead"}),
      .window = 4 * 3600};
  x.expires = kIssued + kYear;
  x.issued = kIssued;
  x.no_auto_rollback = ids<Name>({"data-loss"});
  x.nonce = nonce("policy");
  x.org = org_;
  x.plan = {{id<Name>("prod"), id<RoleId>("engineer")}};
  x.rules = {{.id = id<Name>("network"),
              .match = {.component_types = ids<Name>({"it", "network"})},
              .max_age = 30 * limits::kDay,
              .need = {{1, id<RoleId>("it-manager")}}},
             {.id = id<Name>("prod"),
              .match = {.envs = ids<Name>({"prod"})},
              .max_age = 30 * limits::kDay,
              .min_local = 1,
              .need = {{1, id<RoleId>("engineering-lead")}, {1, id<RoleId>("security-lead")}}}};
  x.version = 1;
  policy_ = add("policy", "policy.md", x);

  Restrictions y;
  y.expires = kIssued + kYear;
  y.freezes = {{.envs = ids<Name>({"prod"}),
                .from = 1797638400,
                .id = id<Name>("year-end"),
                .to = 1799107200}};
  y.freezes[0].emergency = true;
  y.issued = kIssued;
  y.nonce = nonce("restrictions");
  y.org = org_;
  y.version = 1;
  restrictions_ = add("restrictions", "policy.md", y);
}

void Organisation::make_assignments() {
  const auto assignment = [&](const HostId& host, const PublicKey& key, std::string name) {
    Assignment x;
    x.components = ids<ComponentId>({"ssh"});
    x.data_class = id<Name>("internal");
    x.env = id<Name>("prod");
    x.expires = kIssued + kYear;
    x.groups = ids<Name>({"web"});
    x.host = host;
    x.keys = {sha256({"example age key: ", name}).bytes(),
              key.encoded(),
              sha256({"example TLS key: ", name})};
    x.labels = {{"role", "web"}, {"site", "graz"}};
    x.nonce = nonce(name);
    x.name = std::move(name);
    x.org = org_;
    x.version = 1;
    return x;
  };
  assignments_ = {add("assignment", "assignment.md", assignment(host_01_, web_01_, "web-01")),
                  sha256(encode(assignment(host_02_, web_02_, "web-02")))};
  const Digest first = assignments_[0];

  std::vector<Digest> batch = assignments_;
  std::sort(batch.begin(), batch.end());
  std::vector<Digest> leaves;
  for (const Digest& digest : batch) {
    leaves.push_back(leaf_hash(digest.text()));
  }
  add("assignments", "assignment.md", Batch{id<Name>("prod"), org_, root_of(leaves)});
  auto index =
      static_cast<std::uint64_t>(std::find(batch.begin(), batch.end(), first) - batch.begin());
  add("batch-list", "assignment.md", BatchList{batch, org_});
  add("batch-proof",
      "assignment.md",
      MemberProof{static_cast<std::int64_t>(index),
                  inclusion_proof(nodes_of(leaves), index, 2).value(),
                  2});

  std::vector<Bytes> lines = {host_01_.text() + " 1 " + assignments_[0].text() + "\n",
                              host_02_.text() + " 1 " + assignments_[1].text() + "\n"};
  index = lines[0] < lines[1] ? 0 : 1;
  std::sort(lines.begin(), lines.end());
  leaves = {leaf_hash(lines[0]), leaf_hash(lines[1])};
  assignments_root_ = root_of(leaves);
  add("root-proof",
      "assignment.md",
      MemberProof{static_cast<std::int64_t>(index),
                  inclusion_proof(nodes_of(leaves), index, 2).value(),
                  2});
}

void Organisation::make_plan() {
  state_.org = org_;
  state_.scope = id<ScopeId>("web-ssh");
  state_.resources = {{.key = "/etc/ssh/sshd_config",
                       .kind = id<Name>("setting"),
                       .sub = "MaxAuthTries",
                       .then = {{HandlerAction::reload, "ssh.service"}},
                       .want = {{"format", std::string("sshd")}, {"value", std::string("4")}}}};
  const Digest state = sha256(encode(state_));
  std::vector<HostId> hosts = {host_01_, host_02_};
  std::sort(hosts.begin(), hosts.end());
  const Digest request =
      add("plan-request",
          "plan.md",
          PlanRequest{hosts, nonce("plan-request"), kNow + 1800, org_, state_.scope, state});
  plan_class_ = add("plan-class",
                    "plan.md",
                    PlanClass{{{.diff = {{"4", "MaxAuthTries", "6"}},
                                .effects = ids<Name>({"auth"}),
                                .kind = id<Name>("setting"),
                                .res = state_.resources[0].identity(),
                                .risks = ids<Name>({"lose-ssh"})}},
                              org_});
  add("plan-answer",
      "plan.md",
      PlanAnswer{kNow + 2, {}, plan_class_, host_01_, org_, request, token("web-01")});
  Plan plan{{{plan_class_, {}}}, org_, state};
  for (const HostId& host : hosts) {
    plan.classes[0].hosts.push_back({{}, host, token(host == host_01_ ? "web-01" : "web-02")});
  }
  plan_ = add("plan", "plan.md", plan);
}

void Organisation::make_change() {
  Change& x = change_;
  x.apply = sha256(encode(state_));
  x.author = id<ActorId>("p:leo");
  x.components = ids<ComponentId>({"ssh"});
  x.effects = ids<Name>({"auth"});
  x.evidence = {{test_report_, id<ActorId>("s:ci"), id<Name>("test-run")}};
  x.health = {{.kind = HealthKind::tcp, .port = 22, .within = 10}};
  x.min_policy = 1;
  x.nonce = nonce("change");
  x.org = org_;
  x.phases = {{{.gate = {.failed_max = 0}, .hosts = {host_01_}, .name = id<Name>("canary")},
               {.gate = {.failed_max = 0}, .hosts = {host_02_}, .name = id<Name>("rest")}}};
  x.phases->front().soak = 300;
  x.plan = plan_;
  x.risks = ids<Name>({"lose-ssh"});
  x.rollback = {.auto_on = ids<Name>({"deadman", "gate", "health", "verify"}),
                .within = limits::kDay};
  x.scope = state_.scope;
  x.summary = "Limit SSH log-in attempts to four";
  x.targets.hosts = {{host_01_, "web-01"}, {host_02_, "web-02"}};
  std::sort(x.targets.hosts->begin(),
            x.targets.hosts->end(),
            [](const TargetHost& a, const TargetHost& b) { return a.id < b.id; });
  x.title = "SSH log-in limits";
  x.why = "Guessing passwords becomes slower";
  x.window = {kNow + 7 * limits::kDay, kNow};
  change_digest_ = add("change", "change.md", x);
  add("evidence",
      "change.md",
      Evidence{test_report_,
               id<Name>("test-run"),
               nonce("evidence"),
               org_,
               codec::change_core(encode(x)),
               "ctest 3.25.1",
               Verdict::pass});
}

Statement Organisation::statement(std::string_view by,
                                  const KeyId& key,
                                  Act act,
                                  ObjType type,
                                  const Digest& obj,
                                  std::string_view role) const {
  Statement x;
  x.act = act;
  x.at = kNow + 60 * static_cast<std::int64_t>(entries_.size());
  x.by = id<ActorId>(by);
  x.key = key;
  x.obj = obj;
  x.obj_type = type;
  x.org = org_;
  x.role = role.empty() ? RoleId() : id<RoleId>(role);
  x.roster = 1;
  x.seen = log_point();
  return x;
}

LogPoint Organisation::log_point() const {
  return {root_of(leaves_), static_cast<std::int64_t>(leaves_.size())};
}

Digest Organisation::append(Event event,
                            const Statement& statement,
                            std::optional<Release> release) {
  LedgerEntry x;
  x.at = statement.at + 1;
  x.by = statement.by;
  x.ev = event;
  x.obj = statement.obj;
  x.org = org_;
  x.seq = static_cast<std::int64_t>(entries_.size());
  x.stmt = sha256(encode(statement));
  if (release) {
    x.phase = release->phase;
    x.stmts = release->stmts;
    x.stmts->push_back(*x.stmt);
    std::sort(x.stmts->begin(), x.stmts->end());
  }
  entries_.push_back(encode(x));
  leaves_.push_back(leaf_hash(entries_.back()));
  return *x.stmt;
}

void Organisation::make_statements() {
  counted_.push_back(
      append(Event::authored,
             statement("p:leo", leo_.id(), Act::author, ObjType::change, change_digest_)));
  const Statement approval = statement(
      "p:amara", amara_.id(), Act::approve, ObjType::change, change_digest_, "security-lead");
  add("statement", "statement.md", approval);
  counted_.push_back(append(Event::approved, approval));
  SignatureRecord record;
  record.statement = encode(approval);
  record.armor = PrivateKey::from_seed(seed("amara"))
                     .sign_sshsig(signature_namespace(approval.act), record.statement);
  add("record", "statement.md", record);
  counted_.push_back(append(
      Event::approved,
      statement(
          "p:jun", jun_.id(), Act::approve, ObjType::change, change_digest_, "engineering-lead")));
  std::sort(counted_.begin(), counted_.end());
}

void Organisation::make_release() {
  const Release release{{}, change_digest_, nonce("release"), org_, id<Name>("canary"), counted_};
  const Digest digest = add("release", "change.md", release);
  append(Event::released,
         statement("p:ida", ida_.id(), Act::release, ObjType::release, digest, "executor"),
         release);
}

void Organisation::make_fresh() {
  Stop stop;
  stop.by = id<ActorId>("p:ida");
  stop.effect = StopEffect::pause;
  stop.from = kNow;
  stop.id = id<Name>("dns-outage");
  stop.nonce = nonce("stop");
  stop.org = org_;
  stop.target.scope = id<ScopeId>("dns");
  stop.to = kNow + limits::kDay;
  const Digest raised = add("stop", "fresh.md", stop);
  stops_ = add("stops", "fresh.md", StopList{kNow + 240, {raised}, org_});
  add("fresh",
      "fresh.md",
      Fresh{assignments_root_,
            kNow + 240,
            log_point(),
            org_,
            {policy_, 1},
            {restrictions_, 1},
            {org_, 1},
            stops_,
            limits::kDay});
}

void Organisation::make_results() {
  add("result",
      "change.md",
      HostResult{kNow + 300,
                 {},
                 change_digest_,
                 host_01_,
                 nonce("result"),
                 org_,
                 "ok",
                 id<Name>("canary")});
  add("rollback",
      "change.md",
      Rollback{change_digest_, std::vector{host_01_}, nonce("rollback"), org_});
}

void Organisation::make_directory() {
  constexpr std::string_view kPage = "decision-directory.md";
  add("inclusion-proof",
      kPage,
      InclusionProof{
          entries_[1], 1, inclusion_proof(nodes_of(leaves_), 1, leaves_.size()).value(), 4});
  add("consistency-proof",
      kPage,
      ConsistencyProof{1, consistency_proof(nodes_of(leaves_), 1, leaves_.size()).value(), 4});
  AgentState state;
  state.assignment = {assignments_[0], 1};
  state.checkpoint = {leaves_[0], 1};
  state.fresh_at = kNow;
  state.keys = {web_01_.encoded(), sha256("example TLS key: web-01")};
  state.org = org_;
  state.own_paths = {"/etc/twoseal/", "/var/lib/twoseal/"};
  state.policy = {policy_, 1};
  state.restrictions = {restrictions_, 1};
  state.roster = {org_, 1};
  add("agent-state", kPage, state);
  add("inputs",
      kPage,
      DecisionInputs{kNow + 250, kNow, host_01_, org_, OwnPlan{plan_class_, token("web-01")}});
  add("expect", kPage, Expectation{"", "permit", 0});
}

void Organisation::make_agent_words(const JoinRequest& join) {
  const std::string page = "agent-protocol.md";
  Contact contact;
  contact.agent = "0.1.0";
  contact.boot = "f4b1c7de-35c0-4c3e-9d07-6d2a1f9a52b8";
  contact.checkpoint = {sha256("example root"), 603};
  contact.counter = 12;
  contact.org = org_;
  contact.roster = VersionRef{org_, 1};
  contact.wait = 55;
  add("contact", page, contact);
  add("work", page, WorkList{org_, {{change_digest_, WorkKind::apply}}});
  add("plan-refusal",
      page,
      PlanRefusal{"TS-6002", org_, sha256("example request"), "it does not ask this host"});
  add("join", page, JoinSubmission{sha256("example mac").bytes(), encode(join)});
  add("join-standing", page, JoinStanding{std::nullopt, org_});
  add("run-log",
      page,
      RunLog{change_digest_, {{kNow + 60, "ok: 1 step, healthy after 10 s"}}, org_});
}

void Organisation::make_wire() {
  add("session",
      "session.md",
      LoginSession{token("login"), kNow + 300, org_, "https://twoseal.example.org:8720"});
  JoinRequest join;
  join.age = sha256("example age key: web-01").bytes();
  join.at = kNow - limits::kDay;
  join.csr = "a PKCS#10 request in DER";
  join.id = web_01_.encoded();
  join.name = "web-01";
  join.nonce = nonce("join web-01");
  join.org = org_;
  join.tls = sha256("example TLS key: web-01");
  join.token = id<Name>("7k2mq4");
  add("join-request", "join-request.md", join);
  AgentReport report;
  report.at = kNow + 600;
  report.boot = "f4b1c7de-35c0-4c3e-9d07-6d2a1f9a52b8";
  report.counter = 12;
  report.host = host_01_;
  report.nonce = nonce("report web-01");
  report.org = org_;
  ScopeReport scope;
  scope.change = change_digest_;
  scope.drift = {
      {{{"6", "MaxAuthTries", "4"}}, false, "setting:/etc/ssh/sshd_config#MaxAuthTries"}};
  scope.scope = id<ScopeId>("web-ssh");
  scope.state = ScopeCondition::repaired;
  report.scopes = {scope};
  add("report", "report.md", report);
  make_agent_words(join);
}

}  // namespace

std::vector<Example> make_examples() {
  return Organisation().examples;
}

}  // namespace twoseal::formats
