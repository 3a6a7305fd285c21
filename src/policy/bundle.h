// Everything that one decision is made from, decoded. docs/formats/decision-directory.md.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/id.h"
#include "model/agent_state.h"
#include "model/assignment.h"
#include "model/change.h"
#include "model/fresh.h"
#include "model/ledger_entry.h"
#include "model/policy.h"
#include "model/roster.h"
#include "model/statement.h"
#include "policy/decision.h"

namespace twoseal {

/// Paths and bytes of a decision directory.
using Files = std::map<std::string, Bytes, std::less<>>;

/// Paths in a decision directory at which no file could be read, and what is there instead.
using Unread = std::map<std::string, Error, std::less<>>;

/// An object with the digest of its bytes.
template <class T>
struct Named {
  Digest digest;
  T value;
};

/// Versions of one document.
template <class T>
using Versions = std::map<std::int64_t, Named<T>>;

struct HostDocuments {
  Versions<Assignment> versions;
  std::optional<Named<Batch>> batch;
  std::optional<MemberProof> batch_proof;  ///< the assignment in its batch
  std::optional<MemberProof> root_proof;   ///< the assignment's line under fresh.assignments_root
};

/// A signature record with its statement. `digest` is the statement's.
struct SignedStatement {
  Digest digest;
  Statement statement;
  SignatureRecord record;
};

struct Bundle {
  Versions<Roster> rosters;
  Versions<Policy> policies;
  Versions<Restrictions> restrictions;
  std::map<HostId, HostDocuments> assignments;
  std::optional<Named<Fresh>> fresh;
  std::optional<Named<StopList>> stop_list;
  std::map<Digest, Stop> stops;
  std::optional<Bytes> checkpoint;
  std::optional<Named<Change>> change;
  std::map<Digest, SignedStatement> statements;  ///< by the statement's digest
  std::map<Digest, HostResult> results;
  std::map<Digest, Bytes> blobs;
  std::map<Digest, InclusionProof> inclusions;  ///< by the statement's digest
  std::map<std::pair<std::int64_t, std::int64_t>, ConsistencyProof> consistencies;
  std::optional<AgentState> state;
};

/// Decodes `files`. Whatever is unknown, misnamed, malformed or of another organisation than `org`
/// is a finding (B1, B2, or C1 for a blob with another digest) and is left out. What is `unread` is
/// malformed.
[[nodiscard]] Bundle load_bundle(const Files& files,
                                 const Digest& org,
                                 Findings& findings,
                                 const Unread& unread = {});

/// The file `inputs.json`. Errc::no_input when it is missing; errors of the codec otherwise.
[[nodiscard]] Result<DecisionInputs> load_inputs(const Files& files);

}  // namespace twoseal
