#include "storage/sqlite/sqlite_store.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/mutex.h"
#include "base/os_file.h"
#include "crypto/hash.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/readers.h"
#include "storage/sqlite/rows.h"
#include "storage/sqlite/schema.h"
#include "storage/sqlite/sqlite_registry.h"
#include "storage/sqlite/suspicion.h"

namespace twoseal {
namespace {

using sqlite::Blob;
using sqlite::Connection;
using sqlite::digest_at;
using sqlite::Readers;
using sqlite::Statement;
using sqlite::Suspicion;
using sqlite::to_signed;
using sqlite::to_unsigned;
using sqlite::Transaction;

constexpr int kWalPagesMax = 4'000;  // 16 MB; then it is copied into the database

std::unexpected<Error> store_failed(std::string what) {
  return fail(Errc::store_failed, std::move(what));
}

// For a failed system call: the store cannot be used, unless the reason is one that its user can
// mend.
Error store_error(std::string_view doing, const std::string& path) {
  Error error = os_error(errno, doing, path);
  if (error.code != Errc::disk_full && error.code != Errc::no_permission) {
    error.code = Errc::store_failed;
  }
  return error;
}

// What a store says to who only reads it, and lost nothing.
Error for_reader(Error error) {
  if (error.code == Errc::store_failed) {
    error.code = Errc::store_unreadable;
  }
  if (error.code == Errc::no_permission) {
    error.next = "ask its owner for the right to read it, or for a copy";
  }
  return error;
}

// The octets in `column`, whose query gives nothing but their number, in the next column, when they
// are more than `size_max`: what nobody could have added is not read into memory.
Result<Bytes> bytes_at(const Statement& row,
                       int column,
                       std::size_t size_max,
                       const std::string& what) {
  const std::int64_t size = row.integer(column + 1);
  if (std::cmp_greater(size, size_max)) {
    return fail(Errc::ledger_inconsistent,
                what + " has " + std::to_string(size) + " bytes, more than the " +
                    std::to_string(size_max) + " that it may have");
  }
  return row.bytes(column);
}

// Opens and locks a file; a closed descriptor when another process holds it. Holding it says: this
// process lives and has the lease.
Result<FileDescriptor> lock_file(const std::string& path) {
  FileDescriptor file(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.is_open()) {
    return std::unexpected(store_error("opening", path));
  }
  return flock(file.get(), LOCK_EX | LOCK_NB) == 0 ? std::move(file) : FileDescriptor();
}

// --- opening ---

Result<void> check_file(const std::string& path, const struct stat& info, OpenMode mode) {
  if (!S_ISREG(info.st_mode)) {
    return fail(Errc::not_regular, path + " is not a regular file");
  }
  const int rights = mode == OpenMode::reading ? R_OK : R_OK | W_OK;
  return faccessat(AT_FDCWD, path.c_str(), rights, AT_EACCESS) == 0
             ? Result<void>()
             : std::unexpected(store_error("opening", path));
}

// Makes the file when it is missing. SQLite would make it readable by everybody.
Result<void> make_file(const std::string& path, OpenMode mode) {
  struct stat info{};
  if (stat(path.c_str(), &info) == 0) {
    return check_file(path, info, mode);
  }
  if (errno == EACCES) {
    return std::unexpected(store_error("opening", path));
  }
  if (mode == OpenMode::existing || mode == OpenMode::reading) {
    return fail(Errc::not_found, "no store at " + path);
  }
  const int alone = mode == OpenMode::fresh ? O_EXCL : 0;
  const FileDescriptor file(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | alone, 0600));
  return file.is_open() ? Result<void>() : std::unexpected(store_error("opening", path));
}

struct LedgerRow {
  LedgerHead head;
  std::string holder;
  UnixSeconds lease_until;
  std::int64_t last_entry;  ///< -1: none
};

Result<LedgerRow> ledger_row(Connection& connection) {
  TWOSEAL_TRY(Statement row, connection.query("head"));
  TWOSEAL_TRY(const bool found, row.step());
  if (!found) {
    return fail(Errc::ledger_inconsistent, "the store has lost the head of its log");
  }
  return LedgerRow{{to_unsigned(row.integer(0)), row.integer(1), to_unsigned(row.integer(2))},
                   row.bytes(3),
                   row.integer(4),
                   row.is_null(5) ? -1 : row.integer(5)};
}

Result<LedgerRow> row_of_fence(Connection& connection, std::uint64_t fence) {
  TWOSEAL_TRY(LedgerRow row, ledger_row(connection));
  if (row.head.fence != fence || row.holder.empty()) {
    return fail(Errc::store_busy, "another process appends to this store now");
  }
  return row;
}

// The head as every reader sees it: of a log that the store can hold and that ends there.
Result<LedgerHead> sound_head(Connection& connection) {
  TWOSEAL_TRY(const LedgerRow row, ledger_row(connection));
  TWOSEAL_TRY(const std::int64_t pages, connection.number("pragma page_count"));
  TWOSEAL_TRY(const std::int64_t page_size, connection.number("pragma page_size"));
  const std::uint64_t room = to_unsigned(pages) * to_unsigned(page_size) / Digest::kSize;
  const std::int64_t size = to_signed(row.head.size);
  if (size < 0 || row.head.size > room) {
    return fail(Errc::ledger_inconsistent,
                "the head of the log counts " + std::to_string(size) +
                    " entries, which the store does not have");
  }
  if (row.last_entry >= size) {
    return fail(Errc::ledger_inconsistent,
                "the head of the log counts " + std::to_string(size) +
                    " entries, but the store has entry " + std::to_string(row.last_entry));
  }
  return row.head;
}

Result<SignedRecord> record_at(const Statement& row) {
  TWOSEAL_TRY(const Digest statement, digest_at(row, 0));
  TWOSEAL_TRY(const Digest object, digest_at(row, 1));
  TWOSEAL_TRY(Bytes bytes,
              bytes_at(row, 2, limits::kRecordMax, "the record of " + statement.text()));
  return SignedRecord{statement, object, std::move(bytes)};
}

Result<void> add_record(Connection& connection, const SignedRecord& record) {
  return connection.run(
      "add_record", Blob{record.statement.view()}, Blob{record.object.view()}, Blob{record.bytes});
}

Result<Digest> add_document(Connection& connection, const StoredDocument& document) {
  if (document.bytes.size() > limits::kObjectMax) {
    return fail(Errc::too_large,
                "a document of " + std::to_string(document.bytes.size()) + " bytes");
  }
  const Digest digest = sha256(document.bytes);
  TWOSEAL_TRY_VOID(connection.run(
      "add_document", Blob{digest.view()}, document.type, document.version, Blob{document.bytes}));
  return digest;
}

Result<void> add_batch(Connection& connection, const AppendBatch& batch) {
  TWOSEAL_TRY(const LedgerRow row, row_of_fence(connection, batch.fence));
  if (row.head.size != batch.first) {
    return fail(Errc::ledger_inconsistent,
                "the log has " + std::to_string(row.head.size) + " entries, not " +
                    std::to_string(batch.first));
  }
  std::int64_t seq = to_signed(batch.first);
  UnixSeconds last_at = row.head.last_at;
  for (const StoredEntry& entry : batch.entries) {
    TWOSEAL_TRY_VOID(
        connection.run("add_entry", seq++, entry.at, Blob{entry.leaf.view()}, Blob{entry.bytes}));
    last_at = entry.at;
  }
  for (const TileRoot& root : batch.tile_roots) {
    TWOSEAL_TRY_VOID(connection.run(
        "add_tile_root", std::int64_t{root.level}, to_signed(root.index), Blob{root.hash.view()}));
  }
  for (const SignedRecord& record : batch.records) {
    TWOSEAL_TRY_VOID(add_record(connection, record));
  }
  for (const StoredDocument& document : batch.documents) {
    TWOSEAL_TRY([[maybe_unused]] const Digest digest, add_document(connection, document));
  }
  return connection.run("move_head", seq, last_at);
}

// A full disk or a reader in the way are no reason to stop: the write-ahead log just grows.
Result<void> checkpoint_if_possible(Connection& connection, Connection::Checkpoint how) {
  const auto done = connection.checkpoint(how);
  return done || done.error().code == Errc::store_failed ? done : Result<void>();
}

std::unexpected<Error> too_few(std::uint64_t first, std::uint64_t count) {
  return fail(Errc::not_found,
              "the log has not all of " + std::to_string(count) + " from " + std::to_string(first));
}

class SqliteStore final : public Store {
 public:
  SqliteStore(std::string path,
              Connection writer,
              Connection::Access access,
              std::shared_ptr<Suspicion> suspicion)
      : path_(std::move(path)),
        access_(access),
        suspicion_(std::move(suspicion)),
        writer_(std::move(writer)),
        readers_(path_, access) {}

