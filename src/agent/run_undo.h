// Taking one run back on this host: operation by operation, or by the state that was approved with
// the change as its way back. docs/formats/decision.md, step 24.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "agent/home.h"
#include "agent/partial_undo.h"
#include "agent/run_record.h"
#include "agent/undo_store.h"
#include "resources/operate.h"

namespace twoseal {

/// A run that is to be taken back. `command_place`: the last one at which a command may have run.
/// `again`: an undo of it was cut off.
struct UndoOrder {
  RunBegun begun;
  std::string why;
  std::optional<std::int64_t> command_place;
  bool again = false;
};

/// What came of it: `rolled-back`, or `interrupted` when the host is left in between. `detail`: for
/// people.
struct UndoEnding {
  std::string outcome;
  std::string detail;
};

/// Writes to the host with the reserve of the agent's home, and nothing to the journal.
class RunUndo {
 public:
  /// All must outlive it.
  struct Parts {
    System& system;
    AgentHome& home;
    Operator& by;
    UndoStore& store;
    std::function<void(const Digest& change, const std::string& line)> log;
  };

  explicit RunUndo(Parts parts);

  /// What cannot be undone is told in the ending, and the rest is undone all the same. Errors are
  /// of the store alone, as of ChangeRunner: then nothing is known to have ended. Errc::refuse_j1
  /// when an operation of the run cannot be read.
  [[nodiscard]] Result<UndoEnding> take_back(const UndoOrder& order);

  /// The file of the agent's home with the state that takes the change back, of a change that has
  /// one.
  [[nodiscard]] static std::string way_back_file(const Digest& change);

 private:
  [[nodiscard]] Result<UndoEnding> apply_way_back(const UndoOrder& order, const Bytes& packed);
  [[nodiscard]] Result<void> perform_way_back(const UndoOrder& order,
                                              const std::vector<Operation>& operations);
  [[nodiscard]] Result<std::optional<Operation>> inverse_now(const RunBegun& begun,
                                                             const Operation& one,
                                                             std::size_t place,
                                                             Result<Operation> inverse,
                                                             bool ran);
  [[nodiscard]] Result<void> undo_operation(const RunBegun& begun,
                                            Operation& one,
                                            std::size_t place,
                                            Result<Operation> inverse,
                                            bool ran);
  /// What stood in the way first; empty when all is undone.
  [[nodiscard]] Result<std::string> undo_operations(const UndoOrder& order,
                                                    std::vector<Operation>& operations);

  Parts parts_;
  PartialUndo partial_undo_;
};

}  // namespace twoseal
