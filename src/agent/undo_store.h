// Bytes that undo needs, on the host, by digest: docs/formats/agent-home.md.
#pragma once

#include <optional>
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

  /// Keeps also what edits of text files make of them, so that they can be taken out of a file that
  /// was edited elsewhere since. Left out are files above 1 MiB, and operations on files that the
  /// change manages whole: they are taken back whole, or not. `whole`: which those are.
  [[nodiscard]] Result<void> keep_edits(const std::vector<Operation>& operations,
                                        const std::vector<bool>& whole);

  /// A file before and after an operation. Nothing when the edit was not kept; Errc::refuse_b3 when
  /// what was kept is damaged.
  struct Edit {
    Bytes before;
    Bytes after;
  };

  [[nodiscard]] Result<std::optional<Edit>> edit_of(const FileOperation& operation) const;

  /// The inverse of a file operation, with its bytes read back and compared with their digest.
  /// Errc::refuse_b3 when they are gone or damaged.
  [[nodiscard]] Result<FileOperation> inverse_of(const FileOperation& operation) const;

  /// Erases everything but what `needed` names.
  [[nodiscard]] Result<void> erase_all_but(const std::set<Digest>& needed);

 private:
  [[nodiscard]] Result<Bytes> kept(const Digest& digest, const std::string& path) const;

  AgentHome& home_;
};

/// Whether one of these resources is the file as a whole, and not a key or a line of it. `path`: as
/// the change writes it.
[[nodiscard]] bool is_whole(const std::vector<std::string>& owned, const std::string& path);

/// What the undo of `begun` needs.
[[nodiscard]] std::set<Digest> digests_for_undo(const RunBegun& begun);

}  // namespace twoseal
