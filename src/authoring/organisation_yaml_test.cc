// people.yaml, hosts.yaml, policy.yaml and whether they fit together.
#include <fstream>
#include <iterator>

#include <doctest/doctest.h>

#include "authoring/hosts_yaml.h"
#include "authoring/people_yaml.h"
#include "authoring/policy_yaml.h"
#include "authoring/profile.h"
#include "base/encoding.h"
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

Result<Bytes> read_sample(std::string_view name) {
  std::ifstream file(test::golden_path("authoring/" + std::string(name)), std::ios::binary);
  if (!file) {
    return fail(Errc::no_input, "no such file");
  }
  return Bytes(std::istreambuf_iterator<char>(file), {});
}

RosterContext roster_context(Profile profile = Profile::team) {
  const Bytes timekeeper =
      base64_decode("AAAAC3NzaC1lZDI1NTE5AAAAIMqa3CSRjt6b0V4mIZrGIVZWtg/hu8mGFUtB6WVl0I/f").value();
  return {
      .profile = profile,
      .now = kNow,
      .nonce = Bytes(16, 'n'),
      .log = {"example.org/twoseal/log1",
              {"example.org/twoseal/log1+660883b2+Aaa390ZEMQUgjJPL9ooaFsOtCxRXRC2MK1SpzOEKvJ0T"}},
      .timekeepers = {{{id<KeyId>(sha256(timekeeper).hex().substr(0, 32)), timekeeper}}, 1},
      .server_spki = {sha256("two"), sha256("one")}};
}

std::string people_text() {
  return test::read_golden("authoring/people-v1.yaml");
}

Result<CompiledRoster> people(const std::string& text, Profile profile = Profile::team) {
  return compile_people({text, "people.yaml"}, read_sample, roster_context(profile));
}

std::string people_refusal(const std::string& text) {
  const auto roster = people(text);
  return roster ? "" : roster.error().where + " " + roster.error().what;
}

const Roster& sample_roster() {
  static const Roster kRoster = people(people_text())->roster;
  return kRoster;
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  REQUIRE_MESSAGE(at != std::string::npos, from);
  return text.replace(at, from.size(), to);
}

std::string people_with(std::string_view from, std::string_view to) {
  return people_refusal(replaced(people_text(), from, to));
}

bool has(const std::string& text, std::string_view part) {
  INFO(text);
  return text.find(part) != std::string::npos;
}

HostsContext hosts_context() {
  return {.org = sha256("org"),
          .now = kNow,
          .nonce = [] { return Bytes(16, 'h'); },
          .roster = &sample_roster()};
}

std::string hosts_text() {
  return test::read_golden("authoring/hosts-v1.yaml");
}

auto hosts(const std::string& text, const HostsContext& context = hosts_context()) {
  return compile_hosts({text, "hosts.yaml"}, read_sample, context);
}

std::string hosts_with(std::string_view from, std::string_view to) {
  const auto out = hosts(replaced(hosts_text(), from, to));
  return out ? "" : out.error().where + " " + out.error().what;
}

PolicyContext policy_context(Profile profile = Profile::team) {
  return {.profile = profile,
          .org = sha256("org"),
          .now = kNow,
          .policy = {.nonce = Bytes(16, 'p')},
          .restrictions = {.nonce = Bytes(16, 'r')},
          .roster = &sample_roster()};
}

Result<CompiledPolicy> policy(const std::string& text) {
  return compile_policy({text, "policy.yaml"}, policy_context());
}

std::string policy_refusal(const std::string& text) {
  const auto out = policy(text);
  return out ? "" : out.error().where + " " + out.error().what;
}

std::string policy_with(std::string_view from, std::string_view to) {
  return policy_refusal(replaced(test::read_golden("authoring/policy-v1.yaml"), from, to));
}

