#include "storage/sqlite/schema.h"

#include <iterator>
#include <map>
#include <optional>

#include "crypto/hash.h"
#include "embedded/kMigrations.h"

namespace twoseal::sqlite {
namespace {

constexpr std::int64_t kApplicationId = 0x32534541;  // "2SEA"; `file` shows it

// Whether a store, made to its end or not, has neither a checkpoint nor an entry.
Result<bool> is_unused(Connection& connection) {
  TWOSEAL_TRY(const std::int64_t tables,
              connection.number("select count(*) from sqlite_schema "
                                "where name in ('checkpoint', 'entry')"));
  if (tables == 0) {
    return true;
  }
  TWOSEAL_TRY(const std::int64_t used,
              connection.number("select exists (select 1 from checkpoint) "
                                "or exists (select 1 from entry)"));
  return used == 0;
}

// Whether the database is empty; an error when it is not what `mode` asks for. Writes nothing.
Result<bool> is_empty(Connection& connection, const std::string& path, OpenMode mode) {
  TWOSEAL_TRY(const std::int64_t application, connection.number("pragma application_id"));
  TWOSEAL_TRY(const std::int64_t tables, connection.number("select count(*) from sqlite_schema"));
  if (tables != 0 && application != kApplicationId) {
    return fail(Errc::store_failed, path + " is a database, but no store of twoseal");
  }
  if (tables == 0 && (mode == OpenMode::existing || mode == OpenMode::reading)) {
    return fail(Errc::not_found, "no store at " + path);
  }
  if (tables != 0 && mode == OpenMode::fresh) {
    TWOSEAL_TRY(const bool unused, is_unused(connection));
    if (!unused) {
      return fail(Errc::exists_already, path + " is a store already");
    }
  }
  return tables == 0;
}

constexpr const char* kMigrationTable =
    "create table migration (number integer primary key, "
    "file text not null, digest text not null) strict";

Result<void> make_migration_table(Connection& connection, const std::string& path, OpenMode mode) {
  TWOSEAL_TRY(Transaction transaction, Transaction::begin(connection));
  TWOSEAL_TRY(const bool empty, is_empty(connection, path, mode));
  if (!empty) {
    return {};
  }
  TWOSEAL_TRY_VOID(connection.execute("pragma application_id = " + std::to_string(kApplicationId)));
  TWOSEAL_TRY_VOID(connection.execute(kMigrationTable));
  return transaction.commit();
}

// Whether a migration ran before; then it must have been the same one.
Result<bool> has_migrated(Connection& connection,
                          std::int64_t number,
                          const embedded::Text& migration,
                          const std::string& path) {
  TWOSEAL_TRY(Statement row, connection.query("migration_digest", number));
  TWOSEAL_TRY(const bool known, row.step());
  if (known && row.bytes(0) != sha256(migration.text).text()) {
    return fail(
        Errc::store_failed,
        "migration " + std::to_string(number) + " of " + path + " is not the one of this program");
  }
  return known;
}

Result<void> migrate_one(Connection& connection,
                         std::int64_t number,
                         const embedded::Text& migration,
                         const std::string& path) {
  TWOSEAL_TRY(Transaction transaction, Transaction::begin(connection));
  TWOSEAL_TRY(const bool known, has_migrated(connection, number, migration, path));
  if (known) {
    return {};
  }
  TWOSEAL_TRY_VOID(connection.execute(std::string(migration.text)));
  TWOSEAL_TRY_VOID(
      connection.run("add_migration", number, migration.file, sha256(migration.text).text()));
  return transaction.commit();
}

Result<void> refuse_newer(Connection& connection, const std::string& path) {
  const std::int64_t number = std::ssize(embedded::kMigrations);
  TWOSEAL_TRY(const std::int64_t newest, connection.number("select max(number) from migration"));
  if (newest > number) {
    return fail(Errc::store_newer,
                path + " has schema " + std::to_string(newest) + "; this program knows " +
                    std::to_string(number));
  }
  return {};
}

// What a database consists of: `table entry` and the like, with the text that made it.
using Schema = std::map<std::string, Bytes>;

Result<Schema> schema_of(Connection& connection) {
  TWOSEAL_TRY(Statement row, connection.query("schema"));
  Schema schema;
  for (;;) {
    TWOSEAL_TRY(const bool more, row.step());
    if (!more) {
      return schema;
    }
    schema.emplace(row.bytes(0), row.bytes(1));
  }
}

Result<Schema> own_schema() {
  TWOSEAL_TRY(Connection memory, Connection::open(":memory:"));
  TWOSEAL_TRY_VOID(memory.execute(kMigrationTable));
  for (const embedded::Text& migration : embedded::kMigrations) {
    TWOSEAL_TRY_VOID(memory.execute(std::string(migration.text)));
  }
  return schema_of(memory);
}

// Which part of a store was not made by us, or nothing. A view in the place of a table could
// compute without end, and show each reader something else.
std::optional<std::string> foreign_part(const Schema& schema, const Schema& own) {
  for (const auto& [part, text] : schema) {
    const auto found = own.find(part);
    if (found == own.end() || found->second != text) {
      return part;
    }
  }
  return std::nullopt;
}

// Must hold before anything is read out of the table of migrations.
Result<void> check_migration_table(Connection& connection, const std::string& path) {
  TWOSEAL_TRY(const Schema schema, schema_of(connection));
  TWOSEAL_TRY(const Schema own, own_schema());
  const auto found = schema.find("table migration");
  return found != schema.end() && found->second == own.at("table migration")
             ? Result<void>()
             : fail(Errc::store_failed, path + " has no table of migrations as twoseal makes it");
}

// Must hold before anything is read out of the other tables.
Result<void> check_parts(Connection& connection, const std::string& path) {
  TWOSEAL_TRY(const Schema schema, schema_of(connection));
  TWOSEAL_TRY(const Schema own, own_schema());
  if (const auto part = foreign_part(schema, own)) {
    return fail(Errc::store_failed, path + " has a " + *part + " that twoseal did not make");
  }
  if (const auto part = foreign_part(own, schema)) {
    return fail(Errc::store_failed, path + " lacks its " + *part);
  }
  return {};
}

}  // namespace

Result<void> migrate(Connection& connection, const std::string& path, OpenMode mode) {
  TWOSEAL_TRY([[maybe_unused]] const bool empty, is_empty(connection, path, mode));
  TWOSEAL_TRY_VOID(connection.execute("pragma journal_mode = wal"));
  TWOSEAL_TRY_VOID(make_migration_table(connection, path, mode));
  TWOSEAL_TRY_VOID(check_migration_table(connection, path));
  std::int64_t number = 0;
  for (const embedded::Text& migration : embedded::kMigrations) {
    TWOSEAL_TRY_VOID(migrate_one(connection, ++number, migration, path));
  }
  TWOSEAL_TRY_VOID(refuse_newer(connection, path));
  return check_parts(connection, path);
}

Result<void> check_schema(Connection& connection, const std::string& path) {
  TWOSEAL_TRY([[maybe_unused]] const bool empty, is_empty(connection, path, OpenMode::reading));
  TWOSEAL_TRY_VOID(check_migration_table(connection, path));
  std::int64_t number = 0;
  for (const embedded::Text& migration : embedded::kMigrations) {
    TWOSEAL_TRY(const bool known, has_migrated(connection, ++number, migration, path));
    if (!known) {
      return fail(Errc::store_failed, path + " has an older schema, which appending to it renews");
    }
  }
  TWOSEAL_TRY_VOID(refuse_newer(connection, path));
  return check_parts(connection, path);
}

Result<std::vector<std::string>> missing_migrations(Connection& connection,
                                                    const std::string& path) {
  TWOSEAL_TRY([[maybe_unused]] const bool empty, is_empty(connection, path, OpenMode::reading));
  TWOSEAL_TRY_VOID(check_migration_table(connection, path));
  std::vector<std::string> missing;
  std::int64_t number = 0;
  for (const embedded::Text& migration : embedded::kMigrations) {
    TWOSEAL_TRY(const bool known, has_migrated(connection, ++number, migration, path));
    if (!known) {
      missing.emplace_back(migration.file);
    }
  }
  TWOSEAL_TRY_VOID(refuse_newer(connection, path));
  return missing;
}

}  // namespace twoseal::sqlite
