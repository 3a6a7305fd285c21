#include "authoring/profile.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/limits.h"
#include "crypto/public_key.h"
#include "model/names.h"
#include "policy/keyring.h"
#include "policy/matching.h"

namespace twoseal::authoring {
namespace {

constexpr std::string_view kProd = "prod";
constexpr std::int64_t kMonth = 30 * limits::kDay;
constexpr std::size_t kTeamPeople = 3;

Name name(std::string_view text) {
  return Name::parse(text).value();
}

RoleId role(std::string_view text) {
  return RoleId::parse(text).value();
}

template <class IdType>
std::vector<IdType> set_of(std::initializer_list<std::string_view> texts) {
  std::vector<IdType> ids;
  for (const std::string_view text : texts) {
    ids.push_back(IdType::parse(text).value());
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

Rule rule(std::string_view id, Match match, std::initializer_list<std::string_view> roles) {
  Rule out{.id = name(id), .match = std::move(match), .max_age = kMonth};
  for (const RoleId& one : set_of<RoleId>(roles)) {
    out.need.push_back({1, one});
  }
  return out;
}

Match in_prod() {
  return {.envs = set_of<Name>({kProd})};
}

std::vector<Rule> prod_rules() {
  Match infrastructure = in_prod();
  infrastructure.component_types = set_of<Name>({"infrastructure"});
  Match network = in_prod();
  network.component_types = set_of<Name>({"it", "network"});
  Match network_kind = in_prod();
  network_kind.kinds = set_of<Name>({"network"});
  Rule prod = rule("prod", in_prod(), {"engineering-lead", "security-lead"});
  prod.min_local = 1;
  return {prod,
          rule("prod-infrastructure", infrastructure, {"devops-lead"}),
          rule("prod-network", network, {"it-manager"}),
          rule("prod-network-change", network_kind, {"it-manager"})};
}

// One person alone can get no approval, so plain changes outside prod pass by criteria.
AutoRule solo_auto(UnixSeconds expires) {
  return {.envs = set_of<Name>({"dev", "test"}),
          .expires = expires,
          .id = name("solo"),
          .max_hosts = 20,
          .only_actions = set_of<Name>({"change", "create", "remove"}),
          .per_day = 20,
          .phases_required = 1,
          .window = 7 * limits::kDay};
}

std::vector<AssignRule> assign_rules(bool prod) {
  std::vector<AssignRule> rules = {
      {set_of<Name>({"dev", "test"}), {{1, set_of<RoleId>({"devops-lead", "it-manager"})}}}};
  if (prod) {
    rules.push_back(
        {set_of<Name>({kProd}), {{1, {role("devops-lead")}}, {1, {role("it-manager")}}}});
  }
  return rules;
}

EmergencyRule emergency_rule() {
  return {
      .max_hosts = 20,
      .natures = {{name("application"), set_of<RoleId>({"engineering-lead"})},
                  {name("data"), set_of<RoleId>({"executive", "security-officer"})},
                  {name("infrastructure"), set_of<RoleId>({"devops-lead"})},
                  {name("network"), set_of<RoleId>({"it-manager"})},
                  {name("security"), set_of<RoleId>({"security-lead", "security-officer"})}},
      .per_day = 3,
      .roles = set_of<RoleId>({"devops-lead", "engineering-lead", "it-manager", "security-lead"}),
      .window = 4 * 3600};
}

std::vector<PlanPermission> plan_permissions(bool prod) {
  std::vector<PlanPermission> all;
  for (const std::string_view env : shipped_envs()) {
    for (const std::string_view who :
         {"devops-lead", "engineering-lead", "executor", "it-manager", "security-lead"}) {
      if (prod || env != kProd) {
        all.push_back({name(env), role(who)});
      }
    }
  }
  return all;
}

// --- the check --------------------------------------------------------------------------------

// Who holds what today: ended grants and deputies do not count.
class Holders {
 public:
  explicit Holders(const Roster& roster) : roster_(roster) {}

  [[nodiscard]] std::set<ActorId> of(const RoleId& wanted) const {
    std::set<ActorId> people;
    for (const Person& person : roster_.people) {
      const bool holds =
          std::any_of(person.roles.begin(), person.roles.end(), [&](const auto& one) {
            return one.role == wanted && !one.until;
          });
      if (holds) {
        people.insert(person.id);
      }
    }
    for (const Component& component : roster_.components) {
      if (wanted.text() == "owner:" + component.id.text()) {
        people.insert(component.owners.begin(), component.owners.end());
      }
    }
    return people;
  }

  // People with a key that counts as local.
  [[nodiscard]] std::set<ActorId> with_local_key() const {
    std::set<ActorId> people;
    for (const Person& person : roster_.people) {
      for (const RosterKey& key : person.keys) {
        const auto pub = PublicKey::parse_ssh(key.pub);
        const std::string application = pub ? pub->application() : "";
        if (!key.compromised && !key.until && !key.login_only &&
            display_of(key.kind, application) == Display::local) {
          people.insert(person.id);
        }
      }
    }
    return people;
  }

 private:
  const Roster& roster_;
};

std::string joined(const std::set<ActorId>& people) {
  std::string text;
  for (const ActorId& one : people) {
    text += (text.empty() ? "" : ", ") + one.text();
  }
  return text.empty() ? "nobody" : text;
}

template <class T>
bool lists(const std::optional<std::vector<T>>& items, std::string_view text) {
  return !items || std::any_of(items->begin(), items->end(), [&](const T& one) {
    return one.text() == text;
  });
}

// Whether some component of the roster could make the rule match.
bool can_match(const Rule& one, const Roster& roster) {
  if (!one.match.component_types && !one.match.components) {
    return true;
  }
  return std::any_of(roster.components.begin(), roster.components.end(), [&](const auto& part) {
    return lists(one.match.component_types, enum_name(part.type)) &&
           lists(one.match.components, part.id.text());
  });
}

// Whether a rule asks for something of every change to the components that it matches.
bool is_unconditional(const Rule& one) {
  return !one.match.kinds && !one.match.effects && !one.match.data_classes;
}

std::map<RoleId, std::int64_t> prod_needs(const Roster& roster,
                                          const Policy& policy,
                                          bool unconditional) {
  std::map<RoleId, std::int64_t> needs;
  for (const Rule& one : policy.rules) {
    for (const Need& need : one.need) {
      if (lists(one.match.envs, kProd) && can_match(one, roster) &&
          is_unconditional(one) == unconditional) {
        needs[need.role] = std::max(needs[need.role], need.n);
      }
    }
  }
  return needs;
}

// Who is left to take a role: everybody else.
std::string others(const Roster& roster, const std::set<ActorId>& holders) {
  std::set<ActorId> rest;
  for (const Person& person : roster.people) {
    if (!holders.contains(person.id)) {
      rest.insert(person.id);
    }
  }
  return joined(rest);
}

// One holder more than needed: nobody approves a change of one's own.
void check_prod_roles(const Roster& roster,
                      const Policy& policy,
                      bool unconditional,
                      std::vector<std::string>& out) {
  const Holders holders(roster);
  for (const auto& [needed, n] : prod_needs(roster, policy, unconditional)) {
    const std::set<ActorId> people = holders.of(needed);
    if (static_cast<std::int64_t>(people.size()) <= n) {
      out.push_back((unconditional ? "prod needs " : "some changes in prod need ") +
                    std::to_string(n + 1) + " people in the role " + needed.text() +
                    ", because nobody approves a change of one's own; it is held by " +
                    joined(people) + "; give it also to one of " + others(roster, people));
    }
  }
}

// Whether different people can sign what `rule` asks for.
bool can_assign(const AssignRule& one, const Roster& roster, const std::set<ActorId>& allowed) {
  const Holders holders(roster);
  std::vector<ActorId> people(allowed.begin(), allowed.end());
  std::vector<Place> places;
  for (const AnyNeed& need : one.need) {
    Place place;
    for (std::size_t i = 0; i < people.size(); ++i) {
      if (std::any_of(need.roles.begin(), need.roles.end(), [&](const RoleId& wanted) {
            return holders.of(wanted).contains(people[i]);
          })) {
        place.push_back(i);
      }
    }
    places.insert(places.end(), static_cast<std::size_t>(need.n), place);
  }
  return match(places, people.size()).filled == places.size();
}

std::string env_list(const std::vector<Name>& envs) {
  std::string text;
  for (const Name& env : envs) {
    text += (text.empty() ? "" : ", ") + env.text();
  }
  return text;
}

void check_signers(const Roster& roster, const Policy& policy, ProfileCheck& out) {
  const Holders holders(roster);
  std::set<ActorId> everybody;
  for (const Person& person : roster.people) {
    everybody.insert(person.id);
  }
  const std::set<ActorId> local = roster.demo ? everybody : holders.with_local_key();
  const std::set<ActorId> officers = holders.of(role("security-officer"));
  if (officers.empty()) {
    out.faults.emplace_back("nobody holds the role security-officer, who signs every policy");
  } else if (std::none_of(officers.begin(), officers.end(), [&](const ActorId& one) {
               return local.contains(one);
             })) {
    out.advice.push_back("the policy is signed by a security officer with a local key, and " +
                         joined(officers) + " has none; make one with: twoseal key new --local");
  }
  if (static_cast<std::int64_t>(local.size()) < roster.policy_threshold) {
    out.advice.push_back("policies are signed by " + std::to_string(roster.policy_threshold) +
                         " people with local keys; only these have one: " + joined(local));
  }
  for (const AssignRule& one : policy.assign) {
    if (!can_assign(one, roster, everybody)) {
      out.faults.push_back("assignments in " + env_list(one.envs) +
                           " cannot be signed: the roles that the policy asks for are not held by "
                           "different people");
    } else if (!can_assign(one, roster, local)) {
      out.advice.push_back("assignments in " + env_list(one.envs) +
                           " are signed with local keys, and those who may sign them lack one");
    }
  }
  if (holders.of(role("executor")).empty()) {
    out.faults.emplace_back("nobody holds the role executor, who releases changes");
  }
}

void check_hosts(Profile profile,
                 const Policy& policy,
                 std::span<const Assignment> assignments,
                 ProfileCheck& out) {
  std::set<Name> seen;
  for (const Assignment& host : assignments) {
    if (profile == Profile::solo && host.env.text() == kProd) {
      out.faults.push_back("host " + host.name +
                           ": prod needs two people who approve; solo has one (choose team)");
    }
    if (!seen.insert(host.env).second) {
      continue;
    }
    const bool ruled = std::any_of(policy.rules.begin(), policy.rules.end(), [&](const Rule& one) {
      return lists(one.match.envs, host.env.text());
    });
    const bool assignable =
        std::any_of(policy.assign.begin(), policy.assign.end(), [&](const AssignRule& one) {
          return std::find(one.envs.begin(), one.envs.end(), host.env) != one.envs.end();
        });
    if (!ruled || !assignable) {
      out.faults.push_back("host " + host.name + ": the environment " + host.env.text() +
                           (ruled ? " has no assign rule" : " has no approval rule"));
    }
  }
}

void check_people(Profile profile, const Roster& roster, ProfileCheck& out) {
  const std::size_t people = roster.people.size();
  if (profile == Profile::solo && people != 1) {
    out.faults.push_back("solo is for one person, and there are " + std::to_string(people) +
                         "; choose team");
  }
  if (profile != Profile::team) {
    return;
  }
  if (people < kTeamPeople) {
    out.faults.push_back("a team has at least three people, and there are " +
                         std::to_string(people) + "; " + std::to_string(kTeamPeople - people) +
                         " more is needed to author and to approve");
  }
  if (roster.root.threshold < 2) {
    out.faults.emplace_back("root.threshold is at least 2 in a team");
  }
  if (roster.policy_threshold < 2) {
    out.faults.emplace_back("policy_threshold is at least 2 in a team");
  }
}

}  // namespace

std::optional<Profile> parse_profile(std::string_view text) {
  for (const Profile profile : {Profile::demo, Profile::solo, Profile::team}) {
    if (profile_name(profile) == text) {
      return profile;
    }
  }
  return std::nullopt;
}

std::string_view profile_name(Profile profile) {
  return profile == Profile::demo ? "demo" : profile == Profile::solo ? "solo" : "team";
}

std::int64_t default_threshold(Profile profile) {
  return profile == Profile::team ? 2 : 1;
}

std::int64_t default_expiry(Profile profile) {
  return (profile == Profile::demo ? 400 : 365) * limits::kDay;
}

const std::vector<std::string_view>& shipped_roles() {
  static const std::vector<std::string_view> kRoles = {"auditor",
                                                       "devops-lead",
                                                       "engineering-lead",
                                                       "executive",
                                                       "executor",
                                                       "it-manager",
                                                       "security-lead",
                                                       "security-officer"};
  return kRoles;
}

const std::vector<std::string_view>& shipped_envs() {
  static const std::vector<std::string_view> kEnvs = {"dev", "prod", "test"};
  return kEnvs;
}

const std::vector<std::string_view>& shipped_data_classes() {
  static const std::vector<std::string_view> kClasses = {
      "confidential", "internal", "public", "restricted"};
  return kClasses;
}

Policy shipped_policy(Profile profile, UnixSeconds issued) {
  const bool prod = profile != Profile::solo;
  Policy policy{.assign = assign_rules(prod),
                .defaults = {.rollback_within = limits::kDay, .window = 7 * limits::kDay},
                .emergency = emergency_rule(),
                .expires = issued + default_expiry(profile),
                .issued = issued,
                .plan = plan_permissions(prod),
                .version = 1};
  policy.rules.push_back(
      rule("non-prod", {.envs = set_of<Name>({"dev", "test"})}, {"engineering-lead"}));
  if (prod) {
    const std::vector<Rule> rules = prod_rules();
    policy.rules.insert(policy.rules.end(), rules.begin(), rules.end());
  } else {
    policy.auto_rules.push_back(solo_auto(policy.expires));
  }
  return policy;
}

ProfileCheck check_profile(Profile profile,
                           const Roster& roster,
                           const Policy& policy,
                           std::span<const Assignment> assignments) {
  ProfileCheck out;
  check_people(profile, roster, out);
  if (profile == Profile::team) {
    check_prod_roles(roster, policy, true, out.faults);
    check_prod_roles(roster, policy, false, out.advice);
  }
  check_signers(roster, policy, out);
  check_hosts(profile, policy, assignments, out);
  return out;
}

}  // namespace twoseal::authoring