std::string faults(Profile profile,
                   const Roster& roster,
                   const Policy& policy,
                   const std::vector<Assignment>& assignments = {}) {
  std::string text;
  for (const std::string& fault : check_profile(profile, roster, policy, assignments).faults) {
    text += fault + "\n";
  }
  return text;
}

std::string advice(const Roster& roster) {
  std::string text;
  for (const std::string& one :
       check_profile(Profile::team, roster, shipped_policy(Profile::team, kNow), {}).advice) {
    text += one + "\n";
  }
  return text;
}

}  // namespace

TEST_CASE("people.yaml compiles to the golden roster") {
  const auto roster = people(people_text());
  REQUIRE_MESSAGE(roster.has_value(), (roster ? "" : roster.error().where + roster.error().what));
  test::check_golden("authoring/people-v1.json", roster->bytes);
  CHECK_FALSE(roster->roster.demo);
  CHECK(roster->roster.expires == kNow + 365 * limits::kDay);
  CHECK(roster->roster.server_spki.front() < roster->roster.server_spki.back());
}

TEST_CASE("the profile fills in thresholds, expiry and the demo mark") {
  const std::string text =
      replaced(replaced(people_text(), "policy_threshold: 2\n", ""), "  threshold: 2\n", "");
  CHECK(people(text)->roster.root.threshold == 2);
  CHECK(people(text)->roster.policy_threshold == 2);
  const auto demo = people(text, Profile::demo);
  CHECK(demo->roster.demo);
  CHECK(demo->roster.root.threshold == 1);
  CHECK(demo->roster.policy_threshold == 1);
  CHECK(demo->roster.expires == kNow + 400 * limits::kDay);
}

TEST_CASE("what is wrong with people is told at its place") {
  CHECK(has(people_with("roles: [executor]\n    git", "role: [executor]\n    git"),
            "people[3].role: this key is not known here; did you mean 'roles'?"));
  CHECK(has(people_with("devops-lead,", "devop-lead,"),
            "people.yaml:11:13 people[2].roles[0]: 'devop-lead' is not known here; did you mean "
            "'devops-lead'?"));
  CHECK(has(people_with("devops-lead,", "\"owner:shp\","), "there is no component 'shp'"));
  CHECK(has(people_with("[devops-lead, ", "[executor, executor, "), "'executor' stands twice"));
  CHECK(has(people_with("owners: [jun]", "owners: [june]"), "there is no person 'p:june'"));
  CHECK(has(people_with("for: jun", "for: juno"), "there is no person 'p:juno'"));
  CHECK(has(people_with("id: jun", "id: amara"), "'p:amara' stands twice"));
  CHECK(has(people_with("id: jun", "id: Jun"), "'p:Jun' is not a valid name"));
  CHECK(has(people_with("id: shop", "id: ssh"), "'ssh' stands twice"));
  CHECK(has(people_with("to: 2026-12-24", "to: 2026-11-24"), "must end after it begins"));
  CHECK(has(people_with("unit:ssh", "ssh.service"), "is a path, or unit:"));
  CHECK(has(people_with("type: app", "type: application"), "'application' is not known here"));
  CHECK(has(people_with("threshold: 2", "threshold: 4"), "has fewer keys than the threshold of 4"));
  CHECK(has(people_refusal("people: [{id: a}]\n"), "root: missing"));
  CHECK(has(people_refusal("root: {keys: [keys/root-a.pub]}\n"), "people: missing"));
}

