// Taking one change out of a file that others have edited since: its own lines alone. ADR 21.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "agent/home.h"
#include "agent/undo_store.h"
#include "resources/operate.h"

namespace twoseal {

class PartialUndo {
 public:
  /// All must outlive it.
  PartialUndo(AgentHome& home, Operator& operator_of_host, const UndoStore& store)
      : home_(home), operator_(operator_of_host), store_(store) {}

  /// What is done to the host to take `one`, the operation at `place` of the run of `change`, out
  /// of a file that stands neither before nor after it; `before` and `after` of it are the same
  /// when it is out already, so that an undo that was cut off is carried on. Nothing when the file
  /// is not one that edits are taken out of. What it is about to make of the file is written down
  /// first.
  ///
  /// Errc::changed_meanwhile when nobody can say what its lines should be; Errc::refuse_b3 when
  /// what was kept is damaged; errors of the agent's home.
  [[nodiscard]] Result<std::optional<FileOperation>> inverse_of(const Digest& change,
                                                                std::size_t place,
                                                                const FileOperation& one);

  /// The file of the agent's home with what was made of files, for the time of undo.
  [[nodiscard]] static std::string file_of(const Digest& change);

 private:
  /// A file when the edit was about to be taken out, and then; empty digests: no file.
  struct Taken {
    std::string from;
    std::string to;
  };

  using Record = std::map<std::size_t, Taken>;

  [[nodiscard]] Result<Record> read(const Digest& change) const;
  [[nodiscard]] Result<void> write(const Digest& change, const Record& record);

  AgentHome& home_;
  Operator& operator_;
  const UndoStore& store_;
};

}  // namespace twoseal
