// What the host remembers of runs: the journal read from its beginning, and each new record on top.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "agent/journal.h"
#include "agent/run_record.h"

namespace twoseal {

/// A run that can still go on or be taken back. `undoing`: taking back has begun and not ended.
struct OpenRun {
  RunBegun begun;
  std::optional<RunMoved> moved;  ///< the newest
  std::optional<RunEnded> ended;  ///< kept until undo is over
  bool undoing = false;
};

/// Outcomes that are remembered as told; of runs that are not closed, all.
inline constexpr std::size_t kToldMax = 1'000;

/// Not for two threads at once.
class RunBook {
 public:
  /// Reads the journal at `path`. `files` must outlive the book.
  [[nodiscard]] static Result<std::unique_ptr<RunBook>> open(FileSystem& files, std::string path);

  /// What can be made out of the journal at `path` that is gone or damaged; nothing is ever
  /// written there. The memory is that of before the damage, reports() that of all records. As
  /// after distrust().
  [[nodiscard]] static Result<std::unique_ptr<RunBook>> open_damaged(FileSystem& files,
                                                                     const std::string& path,
                                                                     Error damage);

  /// From now on the journal counts as damaged: no run is known any more, and write() journals
  /// nothing.
  void distrust(Error damage);

  /// Why nothing may be changed on this host; nothing when the journal is whole.
  [[nodiscard]] const std::optional<Error>& damage() const { return damage_; }

  /// Journals, synced; only then is it part of the memory. Errors of Journal::append();
  /// Errc::refuse_j1 for a record that could not be read again or does not fit what is known. Over
  /// a damaged journal that something was told or reported is remembered until the process ends;
  /// everything else is refused with damage().
  [[nodiscard]] Result<void> write(const RunRecord& record);

  [[nodiscard]] const RunMemory& memory() const { return memory_; }

  /// The run that began, or began to be taken back, and did not end.
  [[nodiscard]] const OpenRun* current() const;

  /// A run that began, and whose undo is not over.
  [[nodiscard]] const OpenRun* find(const Digest& change) const;

  /// All of them, by their changes.
  [[nodiscard]] const std::map<Digest, OpenRun>& runs() const { return runs_; }

  /// Whether the scope of a run that ended stands where that put it, well or failed, and no other
  /// change came after it.
  [[nodiscard]] bool stands(const OpenRun& run) const;

  /// Runs that ended and whose time for undo is over at `now`.
  [[nodiscard]] std::vector<Digest> over(UnixSeconds now) const;

  /// What the scope was last set to; nothing when it never was.
  [[nodiscard]] const ScopeState* scope(const ScopeId& scope) const;

  /// Repairs that began and of which no report tells yet, by their scopes.
  [[nodiscard]] const std::map<ScopeId, RepairBegun>& repairs() const { return repairs_; }

  /// The number of the newest report; 0 before the first.
  [[nodiscard]] std::int64_t reports() const { return reports_; }

  /// What was told of `change` last; nullptr when nothing was since it began.
  [[nodiscard]] const OutcomeTold* told(const Digest& change) const;

  /// Runs that ended and whose outcome was not told yet.
  [[nodiscard]] std::vector<Digest> untold() const;

  /// Rewrites the journal when it has grown beyond `size_max` octets: what this book says stays.
  [[nodiscard]] Result<void> shorten(std::uint64_t size_max);

 private:
  RunBook() = default;

  void take_remains(const JournalRemains& remains);

  [[nodiscard]] Result<void> check_fits(const RunRecord& record) const;
  void take(const RunRecord& record);
  void take_begun(const RunBegun& begun);
  void take_ended(const RunEnded& ended);
  void take_told(const OutcomeTold& told);
  void set_scope(const ScopeId& scope,
                 const std::optional<Digest>& base,
                 const std::vector<std::string>& owned);

  std::unique_ptr<Journal> journal_;  ///< none of a damaged one
  std::optional<Error> damage_;
  RunMemory memory_;
  std::map<Digest, OpenRun> runs_;
  std::map<ScopeId, RepairBegun> repairs_;
  std::vector<OutcomeTold> told_;  ///< the oldest first
  std::int64_t reports_ = 0;
};

}  // namespace twoseal
