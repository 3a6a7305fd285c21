// What the database of a store consists of: made by migrations, and nothing else.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/sqlite_store.h"

namespace twoseal::sqlite {

/// Makes the schema of the store at `path`, or renews it; each migration is a transaction.
/// Errc::not_found and Errc::exists_already when the store is not what `mode` asks for,
/// Errc::store_failed when the database is none of ours, newer, or has parts that are not ours.
[[nodiscard]] Result<void> migrate(Connection& connection, const std::string& path, OpenMode mode);

/// Whether migrate() would leave it as it is; writes nothing. The errors of migrate().
[[nodiscard]] Result<void> check_schema(Connection& connection, const std::string& path);

/// The files of the migrations that migrate() would run. The errors of migrate().
[[nodiscard]] Result<std::vector<std::string>> missing_migrations(Connection& connection,
                                                                  const std::string& path);

}  // namespace twoseal::sqlite
