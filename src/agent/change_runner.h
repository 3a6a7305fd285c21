// Carrying out one admitted change on this host: capture undo, journal, apply, read back, look at
// health; or take everything back. docs/formats/decision.md, steps 23 and 24.
//
// Driven from outside by advance(), so that nothing here waits: the same code runs on a real host
// and, hundreds at a time, on hosts in memory with a clock that is moved by hand.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "agent/home.h"
#include "agent/run_book.h"
#include "agent/run_undo.h"
#include "agent/undo_store.h"
#include "model/change.h"
#include "net/probe.h"
#include "resources/operate.h"
#include "resources/plan_state.h"

namespace twoseal {

/// Why a change may not begin after all. `waits`: it may later, so nobody is told that it ended.
struct Objection {
  Error reason;
  bool waits = false;
};

/// A change that was authorized and admitted, and what it needs. `owned`: identities of the state.
struct RunOrder {
  Digest digest;
  Change change;
  Name phase;
  HostPlan plan;
  std::vector<std::string> owned;
  std::optional<Name> counts_for;
  std::optional<Bytes> way_back;  ///< of a rollback that is a state: pack_state() of it
  /// Asked when undo is captured, right before the intent: window and stops once more.
  std::function<std::optional<Objection>()> objection;
};

/// What became of a change, to be signed and told. `detail`: for people; one line. `release`: log
/// index of the newest release, of a change that did not begin. `rollback`: that of the request
/// that was carried out.
struct RunOutcome {
  Digest change;
  Name phase;
  std::string outcome;
  std::string detail;
  std::optional<std::int64_t> release = {};
  std::optional<std::int64_t> rollback = {};
};

/// Whether a result with this outcome names the request that was carried out.
[[nodiscard]] inline bool names_request(std::string_view outcome) {
  return outcome == "rolled-back" || outcome == "interrupted";
}

/// What begin() came to: the change ended at once, waits (nothing has begun), or goes on.
struct Beginning {
  std::optional<RunOutcome> outcome;
  std::optional<Error> waits;  ///< for what
};

/// Why a change is not taken back, for people.
inline constexpr const char* kCameAfter = "another change came after it";
inline constexpr const char* kNeverBegan = "it had not begun here when it was to be taken back";
inline constexpr const char* kKeptNoMore = "what undo needs is not kept any more";

/// How long a host may be out of reach after a change that could lock people out, in seconds.
inline constexpr std::int64_t kDeadManSeconds = 90;

/// Not for two threads at once. Errors are of the store alone (Errc::refuse_j1, sync_failed,
/// disk_full …): then nothing is known to have ended, and recover() goes on from the journal.
class ChangeRunner {
 public:
  struct Parts {
    System& system;
    Prober& prober;
    AgentHome& home;
    RunBook& book;
    std::function<void(const Digest& change, const std::string& line)> log;
  };

  explicit ChangeRunner(Parts parts);

  /// Begins. An outcome when it ended at once (nothing to do, refused for want of undo, failed and
  /// taken back); neither outcome nor `waits` while health is still looked at.
  [[nodiscard]] Result<Beginning> begin(const RunOrder& order);

  /// Goes on with what began: health, reachability. `reached`: whether an authenticated server
  /// answered since the last call.
  [[nodiscard]] Result<std::optional<RunOutcome>> advance(bool reached);

  /// Takes back a change that stands here, ended well or failed, for `why`. `rollback`: log index
  /// of the statement that asks for it. Nothing when there is nothing to take back.
  [[nodiscard]] Result<std::optional<RunOutcome>> take_back(const Digest& change,
                                                            const std::string& why,
                                                            std::optional<std::int64_t> rollback);

  /// After a start: whatever began is brought to an end, wholly new or wholly old.
  [[nodiscard]] Result<std::optional<RunOutcome>> recover();

  /// Erases what was kept for undo where undo is over. Not while a change is under way.
  [[nodiscard]] Result<void> close_old();

  /// Whether a change is under way, so that no other may begin.
  [[nodiscard]] bool busy() const { return parts_.book.current() != nullptr; }

 private:
  /// What is looked at after an apply. `passed`: by the place of the check in the change.
  struct Checking {
    UnixSeconds since = 0;
    std::vector<bool> passed;
    std::optional<UnixSeconds> healthy_since;
  };

  struct Captured {
    std::vector<Operation> operations;
    std::vector<Operation> inverses;  ///< at the same places; empty when there is no way back
    std::vector<bool> whole;          ///< operations on files that are managed whole
    std::optional<Error> no_way_back;
  };

  using Ended = Result<std::optional<RunOutcome>>;

  [[nodiscard]] static Result<Beginning> refused(const RunOrder& order, const Error& error);
  [[nodiscard]] Ended carry_out(const RunOrder& order,
                                const RunBegun& begun,
                                const Captured& captured);
  [[nodiscard]] Result<Captured> capture(const RunOrder& order);
  [[nodiscard]] Result<void> erase_unneeded();
  [[nodiscard]] Result<void> check_preconditions(const std::vector<Operation>& operations);
  [[nodiscard]] Result<void> keep_for_undo(const RunOrder& order, const Captured& captured);
  [[nodiscard]] RunBegun begun_of(const RunOrder& order, const Captured& captured) const;
  [[nodiscard]] Result<void> perform_all(const Digest& change,
                                         const std::vector<Operation>& operations);
  [[nodiscard]] Ended start_checking(const Digest& change);
  [[nodiscard]] Ended fail_run(const OpenRun& run,
                               const std::string& trigger,
                               const std::string& why);
  [[nodiscard]] Ended undo(const OpenRun& open,
                           const std::string& why,
                           std::optional<std::int64_t> rollback);
  [[nodiscard]] Ended end(const RunBegun& begun,
                          const std::string& outcome,
                          std::string detail,
                          std::optional<std::int64_t> rollback = {});
  [[nodiscard]] Result<Change> change_of(const Digest& digest) const;
  [[nodiscard]] Result<std::optional<std::string>> look_at_health(const Change& change,
                                                                  UnixSeconds now);
  [[nodiscard]] bool is_reachable(const Digest& change, bool reached);
  [[nodiscard]] bool is_confirmed(const Digest& change) const;

  [[nodiscard]] UnixSeconds now() { return parts_.system.clock().now(); }

  Parts parts_;
  Operator operator_;
  UndoStore undo_store_;
  RunUndo undo_;
  std::optional<Checking> checking_;
};

}  // namespace twoseal
