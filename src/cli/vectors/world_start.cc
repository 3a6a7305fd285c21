// The organisation, policy, hosts, change and statements that every World begins with.
#include <algorithm>

#include "base/limits.h"
#include "cli/vectors/world.h"
#include "crypto/hash.h"
#include "ledger/note.h"

namespace twoseal::vectors {
namespace {

constexpr UnixSeconds kGenesis = kNow - limits::kDay;

Bytes seed_of(std::string_view name) {
  return sha256("twoseal vector key " + std::string(name)).bytes();
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

BareKey bare(const SoftwareKey& key) {
  return {key.pub.id(), key.pub.encoded()};
}

}  // namespace

Bytes nonce_of(std::string_view name) {
  return sha256("twoseal vector nonce " + std::string(name)).bytes().substr(0, limits::kNonceSize);
}

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

}  // namespace twoseal::vectors
