// One entry of the ledger. docs/formats/ledger.md.
#pragma once

#include <optional>
#include <vector>

#include "base/id.h"

namespace twoseal {

enum class Event {
  access,
  applied,
  approved,
  assignments,
  attested,
  authored,
  comment,
  discovered,
  done,
  drift,
  emergency,
  evaluation,
  expired,
  exported,
  interrupted,
  lifted,
  planned,
  policy,
  refused,
  rejected,
  released,
  reports,
  restrictions,
  rolled_back,
  roster,
  scheduled,
  session,
  signed_off,
  stale,
  stopped,
  verdict,
  withdrawn,
};

struct LedgerEntry {
  UnixSeconds at = 0;  ///< the sequencer's clock, never falling
  ActorId by;          ///< the signer, or `server`
  Event ev = Event::comment;
  Digest obj;
  Digest org;
  std::optional<Name> phase;   ///< released
  std::int64_t seq = 0;        ///< index in the log
  std::optional<Digest> stmt;  ///< absent for what nobody signs
  std::optional<std::vector<Digest>>
      stmts;  ///< released: those of the release and its own statement
};

/// Proof that the entry with these bytes stands at `index` of a log with `size` entries.
struct InclusionProof {
  Bytes entry;
  std::int64_t index = 0;
  std::vector<Digest> path;
  std::int64_t size = 0;
};

/// Proof that something whose bytes the reader has stands at `index` of a tree with `size` leaves.
struct MemberProof {
  std::int64_t index = 0;
  std::vector<Digest> path;
  std::int64_t size = 0;
};

/// Proof that the log with `from` entries is the beginning of the log with `size` entries.
struct ConsistencyProof {
  std::int64_t from = 0;
  std::vector<Digest> path;
  std::int64_t size = 0;
};

}  // namespace twoseal
