// What the verbs of the ledger share: opening a store, its log key, its newest checkpoint.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "cli/verb.h"
#include "crypto/private_key.h"
#include "storage/ledger_writer.h"
#include "storage/sqlite/sqlite_store.h"
#include "workflow/log.h"

namespace twoseal::cli {

/// The store at --store. Errors with its path.
[[nodiscard]] Result<std::unique_ptr<Store>> open_store(const std::string& path, OpenMode mode);

/// `result`, an error with the path of its store in front of its place.
template <class T>
[[nodiscard]] Result<T> in_store(Result<T> result, const std::string& path) {
  return result ? std::move(result) : std::unexpected(in_file(std::move(result).error(), path));
}

/// `error`, said to who runs the server of the store at `path`, and can restore it: what cannot be
/// decoded is Errc::ledger_inconsistent.
[[nodiscard]] Error damage_of_store(Error error, const std::string& path);

/// `result`, an error as damage_of_store().
template <class T>
[[nodiscard]] Result<T> of_own_store(Result<T> result, const std::string& path) {
  return result ? std::move(result)
                : std::unexpected(damage_of_store(std::move(result).error(), path));
}

/// What is said, with `code`, to who reads the store at `path` and cannot sign its first
/// checkpoint.
[[nodiscard]] std::unexpected<Error> no_checkpoint(Errc code, const std::string& path);

/// The newest checkpoint of a store that was opened for reading, not above its head.
/// Errc::not_found and Errc::ledger_inconsistent; every error with `path`.
[[nodiscard]] Result<SavedCheckpoint> saved_checkpoint(const Store& store, const std::string& path);

/// The private key in a PKCS#8 file, as `ledger init` and `org new` make it.
[[nodiscard]] Result<PrivateKey> read_service_key(const std::string& path);

/// Makes a new PKCS#8 file of mode 0600. Errc::exists_already.
[[nodiscard]] Result<void> write_service_key(const std::string& path, const PrivateKey& key);

/// The first line of a signed note, which has not been verified.
[[nodiscard]] std::string origin_of(BytesView note);

}  // namespace twoseal::cli
