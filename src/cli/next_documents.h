// What people.yaml and policy.yaml are compiled with when an organisation has documents already.
#pragma once

#include "authoring/people_yaml.h"
#include "authoring/policy_yaml.h"
#include "policy/bundle.h"

namespace twoseal::cli {

/// For the version after `held`, which hands on what is not in people.yaml: keys of log,
/// timekeepers and server. With a new nonce.
[[nodiscard]] authoring::RosterContext next_roster_context(const Named<Roster>& held,
                                                           const Digest& org,
                                                           authoring::Profile profile,
                                                           UnixSeconds now);

/// For the versions after `policy` and `restrictions`, each with a new nonce. `roster` must outlive
/// it.
[[nodiscard]] authoring::PolicyContext next_policy_context(const Named<Policy>& policy,
                                                           const Named<Restrictions>& restrictions,
                                                           const Roster& roster,
                                                           const Digest& org,
                                                           authoring::Profile profile,
                                                           UnixSeconds now);

}  // namespace twoseal::cli
