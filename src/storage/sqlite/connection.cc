#include "storage/sqlite/connection.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/check.h"
#include "base/limits.h"
#include "embedded/kQueries.h"

namespace twoseal::sqlite {
namespace {

constexpr int kBusyMs = 5'000;

// The largest row is a document; whatever is longer was not written by us, and is not read either.
constexpr int kRowMax = static_cast<int>(limits::kObjectMax) + 4'096;

// Settings of every connection. FULL syncs the write-ahead log at each commit; NORMAL would lose
// acknowledged entries when power fails.
constexpr const char* kSettings =
    "pragma synchronous = full;"
    "pragma foreign_keys = on;"
    "pragma secure_delete = on;"
    "pragma trusted_schema = off;"
    "pragma temp_store = memory;";

// An audit goes to and fro over the whole store: 32 MiB hold the inner nodes of every tree in it.
constexpr const char* kReading = "pragma query_only = on; pragma cache_size = -32768;";

// The text of the statement called `name` in one of the .sql files.
std::string_view query_text(std::string_view name) {
  const std::string title = "-- name: " + std::string(name) + "\n";
  for (const embedded::Text& file : embedded::kQueries) {
    const std::string_view all = file.text;
    const std::size_t begin = all.find(title);
    if (begin != all.npos) {
      const std::size_t end = all.find("-- name: ", begin + title.size());
      return all.substr(begin + title.size(), end - begin - title.size());
    }
  }
  check_failed("the .sql files have each statement that the code names",
               std::source_location::current());
}

bool may_write(const std::string& path) {
  return faccessat(AT_FDCWD, path.c_str(), W_OK, AT_EACCESS) == 0;
}

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == path.npos ? "." : path.substr(0, slash + 1);
}

bool has_log(const std::string& path) {
  struct stat info{};
  return stat((path + "-wal").c_str(), &info) == 0;
}

// The URI under which SQLite opens `path` without locks and without a write-ahead log.
std::string immutable_uri(const std::string& path) {
  std::string uri = "file:";
  for (const char c : path) {
    switch (c) {
      case '%':
        uri += "%25";
        break;
      case '?':
        uri += "%3f";
        break;
      case '#':
        uri += "%23";
        break;
      default:
        uri += c;
    }
  }
  return uri + "?immutable=1";
}

}  // namespace

Error sqlite_error(sqlite3* database, int code, std::string_view doing) {
  std::string what = std::string(doing) + ": " +
                     (database == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(database));
  const int extended = database == nullptr ? code : sqlite3_extended_errcode(database);
  if (extended != code) {
    what += " (" + std::to_string(extended) + ")";
  }
  switch (code & 0xFF) {
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
      return {database != nullptr && sqlite3_system_errno(database) == EACCES ? Errc::no_permission
                                                                              : Errc::store_failed,
              std::move(what)};
    case SQLITE_FULL:
      return {Errc::disk_full, std::move(what)};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {Errc::store_busy, std::move(what)};
    default:
      return {Errc::store_failed, std::move(what)};
  }
}

Statement::~Statement() {
  if (statement_ != nullptr) {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }
}

// Binding fails only for an index that the statement has not, or when memory is exhausted.

void Statement::bind(int index, std::int64_t value) {
  check(sqlite3_bind_int64(statement_, index, value) == SQLITE_OK, "the statement has it");
}

void Statement::bind(int index, std::string_view text) {
  check(sqlite3_bind_text64(
            statement_, index, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8) == SQLITE_OK,
        "the statement has it");
}

void Statement::bind(int index, Blob blob) {
  // A null pointer would bind NULL, not an empty blob.
  const char* data = blob.bytes.empty() ? "" : blob.bytes.data();
  check(sqlite3_bind_blob64(statement_, index, data, blob.bytes.size(), SQLITE_STATIC) == SQLITE_OK,
        "the statement has it");
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW || code == SQLITE_DONE) {
    return code == SQLITE_ROW;
  }
  const std::string_view sql = sqlite3_sql(statement_);
  return std::unexpected(
      sqlite_error(sqlite3_db_handle(statement_), code, sql.substr(0, sql.find_first_of(" \n;"))));
}

std::int64_t Statement::integer(int index) const {
  return sqlite3_column_int64(statement_, index);
}

bool Statement::is_null(int index) const {
  return sqlite3_column_type(statement_, index) == SQLITE_NULL;
}

