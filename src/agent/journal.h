// The journal of the agent: an append-only file of records, each synced before what it announces.
// docs/formats/journal.md.
//
// A record is `length` (4 octets, big-endian), CRC-32C of the bytes (4 octets), bytes. A file that
// ends in the midst of a record, or in zeros, was cut by a crash: that record was never
// acknowledged, so it is cut off. Damage before the last record is damage, and nothing is guessed.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "system/files.h"

namespace twoseal {

inline constexpr std::size_t kJournalRecordMax = std::size_t{16} * 1024 * 1024;
inline constexpr std::size_t kJournalMax = std::size_t{64} * 1024 * 1024;

/// CRC-32C (Castagnoli), as in RFC 3720.
[[nodiscard]] std::uint32_t crc32c(BytesView bytes);

/// The records of a journal file, and how many octets of it are whole. Errc::refuse_j1 with the
/// position for a record whose check sum or length is wrong and which is not the last. A last one
/// that is damaged looks like one that was cut.
struct JournalText {
  std::vector<Bytes> records;
  std::uint64_t whole = 0;
};

[[nodiscard]] Result<JournalText> parse_journal(BytesView bytes);

/// What can be made out of a damaged journal: the whole records before the damage, and whole ones
/// behind it, of which nobody knows what stood between them.
struct JournalRemains {
  std::vector<Bytes> before;
  std::vector<Bytes> behind;
};

[[nodiscard]] JournalRemains remains_of_journal(BytesView bytes);

/// Not for two threads at once.
class Journal {
 public:
  /// Opens the journal at `path`, or makes an empty one, and gives what stands in it. `files` must
  /// outlive it.
  [[nodiscard]] static Result<std::unique_ptr<Journal>> open(FileSystem& files, std::string path);

  /// The records that were there when it was opened.
  [[nodiscard]] const std::vector<Bytes>& records() const { return records_; }

  /// Appends and syncs; no record is empty. After Errc::sync_failed nothing may be appended until
  /// it is opened again: every further call gets that error. Errc::disk_full, and Errc::too_large
  /// for a record above kJournalRecordMax, leave the journal as it was; Errc::refuse_j1 when it is
  /// full.
  [[nodiscard]] Result<void> append(std::span<const Bytes> records);

  [[nodiscard]] Result<void> append(const Bytes& record) { return append({&record, 1}); }

  /// Puts `records` in the place of everything, whole or not at all. Errors of append().
  [[nodiscard]] Result<void> rewrite(std::span<const Bytes> records);

  [[nodiscard]] std::uint64_t size() const { return file_->size(); }

 private:
  Journal(FileSystem& files, std::string path) : files_(files), path_(std::move(path)) {}

  FileSystem& files_;
  std::string path_;
  std::unique_ptr<AppendFile> file_;
  std::vector<Bytes> records_;
  bool broken_ = false;
};

}  // namespace twoseal
