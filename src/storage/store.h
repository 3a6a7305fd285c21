// The store: the one place where the log and what it names are kept, behind verbs of our own.
// docs/formats/store.md. Two implementations pass one suite (store_test.cc): memory/ and sqlite/.
//
// A store keeps what it is given and never judges it: who appends has checked signatures before.
// It does keep its own promises: a batch is in it whole or not at all, synced before append()
// returns; nobody appends whose fencing number is not the newest; no entry is ever changed.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/limits.h"
#include "ledger/tile.h"

namespace twoseal {

inline constexpr std::size_t kBlobChunk =
    std::size_t{256} * 1024;  ///< bytes of each blob chunk but the last

/// One entry of the log as it is kept. `leaf`: leaf_hash(bytes).
struct StoredEntry {
  UnixSeconds at = 0;
  Digest leaf;
  Bytes bytes;

  bool operator==(const StoredEntry&) const = default;
};

/// Root of the full tile `index` of level - 1: hash number `index` of tile level `level` >= 1.
struct TileRoot {
  unsigned level = 0;
  std::uint64_t index = 0;
  Digest hash;
};

/// A signature record, named by the digest of its statement. `object`: what the statement is about.
struct SignedRecord {
  Digest statement;
  Digest object;
  Bytes bytes;

  bool operator==(const SignedRecord&) const = default;
};

/// A canonical object that is small enough to be kept whole: roster, policy, change, release …
/// `version`: of documents that form chains; 0 for all others. Named by the digest of its bytes.
struct StoredDocument {
  std::string type;
  std::int64_t version = 0;
  Bytes bytes;

  bool operator==(const StoredDocument&) const = default;
};

/// What one commit adds. `first`: the tree size before it, and so the index of entries[0].
struct AppendBatch {
  std::uint64_t fence = 0;
  std::uint64_t first = 0;
  std::vector<StoredEntry> entries;
  std::vector<TileRoot> tile_roots;
  std::vector<SignedRecord> records;
  std::vector<StoredDocument> documents;
};

/// Where the log ends. `fence`: the newest fencing number, 0 before the first lease.
struct LedgerHead {
  std::uint64_t size = 0;
  UnixSeconds last_at = 0;
  std::uint64_t fence = 0;

  bool operator==(const LedgerHead&) const = default;
};

/// The newest checkpoint. `size`: the tree size it signs.
struct SavedCheckpoint {
  std::uint64_t size = 0;
  Bytes note;

  bool operator==(const SavedCheckpoint&) const = default;
};

/// All verbs are safe for several threads at once and block until they are done.
///
/// Errors of every verb: Errc::store_failed when the store cannot be read or written; after a
/// failed write or sync the store is suspect, and every later writing verb fails at once, until the
/// store is opened again. Errc::ledger_inconsistent when something is there that no verb can have
/// added, such as an entry above limits::kEntryMax. Errc::disk_full when nothing was written for
/// want of space; the store stays usable. Errc::store_busy when another process holds the database
/// for too long.
class Store {
 public:
  virtual ~Store() = default;

  // --- the right to append ---

  /// Takes the right to append for `ttl` seconds and returns a new fencing number, one higher than
  /// any before. `holder`: a short name for messages. Errc::store_busy while somebody else has it
  /// and may be alive; what shows that the holder is dead is the implementation's business.
  [[nodiscard]] virtual Result<std::uint64_t> take_lease(std::string_view holder,
                                                         UnixSeconds now,
                                                         std::int64_t ttl) = 0;

  /// Prolongs it. Errc::store_busy when somebody else took over.
  [[nodiscard]] virtual Result<void> renew_lease(std::uint64_t fence,
                                                 UnixSeconds now,
                                                 std::int64_t ttl) = 0;

  /// Gives it back; the fencing number stays used.
  [[nodiscard]] virtual Result<void> give_lease(std::uint64_t fence) = 0;

  // --- the log ---

  /// Commits a batch whole and synced. Errc::store_busy when batch.fence is not the newest,
  /// Errc::ledger_inconsistent when batch.first is not the size of the log. Records and documents
  /// that are there already are left as they are.
  [[nodiscard]] virtual Result<void> append(const AppendBatch& batch) = 0;