  Result<std::uint64_t> take_lease(std::string_view holder,
                                   UnixSeconds now,
                                   std::int64_t ttl) override {
    return write([&](Connection& writer, FileDescriptor& held) -> Result<std::uint64_t> {
      TWOSEAL_TRY(FileDescriptor lock, lock_file(path_ + "-lease"));
      TWOSEAL_TRY(Transaction transaction, Transaction::begin(writer));
      TWOSEAL_TRY(const LedgerRow row, ledger_row(writer));
      if (!row.holder.empty() && row.lease_until > now && !lock.is_open()) {
        return fail(Errc::store_busy, row.holder + " appends to " + path_);
      }
      const std::int64_t fence = to_signed(row.head.fence + 1);
      TWOSEAL_TRY_VOID(writer.run("take_lease", fence, holder, now + ttl));
      TWOSEAL_TRY_VOID(transaction.commit());
      // What a predecessor may have left unsynced becomes durable before anything is built on it.
      TWOSEAL_TRY_VOID(checkpoint_if_possible(writer, Connection::Checkpoint::truncate));
      held = std::move(lock);
      return to_unsigned(fence);
    });
  }

  Result<void> renew_lease(std::uint64_t fence, UnixSeconds now, std::int64_t ttl) override {
    return write([&](Connection& writer, FileDescriptor&) -> Result<void> {
      TWOSEAL_TRY(Transaction transaction, Transaction::begin(writer));
      TWOSEAL_TRY_VOID(row_of_fence(writer, fence));
      TWOSEAL_TRY_VOID(writer.run("renew_lease", now + ttl));
      return transaction.commit();
    });
  }