TEST_CASE("keys are checked where they stand") {
  CHECK(
      has(people_with("keys/amara.pub", "keys/rsa.pub"), "people.yaml:5:36 people[0].keys[0].pub"));
  CHECK(has(people_with("keys/amara.pub", "keys/nobody.pub"), "cannot be read: no such file"));
  CHECK(has(people_with("keys/amara.pub", "keys/ida.pub"), "this key stands twice; first in line"));
  CHECK(has(people_with("keys/amara.pub", "people-v1.yaml"), "is not the one line of a .pub file"));
  CHECK(has(people_with("keys/amara.pub", "keys/p256.pub"),
            "a local-file key is an ssh-ed25519 key"));
  CHECK(has(people_with("keys/amara.pub", "keys/jun.pub"), "has 'kind: sk'"));
  CHECK(has(people_with("keys/jun.pub", "keys/p256.pub"),
            "'kind: sk' is for keys on a security key"));
  CHECK(has(people_with("kind: local-file", "kind: file"), "'file' is not known here"));
  CHECK(has(people_with("kind: local-file, ", ""), "keys[0].kind: missing"));
  CHECK(has(people_with("        rp_id: twoseal.example.org\n", ""), "rp_id: a passkey has one"));
  CHECK(has(people_with("MFkwEwYH", "MFkwEwYI"), "people[3].keys[1].pub"));
  CHECK(has(people_with("MFkwEwYH", "MFkw!"), "is not a SubjectPublicKeyInfo in base64"));
  CHECK(has(people_with("\"ssh-ed25519 AAAA", "\"ssh-ed25519 !AAA"), "people[3].keys[0].pub"));
  CHECK(has(people_with("\"ssh-ed25519 AAAA", "\"ssh-ecdsa AAAA"), "another type than its line"));
  CHECK(has(people_with("keys/root-b.pub", "keys/root-a.pub"), "people.yaml:1:1"));
  CHECK(has(people_with("rp_id: twoseal.example.org, origin", "rp_id: example.org, origin"),
            "people.yaml:1:1"));
}

TEST_CASE("a private key in place of a public one is told") {
  const auto reader = [](std::string_view name) -> Result<Bytes> {
    return name == "keys/amara.pub" ? Result<Bytes>("-----BEGIN OPENSSH PRIVATE KEY-----\n")
                                    : read_sample(name);
  };
  const auto roster = compile_people({people_text(), "people.yaml"}, reader, roster_context());
  REQUIRE_FALSE(roster.has_value());
  CHECK(has(roster.error().what, "this is a private key; name the .pub file"));
}

TEST_CASE("hosts.yaml compiles to the golden assignments") {
  const auto out = hosts(hosts_text());
  REQUIRE_MESSAGE(out.has_value(), (out ? "" : out.error().where + out.error().what));
  REQUIRE(out->size() == 2);
  std::string all;
  for (const CompiledAssignment& one : *out) {
    CHECK(one.is_changed);
    all += one.bytes + "\n";
  }
  test::check_golden("authoring/hosts-v1.json", all);
}

TEST_CASE("what is wrong with hosts is told at its place") {
  CHECK(has(hosts_with("name: web-02", "name: web-01"),
            "'name web-01' stands twice; first in line 3"));
  CHECK(has(hosts_with("name: web-02", "name: Web_02"), "is made of DNS labels"));
  CHECK(has(hosts_with("keys/web-02.pub", "keys/web-01.pub"), "stands twice"));
  CHECK(has(hosts_with("keys/web-02.pub", "keys/jun.pub"),
            "the identity of a host is an ssh-ed25519 key"));
  CHECK(has(
      hosts_with("env: prod, data_class: internal, components", "data_class: internal, components"),
      "env: missing here and in defaults"));
  CHECK(has(hosts_with("data_class: internal, components", "components"),
            "data_class: missing here and in defaults"));
  CHECK(has(hosts_with("env: test", "env: tset"), "did you mean 'test'?"));
  CHECK(has(hosts_with("data_class: public", "data_class: pubic"), "did you mean 'public'?"));
  CHECK(has(hosts_with("components: [shop]", "components: [shp]"), "there is no component 'shp'"));
  CHECK(has(hosts_with("labels: {role: db}", "labels: {env: db}"), "a label is called by"));
  CHECK(has(hosts_with("labels: {role: db}", "labels: {Role: db}"), "a label is called by"));
  CHECK(has(hosts_with("expires: 90d", "expires: 1h"), "out of range"));
  CHECK(has(hosts_with("age: \"/fme", "age: \"!fme"), "keys.age"));
  CHECK(has(hosts_with("age: \"/fmeRluC", "age: \""), "assignment.keys.age"));
  CHECK(has(hosts_with("expires: 90d", "expires_in: 90d"), "not known here"));
  const auto no_keys = hosts("hosts: [{name: a, env: dev, data_class: public}]\n");
  REQUIRE_FALSE(no_keys.has_value());
  CHECK(no_keys.error().what == "hosts[0]: keys: missing");
}

