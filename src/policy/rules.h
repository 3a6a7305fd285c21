// Which approval rules match, and what they ask for together.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "base/limits.h"
#include "policy/inspection.h"

namespace twoseal {

/// What all matching rules ask for together.
struct Requirement {
  std::map<RoleId, std::int64_t> need;  ///< different people per role
  std::int64_t min_local = 0;
  std::int64_t max_age = limits::kIntegerMax;
  bool need_uv = false;
  bool no_file = false;
  bool no_sync = false;
  bool owner_ack = false;
  std::set<Name> evidence;
  std::vector<Name> rules;  ///< ids of the rules that match
};

/// Components that `target` and the change declare or touch.
[[nodiscard]] std::set<ComponentId> components_of(const Inspection& in, const TargetLabels& target);

/// Whether `match` fits the change on `target` with `effects`.
[[nodiscard]] bool matches(const Inspection& in,
                           const Match& match,
                           const TargetLabels& target,
                           const std::set<Name>& effects);

/// The union of all rules that match, over all targets. No rule in `rules` means that some target
/// is covered by none.
[[nodiscard]] Requirement requirement_of(const Inspection& in, const std::set<Name>& effects);

/// Whether any target is in prod.
[[nodiscard]] bool touches_prod(const Inspection& in);

}  // namespace twoseal
