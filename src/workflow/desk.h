// Where everything that people and hosts sign comes in: it is verified, judged, recorded, and the
// view follows. "No record, no act": who gets an answer finds its entry in the log.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "storage/registry.h"
#include "storage/sequencer.h"
#include "workflow/change_course.h"
#include "workflow/ledger_view.h"
#include "workflow/recording.h"

namespace twoseal {

/// What became of a statement.
struct Submitted {
  Digest statement;
  std::uint64_t index = 0;
  UnixSeconds at = 0;
  std::optional<Digest> change;  ///< that it is about
  bool repeated = false;         ///< it was recorded before
};

/// All verbs are safe for several threads at once.
class Desk {
 public:
  /// Told after the view has followed, on the thread of whoever made it move; must not call back
  /// into submit() or tick().
  using Listener = std::function<void(const Digest& change)>;

  /// All must outlive it. The view has been loaded.
  Desk(Store& store, Registry& registry, LedgerView& view, Sequencer& sequencer, Clock& clock)
      : store_(store), registry_(registry), view_(view), sequencer_(sequencer), clock_(clock) {}

  /// Before anything is submitted.
  void on_change(Listener listener) { listeners_.push_back(std::move(listener)); }

  /// Records one signed statement. `record`: the signature record; `objects`: canonical objects
  /// that come with it; `blobs`: large content, kept under its digest. A statement that is recorded
  /// already gets the answer that it had. Errors of RecordingDesk::draft(), of check_transition()
  /// and of the sequencer; Errc::refuse_s1 for an author statement by somebody else.
  [[nodiscard]] Result<Submitted> submit(BytesView record,
                                         const std::vector<Bytes>& objects,
                                         const std::vector<Bytes>& blobs = {});

  /// Records what nobody signs and is due: `scheduled`, `done`, `expired`, each once for a change,
  /// and `reports` when some wait, at most one a minute. How many entries.
  [[nodiscard]] Result<std::size_t> tick();

  /// Where a change stands now. Errc::not_found.
  [[nodiscard]] Result<ChangeCourse> course(const Digest& change);

 private:
  struct KeptMaterial {
    std::shared_ptr<const ChangeFacts> facts;
    std::shared_ptr<const ChangeMaterial> material;
  };

  struct KeptRoles {
    std::shared_ptr<const Documents> documents;
    std::shared_ptr<const std::set<RoleId>> roles;  ///< null when there are none to tell
  };

  /// Lets one of several equal statements in at a time.
  class Turn;

  [[nodiscard]] Result<std::optional<Submitted>> recorded_before(const Digest& statement);
  [[nodiscard]] Result<Submitted> submit_new(const SignedStatement& source, Objects objects);
  [[nodiscard]] Result<void> judge(const SignedStatement& source, const EntryDraft& draft);
  [[nodiscard]] Result<void> judge_stop(const Statement& statement,
                                        const std::optional<Stop>& raised);
  [[nodiscard]] Result<void> judge_change(const SignedStatement& source,
                                          const std::shared_ptr<const ChangeFacts>& facts,
                                          Transition transition);
  [[nodiscard]] std::optional<Digest> change_of(const SignedStatement& source,
                                                const EntryDraft& draft) const;
  [[nodiscard]] Result<Appended> append(EntryDraft draft);
  [[nodiscard]] Result<void> follow(std::uint64_t index);
  [[nodiscard]] Result<Digest> root_of_size(std::uint64_t size);
  [[nodiscard]] Result<std::shared_ptr<const ChangeMaterial>> material_of(
      const std::shared_ptr<const ChangeFacts>& facts);
  [[nodiscard]] Result<std::shared_ptr<const std::set<RoleId>>> roles_of(
      const std::shared_ptr<const ChangeFacts>& facts,
      const std::shared_ptr<const Documents>& documents);
  [[nodiscard]] Result<bool> mark(const ChangeFacts& facts, Event event);
  [[nodiscard]] Result<std::optional<Event>> due(const std::shared_ptr<const ChangeFacts>& facts,
                                                 UnixSeconds now);
  [[nodiscard]] Result<std::size_t> name_reports(UnixSeconds now) REQUIRES(tick_mutex_);

  Store& store_;
  Registry& registry_;
  LedgerView& view_;
  Sequencer& sequencer_;
  Clock& clock_;
  std::vector<Listener> listeners_;

  Mutex turns_mutex_;
  ConditionVariable turn_over_;
  std::set<Digest> turns_ GUARDED_BY(turns_mutex_);

  Mutex tick_mutex_;  ///< held while entries that nobody signs are made: each is made once
  UnixSeconds reports_named_at_ GUARDED_BY(tick_mutex_) = 0;

  Mutex follow_mutex_;  ///< held while the view follows

  Mutex mutex_;
  std::vector<BatchList> lists_ GUARDED_BY(mutex_);  ///< that the view has not been told of
  std::map<std::uint64_t, Digest> roots_ GUARDED_BY(mutex_);
  std::map<Digest, KeptMaterial> materials_ GUARDED_BY(mutex_);
  std::map<Digest, KeptRoles> roles_ GUARDED_BY(mutex_);
};

}  // namespace twoseal
