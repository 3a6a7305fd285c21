// Whether a signature holds, asked of crypto/ and remembered.
#pragma once

#include <optional>
#include <string>

#include "crypto/public_key.h"
#include "crypto/sshsig.h"
#include "tests/reference/directory_model.h"

namespace twoseal::reference {

/// The key of a person as the roster spells it.
[[nodiscard]] Result<PublicKey> parse_key(const RosterKey& key);

/// What the signature of `one` shows under `key`; nothing when it does not hold. Remembers answers:
/// the tests ask about the same signatures many thousand times.
[[nodiscard]] std::optional<SignatureFacts> verify(const PublicKey& key,
                                                   const std::string& rp_id,
                                                   const std::string& origin,
                                                   const Signed& one);

/// What a key of this kind counts as.
[[nodiscard]] Display display_of(KeyKind kind, const PublicKey& key);

}  // namespace twoseal::reference
