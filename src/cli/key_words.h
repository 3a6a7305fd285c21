// A private key on paper: 24 words. docs/formats/keys.md, "Printed keys".
#pragma once

#include <string>
#include <string_view>

#include "crypto/private_key.h"

namespace twoseal::cli {

/// The seed of an Ed25519 key and eight bits of its digest, as 24 words in six rows of four. To be
/// wiped.
[[nodiscard]] std::string key_words(const PrivateKey& key);

/// The key that key_words() wrote, typed in any case and with any spaces between. Errc::bad_key
/// with the word that is none, or when the words do not belong together.
[[nodiscard]] Result<PrivateKey> parse_key_words(std::string_view text);

}  // namespace twoseal::cli