Bytes Statement::bytes(int index) const {
  const void* data = sqlite3_column_blob(statement_, index);
  const int size = sqlite3_column_bytes(statement_, index);
  return data == nullptr ? Bytes()
                         : Bytes(static_cast<const char*>(data), static_cast<std::size_t>(size));
}

void Connection::Close::operator()(sqlite3* database) const {
  sqlite3_close_v2(database);
}

void Connection::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

Result<Connection> Connection::open(const std::string& path, Access access) {
  sqlite3* opened = nullptr;
  const bool files = may_write(directory_of(path));
  // A read-only connection would leave the write-ahead log that it made behind, which its owner
  // may then not open. Who may write reads through query_only below, and cleans up.
  const bool read_only = access == Access::read && !(files && may_write(path));
  const bool at_rest = read_only && !files && !has_log(path);
  const int flags = (read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) |
                    (at_rest ? SQLITE_OPEN_URI : 0) | SQLITE_OPEN_NOMUTEX;
  const int code =
      sqlite3_open_v2((at_rest ? immutable_uri(path) : path).c_str(), &opened, flags, nullptr);
  Connection connection(opened);
  if (code != SQLITE_OK) {
    return std::unexpected(sqlite_error(opened, code, "opening " + path));
  }
  sqlite3_extended_result_codes(opened, 1);
  sqlite3_busy_timeout(opened, kBusyMs);
  sqlite3_limit(opened, SQLITE_LIMIT_LENGTH, kRowMax);
  sqlite3_db_config(opened, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  TWOSEAL_TRY_VOID(connection.execute(kSettings));
  if (access == Access::read) {
    TWOSEAL_TRY_VOID(connection.execute(kReading));
  }
  // Replaces SQLite's own checkpoints inside a commit, whose errors it hides. See checkpoint().
  sqlite3_wal_hook(
      opened,
      [](void* pages_out, sqlite3*, const char*, int pages) {
        *static_cast<int*>(pages_out) = pages;
        return SQLITE_OK;
      },
      connection.wal_pages_.get());
  return connection;
}

Result<void> Connection::execute(const std::string& sql) {
  const int code = sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) {
    return std::unexpected(sqlite_error(database_.get(), code, "preparing the store"));
  }
  return {};
}

Result<std::int64_t> Connection::number(const std::string& sql) {
  sqlite3_stmt* prepared = nullptr;
  const int code = sqlite3_prepare_v2(database_.get(), sql.c_str(), -1, &prepared, nullptr);
  const std::unique_ptr<sqlite3_stmt, Finalize> owner(prepared);
  if (code != SQLITE_OK) {
    return std::unexpected(sqlite_error(database_.get(), code, "reading the store"));
  }
  Statement statement(prepared);
  TWOSEAL_TRY(const bool row, statement.step());
  return row ? statement.integer(0) : 0;
}

Result<Statement> Connection::named(std::string_view name) {
  auto found = statements_.find(name);
  if (found == statements_.end()) {
    const std::string_view sql = query_text(name);
    sqlite3_stmt* prepared = nullptr;
    const int code = sqlite3_prepare_v3(database_.get(),
                                        sql.data(),
                                        static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT,
                                        &prepared,
                                        nullptr);
    if (code != SQLITE_OK) {
      return std::unexpected(sqlite_error(database_.get(), code, name));
    }
    found =
        statements_.emplace(std::string(name), std::unique_ptr<sqlite3_stmt, Finalize>(prepared))
            .first;
  }
  return Statement(found->second.get());
}

std::int64_t Connection::changes() const {
  return sqlite3_changes64(database_.get());
}

Result<void> Connection::checkpoint(Checkpoint how) {
  const int code = sqlite3_wal_checkpoint_v2(
      database_.get(),
      nullptr,
      how == Checkpoint::truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE,
      nullptr,
      nullptr);
  *wal_pages_ = 0;
  if (code != SQLITE_OK) {
    return std::unexpected(sqlite_error(database_.get(), code, "checkpoint"));
  }
  return {};
}

void Connection::close_without_checkpoint() {
  sqlite3_db_config(database_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

Result<Transaction> Transaction::begin(Connection& connection) {
  TWOSEAL_TRY_VOID(connection.run("begin"));
  return Transaction(connection);
}

Transaction::~Transaction() {
  if (connection_ != nullptr) {
    // SQLite may have rolled back already; then this one has nothing to do.
    [[maybe_unused]] const auto ignored = connection_->run("rollback");
  }
}

Result<void> Transaction::commit() {
  TWOSEAL_TRY_VOID(connection_->run("commit"));
  connection_ = nullptr;
  return {};
}

}  // namespace twoseal::sqlite
