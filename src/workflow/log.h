// The log of a store: its key, its newest checkpoint, its root at any size.
#pragma once

#include <string>

#include "crypto/private_key.h"
#include "storage/ledger_writer.h"

namespace twoseal {

/// The log key for a writer. Errc::bad_key when it is no Ed25519 key; Errc::bad_note for the name.
[[nodiscard]] Result<LogKey> log_key(PrivateKey key, const std::string& origin);

/// The newest signed note of the store. Errc::not_found when nothing was ever signed.
[[nodiscard]] Result<Bytes> newest_note(const Store& store);

/// Root of the first `size` entries of the store. Errc::bad_proof when there are fewer.
[[nodiscard]] Result<Digest> root_at(const Store& store, std::uint64_t size);

}  // namespace twoseal
