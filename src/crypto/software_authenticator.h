// Stand-ins for security keys and passkeys, made of a software key: for tests, vectors and the
// demo. They say "touched" and "verified" as they are told, which is why nothing else uses them.
#pragma once

#include "crypto/authenticator.h"
#include "crypto/private_key.h"

namespace twoseal {

/// What an authenticator puts in front of what it signs.
struct AuthenticatorState {
  std::uint8_t flags = kFlagUserPresent | kFlagUserVerified;
  std::uint32_t counter = 1;
};

/// The public key that a security key with this private key and application would have.
/// Errors as PublicKey::parse_ssh().
[[nodiscard]] Result<PublicKey> security_key_public(const PrivateKey& key,
                                                    std::string_view application);

/// The armour that `ssh-keygen -Y sign` writes for the security key `sk`, which was made of `key`.
[[nodiscard]] std::string security_key_sign(const PrivateKey& key,
                                            const PublicKey& sk,
                                            AuthenticatorState state,
                                            std::string_view name_space,
                                            BytesView message);

/// The public key that a passkey with this private key would have.
[[nodiscard]] PublicKey passkey_public(const PrivateKey& key);

/// What a browser hands over.
struct Assertion {
  Bytes auth_data;
  Bytes client_data;
  Bytes signature;
};

/// An assertion over `statement` by a passkey of `rp_id` in a page of `origin`, which is plain
/// ASCII without quotes.
[[nodiscard]] Assertion passkey_sign(const PrivateKey& key,
                                     AuthenticatorState state,
                                     std::string_view rp_id,
                                     std::string_view origin,
                                     BytesView statement);

}  // namespace twoseal