  Result<void> give_lease(std::uint64_t fence) override {
    return write([&](Connection& writer, FileDescriptor& held) -> Result<void> {
      TWOSEAL_TRY(Transaction transaction, Transaction::begin(writer));
      TWOSEAL_TRY_VOID(row_of_fence(writer, fence));
      TWOSEAL_TRY_VOID(writer.run("give_lease"));
      TWOSEAL_TRY_VOID(transaction.commit());
      held = FileDescriptor();
      return {};
    });
  }

  Result<void> append(const AppendBatch& batch) override {
    return write([&](Connection& writer, FileDescriptor&) -> Result<void> {
      TWOSEAL_TRY(Transaction transaction, Transaction::begin(writer));
      TWOSEAL_TRY_VOID(add_batch(writer, batch));
      return transaction.commit();
    });
  }

  Result<LedgerHead> head() const override {
    return read([](Connection& reader) { return sound_head(reader); });
  }

  Result<std::vector<StoredEntry>> entries(std::uint64_t first,
                                           std::uint64_t count) const override {
    return read([&](Connection& reader) -> Result<std::vector<StoredEntry>> {
      TWOSEAL_TRY(Statement row,
                  reader.query("entries",
                               to_signed(first),
                               to_signed(first + count),
                               to_signed(count),
                               to_signed(limits::kEntryMax)));
      std::vector<StoredEntry> found;
      for (;;) {
        TWOSEAL_TRY(const bool more, row.step());
        if (!more) {
          break;
        }
        TWOSEAL_TRY(const Digest leaf, digest_at(row, 1));
        TWOSEAL_TRY(Bytes bytes,
                    bytes_at(row, 2, limits::kEntryMax, "entry " + std::to_string(row.integer(4))));
        found.push_back({row.integer(0), leaf, std::move(bytes)});
      }
      return found.size() == count ? Result<std::vector<StoredEntry>>(std::move(found))
                                   : too_few(first, count);
    });
  }

