// Policy and restrictions: which approvals are needed, what is forbidden. docs/formats/policy.md.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/id.h"

namespace twoseal {

/// `n` different people in `role`.
struct Need {
  std::int64_t n = 1;
  RoleId role;
};

/// `n` different people, each in one of `roles`.
struct AnyNeed {
  std::int64_t n = 1;
  std::vector<RoleId> roles;
};

/// A list that is present must share an item with the change; an absent one matches everything.
struct Match {
  std::optional<std::vector<Name>> component_types;
  std::optional<std::vector<ComponentId>> components;
  std::optional<std::vector<Name>> data_classes;
  std::optional<std::vector<Name>> effects;
  std::optional<std::vector<Name>> envs;
  std::optional<std::vector<Name>> kinds;
};

struct Rule {
  std::optional<std::vector<Name>> evidence_required;
  Name id;
  Match match;
  std::int64_t max_age = 0;  ///< seconds
  std::int64_t min_local = 0;
  std::vector<Need> need;
  bool need_uv = false;
  bool no_file = false;
  bool no_sync = false;
  bool owner_ack = false;
};

/// `by`: ids of services or people, or roles, any of whom may attest this kind.
struct EvidenceNeed {
  std::vector<ActorId> by;
  Name kind;
};

/// Criteria for auto-approval, each an upper bound.
struct AutoRule {
  std::vector<Name> envs;
  std::vector<EvidenceNeed> evidence_required;
  UnixSeconds expires = 0;
  Name id;
  Match match;
  std::int64_t max_hosts = 0;
  std::vector<Name> only_actions;
  std::int64_t per_day = 0;
  std::int64_t phases_required = 0;  ///< at least so many phases
  std::int64_t window = 0;           ///< seconds, the longest window
};

/// Who signs assignments whose stored or new environment is among `envs`.
struct AssignRule {
  std::vector<Name> envs;
  std::vector<AnyNeed> need;
};

struct Nature {
  Name nature;
  std::vector<RoleId> roles;
};

struct EmergencyRule {
  std::int64_t max_hosts = 0;
  std::vector<Nature> natures;
  std::int64_t per_day = 0;
  std::vector<RoleId> roles;
  std::int64_t window = 0;  ///< seconds
};

struct PlanPermission {
  Name env;
  RoleId role;
};

/// What the author's CLI fills in.
struct Defaults {
  std::int64_t rollback_within = 0;
  std::int64_t window = 0;
};

struct Policy {
  std::vector<AssignRule> assign;
  std::vector<AutoRule> auto_rules;
  Defaults defaults;
  EmergencyRule emergency;
  UnixSeconds expires = 0;
  UnixSeconds issued = 0;
  std::vector<Name> no_auto_rollback;
  std::vector<Digest> noise;
  Bytes nonce;
  Digest org;
  std::vector<PlanPermission> plan;
  std::optional<Digest> prev;
  std::vector<Digest> releases;
  std::vector<Rule> rules;
  std::int64_t version = 0;
};

struct Freeze {
  bool emergency = false;  ///< lets emergency changes pass
  std::vector<Name> envs;
  UnixSeconds from = 0;
  Name id;
  std::optional<ScopeId> scope;
  UnixSeconds to = 0;
};

struct Exception {
  std::string asset;
  Name id;
  std::string rule;
  UnixSeconds until = 0;
  std::string why;
};

struct Restrictions {
  std::vector<Exception> exceptions;
  UnixSeconds expires = 0;
  std::vector<Freeze> freezes;
  UnixSeconds issued = 0;
  Bytes nonce;
  Digest org;
  std::optional<Digest> prev;
  std::int64_t version = 0;
};

}  // namespace twoseal
