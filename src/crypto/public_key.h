// Public keys of people, services, hosts and logs. docs/formats/signatures.md.
#pragma once

#include <memory>

#include "base/id.h"

namespace twoseal {

/// What a key is and so which signatures it can make. The first four come as SSH wire blobs, the
/// passkeys as SubjectPublicKeyInfo.
enum class KeyType {
  ssh_ed25519,
  ssh_ecdsa_p256,
  sk_ed25519,  ///< sk-ssh-ed25519@openssh.com: signs only when touched
  sk_ecdsa_p256,
  passkey_ed25519,
  passkey_p256,
};

/// A checked public key. Cheap to copy; copies share the parsed key and may be used by several
/// threads at once. A default-made one is empty: it exists so that a plain struct can be filled
/// field by field, and using it stops the process.
class PublicKey {
 public:
  PublicKey() = default;

  /// From an SSH wire blob (field 2 of a `.pub` file, decoded). Errc::bad_key for any other type
  /// (RSA, certificates, other curves), wrong lengths, trailing octets, compressed points, an
  /// application that is not `ssh:` and up to 124 visible characters. Errc::weak_key for a point
  /// that is not on the curve, of small order, or not in its one canonical encoding.
  [[nodiscard]] static Result<PublicKey> parse_ssh(BytesView wire_blob);

  /// From the SubjectPublicKeyInfo of a passkey in DER: P-256 with its named curve and an
  /// uncompressed point, or Ed25519; exactly the octets that RFC 5480 and RFC 8410 give. Errors as
  /// parse_ssh().
  [[nodiscard]] static Result<PublicKey> parse_spki(BytesView der);

  /// An ssh-ed25519 key from the 32 octets of RFC 8032. Errors as parse_ssh().
  [[nodiscard]] static Result<PublicKey> from_ed25519(BytesView octets);

  [[nodiscard]] bool empty() const { return state_ == nullptr; }

  [[nodiscard]] KeyType type() const;
  [[nodiscard]] bool is_ed25519() const;
  [[nodiscard]] bool is_sk() const;
  [[nodiscard]] bool is_passkey() const;

  /// The octets it was parsed from.
  [[nodiscard]] const Bytes& encoded() const;

  /// First 32 hex digits of SHA-256 over encoded().
  [[nodiscard]] const KeyId& id() const;

  /// Of sk- keys: what the security key was told at its making, `ssh:twoseal`. Empty for others.
  [[nodiscard]] const std::string& application() const;

  /// The Ed25519 public key (32 octets) or the uncompressed P-256 point (65 octets).
  [[nodiscard]] const Bytes& point() const;

  /// The key as SubjectPublicKeyInfo in DER, as parse_spki() reads it and as TLS pins are taken
  /// over.
  [[nodiscard]] Bytes spki() const;

  /// Field 1 of a `.pub` file, which also names the type of its signatures. Not for passkeys: they
  /// have no SSH form.
  [[nodiscard]] std::string_view ssh_name() const;

  /// Fields 1 and 2 of a `.pub` file. Not for passkeys.
  [[nodiscard]] std::string ssh_text() const;

  /// Checks the bare signature: Ed25519 (RFC 8032) of 64 octets, or ECDSA with SHA-256 in strict
  /// DER. Errc::bad_signature_format when it is not in its one form (S not below the group order,
  /// integers not shortest or not positive); Errc::bad_signature when it does not verify.
  ///
  /// Ed25519 is checked without the cofactor, by comparing R octet for octet with what the public
  /// key, S and the message give; so a non-canonical R never verifies. ECDSA accepts s and n - s,
  /// as every verifier in the field does; nothing is ever identified by signature octets.
  [[nodiscard]] Result<void> verify_raw(BytesView message, BytesView signature) const;

  /// Same octets, same key.
  bool operator==(const PublicKey& other) const;

 private:
  struct State;

  explicit PublicKey(std::shared_ptr<const State> state) : state_(std::move(state)) {}

  static Result<PublicKey> make(KeyType type,
                                BytesView encoded,
                                BytesView point,
                                BytesView application);
  [[nodiscard]] const State& state() const;

  std::shared_ptr<const State> state_;
};

}  // namespace twoseal
