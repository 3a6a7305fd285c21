// The one who gives entries their place: a queue, a thread, a LedgerWriter. Many callers at once
// share one sync of the disk (group commit).
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <future>
#include <thread>

#include "base/mutex.h"
#include "storage/ledger_writer.h"

namespace twoseal {

/// All verbs are safe for several threads at once.
class Sequencer {
 public:
  struct Limits {
    std::size_t queue_max = 4'096;                                ///< drafts that wait
    std::size_t queue_bytes_max = std::size_t{64} * 1024 * 1024;  ///< of what they carry
    std::size_t batch_max = 1'024;                                ///< drafts in one commit
    std::chrono::milliseconds wait_max{5'000};                    ///< for a place in the queue
    std::chrono::milliseconds checkpoint_after{200};  ///< from a commit to its checkpoint
    /// Told after each checkpoint, on the sequencer's thread; must be quick and must not append.
    std::function<void()> signed_checkpoint = {};
  };

  explicit Sequencer(std::unique_ptr<LedgerWriter> writer)
      : Sequencer(std::move(writer), Limits()) {}

  Sequencer(std::unique_ptr<LedgerWriter> writer, Limits limits);

  /// Commits what still waits, signs it, gives the lease back.
  ~Sequencer();

  Sequencer(const Sequencer&) = delete;
  Sequencer& operator=(const Sequencer&) = delete;

  /// Returns after the commit, and only then with a place. Errc::queue_full when the queue had no
  /// place for wait_max; otherwise the errors of LedgerWriter::append(). When it fails, the entry
  /// is not in the log, with one exception: after Errc::store_failed it may be found there once the
  /// store is opened again.
  [[nodiscard]] Result<Appended> append(EntryDraft draft);

  /// The same without waiting for the commit.
  [[nodiscard]] Result<std::future<Result<Appended>>> submit(EntryDraft draft);

  /// The error of the newest attempt to sign a checkpoint or to keep the lease, if it failed.
  [[nodiscard]] Result<void> state() const;

 private:
  struct Waiting {
    EntryDraft draft;
    std::size_t bytes;
    std::promise<Result<Appended>> answer;
  };

  using Time = std::chrono::steady_clock::time_point;

  void run();
  std::vector<Waiting> take_batch(Time wake_at);
  void commit(std::vector<Waiting> batch);

  const std::unique_ptr<LedgerWriter> writer_;  ///< touched by thread_ alone
  const Limits limits_;

  mutable Mutex mutex_;
  ConditionVariable arrived_;
  ConditionVariable taken_;
  std::deque<Waiting> queue_ GUARDED_BY(mutex_);
  std::size_t queue_bytes_ GUARDED_BY(mutex_) = 0;
  bool stopping_ GUARDED_BY(mutex_) = false;
  Result<void> state_ GUARDED_BY(mutex_);

  std::jthread thread_;  ///< last: it starts when all else is there
};

}  // namespace twoseal