TEST_CASE("keys of hosts may come from their join requests") {
  HostsContext context = hosts_context();
  context.keys = [](const std::string& name) -> Result<HostKeys> {
    if (name != "a") {
      return fail(Errc::not_found, "no join request of this name");
    }
    return HostKeys{Bytes(32, 'a'), Bytes(51, 'i'), sha256("tls")};
  };
  CHECK(hosts("hosts: [{name: a, env: dev, data_class: public}]\n", context).has_value());
  const auto missing = hosts("hosts: [{name: b, env: dev, data_class: public}]\n", context);
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error().what == "hosts[0]: keys: no join request of this name");
}

TEST_CASE("a host keeps its assignment until something changes or it nears its end") {
  const auto first = hosts(hosts_text());
  REQUIRE(first.has_value());
  const std::vector<Assignment> previous = {(*first)[0].assignment, (*first)[1].assignment};
  HostsContext later = hosts_context();
  later.now += limits::kDay;
  later.previous = previous;
  const auto same = hosts(hosts_text(), later);
  REQUIRE(same.has_value());
  CHECK_FALSE((*same)[0].is_changed);
  CHECK((*same)[0].bytes == (*first)[0].bytes);
  const auto changed = hosts(replaced(hosts_text(), "site: graz", "site: linz"), later);
  REQUIRE(changed.has_value());
  CHECK((*changed)[0].is_changed);
  CHECK((*changed)[0].assignment.version == 2);
  CHECK((*changed)[0].assignment.prev == sha256((*first)[0].bytes));
  later.now = previous[0].expires - 29 * limits::kDay;
  CHECK((*hosts(hosts_text(), later))[0].is_changed);
}

TEST_CASE("policy.yaml compiles to the golden policy and restrictions") {
  const auto out = policy(test::read_golden("authoring/policy-v1.yaml"));
  REQUIRE_MESSAGE(out.has_value(), (out ? "" : out.error().where + out.error().what));
  test::check_golden("authoring/policy-v1.json", out->policy_bytes);
  test::check_golden("authoring/policy-v1.restrictions.json", out->restrictions_bytes);
}

TEST_CASE("without policy.yaml the shipped policy of the profile holds") {
  for (const Profile profile : {Profile::demo, Profile::solo, Profile::team}) {
    const CompiledPolicy out = compile_shipped_policy(policy_context(profile));
    CHECK(codec::decode<Policy>(out.policy_bytes).has_value());
    CHECK(codec::decode<Restrictions>(out.restrictions_bytes).has_value());
    test::check_golden(
        "authoring/policy-shipped-" + std::string(profile_name(profile)) + "-v1.json",
        out.policy_bytes);
    CHECK(parse_profile(profile_name(profile)) == profile);
  }
  CHECK_FALSE(parse_profile("company").has_value());
}

TEST_CASE("a policy file with one part keeps the shipped others") {
  const auto out = policy(
      "freezes: [{id: a, envs: [prod], from: 2026-12-20T00:00:00Z, to: 2026-12-21T00:00:00Z}]\n");
  REQUIRE(out.has_value());
  CHECK(out->policy_bytes == compile_shipped_policy(policy_context()).policy_bytes);
  CHECK(out->restrictions.freezes.size() == 1);
  CHECK(policy("{}")->policy_bytes == out->policy_bytes);
}