  Result<std::vector<Digest>> hashes(unsigned level,
                                     std::uint64_t first,
                                     std::uint64_t count) const override {
    return read([&](Connection& reader) -> Result<std::vector<Digest>> {
      const std::int64_t begin = to_signed(first);
      const std::int64_t end = to_signed(first + count);
      TWOSEAL_TRY(
          Statement row,
          level == 0
              ? reader.query("leaves", begin, end, to_signed(count))
              : reader.query("tile_roots", begin, end, to_signed(count), std::int64_t{level}));
      std::vector<Digest> found;
      for (;;) {
        TWOSEAL_TRY(const bool more, row.step());
        if (!more) {
          break;
        }
        TWOSEAL_TRY(found.emplace_back(), digest_at(row, 0));
      }
      return found.size() == count ? Result<std::vector<Digest>>(std::move(found))
                                   : too_few(first, count);
    });
  }

  Result<void> save_checkpoint(std::uint64_t fence, const SavedCheckpoint& checkpoint) override {
    return write([&](Connection& writer, FileDescriptor&) -> Result<void> {
      TWOSEAL_TRY(Transaction transaction, Transaction::begin(writer));
      TWOSEAL_TRY(const LedgerRow row, row_of_fence(writer, fence));
      TWOSEAL_TRY(const auto newest, checkpoint_of(writer));
      if (checkpoint.size > row.head.size || (newest && checkpoint.size < newest->size)) {
        return fail(Errc::ledger_inconsistent,
                    "a checkpoint of " + std::to_string(checkpoint.size) +
                        " entries is not between the newest one and the log");
      }
      TWOSEAL_TRY_VOID(
          writer.run("save_checkpoint", to_signed(checkpoint.size), Blob{checkpoint.note}));
      return transaction.commit();
    });
  }

  Result<std::optional<SavedCheckpoint>> newest_checkpoint() const override {
    return read([](Connection& reader) { return checkpoint_of(reader); });
  }

  Result<void> put_record(const SignedRecord& record) override {
    return write([&](Connection& writer, FileDescriptor&) { return add_record(writer, record); });
  }

  Result<SignedRecord> record(const Digest& statement) const override {
    return read([&](Connection& reader) -> Result<SignedRecord> {
      TWOSEAL_TRY(Statement row,
                  reader.query("record", Blob{statement.view()}, to_signed(limits::kRecordMax)));
      TWOSEAL_TRY(const bool found, row.step());
      if (!found) {
        return fail(Errc::not_found, "no record of the statement " + statement.text());
      }
      return record_at(row);
    });
  }

  Result<std::vector<SignedRecord>> records_about(const Digest& object) const override {
    return read([&](Connection& reader) -> Result<std::vector<SignedRecord>> {
      TWOSEAL_TRY(
          Statement row,
          reader.query("records_about", Blob{object.view()}, to_signed(limits::kRecordMax)));
      std::vector<SignedRecord> found;
      for (;;) {
        TWOSEAL_TRY(const bool more, row.step());
        if (!more) {
          return found;
        }
        TWOSEAL_TRY(found.emplace_back(), record_at(row));
      }
    });
  }

  Result<Digest> put_document(const StoredDocument& document) override {
    return write(
        [&](Connection& writer, FileDescriptor&) { return add_document(writer, document); });
  }

  Result<StoredDocument> document(const Digest& digest) const override {
    return read([&](Connection& reader) -> Result<StoredDocument> {
      TWOSEAL_TRY(Statement row,
                  reader.query("document", Blob{digest.view()}, to_signed(limits::kObjectMax)));
      TWOSEAL_TRY(const bool found, row.step());
      if (!found) {
        return fail(Errc::not_found, "no document " + digest.text());
      }
      TWOSEAL_TRY(Bytes bytes,
                  bytes_at(row, 2, limits::kObjectMax, "the document " + digest.text()));
      StoredDocument document{row.bytes(0), row.integer(1), std::move(bytes)};
      if (sha256(document.bytes) != digest) {
        return fail(Errc::ledger_inconsistent,
                    "the document " + digest.text() + " has another digest now");
      }
      return document;
    });
  }

