// The log as one checkpoint shows it: which entries are proven, and whether it continues what
// others saw.
#pragma once

#include <map>
#include <optional>

#include "model/ledger_entry.h"
#include "policy/bundle.h"

namespace twoseal {

/// An entry that is proven to stand at `entry.seq`.
using ProvenEntry = LedgerEntry;

class LogView {
 public:
  /// Checks the checkpoint against the log keys of `roster`, of which a Keyring was built (L1, L2).
  /// Without a usable checkpoint the view is blind: see open().
  LogView(const Bundle& bundle, const Roster& roster, const Digest& org, Findings& findings);

  /// The view of who has read the whole log: the entries among `bundle.inclusions` stand where they
  /// say, and their paths are not looked at. Every `seen` was compared by the reader.
  LogView(const Bundle& bundle, const Digest& org);

  /// Whether the checkpoint was accepted.
  [[nodiscard]] bool open() const { return point_.has_value(); }

  /// The newest point of the log. Only when open().
  [[nodiscard]] const LogPoint& point() const { return *point_; }

  /// The entry of statement `digest`, or why it is not proven. The proof is checked once.
  [[nodiscard]] Result<ProvenEntry> entry_of(const Digest& digest) const;

  /// Refuses with `fork` when the log here does not continue `seen`, and with F2 when it is
  /// shorter.
  void demand_continues(const LogPoint& seen,
                        Errc fork,
                        std::string_view whose,
                        Findings& findings) const;

 private:
  void read_checkpoint(const Roster& roster, Findings& findings);
  [[nodiscard]] Result<void> check_proof(const InclusionProof& proof) const;

  const Bundle& bundle_;
  const Digest& org_;
  bool replayed_ = false;
  std::optional<LogPoint> point_;
};

}  // namespace twoseal