TEST_CASE("what is wrong with a policy is told at its place") {
  CHECK(has(policy_with("id: everything", "id: prod"),
            "policy.yaml:14:9 rules[1].id: 'prod' stands twice"));
  CHECK(has(policy_with("max_age: 14d", "maxage: 14d"), "did you mean 'max_age'?"));
  CHECK(has(policy_with("    match: {}\n", ""), "rules[1].match: missing"));
  CHECK(has(policy_with("need: [engineering-lead]", "need: []"), "has 0 items"));
  CHECK(has(policy_with("need: [engineering-lead]", "need: {}"), "names 1 to 32 roles"));
  CHECK(has(policy_with("need: [engineering-lead]", "need: [enginering-lead]"), "did you mean"));
  CHECK(has(policy_with("security-lead: 1", "securty-lead: 1"), "did you mean 'security-lead'?"));
  CHECK(has(policy_with("security-lead: 1", "security-lead: 0"), "out of range"));
  CHECK(has(policy_with("components: [shop]", "components: [shp]"), "there is no component 'shp'"));
  CHECK(has(policy_with("effects: [auth", "effects: [autth"), "did you mean 'auth'?"));
  CHECK(has(policy_with("kinds: [deploy, patch]", "kinds: [deploy, deploy]"), "stands twice"));
  CHECK(
      has(policy_with("only_actions: [change", "only_actions: [chnge"), "did you mean 'change'?"));
  CHECK(has(policy_with("envs: [dev, test]\n    only", "envs: [dev, tets]\n    only"),
            "did you mean 'test'?"));
  CHECK(has(policy_with("expires: 2027-01-01T00:00:00Z", "expires: never"), "is not a duration"));
  CHECK(has(policy_with("    max_hosts: 10\n", ""), "auto[0].max_hosts: missing"));
  CHECK(has(policy_with("roles: [devops-lead]", "roles: []"), "has 0 items"));
  CHECK(has(policy_with("  dev: [engineer]", "  dv: [engineer]"), "did you mean 'dev'?"));
  CHECK(has(policy_with("window: 2h", "window: 2d"), "out of range"));
  CHECK(has(policy_with("to: 2027-01-06", "to: 2026-01-06"), "must end after it begins"));
  CHECK(has(policy_with("id: shop-sale", "id: year-end"), "stands twice"));
  CHECK(has(policy_with("expires: 180d", "expires: 1s"), "out of range"));
  CHECK(has(policy_with("\"sha256:00", "\"sha255:00"), "noise[0]"));
  CHECK(policy_with("expires: 2027-01-01T00:00:00Z", "expires: 30d").empty());
}

TEST_CASE("a team of the golden people and hosts stands") {
  const auto out = hosts(hosts_text());
  std::vector<Assignment> assignments;
  for (const CompiledAssignment& one : *out) {
    assignments.push_back(one.assignment);
  }
  // it-manager and devops-lead are needed in prod for infrastructure, and held once each.
  Roster roster = sample_roster();
  roster.people[0].roles.push_back({id<RoleId>("devops-lead"), std::nullopt});
  roster.people[0].roles.push_back({id<RoleId>("it-manager"), std::nullopt});
  CHECK(faults(Profile::team, roster, shipped_policy(Profile::team, kNow), assignments).empty());
  CHECK(advice(roster).empty());
}

TEST_CASE("who is missing in a team is named") {
  const Policy shipped = shipped_policy(Profile::team, kNow);
  CHECK(faults(Profile::team, sample_roster(), shipped) ==
        "prod needs 2 people in the role devops-lead, because nobody approves a change of one's "
        "own; it is held by p:jun; give it also to one of p:amara, p:ida, p:leo\n");
  Roster roster = sample_roster();
  roster.components.clear();
  CHECK(faults(Profile::team, roster, shipped).empty());
  roster.people.resize(2);
  roster.root.threshold = 1;
  roster.policy_threshold = 1;
  const std::string all = faults(Profile::team, roster, shipped);
  CHECK(has(all, "a team has at least three people, and there are 2"));
  CHECK(has(all, "root.threshold is at least 2"));
  CHECK(has(all, "policy_threshold is at least 2"));
  CHECK(has(all, "in the role engineering-lead"));
  CHECK(has(all, "assignments in prod cannot be signed"));
  roster = sample_roster();
  for (Person& person : roster.people) {
    std::erase_if(person.roles, [](const RoleGrant& one) {
      return one.role.text() == "security-officer" || one.role.text() == "executor";
    });
  }
  const std::string none = faults(Profile::team, roster, shipped);
  CHECK(has(none, "nobody holds the role security-officer"));
  CHECK(has(none, "nobody holds the role executor"));
}

