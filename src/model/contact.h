// What agent and server say to each other between signed objects. docs/formats/agent-protocol.md.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/id.h"
#include "model/fresh.h"
#include "model/statement.h"

namespace twoseal {

/// A host asks whether there is anything new. Not signed: the connection says who asks, and nothing
/// is decided by it.
struct Contact {
  std::string agent;  ///< version of the program
  std::optional<VersionRef> assignment;
  std::string boot;
  LogPoint checkpoint;                  ///< newest verified
  std::int64_t counter = 0;             ///< of the newest report
  std::optional<std::string> looks_on;  ///< why it takes no change: `TS-2191`
  Digest org;
  std::optional<VersionRef> policy;
  std::optional<VersionRef> restrictions;
  std::optional<VersionRef> roster;
  std::int64_t wait = 0;  ///< seconds that the host would wait for news
};

enum class WorkKind { apply, plan, rollback };

/// Something that a host is asked to look at. `digest`: of the change, or of the plan request.
struct Work {
  Digest digest;
  WorkKind kind = WorkKind::apply;

  bool operator==(const Work&) const = default;
};

struct WorkList {
  Digest org;
  std::vector<Work> work;
};

/// A host does not answer a request for a plan.
struct PlanRefusal {
  std::string code;  ///< `TS-6002`
  Digest org;
  Digest request;
  std::string what;
};

/// A request to join, with the MAC that the issuer of the token will check.
struct JoinSubmission {
  Bytes mac;      ///< 32 octets
  Bytes request;  ///< the bytes of a join-request
};

/// How far a request to join has come. `certificate`: PEM, once the host is assigned.
struct JoinStanding {
  std::optional<std::string> certificate;
  Digest org;
};

/// What the host did with a change, line by line, for people.
struct RunLogLine {
  UnixSeconds at = 0;
  std::string text;
};

struct RunLog {
  Digest change;
  std::vector<RunLogLine> lines;
  Digest org;
};

}  // namespace twoseal
