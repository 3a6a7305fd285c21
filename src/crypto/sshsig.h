// SSHSIG: what `ssh-keygen -Y sign` writes. docs/formats/signatures.md;
// https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.sshsig and PROTOCOL.u2f.
#pragma once

#include "crypto/authenticator.h"
#include "crypto/public_key.h"

namespace twoseal {

inline constexpr std::size_t kArmorMax = 4096;  ///< octets of one armour

/// Verifies `armor` over `message` under `key` for the purpose `name_space`.
///
/// Errc::too_large above kArmorMax. Errc::bad_signature_format when the armour or the blob in it is
/// not exactly as `ssh-keygen` writes it with hash sha512 or sha256. Errc::bad_signature when it
/// names another key or another purpose, was made without touch, or does not verify. Errc::key_rule
/// for a passkey, which makes no such signatures. May be called by several threads at once.
[[nodiscard]] Result<SignatureFacts> verify_sshsig(const PublicKey& key,
                                                   std::string_view name_space,
                                                   BytesView message,
                                                   std::string_view armor);

/// The hash that an SSHSIG names: ssh-keygen writes sha512 unless told otherwise.
enum class SshsigHash { sha256, sha512 };

/// The octets that the key signs for `message`: shared by verifying and signing.
[[nodiscard]] Bytes sshsig_signed_data(std::string_view name_space,
                                       SshsigHash hash,
                                       BytesView message);

/// The last field of the blob: type name and signature. `raw`: as PrivateKey::sign_raw() gives it.
[[nodiscard]] Bytes sshsig_inner(const PublicKey& key, BytesView raw);

/// The armour around a finished signature. `inner`: from sshsig_inner(), for security keys with
/// flags and counter behind it.
[[nodiscard]] std::string sshsig_armor(const PublicKey& key,
                                       std::string_view name_space,
                                       SshsigHash hash,
                                       BytesView inner);

}  // namespace twoseal
