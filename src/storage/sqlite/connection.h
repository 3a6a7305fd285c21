// SQLite behind two small classes. The only header of storage/ that names it, and it does so
// without including sqlite3.h.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace twoseal::sqlite {

/// Marks an argument as octets; a plain string_view is text.
struct Blob {
  BytesView bytes;
};

/// A prepared statement while it runs. Borrowed from its connection, which must outlive it; goes
/// back, ready for the next use, at the end of the block.
class Statement {
 public:
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}

  Statement(Statement&& other) noexcept : statement_(std::exchange(other.statement_, nullptr)) {}

  Statement& operator=(Statement&&) = delete;
  ~Statement();

  void bind(int index, std::int64_t value);
  void bind(int index, std::string_view text);
  void bind(int index, Blob blob);

  /// Whether there is a further row; after the last one the statement is done.
  [[nodiscard]] Result<bool> step();

  /// Column `index` (from 0) of the present row.
  [[nodiscard]] std::int64_t integer(int index) const;
  [[nodiscard]] bool is_null(int index) const;
  [[nodiscard]] Bytes bytes(int index) const;

 private:
  sqlite3_stmt* statement_;
};

/// The error that SQLite's result code `code` means for us: Errc::disk_full, Errc::store_busy,
/// Errc::no_permission, else
/// Errc::store_failed. `database` may be null.
[[nodiscard]] Error sqlite_error(sqlite3* database, int code, std::string_view doing);

/// One connection with the settings that the ledger needs. Used by one thread at a time.
class Connection {
 public:
  enum class Access { write, read };

  /// Opens the file, which must exist. Errc::store_failed. With Access::read the database is never
  /// written, and a directory that cannot be written is no obstacle unless a write-ahead log is in
  /// use there.
  [[nodiscard]] static Result<Connection> open(const std::string& path,
                                               Access access = Access::write);

  /// Runs SQL text without results.
  [[nodiscard]] Result<void> execute(const std::string& sql);

  /// First column of the first row of SQL text as a number; 0 when there is no row.
  [[nodiscard]] Result<std::int64_t> number(const std::string& sql);

  /// A named statement of queries.sql with its arguments bound in order.
  template <class... Args>
  [[nodiscard]] Result<Statement> query(std::string_view name, const Args&... args) {
    TWOSEAL_TRY(Statement statement, named(name));
    int index = 0;
    (statement.bind(++index, args), ...);
    return statement;
  }

  /// The same for statements without rows.
  template <class... Args>
  [[nodiscard]] Result<void> run(std::string_view name, const Args&... args) {
    TWOSEAL_TRY(Statement statement, query(name, args...));
    TWOSEAL_TRY([[maybe_unused]] const bool row, statement.step());
    return {};
  }

  /// Rows that the last statement changed.
  [[nodiscard]] std::int64_t changes() const;

  /// Pages in the write-ahead log after the last commit of this connection.
  [[nodiscard]] int wal_pages() const { return *wal_pages_; }

  enum class Checkpoint {
    passive,   ///< as far as readers allow, without waiting for them
    truncate,  ///< waits for readers and empties the write-ahead log
  };

  /// Copies the write-ahead log into the database and syncs it. Errc::disk_full, and for truncate
  /// Errc::store_busy when a reader does not end: the log then stays as it is, and nothing is lost.
  [[nodiscard]] Result<void> checkpoint(Checkpoint how);

  /// Leaves the write-ahead log alone when the connection is closed: after a failed sync nothing
  /// more is written.
  void close_without_checkpoint();

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };

  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };

  explicit Connection(sqlite3* database) : database_(database) {}

  Result<Statement> named(std::string_view name);

  // Statements are finalised before the connection is closed: members die in reverse order.
  std::unique_ptr<int> wal_pages_ = std::make_unique<int>(0);
  std::unique_ptr<sqlite3, Close> database_;
  std::map<std::string, std::unique_ptr<sqlite3_stmt, Finalize>, std::less<>> statements_;
};

/// A transaction that is rolled back at the end of the block unless commit() succeeded.
class Transaction {
 public:
  /// Takes the write lock at once.
  [[nodiscard]] static Result<Transaction> begin(Connection& connection);

  Transaction(Transaction&& other) noexcept
      : connection_(std::exchange(other.connection_, nullptr)) {}

  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  [[nodiscard]] Result<void> commit();

 private:
  explicit Transaction(Connection& connection) : connection_(&connection) {}

  Connection* connection_;
};

}  // namespace twoseal::sqlite
