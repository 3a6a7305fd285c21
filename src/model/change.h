// A change, and what belongs to its life: release, rollback, evidence, result.
// docs/formats/change.md.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/id.h"

namespace twoseal {

enum class ChangeKind {
  access,
  deploy,
  emergency,
  emergency_followup,
  network,
  normal,
  patch,
  provision,
  retire,
  toggle,
};

enum class ExecutorBy { agent, person, runner };

struct Executor {
  ExecutorBy by = ExecutorBy::agent;
  std::optional<HostId> host;               ///< runner only
  std::optional<std::vector<ActorId>> who;  ///< person only
  std::optional<Name> workspace;            ///< runner only
};

enum class HealthKind { command, http, service, tcp };

struct HealthCheck {
  std::optional<std::vector<std::string>> argv;  ///< command
  std::optional<std::int64_t> expect;            ///< http status
  HealthKind kind = HealthKind::tcp;
  std::optional<std::string> name;   ///< service
  std::optional<std::int64_t> port;  ///< tcp
  std::optional<std::string> url;    ///< http
  std::int64_t within = 0;           ///< seconds
};

enum class GateKind { automatic, owner, person };

/// What must hold after a phase before the next one begins.
struct Gate {
  std::optional<std::int64_t> failed_max;  ///< automatic only
  GateKind kind = GateKind::automatic;
  std::optional<std::int64_t> n;  ///< owner only: sign-offs
};

struct Phase {
  Gate gate;
  std::vector<HostId> hosts;
  Name name;
  std::int64_t soak = 0;  ///< seconds after the last result before the next phase
};

enum class RollbackKind { procedure, restore, state };

struct RollbackPlan {
  std::vector<Name> auto_on;
  std::optional<Digest> blob;  ///< procedure only
  RollbackKind kind = RollbackKind::restore;
  std::optional<Digest> state;  ///< state only
  std::int64_t within = 0;      ///< seconds

  bool operator==(const RollbackPlan&) const = default;
};

struct TargetHost {
  HostId id;
  std::string name;
};

struct TargetAsset {
  std::vector<ComponentId> components;
  Name data_class;
  Name env;
  Name id;
  std::string name;
};

/// Exactly one member is present. `where` is parsed and refused (C2).
struct Targets {
  std::optional<std::vector<TargetAsset>> assets;
  std::optional<std::vector<TargetHost>> hosts;
  std::optional<std::string> where;
};

struct EvidenceRef {
  Digest blob;
  ActorId by;
  Name kind;
};

struct Scan {
  std::optional<Digest> report;
  Name status;
};

struct Deploy {
  std::string action;
  std::string branch;
  std::string build;
  std::string env;
  std::string job;
  std::vector<std::string> links;
  Scan scan;
};

struct SecretRef {
  Digest ct;
  Name id;
  Name name;
  std::int64_t version = 0;
};

enum class Use { once, standing };

struct Window {
  UnixSeconds not_after = 0;
  UnixSeconds not_before = 0;
};

struct Change {
  std::optional<Digest>
      apply;  ///< state; absent when a person carries the change out, as plan, scope, phases
  ActorId author;
  std::optional<Name> auto_rule;
  std::vector<ComponentId> components;
  std::optional<std::vector<std::string>> contributors;  ///< person ids, or `?`
  std::optional<Deploy> deploy;
  std::vector<Name> effects;
  std::vector<EvidenceRef> evidence;
  Executor executor;
  std::vector<HealthCheck> health;
  ChangeKind kind = ChangeKind::normal;
  std::int64_t min_policy = 0;
  Bytes nonce;
  Digest org;
  std::optional<std::vector<Phase>> phases;
  std::optional<Digest> plan;
  std::vector<Digest> requires_changes;
  std::vector<Name> risks;
  RollbackPlan rollback;
  std::optional<ScopeId> scope;
  std::vector<SecretRef> secrets;
  std::string summary;
  Targets targets;
  std::string title;
  Use use = Use::once;
  std::string why;
  Window window;
};

/// An executor lets one phase of a change begin and names every statement that was seen.
struct Release {
  std::optional<std::int64_t> after;  ///< log index of the rollback that it overrides
  Digest change;
  Bytes nonce;
  Digest org;
  Name phase;
  std::vector<Digest> stmts;
};

/// Asks hosts (all when `hosts` is absent) to undo a change.
struct Rollback {
  Digest change;
  std::optional<std::vector<HostId>> hosts;
  Bytes nonce;
  Digest org;
};

enum class Verdict { fail, pass };

/// What a tool found about the core of a change (its bytes without the evidence list).
struct Evidence {
  Digest blob;
  Name kind;
  Bytes nonce;
  Digest org;
  Digest subject;
  std::string tool;
  Verdict verdict = Verdict::fail;
};

/// One criterion of an auto-approval as the host evaluated it.
struct Criterion {
  bool holds = false;
  std::string limit;
  std::string name;
  std::string value;
};

/// What a host did with a change. `outcome`: ok nochange failed rolled-back interrupted stale, or
/// `refused:` and a code.
struct HostResult {
  UnixSeconds at = 0;
  std::optional<std::vector<Criterion>> criteria;
  Digest change;
  HostId host;
  Bytes nonce;
  Digest org;
  std::string outcome;
  Name phase;
  std::optional<std::int64_t> rollback;  ///< entry of the request that was carried out by it
};

}  // namespace twoseal