  Result<std::vector<StoredDocument>> documents(std::string_view type,
                                                std::int64_t version) const override {
    return read([&](Connection& reader) -> Result<std::vector<StoredDocument>> {
      TWOSEAL_TRY(Statement row,
                  reader.query("documents", type, version, to_signed(limits::kObjectMax)));
      std::vector<StoredDocument> found;
      for (;;) {
        TWOSEAL_TRY(const bool more, row.step());
        if (!more) {
          return found;
        }
        found.push_back({row.bytes(0), row.integer(1), row.bytes(2)});
      }
    });
  }

  Result<std::optional<std::int64_t>> next_version(std::string_view type,
                                                   std::int64_t after) const override {
    return read([&](Connection& reader) -> Result<std::optional<std::int64_t>> {
      TWOSEAL_TRY(Statement row, reader.query("next_version", type, after));
      TWOSEAL_TRY(const bool found, row.step());
      return found ? std::optional(row.integer(0)) : std::nullopt;
    });
  }

  Result<Digest> put_blob(BytesView bytes) override {
    if (bytes.size() > limits::kBlobMax) {
      return fail(Errc::too_large, "a blob of " + std::to_string(bytes.size()) + " bytes");
    }
    const Digest digest = sha256(bytes);
    return write([&](Connection& writer, FileDescriptor&) -> Result<Digest> {
      TWOSEAL_TRY(Transaction transaction, Transaction::begin(writer));
      TWOSEAL_TRY_VOID(writer.run("add_blob", Blob{digest.view()}, to_signed(bytes.size())));
      if (writer.changes() == 0) {
        return digest;
      }
      for (std::size_t at = 0; at < bytes.size(); at += kBlobChunk) {
        TWOSEAL_TRY_VOID(writer.run("add_blob_chunk",
                                    Blob{digest.view()},
                                    to_signed(at / kBlobChunk),
                                    Blob{bytes.substr(at, kBlobChunk)}));
      }
      TWOSEAL_TRY_VOID(transaction.commit());
      return digest;
    });
  }

  Result<std::uint64_t> blob_size(const Digest& digest) const override {
    return read([&](Connection& reader) -> Result<std::uint64_t> {
      TWOSEAL_TRY(Statement row, reader.query("blob_size", Blob{digest.view()}));
      TWOSEAL_TRY(const bool found, row.step());
      if (!found) {
        return fail(Errc::not_found, "no blob " + digest.text());
      }
      if (row.integer(0) < 0 || std::cmp_greater(row.integer(0), limits::kBlobMax)) {
        return fail(Errc::ledger_inconsistent,
                    "the blob " + digest.text() + " says to have " +
                        std::to_string(row.integer(0)) + " bytes");
      }
      return to_unsigned(row.integer(0));
    });
  }

  Result<Bytes> blob_chunk(const Digest& digest, std::uint64_t index) const override {
    return read([&](Connection& reader) -> Result<Bytes> {
      TWOSEAL_TRY(
          Statement row,
          reader.query("blob_chunk", Blob{digest.view()}, to_signed(index), to_signed(kBlobChunk)));
      TWOSEAL_TRY(const bool found, row.step());
      return found ? bytes_at(row, 0, kBlobChunk, "a chunk of " + digest.text())
                   : fail(Errc::not_found,
                          "no chunk " + std::to_string(index) + " of " + digest.text());
    });
  }

  Result<void> erase_blob(const Digest& digest) override {
    return write([&](Connection& writer, FileDescriptor&) -> Result<void> {
      TWOSEAL_TRY_VOID(writer.run("erase_blob", Blob{digest.view()}));
      return writer.checkpoint(Connection::Checkpoint::truncate);
    });
  }

