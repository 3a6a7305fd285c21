#include "cli/client/rehearsal.h"

#include <doctest/doctest.h>

#include "codec/archive.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "crypto/private_key.h"
#include "ledger/note.h"
#include "model/statement.h"
#include "tests/support/test_hosts.h"

using namespace twoseal;       // NOLINT(google-build-using-namespace): a test of two namespaces
using namespace twoseal::cli;  // NOLINT(google-build-using-namespace)

namespace {

constexpr UnixSeconds kNow = 1'800'000'000;
constexpr std::string_view kLogOrigin = "example.org/twoseal/log1";

PrivateKey key_of(std::string_view name) {
  return PrivateKey::from_seed(sha256(name).view());
}

BareKey bare(std::string_view name) {
  const PublicKey key = key_of(name).public_key();
  return {key.id(), key.encoded()};
}

const ActorId kDana = ActorId::parse("p:dana").value();
const HostId kHost = HostId::parse("h:" + std::string(32, '1')).value();
const HostId kOther = HostId::parse("h:" + std::string(32, '2')).value();
const Digest kOrg = sha256("org");

Roster roster() {
  Roster roster;
  roster.version = 1;
  roster.log = {std::string(kLogOrigin),
                {NoteKey::make(kLogOrigin, key_of("log").public_key().point()).value().text()}};
  roster.root = {{bare("root")}, 1};
  roster.timekeepers = {{bare("time")}, 1};
  RosterKey key;
  key.id = bare("dana").id;
  key.pub = bare("dana").pub;
  Person dana;
  dana.id = kDana;
  dana.keys = {key};
  dana.roles = {{RoleId::parse("executor").value(), std::nullopt}};
  roster.people = {dana};
  return roster;
}

/// The parts of a rehearsal that holds; each test alters one.
struct Parts {
  Parts() {
    assignment.host = kHost;
    assignment.name = "stage-01";
    assignment.org = kOrg;
    assignment.keys.id = key_of("host").public_key().encoded();
    change.org = kOrg;
    change.author = kDana;
    change.apply = sha256("state");
    change.rollback = {.auto_on = {}, .kind = RollbackKind::restore, .within = 3'600};
    change.nonce = Bytes(16, 'n');
    change.scope = ScopeId::parse("motd").value();
    change.components = {ComponentId::parse("ssh").value()};
    change.title = change.summary = change.why = "Greet";
    change.min_policy = 1;
    change.window = {kNow + 86'400, kNow};
    change.phases = {{{.gate = {.failed_max = 0},
                       .hosts = {kHost},
                       .name = Name::parse("all").value(),
                       .soak = 0}}};
    change.targets.hosts = {{{kHost, "stage-01"}}};
    plan.org = kOrg;
    plan.state = sha256("state");
    plan.classes = {{sha256("class"), {{std::nullopt, kHost, Bytes(32, 't')}}}};
    request.hosts = {kHost};
    request.nonce = Bytes(16, 'r');
    request.not_after = kNow + 900;
    request.org = kOrg;
    request.scope = *change.scope;
    request.state = sha256("state");
    answer = {.at = kNow + 40,
              .base = std::nullopt,
              .class_digest = sha256("class"),
              .host = kHost,
              .org = kOrg,
              .request = {},
              .token = Bytes(32, 't')};
    applied = result("ok", kNow + 14);
    back = result("rolled-back", kNow + 33);
  }

  static HostResult result(const std::string& outcome, UnixSeconds at) {
    HostResult result;
    result.at = at;
    result.host = kHost;
    result.nonce = Bytes(16, 'x');
    result.org = kOrg;
    result.outcome = outcome;
    result.phase = Name::parse("all").value();
    return result;
  }

  template <class T>
  void add(const std::string& name, const T& object) {
    files[name + ".json"] = codec::encode(object);
  }

  template <class T>
  void say(const std::string& name, const T& object, Act act, ObjType type, std::string_view key) {
    add(name, object);
    Statement statement;
    statement.act = act;
    statement.at = name == "release" ? kNow + 10 : name == "rollback" ? kNow + 30 : kNow + 50;
    statement.by = key == "dana" ? kDana : ActorId::parse(kHost.text()).value();
    statement.key = key_of(key).public_key().id();
    statement.obj = sha256(files[name + ".json"]);
    statement.obj_type = type;
    statement.org = kOrg;
    statement.roster = 1;
    statement.seen = {sha256(""), 0};
    SignatureRecord record;
    record.statement = codec::encode(statement);
    record.armor = key_of(key).sign_sshsig(signature_namespace(act), record.statement);
    files[name + ".record.json"] = codec::encode(record);
  }

  Bytes packed() {
    files.clear();
    add("plan", plan);
    change.plan = sha256(files["plan.json"]);
    add("change", change);
    const Digest digest = sha256(files["change.json"]);
    for (HostResult* one : {&applied, &back}) {
      one->change = digest;
    }
    say("applied", applied, Act::sign, ObjType::result, host_key);
    say("taken-back", back, Act::sign, ObjType::result, host_key);
    add("plan-request", request);
    answer.request = sha256(files["plan-request.json"]);
    say("plan-answer", answer, Act::sign, ObjType::plan_answer, host_key);
    const Name all = Name::parse("all").value();
    say("release",
        Release{std::nullopt, digest, Bytes(16, 'y'), kOrg, all, {}},
        Act::release,
        ObjType::release,
        "dana");
    say("rollback",
        Rollback{digest, std::nullopt, Bytes(16, 'z'), kOrg},
        Act::rollback,
        ObjType::rollback,
        "dana");
    for (const std::string& name : left_out) {
      files.erase(name);
    }
    return codec::write_archive(files).value();
  }

  Result<Rehearsal> verified() {
    const Bytes archive = packed();
    const Roster people = roster();
    const Keyring keyring = Keyring::build(people).value();
    const std::vector<Assignment> assignments = {assignment};
    return verify_rehearsal(archive, {kOrg, state, rollback, keyring, assignments});
  }

  /// Why it is none; empty when it is one.
  std::string why_not() {
    const auto rehearsal = verified();
    return rehearsal ? "" : rehearsal.error().what;
  }

  Change change;
  Assignment assignment;
  Plan plan;
  PlanRequest request;
  PlanAnswer answer;
  HostResult applied;
  HostResult back;
  Digest state = sha256("state");
  RollbackPlan rollback = {.auto_on = {}, .kind = RollbackKind::restore, .within = 3'600};
  std::string host_key = "host";
  std::vector<std::string> left_out;
  codec::ArchiveFiles files;
};

}  // namespace

TEST_CASE("a rehearsal says where it was and how long both ways took") {
  Parts parts;
  const auto rehearsal = parts.verified();
  REQUIRE_MESSAGE(rehearsal.has_value(), parts.why_not());
  CHECK(rehearsal->host.name == "stage-01");
  CHECK(rehearsal->applied_in == 4);
  CHECK(rehearsal->undone_in == 3);
  CHECK(rehearsal_text(*rehearsal) ==
        "on stage-01: carried out within 4 s, taken back within 3 s, every byte as before");
}

TEST_CASE("N6: a way back that leaves a byte different is no rehearsal") {
  Parts token;
  token.answer.token = Bytes(32, 'u');
  CHECK(token.why_not() == "stage-01 is not as before: what the steps read or write differs");
  CHECK(code_of(token.verified()) == Errc::not_rehearsed);
  Parts steps;
  steps.answer.class_digest = sha256("another class");
  CHECK(steps.why_not() ==
        "stage-01 is not as before: the same state would take other steps there now");
  Parts base;
  base.answer.base = sha256("change");
  CHECK(base.why_not() == "stage-01 is not as before: what the steps read or write differs");
}

TEST_CASE("a rehearsal of something else is none of this change") {
  Parts state;
  state.state = sha256("another state");
  CHECK(state.why_not() == "another state was rehearsed than the change wants");
  Parts rollback;
  rollback.rollback.within = 7'200;
  CHECK(rollback.why_not() == "another rollback was rehearsed than the change has");
  Parts organisation;
  organisation.change.org = sha256("another organisation");
  CHECK(organisation.why_not() == "another state was rehearsed than the change wants");
  Parts planned;
  planned.request.state = sha256("another state");
  CHECK(planned.why_not() == "the plan after it is about something else");
}

TEST_CASE("both results are needed, in their order, and the plan after them") {
  Parts failed;
  failed.applied.outcome = "nochange";
  CHECK(failed.why_not() == "stage-01 said nochange, not ok");
  Parts stands;
  stands.back.outcome = "failed";
  CHECK(stands.why_not() == "stage-01 said failed, not rolled-back");
  Parts order;
  order.back.at = order.applied.at - 1;
  CHECK(order.why_not() == "its host took it back before it carried it out");
  Parts early;
  early.answer.at = early.back.at - 1;
  CHECK(early.why_not() == "the plan after it is older than the way back");
}

TEST_CASE("only the words of the one host count, with the key that it has now") {
  Parts forged;
  forged.host_key = "mallory";
  CHECK(code_of(forged.verified()) == Errc::bad_signature);
  Parts gone;
  gone.assignment.host = kOther;
  CHECK(gone.why_not() == "its host has no assignment any more");
  Parts many;
  many.change.targets.hosts->push_back({kOther, "stage-02"});
  many.change.phases->front().hosts.push_back(kOther);
  CHECK(many.why_not() == "it was not carried out on one host alone");
  Parts elsewhere;
  elsewhere.plan.classes.front().hosts.front().id = kOther;
  CHECK(elsewhere.why_not() == "its plan does not have its host");
  Parts other_result;
  other_result.applied.host = kOther;
  CHECK(other_result.why_not() == "a result is about something else");
}

TEST_CASE("a rehearsal that lacks a part says which") {
  for (const char* name : {"plan.json",
                           "change.json",
                           "applied.json",
                           "taken-back.record.json",
                           "plan-request.json",
                           "plan-answer.json",
                           "release.record.json"}) {
    Parts parts;
    parts.left_out = {name};
    CHECK(parts.why_not() == "it lacks " + std::string(name));
  }
  const Roster people = roster();
  const Keyring keyring = Keyring::build(people).value();
  const Parts parts;
  CHECK(code_of(verify_rehearsal("no archive", {kOrg, parts.state, parts.rollback, keyring, {}})) ==
        Errc::bad_zip);
}

TEST_CASE("a draft becomes its rehearsal: one phase, now, under a title that says so") {
  authoring::ChangeDraft draft;
  draft.change.title = "Limit attempts";
  draft.waves.resize(2);
  draft.window.not_before = kNow;
  make_rehearsal(draft, "stage-01");
  CHECK(draft.change.title == "Rehearsal on stage-01: Limit attempts");
  CHECK(draft.waves.empty());
  CHECK_FALSE(draft.window.not_before.has_value());
  draft.change.title = std::string(250, 'x');
  make_rehearsal(draft, "stage-01");
  CHECK(draft.change.title == "Rehearsal on stage-01");
}
