// Private keys and what is signed with them. Only software keys: security keys and agents are
// reached through ssh-keygen, passkeys through browsers.
#pragma once

#include <memory>
#include <string>

#include "crypto/public_key.h"
#include "crypto/secret.h"

namespace twoseal {

/// An Ed25519 or P-256 private key. Its public_key() is an SSH key. Memory is wiped at the end.
/// May be used by several threads at once.
class PrivateKey {
 public:
  /// A new Ed25519 key.
  [[nodiscard]] static PrivateKey generate();

  /// The Ed25519 key of a seed of 32 octets (RFC 8032 §5.1.5). Stops the process on another length.
  [[nodiscard]] static PrivateKey from_seed(BytesView seed);

  /// A new P-256 key.
  [[nodiscard]] static PrivateKey generate_p256();

  /// The P-256 key of a scalar of 32 octets, big-endian. Errc::bad_key when it has another length,
  /// is 0, or is not below the order of the curve.
  [[nodiscard]] static Result<PrivateKey> from_p256_scalar(BytesView scalar);

  PrivateKey(PrivateKey&&) noexcept;
  PrivateKey& operator=(PrivateKey&&) noexcept;
  ~PrivateKey();

  [[nodiscard]] const PublicKey& public_key() const;

  /// The seed or the scalar: 32 octets, valid as long as the key.
  [[nodiscard]] BytesView secret() const;

  /// What PublicKey::verify_raw() accepts. Ed25519 gives the same octets each time, ECDSA does not.
  [[nodiscard]] Bytes sign_raw(BytesView message) const;

  /// The armour that `ssh-keygen -Y sign -n name_space` writes, with hash sha512.
  [[nodiscard]] std::string sign_sshsig(std::string_view name_space, BytesView message) const;

 private:
  struct State;

  explicit PrivateKey(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace twoseal