  /// Errc::ledger_inconsistent when the store holds entries behind it, or cannot hold as many as it
  /// counts.
  [[nodiscard]] virtual Result<LedgerHead> head() const = 0;

  /// Entries [first, first + count). Errc::not_found when the log is shorter.
  [[nodiscard]] virtual Result<std::vector<StoredEntry>> entries(std::uint64_t first,
                                                                 std::uint64_t count) const = 0;

  /// Hashes [first, first + count) of tile level `level`; level 0 are the leaf hashes.
  /// Errc::not_found when there are fewer.
  [[nodiscard]] virtual Result<std::vector<Digest>> hashes(unsigned level,
                                                           std::uint64_t first,
                                                           std::uint64_t count) const = 0;

  /// Keeps `checkpoint` as the newest. Errc::store_busy when `fence` is not the newest,
  /// Errc::ledger_inconsistent when its size is below the saved one or above the log's.
  [[nodiscard]] virtual Result<void> save_checkpoint(std::uint64_t fence,
                                                     const SavedCheckpoint& checkpoint) = 0;

  /// Nothing before the first one.
  [[nodiscard]] virtual Result<std::optional<SavedCheckpoint>> newest_checkpoint() const = 0;

  // --- what the log names ---

  /// Keeps a record unless there is one of that statement.
  [[nodiscard]] virtual Result<void> put_record(const SignedRecord& record) = 0;

  /// By digest of the statement. Errc::not_found.
  [[nodiscard]] virtual Result<SignedRecord> record(const Digest& statement) const = 0;

  /// All records about one object, ascending by statement digest.
  [[nodiscard]] virtual Result<std::vector<SignedRecord>> records_about(
      const Digest& object) const = 0;

  /// Keeps a document and returns its digest. Errc::too_large above limits::kObjectMax.
  [[nodiscard]] virtual Result<Digest> put_document(const StoredDocument& document) = 0;

  /// By digest. Errc::not_found; Errc::ledger_inconsistent when the bytes have another digest.
  [[nodiscard]] virtual Result<StoredDocument> document(const Digest& digest) const = 0;

  /// All documents of a type with that version that are at most limits::kObjectMax, ascending by
  /// digest: two of them are the proof that their signers gave one version twice.
  [[nodiscard]] virtual Result<std::vector<StoredDocument>> documents(
      std::string_view type, std::int64_t version) const = 0;

  /// The lowest version above `after` that a document of `type` has; nothing when there is none.
  [[nodiscard]] virtual Result<std::optional<std::int64_t>> next_version(
      std::string_view type, std::int64_t after) const = 0;

  /// Keeps a blob in chunks of kBlobChunk and returns its digest. Errc::too_large above
  /// limits::kBlobMax.
  [[nodiscard]] virtual Result<Digest> put_blob(BytesView bytes) = 0;

  /// Size in bytes. Errc::not_found.
  [[nodiscard]] virtual Result<std::uint64_t> blob_size(const Digest& digest) const = 0;

  /// Chunk number `index` from 0; an empty blob has none. Errc::not_found. The chunk alone cannot
  /// be checked: who streams hashes all of them and compares at the end.
  [[nodiscard]] virtual Result<Bytes> blob_chunk(const Digest& digest,
                                                 std::uint64_t index) const = 0;

  /// Erases a blob and what it left in free pages and logs; erasing none is no error. After
  /// Errc::disk_full or Errc::store_busy something may be left: erase it again.
  [[nodiscard]] virtual Result<void> erase_blob(const Digest& digest) = 0;

  /// Housekeeping that no answer waits for; the sequencer calls it after it has answered.
  [[nodiscard]] virtual Result<void> maintain() = 0;
};

/// The whole blob. Errc::not_found; Errc::ledger_inconsistent when the bytes have another digest.
[[nodiscard]] Result<Bytes> read_blob(const Store& store, const Digest& digest);

/// Bytes of the hash tile or entry bundle at `path` (`tile/0/000.p/5`), up to the present size of
/// the log. Errc::bad_tile for what is no path, Errc::not_found for a tile that the log has not.
[[nodiscard]] Result<Bytes> read_tile(const Store& store, std::string_view path);

/// The nodes of the first `size` entries, read out of `store`, which must outlive it.
[[nodiscard]] NodeSource nodes_of_store(const Store& store, std::uint64_t size);

}  // namespace twoseal
