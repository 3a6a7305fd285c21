// What a host remembers, and what a decision is asked about. docs/formats/decision-directory.md.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/id.h"
#include "model/fresh.h"

namespace twoseal {

struct AppliedChange {
  Digest change;
  bool rolled_back = false;
};

/// `rolled_back`: log index of the rollback. `overridden`: that of the newest one before it, which
/// a later release overrode: it was carried out, and says nothing about what began since.
struct UsedChange {
  Digest change;
  std::optional<std::int64_t> rolled_back;
  std::optional<std::int64_t> overridden;
};

/// How often a rule let a change pass on one day (days since 1970). `rule`: an auto id or
/// `emergency`.
struct DayCount {
  std::int64_t day = 0;
  std::int64_t n = 0;
  Name rule;
};

struct ScopeState {
  std::optional<Digest> base;
  std::vector<std::string> resources;  ///< identities that the scope owns on this host
  ScopeId scope;
};

/// The host's own public keys, when the decision is made on the host.
struct OwnKeys {
  Bytes id;
  Digest tls;
};

struct AgentState {
  std::vector<AppliedChange> applied;
  std::optional<VersionRef> assignment;
  std::optional<LogPoint> checkpoint;
  std::vector<DayCount> counts;
  std::optional<UnixSeconds> fresh_at;
  std::optional<OwnKeys> keys;
  Digest org;
  std::vector<std::string> own_paths;
  std::optional<VersionRef> policy;
  std::optional<VersionRef> restrictions;
  std::optional<VersionRef> roster;
  std::vector<ScopeState> scopes;
  std::vector<UsedChange> used;
};

/// The plan that the host made itself: the digest of its class blob and its token.
struct OwnPlan {
  Digest class_digest;
  Bytes token;
};

/// What decide is asked. `floor`: the newest freshness time seen. `host`: absent only for changes
/// that a person carries out.
struct DecisionInputs {
  UnixSeconds clock = 0;
  UnixSeconds floor = 0;
  std::optional<HostId> host;
  Digest org;
  std::optional<OwnPlan> own_plan;
};

/// What a vector says the decision must be.
struct Expectation {
  std::string code;      ///< `S3`; empty for permit
  std::string decision;  ///< permit, nochange or refuse
  std::int64_t exit = 0;
};

}  // namespace twoseal