TEST_CASE("a role that only some changes need is advice") {
  CHECK(has(advice(sample_roster()),
            "some changes in prod need 2 people in the role it-manager, because nobody approves a "
            "change of one's own; it is held by p:ida"));
}

TEST_CASE("grants that ended do not fill a role") {
  Roster roster = sample_roster();
  roster.components.clear();
  for (RoleGrant& one : roster.people[2].roles) {
    one.until = 5;
  }
  CHECK(has(faults(Profile::team, roster, shipped_policy(Profile::team, kNow)),
            "role engineering-lead, because nobody approves a change of one's own; it is held by "
            "p:amara"));
}

TEST_CASE("missing local keys are advice, because a later roster can bring them") {
  Roster roster = sample_roster();
  roster.components.clear();
  for (Person& person : roster.people) {
    for (RosterKey& key : person.keys) {
      key.kind = KeyKind::ssh;
    }
  }
  CHECK(faults(Profile::team, roster, shipped_policy(Profile::team, kNow)).empty());
  CHECK(has(advice(roster), "p:amara has none; make one with: twoseal key new --local"));
  CHECK(has(advice(roster), "policies are signed by 2 people with local keys"));
  CHECK(has(advice(roster), "assignments in prod are signed with local keys"));
  roster.demo = true;
  CHECK_FALSE(has(advice(roster), "local key"));
}

TEST_CASE("an owner of a component fills the role of its owners") {
  const Roster& roster = sample_roster();
  Policy rules = shipped_policy(Profile::team, kNow);
  rules.rules = {{.id = id<Name>("shop"), .need = {{1, id<RoleId>("owner:shop")}}}};
  CHECK(faults(Profile::team, roster, rules).empty());
  rules.rules[0].need[0].role = id<RoleId>("owner:ssh");
  CHECK(has(faults(Profile::team, roster, rules), "in the role owner:ssh"));
}

TEST_CASE("solo is for one person without prod") {
  Roster roster = sample_roster();
  const Policy solo = shipped_policy(Profile::solo, kNow);
  CHECK(has(faults(Profile::solo, roster, solo), "solo is for one person, and there are 4"));
  roster.people.resize(1);
  roster.people[0].roles = {{id<RoleId>("devops-lead"), std::nullopt},
                            {id<RoleId>("executor"), std::nullopt},
                            {id<RoleId>("security-officer"), std::nullopt}};
  CHECK(faults(Profile::solo, roster, solo).empty());
  Assignment host;
  host.name = "web-01";
  host.env = id<Name>("prod");
  const std::string prod = faults(Profile::solo, roster, solo, {host});
  CHECK(has(prod, "host web-01: prod needs two people"));
  CHECK(has(prod, "the environment prod has no approval rule"));
}

TEST_CASE("an environment without rules is a fault") {
  Assignment host;
  host.name = "web-01";
  host.env = id<Name>("staging");
  Roster roster = sample_roster();
  roster.components.clear();
  Policy rules = shipped_policy(Profile::team, kNow);
  CHECK(faults(Profile::team, roster, rules, {host, host}) ==
        "host web-01: the environment staging has no approval rule\n");
  rules.rules[0].match.envs.reset();
  CHECK(has(faults(Profile::team, roster, rules, {host}), "staging has no assign rule"));
}