  Result<void> maintain() override {
    return write([](Connection& writer, FileDescriptor&) -> Result<void> {
      return writer.wal_pages() < kWalPagesMax
                 ? Result<void>()
                 : checkpoint_if_possible(writer, Connection::Checkpoint::passive);
    });
  }

 private:
  static Result<std::optional<SavedCheckpoint>> checkpoint_of(Connection& connection) {
    TWOSEAL_TRY(Statement row,
                connection.query("newest_checkpoint", to_signed(limits::kCheckpointMax)));
    TWOSEAL_TRY(const bool found, row.step());
    if (!found) {
      return std::nullopt;
    }
    if (row.integer(0) < 0) {
      return fail(Errc::ledger_inconsistent,
                  "the newest checkpoint is of " + std::to_string(row.integer(0)) + " entries");
    }
    TWOSEAL_TRY(Bytes note, bytes_at(row, 1, limits::kCheckpointMax, "the newest checkpoint"));
    return SavedCheckpoint{to_unsigned(row.integer(0)), std::move(note)};
  }

  // Runs `work` on the one connection that writes. A failed write or sync ends writing for good:
  // what the disk holds then is not known, and a second sync would not tell.
  template <class Work>
  auto write(Work&& work)
      -> decltype(work(std::declval<Connection&>(), std::declval<FileDescriptor&>())) {
    if (access_ == Connection::Access::read) {
      return store_failed(path_ + " was opened for reading");
    }
    const MutexLock lock(mutex_);
    TWOSEAL_TRY_VOID(suspicion_->check());
    auto result = work(writer_, lease_);
    if (!result && result.error().code == Errc::store_failed) {
      suspicion_->raise(result.error().what);
      writer_.close_without_checkpoint();
    }
    return result;
  }

  // Runs `work` on a connection of its own, which sees the last commit.
  template <class Work>
  auto read(Work&& work) const -> decltype(work(std::declval<Connection&>())) {
    auto result = readers_.read(std::forward<Work>(work));
    if (!result && access_ == Connection::Access::read) {
      result.error() = for_reader(result.error());
    }
    return result;
  }

  const std::string path_;
  const Connection::Access access_;

  const std::shared_ptr<Suspicion> suspicion_;

  Mutex mutex_;
  Connection writer_ GUARDED_BY(mutex_);
  FileDescriptor lease_ GUARDED_BY(mutex_);

  mutable Readers readers_;
};

}  // namespace

namespace {

// The connection that writes, to a database that has our schema.
Result<Connection> open_writer(const std::string& path, OpenMode mode) {
  TWOSEAL_TRY_VOID(make_file(path, mode));
  const auto access =
      mode == OpenMode::reading ? Connection::Access::read : Connection::Access::write;
  TWOSEAL_TRY(Connection connection, Connection::open(path, access));
  TWOSEAL_TRY_VOID(mode == OpenMode::reading ? sqlite::check_schema(connection, path)
                                             : sqlite::migrate(connection, path, mode));
  return connection;
}

}  // namespace

Result<std::unique_ptr<Store>> open_sqlite_store(const std::string& path, OpenMode mode) {
  auto writer = open_writer(path, mode);
  if (!writer) {
    return std::unexpected(mode == OpenMode::reading ? for_reader(std::move(writer).error())
                                                     : std::move(writer).error());
  }
  const auto access =
      mode == OpenMode::reading ? Connection::Access::read : Connection::Access::write;
  return std::make_unique<SqliteStore>(
      path, *std::move(writer), access, std::make_shared<Suspicion>());
}

Result<ServerStore> open_sqlite_server_store(const std::string& path, OpenMode mode) {
  check(mode != OpenMode::reading, "a server writes");
  TWOSEAL_TRY(Connection writer, open_writer(path, mode));
  TWOSEAL_TRY(Connection second, Connection::open(path));
  const auto suspicion = std::make_shared<Suspicion>();
  return ServerStore{
      std::make_unique<SqliteStore>(path, std::move(writer), Connection::Access::write, suspicion),
      make_sqlite_registry(path, std::move(second), suspicion)};
}

}  // namespace twoseal
