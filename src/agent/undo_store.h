// Bytes that undo needs, on the host, by digest: docs/formats/agent-home.md.
#pragma once

#include <set>
#include <vector>

#include "agent/home.h"
#include "agent/run_record.h"

namespace twoseal {

class UndoStore {
 public:
  explicit UndoStore(AgentHome& home) : home_(home) {}

  /// Keeps the bytes that the inverses of file operations put back, synced.
  [[nodiscard]] Result<void> keep(const std::vector<Operation>& inverses);

  /// The inverse of a file operation, with its bytes read back and compared with their digest.
  /// Errc::refuse_b3 when they are gone or damaged.
  [[nodiscard]] Result<FileOperation> inverse_of(const FileOperation& operation) const;

  /// Erases everything but what `needed` names.
  [[nodiscard]] Result<void> erase_all_but(const std::set<Digest>& needed);

 private:
  AgentHome& home_;
};

/// What the undo of `begun` needs.
[[nodiscard]] std::set<Digest> digests_for_undo(const RunBegun& begun);

}  // namespace twoseal
