// Profiles: what an organisation starts with when it says nothing else.
// docs/formats/policy-yaml.md.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/assignment.h"
#include "model/policy.h"
#include "model/roster.h"

namespace twoseal::authoring {

/// demo: invented people with published keys, refused by real agents. solo: one person, no prod.
/// team: at least three people.
enum class Profile { demo, solo, team };

[[nodiscard]] std::optional<Profile> parse_profile(std::string_view text);
[[nodiscard]] std::string_view profile_name(Profile profile);

/// How many root keys sign a roster, and how many people a policy, unless people.yaml says so.
[[nodiscard]] std::int64_t default_threshold(Profile profile);

/// Seconds until documents expire: 365 days, in a demo 400.
[[nodiscard]] std::int64_t default_expiry(Profile profile);

/// The roles, environments and data classes that rules and people usually name.
[[nodiscard]] const std::vector<std::string_view>& shipped_roles();
[[nodiscard]] const std::vector<std::string_view>& shipped_envs();
[[nodiscard]] const std::vector<std::string_view>& shipped_data_classes();

/// The policy of the profile, without nonce, organisation and chain; valid from `issued`.
[[nodiscard]] Policy shipped_policy(Profile profile, UnixSeconds issued);

/// What stands against an organisation. A fault makes it unable to work as its profile promises; a
/// piece of advice is something that can still be brought in order by a later roster.
struct ProfileCheck {
  std::vector<std::string> faults;
  std::vector<std::string> advice;
};

/// Whether people, policy and hosts fit together: enough people, each role that prod needs held by
/// two of them, somebody for every signature that documents need. Names who or what is missing.
[[nodiscard]] ProfileCheck check_profile(Profile profile,
                                         const Roster& roster,
                                         const Policy& policy,
                                         std::span<const Assignment> assignments);

}  // namespace twoseal::authoring
