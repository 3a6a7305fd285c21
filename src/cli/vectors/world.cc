#include "cli/vectors/world.h"

#include <algorithm>

#include "base/check.h"
#include "base/encoding.h"
#include "base/limits.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "ledger/merkle.h"
#include "ledger/note.h"
#include "model/names.h"
#include "policy/effects.h"

namespace twoseal::vectors {
namespace {

constexpr UnixSeconds kGenesis = kNow - limits::kDay;
constexpr std::string_view kRpId = "localhost";
constexpr std::string_view kOrigin = "http://localhost:8720";
constexpr std::string_view kLogOrigin = "example.org/twoseal/log1";

Bytes seed_of(std::string_view name) {
  return sha256("twoseal vector key " + std::string(name)).bytes();
}

Bytes nonce_of(std::string_view name) {
  return sha256("twoseal vector nonce " + std::string(name)).bytes().substr(0, limits::kNonceSize);
}

std::vector<Name> names(std::initializer_list<std::string_view> texts) {
  std::vector<Name> list;
  for (const auto text : texts) {
    list.push_back(name(text));
  }
  return list;
}

std::vector<RoleId> roles(std::initializer_list<std::string_view> texts) {
  std::vector<RoleId> list;
  for (const auto text : texts) {
    list.push_back(role(text));
  }
  return list;
}

Event event_of(Act act, ObjType type) {
  switch (act) {
    case Act::author:
      return Event::authored;
    case Act::approve:
      return Event::approved;
    case Act::reject:
      return Event::rejected;
    case Act::signoff:
      return Event::signed_off;
    case Act::release:
      return Event::released;
    case Act::rollback:
      return Event::rolled_back;
    case Act::withdraw:
      return Event::withdrawn;
    case Act::attest:
      return Event::attested;
    case Act::lift:
      return Event::lifted;
    case Act::login:
      return Event::session;
    default:
      break;
  }
  switch (type) {
    case ObjType::roster:
      return Event::roster;
    case ObjType::policy:
      return Event::policy;
    case ObjType::restrictions:
      return Event::restrictions;
    case ObjType::assignments:
      return Event::assignments;
    case ObjType::stop:
      return Event::stopped;
    default:
      return Event::applied;
  }
}

Event event_of(const std::string& outcome) {
  return outcome == "rolled-back"          ? Event::rolled_back
         : outcome == "stale"              ? Event::stale
         : outcome == "interrupted"        ? Event::interrupted
         : outcome.starts_with("refused:") ? Event::refused
                                           : Event::applied;
}

std::string json_path(std::string_view folder, const Digest& digest) {
  return std::string(folder) + "/" + digest.hex() + ".json";
}

std::string hex_of(const HostId& host) {
  return host.text().substr(2);
}

std::int64_t signed_of(std::size_t size) {
  return static_cast<std::int64_t>(size);
}

BareKey bare(const SoftwareKey& key) {
  return {key.pub.id(), key.pub.encoded()};
}

std::vector<Digest> path_of(std::span<const Digest> leaves, std::size_t index) {
  return inclusion_proof(nodes_of(leaves), index, leaves.size()).value();
}

}  // namespace

SoftwareKey software_key(std::string_view name,
                         KeyKind kind,
                         bool p256,
                         std::string_view application) {
  auto key =
      std::make_shared<const PrivateKey>(p256 ? PrivateKey::from_p256_scalar(seed_of(name)).value()
                                              : PrivateKey::from_seed(seed_of(name)));
  PublicKey pub = key->public_key();
  if (kind == KeyKind::sk) {
    pub = security_key_public(*key, application).value();
  } else if (kind == KeyKind::passkey) {
    pub = passkey_public(*key);
  }
  return {std::move(key), kind, std::move(pub)};
}

World::World() {
  make_people();
  make_policy();
  make_hosts();
  make_change();
  make_statements();
}

void World::make_people() {
  keys["root-1"] = software_key("root-1", KeyKind::ssh);
  keys["root-2"] = software_key("root-2", KeyKind::ssh);
  keys["root-3"] = software_key("root-3", KeyKind::ssh);
  keys["timekeeper"] = software_key("timekeeper", KeyKind::ssh);
  keys["log"] = software_key("log", KeyKind::ssh);
  keys["ci"] = software_key("ci", KeyKind::ssh);

  Roster roster;
  roster.issued = kGenesis;
  roster.expires = kGenesis + 365 * limits::kDay;
  const auto vkey = NoteKey::make(kLogOrigin, keys["log"].pub.point()).value();
  roster.log = {std::string(kLogOrigin), {vkey.text()}};
  roster.nonce = nonce_of("roster");
  roster.origins = {{std::string(kOrigin), std::string(kRpId)}};
  roster.policy_threshold = 2;
  roster.root = {{bare(keys["root-1"]), bare(keys["root-2"]), bare(keys["root-3"])}, 2};
  roster.server_spki = {sha256("tls 1"), sha256("tls 2")};
  std::sort(roster.server_spki.begin(), roster.server_spki.end());
  roster.services = {{actor("s:ci"), keys["ci"].pub.encoded(), roles({"ci"}), std::nullopt}};
  roster.timekeepers = {{bare(keys["timekeeper"])}, 1};
  roster.version = 1;
  const auto owned_by = [](std::string_view id) { return std::vector<ActorId>{actor(id)}; };
  roster.components = {
      {ComponentId::parse("net").value(),
       owned_by("p:chen"),
       {"/etc/nftables.conf"},
       ComponentType::network},
      {ComponentId::parse("ssh").value(),
       owned_by("p:dana"),
       {"/etc/ssh", "unit:ssh"},
       ComponentType::infrastructure},
      {ComponentId::parse("web").value(), owned_by("p:noor"), {"/srv/web"}, ComponentType::app},
  };
  rosters = {roster};

  struct Entry {
    std::string_view id;
    std::vector<RoleId> roles;
    std::string key;
    KeyKind kind;
    bool p256 = false;
    std::string_view application = "ssh:twoseal";
  };

  const std::vector<Entry> people = {
      {"p:amara", roles({"security-lead", "security-officer"}), "amara", KeyKind::local_file},
      {"p:bo", roles({"engineering-lead"}), "bo", KeyKind::ssh, true},
      {"p:chen", roles({"it-manager"}), "chen", KeyKind::sk},
      {"p:dana", roles({"devops-lead"}), "dana", KeyKind::local_file},
      {"p:eve", roles({"executor"}), "eve", KeyKind::ssh},
      {"p:leo", {}, "leo", KeyKind::ssh},
      {"p:mia", roles({"security-lead"}), "mia", KeyKind::passkey, true},
      {"p:noor", roles({"engineering-lead"}), "noor", KeyKind::sk, true, "ssh:login"},
      {"p:omar", roles({"auditor"}), "omar", KeyKind::ssh},
  };
  for (const Entry& entry : people) {
    Person one;
    one.id = actor(entry.id);
    for (const RoleId& held : entry.roles) {
      one.roles.push_back({held, std::nullopt});
    }
    rosters.back().people.push_back(one);
    keys[entry.key] = software_key(entry.key, entry.kind, entry.p256, entry.application);
    give_key(entry.id, entry.key);
  }
  keys["amara-ssh"] = software_key("amara-ssh", KeyKind::ssh);
  give_key("p:amara", "amara-ssh");
}

void World::give_key(std::string_view id, const std::string& key) {
  RosterKey entry;
  entry.id = keys.at(key).pub.id();
  entry.kind = keys.at(key).kind;
  entry.pub = keys.at(key).pub.encoded();
  if (entry.kind == KeyKind::passkey) {
    entry.rp_id = std::string(kRpId);
  }
  person(id).keys.push_back(std::move(entry));
}

Person& World::person(std::string_view id) {
  for (Person& one : rosters.back().people) {
    if (one.id.text() == id) {
      return one;
    }
  }
  check_failed("the person is in the world", std::source_location::current());
}

RosterKey& World::roster_key(std::string_view key_name) {
  const KeyId& id = keys.at(std::string(key_name)).pub.id();
  for (Person& one : rosters.back().people) {
    for (RosterKey& key : one.keys) {
      if (key.id == id) {
        return key;
      }
    }
  }
  check_failed("the key is in the roster of the world", std::source_location::current());
}

HostId World::host_id(const std::string& host_name) const {
  return HostId::parse("h:" + hosts.at(host_name).key.pub.id().text()).value();
}

Signing& World::signing(std::string_view label) {
  for (auto* list : {&genesis, &statements, &fresh_signatures}) {
    for (Signing& one : *list) {
      if (one.label == label) {
        return one;
      }
    }
  }
  check_failed("the world has a statement of that label", std::source_location::current());
}

void World::make_policy() {
  policy.issued = kGenesis;
  policy.expires = kGenesis + 365 * limits::kDay;
  policy.nonce = nonce_of("policy");
  policy.version = 1;
  policy.assign = {
      {names({"dev", "test"}), {{1, roles({"devops-lead", "it-manager"})}}},
      {names({"prod"}), {{1, roles({"devops-lead"})}, {1, roles({"it-manager"})}}},
  };
  policy.defaults = {limits::kDay, 7 * limits::kDay};
  policy.emergency = {20,
                      {{name("outage"), roles({"executive"})}},
                      3,
                      roles({"engineering-lead", "it-manager", "security-lead"}),
                      14'400};
  policy.plan = {{name("prod"), role("executor")}};

  const auto rule = [](std::string_view id, Match match, std::vector<Need> need) {
    Rule one;
    one.id = name(id);
    one.match = std::move(match);
    one.need = std::move(need);
    one.max_age = 30 * limits::kDay;
    return one;
  };
  Match prod;
  prod.envs = names({"prod"});
  Match infrastructure = prod;
  infrastructure.component_types = names({"infrastructure"});
  Match network = prod;
  network.component_types = names({"it", "network"});
  Match elsewhere;
  elsewhere.envs = names({"dev", "test"});
  policy.rules = {
      rule("prod", prod, {{1, role("engineering-lead")}, {1, role("security-lead")}}),
      rule("prod-infrastructure", infrastructure, {{1, role("devops-lead")}}),
      rule("prod-network", network, {{1, role("it-manager")}}),
      rule("elsewhere", elsewhere, {{1, role("engineering-lead")}}),
  };
  policy.rules[0].min_local = 1;

  AutoRule automatic;
  automatic.id = name("web-content");
  automatic.envs = names({"prod", "test"});
  automatic.evidence_required = {{{actor("s:ci")}, name("test-run")}};
  automatic.expires = kNow + 90 * limits::kDay;
  automatic.match.components = {{ComponentId::parse("web").value()}};
  automatic.max_hosts = 5;
  automatic.only_actions = names({"change", "create"});
  automatic.per_day = 3;
  automatic.phases_required = 2;
  automatic.window = 8 * limits::kDay;
  policy.auto_rules = {automatic};

  restrictions.issued = kGenesis;
  restrictions.expires = kGenesis + 365 * limits::kDay;
  restrictions.nonce = nonce_of("restrictions");
  restrictions.version = 1;
}

void World::make_hosts() {
  struct Entry {
    std::string host;
    std::string_view env;
  };

  for (const Entry& entry :
       {Entry{"stg-01", "test"}, Entry{"web-01", "prod"}, Entry{"web-02", "prod"}}) {
    WorldHost one;
    one.key = software_key("host " + entry.host, KeyKind::ssh);
    Assignment assignment;
    assignment.components = {ComponentId::parse("ssh").value(), ComponentId::parse("web").value()};
    assignment.data_class = name("internal");
    assignment.env = name(entry.env);
    assignment.expires = kGenesis + 365 * limits::kDay;
    assignment.host = HostId::parse("h:" + one.key.pub.id().text()).value();
    assignment.keys = {
        sha256("age " + entry.host).bytes(), one.key.pub.encoded(), sha256("tls " + entry.host)};
    assignment.labels = {{"role", "web"}};
    assignment.name = entry.host;
    assignment.nonce = nonce_of("assignment " + entry.host);
    assignment.version = 1;
    one.versions = {assignment};
    keys["host:" + entry.host] = one.key;
    hosts.emplace(entry.host, std::move(one));
  }
}

void World::make_change() {
  Resource file;
  file.kind = name("file");
  file.key = "/srv/web/motd";
  file.want = {{"content", std::string("welcome\n")}, {"mode", std::string("0644")}};
  state.resources = {file};
  state.scope = ScopeId::parse("web-motd").value();

  PlanStep step;
  step.action = StepAction::create;
  step.kind = name("file");
  step.res = file.identity();
  step.diff = {{"welcome\n", "content", std::nullopt}};
  for (const std::string target : {"web-01", "web-02"}) {
    classes[target].steps = {step};
    bases[target] = std::nullopt;
  }

  change.author = actor("p:leo");
  change.components = {ComponentId::parse("web").value()};
  HealthCheck health;
  health.kind = HealthKind::tcp;
  health.port = 443;
  health.within = 10;
  change.health = {health};
  change.min_policy = 1;
  change.nonce = nonce_of("change");
  Phase canary;
  canary.gate.failed_max = 0;
  canary.hosts = {host_id("web-01")};
  canary.name = name("canary");
  canary.soak = 300;
  Phase rest = canary;
  rest.hosts = {host_id("web-02")};
  rest.name = name("rest");
  rest.soak = 0;
  change.phases = {{canary, rest}};
  change.rollback.auto_on = names({"deadman", "gate", "health", "verify"});
  change.rollback.within = limits::kDay;
  change.scope = state.scope;
  change.summary = "Greet visitors";
  std::vector<TargetHost> targets = {{host_id("web-01"), "web-01"}, {host_id("web-02"), "web-02"}};
  std::sort(
      targets.begin(), targets.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  change.targets.hosts = targets;
  change.title = "Message of the day";
  change.why = "visitors asked for it";
  change.window = {kNow + 7 * limits::kDay, kNow};
}

void World::make_statements() {
  const auto document = [&](ObjType type, std::string about, std::string key, std::string label) {
    Signing one;
    one.act = Act::sign;
    one.type = type;
    one.about = std::move(about);
    one.key = std::move(key);
    one.label = std::move(label);
    one.at = kGenesis;
    one.named = false;
    genesis.push_back(std::move(one));
  };
  document(ObjType::roster, "roster:1", "root-1", "root-1");
  document(ObjType::roster, "roster:1", "root-2", "root-2");
  document(ObjType::policy, "policy", "amara", "policy-amara");
  document(ObjType::policy, "policy", "dana", "policy-dana");
  document(ObjType::restrictions, "restrictions", "amara", "restrictions-amara");
  document(ObjType::restrictions, "restrictions", "dana", "restrictions-dana");
  document(ObjType::assignments, "batch:prod", "dana", "prod-dana");
  document(ObjType::assignments, "batch:prod", "chen", "prod-chen");
  document(ObjType::assignments, "batch:test", "dana", "test-dana");

  Signing author;
  author.act = Act::author;
  author.key = "leo";
  author.label = "author";
  Signing security;
  security.key = "amara";
  security.role = "security-lead";
  security.at = kNow + 60;
  security.label = "security";
  Signing engineering;
  engineering.key = "bo";
  engineering.at = kNow + 120;
  engineering.label = "engineering";
  Signing release;
  release.act = Act::release;
  release.type = ObjType::release;
  release.about = "release:canary";
  release.key = "eve";
  release.role = "executor";
  release.at = kNow + 300;
  release.label = "release";
  statements = {author, security, engineering, release};

  Signing time;
  time.act = Act::sign;
  time.type = ObjType::fresh;
  time.about = "fresh";
  time.key = "timekeeper";
  time.at = kNow + 580;
  time.label = "fresh";
  time.in_log = false;
  fresh_signatures = {time};
  fresh.at = kNow + 580;
  fresh.ttl = limits::kDay;
  inputs.clock = kNow + 600;
  inputs.floor = kNow;
  agent.fresh_at = kNow - 60;
}

const Digest& World::digest_of(const std::string& about) const {
  const auto found = digests_.find(about);
  check(found != digests_.end(), "the world has an object of that name: " + about);
  return found->second;
}

const Digest& World::statement(const std::string& label) const {
  return labels_.at(label);
}

LogPoint World::point(std::int64_t size) const {
  return {root_of(std::span(leaves_).first(static_cast<std::size_t>(size))), size};
}

void World::put(const std::string& about, const std::string& path, Bytes bytes) {
  if (on_bytes) {
    on_bytes(about, bytes);
  }
  const Digest digest = sha256(bytes);
  digests_[about] = digest;
  const bool by_digest = path.ends_with('/');
  files_[by_digest ? path + digest.hex() + (path == "blobs/" ? "" : ".json") : path] =
      std::move(bytes);
}

Digest World::resolve(const std::string& about) {
  constexpr std::string_view kStatement = "statement:";
  if (about.starts_with(kStatement)) {
    return labels_.at(about.substr(kStatement.size()));
  }
  return digest_of(about);
}

std::string World::owner_of(const std::string& key) const {
  const KeyId& id = keys.at(key).pub.id();
  const Roster& roster = rosters.back();
  for (const Person& one : roster.people) {
    for (const RosterKey& held : one.keys) {
      if (held.id == id) {
        return one.id.text();
      }
    }
  }
  for (const Service& one : roster.services) {
    if (one.pub == keys.at(key).pub.encoded()) {
      return one.id.text();
    }
  }
  if (key.starts_with("host:")) {
    return "h:" + id.text();
  }
  if (key.starts_with("root")) {
    return "root:" + id.text();
  }
  return key.starts_with("timekeeper") ? "t:" + id.text() : "p:nobody";
}

SignatureRecord World::make_record(const Signing& signing, const Statement& statement) {
  const SoftwareKey& key = keys.at(signing.signer.value_or(signing.key));
  const std::string name_space = signing.name_space.value_or(signature_namespace(statement.act));
  SignatureRecord record;
  record.statement = codec::encode(statement);
  if (on_bytes) {
    on_bytes("statement:" + signing.label, record.statement);
  }
  if (key.kind == KeyKind::passkey) {
    record.kind = RecordKind::webauthn;
    Assertion assertion = passkey_sign(*key.key,
                                       signing.authenticator,
                                       signing.rp_id.value_or(std::string(kRpId)),
                                       signing.origin.value_or(std::string(kOrigin)),
                                       record.statement);
    record.auth_data = std::move(assertion.auth_data);
    record.client_data = std::move(assertion.client_data);
    record.signature = std::move(assertion.signature);
  } else if (key.kind == KeyKind::sk) {
    record.armor =
        security_key_sign(*key.key, key.pub, signing.authenticator, name_space, record.statement);
  } else {
    record.armor = key.key->sign_sshsig(name_space, record.statement);
  }
  return record;
}

void World::sign(const Signing& signing) {
  if (signing.type == ObjType::release && !signing.obj) {
    seal_release(signing.about.substr(signing.about.find(':') + 1));
  }
  Statement statement;
  statement.act = signing.act;
  statement.at = signing.at;
  statement.by = actor(signing.by.value_or(owner_of(signing.key)));
  statement.key =
      KeyId::parse(signing.key_id.value_or(keys.at(signing.key).pub.id().text())).value();
  statement.obj = signing.obj ? *signing.obj : resolve(signing.about);
  statement.obj_type = signing.type;
  statement.org = signing.org.value_or(org_);
  statement.role = signing.role.empty() ? RoleId() : role(signing.role);
  statement.roster =
      signing.roster.value_or(signing.type == ObjType::roster
                                  ? std::stoll(signing.about.substr(signing.about.find(':') + 1))
                                  : rosters.back().version);
  statement.seen = signing.seen.value_or(point(signing.seen_size.value_or(genesis_size_)));
  const SignatureRecord made = make_record(signing, statement);
  const Digest digest = sha256(made.statement);
  if (!signing.label.empty()) {
    labels_[signing.label] = digest;
  }
  if (signing.in_files) {
    const std::string file = signing.label.empty() ? digest.hex().substr(0, 12) : signing.label;
    files_["statements/" + file + ".json"] = codec::encode(made);
  }
  if (signing.late) {
    late_.emplace_back([=, this] { record(signing, statement, digest); });
  } else if (signing.in_log) {
    record(signing, statement, digest);
  }
  seen_.push_back(statement.seen);
  if (signing.named) {
    named_.push_back(digest);
  }
}

void World::record(const Signing& signing, const Statement& statement, const Digest& digest) {
  LedgerEntry entry;
  entry.at = signing.entry_at.value_or(statement.at + 1);
  entry.by = statement.by;
  entry.obj = statement.obj;
  entry.org = org_;
  entry.seq = signed_of(entries_.size());
  entry.stmt = digest;
  entry.ev = event_of(statement.act, statement.obj_type);
  if (statement.obj_type == ObjType::result) {
    const auto number = static_cast<std::size_t>(std::stoul(signing.about.substr(7)));
    entry.ev = event_of(results.at(number).outcome);
  }
  entry.ev = signing.event.value_or(entry.ev);
  if (entry.ev == Event::released) {
    const std::string phase = signing.about.substr(signing.about.find(':') + 1);
    const Release& release = releases.at(phase);
    entry.phase = release.phase;
    entry.stmts = release.stmts;
    entry.stmts->push_back(digest);
    std::sort(entry.stmts->begin(), entry.stmts->end());
  }
  Bytes bytes = codec::encode(entry);
  if (on_bytes) {
    on_bytes("entry:" + signing.label, bytes);
  }
  index_of_[digest] = entry.seq;
  leaves_.push_back(leaf_hash(bytes));
  entries_.push_back(std::move(bytes));
}

void World::seal_release(const std::string& phase) {
  Release& release = releases[phase];
  release.org = org_;
  if (release.phase.empty()) {
    release.phase = name(phase);
  }
  if (release.nonce.empty()) {
    release.nonce = nonce_of("release " + phase);
  }
  if (release.change == Digest()) {
    release.change = digest_of("change");
  }
  if (release.stmts.empty()) {
    release.stmts = named_;
    std::sort(release.stmts.begin(), release.stmts.end());
  }
  put("release:" + phase, "blobs/", codec::encode(release));
}

void World::seal_rosters() {
  std::optional<Digest> before;
  for (Roster& roster : rosters) {
    if (before) {
      roster.org = org_;
      roster.prev = roster.prev ? roster.prev : before;
    }
    const std::string number = std::to_string(roster.version);
    put("roster:" + number, "roster/" + number + ".json", codec::encode(roster));
    before = digest_of("roster:" + number);
    if (roster.version == 1) {
      org_ = *before;
    }
  }
}

void World::seal_documents() {
  policy.org = org_;
  put("policy", "policy/" + std::to_string(policy.version) + ".json", codec::encode(policy));
  Digest before = digest_of("policy");
  for (Policy& later : later_policies) {
    later.org = org_;
    later.prev = later.prev ? later.prev : std::optional(before);
    const std::string number = std::to_string(later.version);
    put("policy:" + number, "policy/" + number + ".json", codec::encode(later));
    before = digest_of("policy:" + number);
  }
  restrictions.org = org_;
  put("restrictions",
      "restrictions/" + std::to_string(restrictions.version) + ".json",
      codec::encode(restrictions));
}

void World::seal_batches() {
  std::map<Name, std::vector<std::pair<Digest, std::string>>> batches;
  std::vector<std::pair<std::string, std::string>> lines;
  for (auto& [host_name, one] : hosts) {
    std::optional<Digest> before;
    const std::string folder = "assignments/" + hex_of(one.versions.back().host) + "/";
    for (Assignment& assignment : one.versions) {
      assignment.org = org_;
      assignment.prev = assignment.prev ? assignment.prev : before;
      const std::string number = std::to_string(assignment.version);
      put("assignment:" + host_name, folder + number + ".json", codec::encode(assignment));
      before = digest_of("assignment:" + host_name);
    }
    const Assignment& newest = one.versions.back();
    batches[newest.env].emplace_back(*before, folder);
    lines.emplace_back(
        newest.host.text() + " " + std::to_string(newest.version) + " " + before->text() + "\n",
        folder);
  }
  for (auto& [env, members] : batches) {
    std::sort(members.begin(), members.end());
    std::vector<Digest> leaves;
    for (const auto& [digest, folder] : members) {
      leaves.push_back(leaf_hash(digest.text()));
    }
    const Bytes batch = codec::encode(Batch{env, org_, root_of(leaves)});
    for (std::size_t i = 0; i < members.size(); ++i) {
      put("batch:" + env.text(), members[i].second + "batch.json", batch);
      put("batch-proof",
          members[i].second + "batch-proof.json",
          codec::encode(MemberProof{signed_of(i), path_of(leaves, i), signed_of(leaves.size())}));
    }
  }
  std::sort(lines.begin(), lines.end());
  std::vector<Digest> leaves;
  for (const auto& [line, folder] : lines) {
    leaves.push_back(leaf_hash(line));
  }
  fresh.assignments_root = root_of(leaves);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    put("root-proof",
        lines[i].second + "root-proof.json",
        codec::encode(MemberProof{signed_of(i), path_of(leaves, i), signed_of(leaves.size())}));
  }
}

void World::seal_change() {
  change.org = org_;
  if (change.executor.by != ExecutorBy::person) {
    state.org = org_;
    put("state", "blobs/", codec::encode(state));
    Plan plan;
    plan.org = org_;
    plan.state = digest_of("state");
    std::map<Digest, std::vector<PlannedHost>> by_class;
    for (auto& [host_name, one] : classes) {
      one.org = org_;
      put("class:" + host_name, "blobs/", codec::encode(one));
      by_class[digest_of("class:" + host_name)].push_back(
          {bases.at(host_name), host_id(host_name), sha256("token " + host_name).bytes()});
    }
    for (auto& [digest, planned] : by_class) {
      std::sort(
          planned.begin(), planned.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
      plan.classes.push_back({digest, planned});
    }
    put("plan", "blobs/", codec::encode(plan));
    change.apply = change.apply ? change.apply : std::optional(digest_of("state"));
    change.plan = change.plan ? change.plan : std::optional(digest_of("plan"));
  }
  for (const auto& [blob_name, bytes] : blobs) {
    put("blob:" + blob_name, "blobs/", bytes);
  }
  const Digest core = codec::change_core(codec::encode(change));
  for (auto& [evidence_name, one] : evidence) {
    one.org = org_;
    one.subject = one.subject == Digest() ? core : one.subject;
    one.nonce = nonce_of("evidence " + evidence_name);
    put("blob:" + evidence_name, "blobs/", codec::encode(one));
  }
  put("change", "change.json", codec::encode(change));
  for (std::size_t i = 0; i < results.size(); ++i) {
    HostResult& result = results[i];
    result.org = org_;
    result.change = result.change == Digest() ? digest_of("change") : result.change;
    result.nonce = result.nonce.empty() ? nonce_of("result " + std::to_string(i)) : result.nonce;
    put("result:" + std::to_string(i), "results/", codec::encode(result));
  }
  for (std::size_t i = 0; i < stops.size(); ++i) {
    Stop& stop = stops[i];
    stop.org = org_;
    stop.nonce = nonce_of("stop " + std::to_string(i));
    if (stop.target.change == Digest()) {
      stop.target.change = digest_of("change");
    }
    if (stop.target.org == Digest()) {
      stop.target.org = org_;
    }
    put("stop:" + std::to_string(i), "stops/", codec::encode(stop));
  }
}

void World::seal_fresh() {
  StopList list;
  list.at = fresh.at;
  list.org = org_;
  for (std::size_t i = 0; i < stops.size(); ++i) {
    if (i >= stop_listed.size() || stop_listed[i]) {
      list.list.push_back(digest_of("stop:" + std::to_string(i)));
    }
  }
  std::sort(list.list.begin(), list.list.end());
  put("stops", "stops/list.json", codec::encode(list));
  const auto ref = [&](const std::string& about, std::int64_t version) {
    return VersionRef{digest_of(about), version};
  };
  const std::int64_t newest = rosters.back().version;
  fresh.org = org_;
  fresh.log = fresh.log.size == 0 ? point(signed_of(leaves_.size())) : fresh.log;
  fresh.roster =
      fresh.roster.version == 0 ? ref("roster:" + std::to_string(newest), newest) : fresh.roster;
  if (fresh.policy.version == 0) {
    const std::int64_t version =
        later_policies.empty() ? policy.version : later_policies.back().version;
    fresh.policy =
        ref(later_policies.empty() ? "policy" : "policy:" + std::to_string(version), version);
  }
  if (fresh.restrictions.version == 0) {
    fresh.restrictions = ref("restrictions", restrictions.version);
  }
  fresh.stops = fresh.stops == Digest() ? digest_of("stops") : fresh.stops;
  put("fresh", "fresh.json", codec::encode(fresh));
  for (const Signing& one : fresh_signatures) {
    sign(one);
  }
}

void World::seal_proofs() {
  const std::span<const Digest> leaves(leaves_);
  const std::int64_t size = signed_of(leaves.size());
  for (const auto& [digest, index] : index_of_) {
    InclusionProof proof;
    proof.entry = entries_[static_cast<std::size_t>(index)];
    proof.index = index;
    proof.path = path_of(leaves, static_cast<std::size_t>(index));
    proof.size = size;
    files_[json_path("proofs", digest)] = codec::encode(proof);
  }
  seen_.push_back(fresh.log);
  for (const LogPoint& seen : seen_) {
    if (seen.size > 0 && seen.size < size) {
      ConsistencyProof proof;
      proof.from = seen.size;
      proof.size = size;
      proof.path = consistency_proof(nodes_of(leaves),
                                     static_cast<std::uint64_t>(seen.size),
                                     static_cast<std::uint64_t>(size))
                       .value();
      files_["proofs/consistency-" + std::to_string(seen.size) + "-" + std::to_string(size) +
             ".json"] = codec::encode(proof);
    }
  }
  const SoftwareKey& key = keys.at(log_key);
  const auto note_key = NoteKey::make(log_origin, key.pub.point()).value();
  Checkpoint checkpoint{log_origin, static_cast<std::uint64_t>(size), root_of(leaves)};
  Bytes note = sign_checkpoint(checkpoint, note_key, [&](BytesView text) -> Result<Bytes> {
                 return key.key->sign_raw(text);
               }).value();
  if (on_bytes) {
    on_bytes("checkpoint", note);
  }
  files_["checkpoint.txt"] = std::move(note);
}

void World::seal_memory() {
  agent.org = org_;
  if (remembers) {
    const auto ref = [&](const std::string& about, std::int64_t version) {
      return VersionRef{digest_of(about), version};
    };
    agent.policy = agent.policy ? agent.policy : std::optional(ref("policy", policy.version));
    agent.restrictions = agent.restrictions
                             ? agent.restrictions
                             : std::optional(ref("restrictions", restrictions.version));
    agent.checkpoint = agent.checkpoint ? agent.checkpoint : std::optional(point(genesis_size_));
    if (!host.empty()) {
      const WorldHost& own = hosts.at(host);
      const Assignment& first = own.versions.front();
      const Digest digest = sha256(codec::encode(first));
      agent.assignment =
          agent.assignment ? agent.assignment : std::optional(VersionRef{digest, first.version});
      agent.keys =
          agent.keys ? agent.keys
                     : std::optional(OwnKeys{own.key.pub.encoded(), own.versions.back().keys.tls});
    }
  }
  put("state.json", "state.json", codec::encode(agent));
  inputs.org = inputs.org == Digest() ? org_ : inputs.org;
  if (!host.empty()) {
    inputs.host = inputs.host ? inputs.host : std::optional(host_id(host));
    if (with_own_plan && !inputs.own_plan && classes.contains(host)) {
      inputs.own_plan = OwnPlan{digest_of("class:" + host), sha256("token " + host).bytes()};
    }
  }
  put("inputs", "inputs.json", codec::encode(inputs));
}

Files World::seal() {
  seal_rosters();
  seal_documents();
  seal_batches();
  seen_.clear();
  for (Signing& one : genesis) {
    one.seen = one.seen.value_or(LogPoint{empty_root(), 0});
    sign(one);
  }
  genesis_size_ = signed_of(entries_.size());
  named_.clear();
  late_.clear();
  seal_change();
  for (const Signing& one : statements) {
    sign(one);
  }
  for (const auto& record_late : late_) {
    record_late();
  }
  seal_fresh();
  seen_.push_back(agent.checkpoint.value_or(point(genesis_size_)));
  seal_proofs();
  seal_memory();
  return std::move(files_);
}

}  // namespace twoseal::vectors
