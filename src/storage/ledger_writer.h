// Appends to the log and signs its checkpoints: the one who holds the lease. docs/formats/store.md.
//
// Everything here happens when it is called, on the caller's thread; threads, queue and deadlines
// are in sequencer.h. Verbs that append once in their life, and simulations, use this directly.
#pragma once

#include <span>

#include "base/clock.h"
#include "ledger/note.h"
#include "model/ledger_entry.h"
#include "storage/store.h"

namespace twoseal {

/// An entry to be: `at` and `seq` are filled in when it gets its place. Records and documents that
/// it names are committed together with it.
struct EntryDraft {
  LedgerEntry entry;
  std::vector<SignedRecord> records = {};
  std::vector<StoredDocument> documents = {};
};

/// The place that an entry got.
struct Appended {
  std::uint64_t seq = 0;
  UnixSeconds at = 0;

  bool operator==(const Appended&) const = default;
};

/// The log key: `key.name()` is the origin of the log.
struct LogKey {
  NoteKey key;
  NoteSigner sign;
  std::vector<NoteKey> former = {};  ///< whose signature on the newest checkpoint is accepted too
};

/// Not for two threads at once.
class LedgerWriter {
 public:
  struct Options {
    std::string holder = "sequencer";
    std::int64_t lease_seconds = 30;
  };

  /// Takes the lease and checks that the log continues its newest checkpoint and that its head
  /// agrees with its newest entry. `store` and `clock` must outlive the writer. Errc::store_busy
  /// while somebody else appends; Errc::bad_note or Errc::ledger_inconsistent when the checkpoint
  /// or the head is not of this log: then nothing is written.
  [[nodiscard]] static Result<std::unique_ptr<LedgerWriter>> open(Store& store,
                                                                  Clock& clock,
                                                                  LogKey key,
                                                                  Options options);

  /// Gives the lease back.
  ~LedgerWriter();

  LedgerWriter(const LedgerWriter&) = delete;
  LedgerWriter& operator=(const LedgerWriter&) = delete;

  /// Appends in one commit and answers for each draft in order, after the commit. `at` is the
  /// clock, or that of the entry before when the clock went back. A draft that no reader would
  /// accept gets Errc::too_large or Errc::bad_field and takes no place; when the commit fails, all
  /// others get its error.
  [[nodiscard]] std::vector<Result<Appended>> append(std::span<const EntryDraft> drafts);

  [[nodiscard]] Result<Appended> append(const EntryDraft& draft);

  /// Signs and keeps a checkpoint of the present size unless there is one already.
  [[nodiscard]] Result<void> sign_checkpoint();

  /// Whether entries wait for a checkpoint; also before the first checkpoint of an empty log.
  [[nodiscard]] bool unsigned_entries() const;

  /// Prolongs the lease when a third of it has passed, and does the store's housekeeping.
  [[nodiscard]] Result<void> maintain();

  [[nodiscard]] std::uint64_t size() const { return tree_.size(); }

  [[nodiscard]] Digest root() const { return tree_.root(); }

 private:
  LedgerWriter(Store& store, Clock& clock, LogKey key, Options options)
      : store_(store), clock_(clock), key_(std::move(key)), options_(std::move(options)) {}

  Result<void> load();

  Store& store_;
  Clock& clock_;
  LogKey key_;
  Options options_;
  std::uint64_t fence_ = 0;  ///< 0: no lease
  UnixSeconds leased_at_ = 0;
  CompactTree tree_;
  UnixSeconds last_at_ = 0;
  std::optional<std::uint64_t> signed_size_;
};

/// What a whole check of a store's log found.
struct LedgerReport {
  std::uint64_t size = 0;
  Digest root;
  std::optional<Checkpoint> checkpoint;

  bool operator==(const LedgerReport&) const = default;
};

/// Recomputes the whole log from the bytes of its entries: each entry canonical and at its own
/// index, times never falling and the last one as the head says, leaf hashes, tile roots, and the
/// root that the newest checkpoint signs. Reads 256 entries at a time. `keys`: of the log `origin`.
/// Errc::ledger_inconsistent with the first index that is wrong; Errc::bad_note.
[[nodiscard]] Result<LedgerReport> check_ledger(const Store& store,
                                                std::string_view origin,
                                                std::span<const NoteKey> keys);

}  // namespace twoseal
