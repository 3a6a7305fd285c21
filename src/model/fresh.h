// Freshness: which documents are current, said by the timekeepers; and stops.
// docs/formats/fresh.md.
#pragma once

#include <optional>
#include <vector>

#include "base/id.h"
#include "model/statement.h"

namespace twoseal {

struct VersionRef {
  Digest digest;
  std::int64_t version = 0;
  auto operator<=>(const VersionRef&) const = default;
};

struct Fresh {
  Digest assignments_root;
  UnixSeconds at = 0;
  LogPoint log;
  Digest org;
  VersionRef policy;
  VersionRef restrictions;
  VersionRef roster;
  Digest stops;
  std::int64_t ttl = 0;
};

/// The list that `Fresh::stops` names.
struct StopList {
  UnixSeconds at = 0;
  std::vector<Digest> list;
  Digest org;
};

enum class StopEffect { pause, stop };

/// Exactly one member is present.
struct StopTarget {
  std::optional<Digest> change;
  std::optional<Digest> org;
  std::optional<ScopeId> scope;
};

struct Stop {
  ActorId by;
  StopEffect effect = StopEffect::stop;
  UnixSeconds from = 0;
  Name id;
  Bytes nonce;
  Digest org;
  StopTarget target;
  UnixSeconds to = 0;
};

}  // namespace twoseal
