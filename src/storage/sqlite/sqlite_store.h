// The store in one SQLite file: write-ahead log, synchronous=FULL, numbered migrations.
#pragma once

#include <vector>

#include "storage/registry.h"
#include "storage/store.h"

namespace twoseal {

enum class OpenMode {
  existing,  ///< Errc::not_found when there is no store
  fresh,     ///< Errc::exists_already when there is one that has a checkpoint or an entry
  either,
  reading,  ///< as existing; every verb that writes ends with Errc::store_failed
};

/// Opens the store at `path` and brings its schema up to date. New files are readable by their
/// owner only. Errc::store_newer for a schema this program does not know; Errc::store_failed for a
/// file that is no store of twoseal, whose recorded migrations are not the ones of this program, or
/// which has a table, view or trigger that they do not make. Errc::no_permission.
///
/// OpenMode::reading writes nothing, needs no permission to, and refuses an older schema. There
/// Errc::store_unreadable stands for Errc::store_failed, here and in all verbs that read.
///
/// The holder of the lease keeps `path`-lease locked: when it dies, the kernel lets go and the next
/// one need not wait until the lease has run out.
[[nodiscard]] Result<std::unique_ptr<Store>> open_sqlite_store(const std::string& path,
                                                               OpenMode mode);

/// What a server keeps: both in one file, each with a connection of its own.
struct ServerStore {
  std::unique_ptr<Store> store;
  std::unique_ptr<Registry> registry;
};

/// The same with the registry, for who appends: not OpenMode::reading. After a failed write or sync
/// of either, both refuse to write.
[[nodiscard]] Result<ServerStore> open_sqlite_server_store(const std::string& path, OpenMode mode);

/// The files of the migrations that opening the store at `path` for writing would run. Writes
/// nothing. Errors as OpenMode::reading.
[[nodiscard]] Result<std::vector<std::string>> missing_migrations(const std::string& path);

/// Copies the store at `path`, which may be in use, to the new file `to`: as it is at one moment,
/// readable by its owner only, synced. Errc::exists_already; errors of write_file(); those of
/// OpenMode::reading.
[[nodiscard]] Result<void> backup_sqlite_store(const std::string& path, const std::string& to);

}  // namespace twoseal
