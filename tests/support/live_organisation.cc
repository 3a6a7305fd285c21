#include "tests/support/live_organisation.h"

#include <algorithm>

#include "base/limits.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "ledger/merkle.h"
#include "ledger/note.h"

namespace twoseal {
namespace {

constexpr UnixSeconds kIssued = kLiveStart - limits::kDay;
constexpr std::string_view kLiveOrigin = "example.org/twoseal/log1";

template <class T>
T id(std::string_view text) {
  return T::parse(text).value();
}

template <class T>
std::vector<T> ids(const std::vector<std::string>& texts) {
  std::vector<T> list;
  for (const std::string& text : texts) {
    list.push_back(id<T>(text));
  }
  return list;
}

Bytes nonce(std::string_view name) {
  return sha256("live nonce " + std::string(name)).bytes().substr(0, limits::kNonceSize);
}

std::shared_ptr<const PrivateKey> make_key(const std::string& name) {
  return std::make_shared<const PrivateKey>(
      PrivateKey::from_seed(sha256("live key " + name).view()));
}

BareKey bare(const PrivateKey& key) {
  return {key.public_key().id(), key.public_key().encoded()};
}

Rule rule(const std::string& name, const std::vector<std::string>& envs, std::vector<Need> need) {
  Rule one;
  one.id = id<Name>(name);
  one.match.envs = ids<Name>(envs);
  one.need = std::move(need);
  one.max_age = 30 * limits::kDay;
  return one;
}

}  // namespace

void LiveOrganisation::add_person(const std::string& name,
                                  KeyKind kind,
                                  std::vector<std::string> roles) {
  keys_[name] = make_key(name);
  Person person;
  person.id = id<ActorId>("p:" + name);
  std::sort(roles.begin(), roles.end());
  for (const std::string& role : roles) {
    person.roles.push_back({id<RoleId>(role), std::nullopt});
  }
  RosterKey key;
  key.id = keys_[name]->public_key().id();
  key.kind = kind;
  key.pub = keys_[name]->public_key().encoded();
  person.keys.push_back(std::move(key));
  roster.people.push_back(std::move(person));
}

PrivateKey LiveOrganisation::tls_key(const std::string& who) {
  return PrivateKey::from_p256_scalar(sha256("live tls key " + who).view()).value();
}

LiveOrganisation::LiveOrganisation(std::size_t prod_hosts, std::size_t test_hosts) {
  for (const char* name : {"root-1", "root-2", "timekeeper", "log", "ci"}) {
    keys_[name] = make_key(name);
  }
  add_person("amara", KeyKind::local_file, {"security-lead", "security-officer"});
  add_person("bo", KeyKind::ssh, {"engineering-lead"});
  add_person("chen", KeyKind::local_file, {"it-manager"});
  add_person("dana", KeyKind::local_file, {"devops-lead"});
  add_person("eve", KeyKind::ssh, {"executor"});
  // A second key of Eve, for logging in alone.
  keys_["eve-login"] = make_key("eve-login");
  const PublicKey& login = key("eve-login").public_key();
  roster.people.back().keys.push_back(
      {.id = login.id(), .pub = login.encoded(), .login_only = true});
  add_person("finn", KeyKind::ssh, {"executor"});
  add_person("lea", KeyKind::ssh, {});
  add_person("leo", KeyKind::ssh, {});
  add_person("noor", KeyKind::ssh, {"engineering-lead"});
  add_person("omar", KeyKind::ssh, {"auditor"});
  roster.issued = kIssued;
  roster.expires = kIssued + 365 * limits::kDay;
  roster.components = {
      {id<ComponentId>("web"), ids<ActorId>({"p:noor"}), {"/srv/web"}, ComponentType::app}};
  roster.log = {std::string(kLiveOrigin),
                {NoteKey::make(kLiveOrigin, key("log").public_key().point()).value().text()}};
  roster.nonce = nonce("roster");
  roster.policy_threshold = 2;
  roster.root = {{bare(key("root-1")), bare(key("root-2"))}, 2};
  roster.server_spki = {sha256(tls_key("server").public_key().spki()),
                        sha256(tls_key("spare").public_key().spki())};
  std::sort(roster.server_spki.begin(), roster.server_spki.end());
  roster.services = {{id<ActorId>("s:ci"), key("ci").public_key().encoded(), {}, std::nullopt}};
  roster.timekeepers = {{bare(key("timekeeper"))}, 1};
  roster.version = 1;
  org = sha256(codec::encode(roster));

  policy.org = org;
  policy.issued = kIssued;
  policy.expires = kIssued + 365 * limits::kDay;
  policy.nonce = nonce("policy");
  policy.version = 1;
  policy.assign = {
      {ids<Name>({"dev", "test"}), {{1, ids<RoleId>({"devops-lead", "it-manager"})}}},
      {ids<Name>({"prod"}), {{1, ids<RoleId>({"devops-lead"})}, {1, ids<RoleId>({"it-manager"})}}},
  };
  policy.defaults = {limits::kDay, 7 * limits::kDay};
  policy.emergency = {20,
                      {{id<Name>("outage"), ids<RoleId>({"executive"})}},
                      3,
                      ids<RoleId>({"engineering-lead", "security-lead"}),
                      14'400};
  policy.plan = {{id<Name>("prod"), id<RoleId>("executor")}};
  policy.rules = {
      rule("prod",
           {"prod"},
           {{1, id<RoleId>("engineering-lead")}, {1, id<RoleId>("security-lead")}}),
      rule("elsewhere", {"dev", "test"}, {{1, id<RoleId>("engineering-lead")}}),
  };
  policy.rules[0].min_local = 1;
  restrictions.org = org;
  restrictions.issued = kIssued;
  restrictions.expires = kIssued + 365 * limits::kDay;
  restrictions.nonce = nonce("restrictions");
  restrictions.version = 1;

  for (std::size_t i = 1; i <= prod_hosts + test_hosts; ++i) {
    const bool prod = i <= prod_hosts;
    LiveHost host;
    host.name = (prod ? "prod-" : "test-") + std::to_string(prod ? i : i - prod_hosts);
    keys_[host.name] = make_key(host.name);
    host.id = id<HostId>("h:" + key(host.name).public_key().id().text());
    Assignment& one = host.assignment;
    one.components = ids<ComponentId>({"web"});
    one.data_class = id<Name>("internal");
    one.env = id<Name>(prod ? "prod" : "test");
    one.expires = kIssued + 365 * limits::kDay;
    one.host = host.id;
    one.keys = {sha256("age " + host.name).bytes(),
                key(host.name).public_key().encoded(),
                sha256(tls_key(host.name).public_key().spki())};
    one.name = host.name;
    one.nonce = nonce("assignment " + host.name);
    one.org = org;
    one.version = 1;
    hosts.push_back(std::move(host));
  }
}

std::string LiveOrganisation::id_of(const std::string& who) const {
  const std::string key_id = key(who).public_key().id().text();
  if (who.starts_with("root")) {
    return "root:" + key_id;
  }
  if (who == "timekeeper") {
    return "t:" + key_id;
  }
  if (who == "ci") {
    return "s:ci";
  }
  if (who == "eve-login") {
    return "p:eve";
  }
  const bool is_host =
      std::any_of(hosts.begin(), hosts.end(), [&](const LiveHost& one) { return one.name == who; });
  return is_host ? "h:" + key_id : "p:" + who;
}

LiveSigned LiveOrganisation::sign(const std::string& who,
                                  Act act,
                                  ObjType type,
                                  const Digest& object,
                                  UnixSeconds at,
                                  const std::string& role) const {
  Statement statement;
  statement.act = act;
  statement.at = at;
  statement.by = id<ActorId>(id_of(who));
  statement.key = key(who).public_key().id();
  statement.obj = object;
  statement.obj_type = type;
  statement.org = org;
  statement.role = role.empty() ? RoleId() : id<RoleId>(role);
  statement.roster = roster_held;
  statement.seen = {empty_root(), 0};
  SignatureRecord record;
  record.statement = codec::encode(statement);
  record.armor = key(who).sign_sshsig(signature_namespace(act), record.statement);
  return {sha256(record.statement), codec::encode(record), {}};
}

LiveSigned LiveOrganisation::sign_object(const std::string& who,
                                         Act act,
                                         ObjType type,
                                         const Bytes& object,
                                         UnixSeconds at,
                                         const std::string& role) const {
  LiveSigned made = sign(who, act, type, sha256(object), at, role);
  made.objects.push_back(object);
  return made;
}

std::vector<LiveSigned> LiveOrganisation::batch(const std::string& env, UnixSeconds at) const {
  std::vector<Digest> members;
  std::vector<Bytes> objects;
  for (const LiveHost& host : hosts) {
    if (host.assignment.env.text() == env) {
      objects.push_back(codec::encode(host.assignment));
      members.push_back(sha256(objects.back()));
    }
  }
  std::sort(members.begin(), members.end());
  const Bytes bytes = codec::encode(Batch{id<Name>(env), org, root_of(leaves_of(members))});
  std::vector<LiveSigned> made;
  for (const char* who : {"dana", "chen"}) {
    made.push_back(sign_object(who, Act::sign, ObjType::assignments, bytes, at));
    made.back().objects.insert(made.back().objects.end(), objects.begin(), objects.end());
    if (env != "prod") {
      break;
    }
  }
  return made;
}

std::vector<LiveSigned> LiveOrganisation::genesis() const {
  const UnixSeconds at = kLiveStart;
  std::vector<LiveSigned> all;
  for (const char* who : {"root-1", "root-2"}) {
    all.push_back(sign_object(who, Act::sign, ObjType::roster, codec::encode(roster), at));
  }
  for (const char* who : {"amara", "dana"}) {
    all.push_back(sign_object(who, Act::sign, ObjType::policy, codec::encode(policy), at));
    all.push_back(
        sign_object(who, Act::sign, ObjType::restrictions, codec::encode(restrictions), at));
  }
  for (const char* env : {"prod", "test"}) {
    const bool any = std::any_of(hosts.begin(), hosts.end(), [&](const LiveHost& one) {
      return one.assignment.env.text() == env;
    });
    for (LiveSigned& one : any ? batch(env, at) : std::vector<LiveSigned>()) {
      all.push_back(std::move(one));
    }
  }
  return all;
}

LiveChange LiveOrganisation::finish(const LiveChange& from) const {
  LiveChange made = from;
  made.bytes = codec::encode(made.change);
  made.digest = sha256(made.bytes);
  made.objects.front() = made.bytes;
  return made;
}

LiveChange LiveOrganisation::make_change(const std::string& name, const std::string& scope) const {
  State state;
  state.org = org;
  state.scope = id<ScopeId>(scope);
  Resource file;
  file.kind = id<Name>("file");
  file.key = "/srv/web/" + scope;
  file.want = {{"content", "welcome to " + name + "\n"}, {"mode", std::string("0644")}};
  state.resources = {file};
  const Bytes state_bytes = codec::encode(state);
  PlanStep step;
  step.action = StepAction::create;
  step.kind = id<Name>("file");
  step.res = file.identity();
  const Bytes class_bytes = codec::encode(PlanClass{{step}, org});

  Plan plan;
  plan.org = org;
  plan.state = sha256(state_bytes);
  plan.classes = {{sha256(class_bytes), {}}};
  LiveChange made;
  Change& change = made.change;
  Phase canary;
  canary.gate.failed_max = 0;
  canary.name = id<Name>("canary");
  canary.soak = 300;
  Phase rest = canary;
  rest.name = id<Name>("rest");
  rest.soak = 0;
  change.targets.hosts.emplace();
  for (const LiveHost& host : hosts) {
    if (host.assignment.env.text() == "prod") {
      plan.classes[0].hosts.push_back(
          {std::nullopt, host.id, sha256("token " + host.name + name).bytes()});
      (canary.hosts.empty() ? canary : rest).hosts.push_back(host.id);
      change.targets.hosts->push_back({host.id, host.name});
    }
  }
  std::sort(rest.hosts.begin(), rest.hosts.end());
  std::sort(plan.classes[0].hosts.begin(),
            plan.classes[0].hosts.end(),
            [](const auto& a, const auto& b) { return a.id < b.id; });
  std::sort(change.targets.hosts->begin(),
            change.targets.hosts->end(),
            [](const auto& a, const auto& b) { return a.id < b.id; });
  const Bytes plan_bytes = codec::encode(plan);
  change.apply = sha256(state_bytes);
  change.author = id<ActorId>("p:leo");
  change.components = ids<ComponentId>({"web"});
  change.min_policy = 1;
  change.nonce = nonce("change " + name);
  change.org = org;
  change.phases = {canary};
  if (!rest.hosts.empty()) {
    change.phases->push_back(rest);
  }
  change.plan = sha256(plan_bytes);
  change.rollback.auto_on = ids<Name>({"gate", "health"});
  change.rollback.within = limits::kDay;
  change.scope = state.scope;
  change.summary = "Greet visitors";
  change.title = "Message of the day: " + name;
  change.why = "visitors asked for it";
  change.window = {kLiveStart + 7 * limits::kDay, kLiveStart};
  made.objects = {"", state_bytes, plan_bytes};
  return finish(made);
}

LiveSigned LiveOrganisation::author(const LiveChange& change, UnixSeconds at) const {
  LiveSigned made =
      sign(change.change.author.text().substr(2), Act::author, ObjType::change, change.digest, at);
  made.objects = change.objects;
  return made;
}

LiveSigned LiveOrganisation::result(const LiveHost& host,
                                    const Digest& change,
                                    const std::string& phase,
                                    const std::string& outcome,
                                    UnixSeconds at,
                                    std::optional<std::int64_t> rollback) const {
  HostResult result;
  result.at = at;
  result.change = change;
  result.host = host.id;
  result.nonce = nonce("result " + host.name + outcome + change.hex() + std::to_string(at));
  result.org = org;
  result.outcome = outcome;
  result.phase = id<Name>(phase);
  result.rollback = rollback;
  return sign_object(host.name, Act::sign, ObjType::result, codec::encode(result), at);
}

const LiveHost& LiveOrganisation::host(const std::string& name) const {
  return *std::find_if(
      hosts.begin(), hosts.end(), [&](const LiveHost& one) { return one.name == name; });
}

}  // namespace twoseal
