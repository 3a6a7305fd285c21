// Looking at a store without opening it as one: what its schema lacks, and a copy of it.
#include <fcntl.h>
#include <unistd.h>

#include "base/os_file.h"
#include "storage/sqlite/schema.h"
#include "storage/sqlite/sqlite_store.h"

namespace twoseal {
namespace {

using sqlite::Connection;

// Text as SQL has it between quotes.
std::string quoted(const std::string& text) {
  std::string sql = "'";
  for (const char c : text) {
    sql += c == '\'' ? "''" : std::string(1, c);
  }
  return sql + "'";
}

Result<void> sync_file(const std::string& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open() || ::fsync(file.get()) != 0) {
    return std::unexpected(os_error(errno, "syncing", path));
  }
  return {};
}

Result<Connection> open_reader(const std::string& path) {
  if (!path_exists(path)) {
    return fail(Errc::not_found, "no store at " + path);
  }
  return Connection::open(path, Connection::Access::read);
}

}  // namespace

Result<std::vector<std::string>> missing_migrations(const std::string& path) {
  TWOSEAL_TRY(Connection reader, open_reader(path));
  return sqlite::missing_migrations(reader, path);
}

Result<void> backup_sqlite_store(const std::string& path, const std::string& to) {
  TWOSEAL_TRY(Connection reader, open_reader(path));
  TWOSEAL_TRY([[maybe_unused]] const auto missing, sqlite::missing_migrations(reader, path));
  // SQLite fills a file that is there and empty, and leaves its mode alone.
  TWOSEAL_TRY_VOID(write_file(to, "", Access::owner, Existing::keep));
  auto copied = reader.execute("pragma query_only = off; vacuum into " + quoted(to));
  if (copied) {
    copied = sync_file(to);
  }
  if (!copied) {
    static_cast<void>(remove_file(to));
  }
  return copied;
}

}  // namespace twoseal
