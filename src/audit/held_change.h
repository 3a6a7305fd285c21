// What a Replay has read and established about one change.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "base/id.h"
#include "model/change.h"
#include "policy/inspection.h"

namespace twoseal {

/// An entry of the log and its time.
struct LogMoment {
  std::uint32_t entry = 0;
  UnixSeconds at = 0;
};

struct HeldChange {
  Digest digest;
  std::size_t about = 0;     ///< how many of the entries about it have been read
  std::size_t attested = 0;  ///< the same of its evidence

  std::vector<Digest> statements;  ///< about it, in the order of the log
  std::vector<LogMoment> turns;    ///< statements: each may change the answer
  std::map<std::size_t, std::vector<LogMoment>> results;  ///< by phase; for the phases behind it
  std::map<std::int64_t, Rollback> undoing;  ///< statements that ask for it to be rolled back
  std::optional<LogMoment> first;            ///< the first entry about it
  std::map<Name, LogMoment> released;        ///< by phase, the first release
  std::map<Name, UnixSeconds> last_ok;       ///< by phase, the newest good result
  std::vector<Reason> about_content;         ///< what is wrong with it by itself
  /// Phases whose gates were found open, and the earliest clock; until something turns.
  std::map<std::size_t, UnixSeconds> open_phases;
};

/// A change that is not in hand: what the inspection held about it.
struct AsideChange {
  HeldChange held;
  Named<Change> change;
  Digest core;
  std::map<Digest, SignedStatement> statements;
  std::map<Digest, InclusionProof> inclusions;
  std::map<Digest, Judged> judged;
  std::map<Digest, HostResult> results;
  std::map<Digest, Bytes> blobs;
  std::optional<State> state;
  std::optional<State> undo_state;
  std::optional<Plan> plan;
};

}  // namespace twoseal
