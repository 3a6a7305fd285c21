// The decision directory as the reference model reads it: a second reading of
// docs/formats/decision-directory.md, made without looking at src/policy/bundle.cc.
#pragma once

#include <map>
#include <optional>
#include <set>

#include "policy/bundle.h"

namespace twoseal::reference {

template <class T>
struct Held {
  Digest digest;
  T value;
};

template <class T>
using Chain = std::map<std::int64_t, Held<T>>;

struct Signed {
  Digest digest;
  Statement statement;
  SignatureRecord record;
};

struct HostFolder {
  Chain<Assignment> versions;
  std::optional<Held<Batch>> batch;
  std::optional<MemberProof> batch_proof;
  std::optional<MemberProof> root_proof;
};

/// The directory, decoded.
struct Directory {
  Chain<Roster> rosters;
  Chain<Policy> policies;
  Chain<Restrictions> restrictions;
  std::map<HostId, HostFolder> hosts;
  std::optional<Held<Fresh>> fresh;
  std::optional<Held<StopList>> stop_list;
  std::map<Digest, Stop> stops;
  std::optional<Bytes> checkpoint;
  std::optional<Held<Change>> change;
  Bytes change_bytes;
  std::map<Digest, Signed> statements;
  std::map<Digest, HostResult> results;
  std::map<Digest, Bytes> blobs;
  std::map<Digest, InclusionProof> inclusions;
  std::map<std::pair<std::int64_t, std::int64_t>, ConsistencyProof> consistencies;
  std::optional<AgentState> state;
  std::set<Errc> faults;  ///< B1, B2, and C1 for a blob
};

/// Decodes `files`; what is wrong is left out and named in `faults`.
[[nodiscard]] Directory load_directory(const Files& files, const Digest& org);

}  // namespace twoseal::reference
