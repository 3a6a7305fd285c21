// policy.yaml: approval rules, auto-approval, freezes, to policy and restrictions.
// docs/formats/policy-yaml.md.
#pragma once

#include <optional>

#include "authoring/profile.h"
#include "authoring/table.h"
#include "model/policy.h"

namespace twoseal::authoring {

/// One document of a chain: `prev` is absent in version 1.
struct ChainLink {
  Bytes nonce;  ///< 16 random octets
  std::optional<Digest> prev;
  std::int64_t version = 1;
};

struct PolicyContext {
  Profile profile = Profile::team;
  Digest org;
  UnixSeconds now = 0;
  ChainLink policy;
  ChainLink restrictions;
  const Roster* roster = nullptr;  ///< when given, components must be in it
};

struct CompiledPolicy {
  Policy policy;
  Restrictions restrictions;
  Bytes policy_bytes;  ///< canonical, as the next
  Bytes restrictions_bytes;
};

/// Compiles policy.yaml over the shipped policy of the profile: each part that the file has takes
/// the place of the shipped one as a whole. Errc::bad_yaml with every problem and its place.
[[nodiscard]] Result<CompiledPolicy> compile_policy(const Source& source,
                                                    const PolicyContext& context);

/// The shipped policy and empty restrictions, when there is no policy.yaml.
[[nodiscard]] CompiledPolicy compile_shipped_policy(const PolicyContext& context);

}  // namespace twoseal::authoring
