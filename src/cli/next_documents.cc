#include "cli/next_documents.h"

#include "base/limits.h"
#include "crypto/random.h"

namespace twoseal::cli {

authoring::RosterContext next_roster_context(const Named<Roster>& held,
                                             const Digest& org,
                                             authoring::Profile profile,
                                             UnixSeconds now) {
  authoring::RosterContext context;
  context.profile = profile;
  context.now = now;
  context.nonce = random_bytes(limits::kNonceSize);
  context.log = held.value.log;
  context.timekeepers = held.value.timekeepers;
  context.server_spki = held.value.server_spki;
  context.org = org;
  context.prev = held.digest;
  context.version = held.value.version + 1;
  return context;
}

authoring::PolicyContext next_policy_context(const Named<Policy>& policy,
                                             const Named<Restrictions>& restrictions,
                                             const Roster& roster,
                                             const Digest& org,
                                             authoring::Profile profile,
                                             UnixSeconds now) {
  authoring::PolicyContext context;
  context.profile = profile;
  context.org = org;
  context.now = now;
  context.policy = {random_bytes(limits::kNonceSize), policy.digest, policy.value.version + 1};
  context.restrictions = {
      random_bytes(limits::kNonceSize), restrictions.digest, restrictions.value.version + 1};
  context.roster = &roster;
  return context;
}

}  // namespace twoseal::cli
