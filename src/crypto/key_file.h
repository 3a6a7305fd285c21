// Private keys as text files: local-file keys of people, OpenSSH keys, and plain PKCS#8 keys of
// services. docs/formats/keys.md. Reading and writing the file itself is the caller's, as is wiping
// the text that comes out of here.
//
// Each reader accepts exactly what the writer beside it writes, so a file is either the key that
// somebody made or refused. All refuse more than kKeyFileMax octets with Errc::too_large and any
// other text with Errc::bad_key.
#pragma once

#include <string>

#include "crypto/private_key.h"

namespace twoseal {

inline constexpr std::size_t kKeyFileMax = 16 * 1024;  ///< octets

/// A key protected by `passphrase`: one line with the public key as in a `.pub` file, then PKCS#8
/// encrypted with PBES2 (scrypt, AES-256-CBC). Takes about half a second and 128 MiB of memory.
/// Errc::key_rule when the passphrase is empty.
[[nodiscard]] Result<std::string> to_local_file(const PrivateKey& key, BytesView passphrase);

/// Errc::wrong_passphrase when what comes out is not the private half of the key in the first line.
[[nodiscard]] Result<PrivateKey> from_local_file(std::string_view text, BytesView passphrase);

/// The public key that a local file names, without its passphrase.
[[nodiscard]] Result<PublicKey> local_file_public_key(std::string_view text);

/// An OpenSSH key file without passphrase, as `ssh-keygen -N ''` makes it.
[[nodiscard]] std::string to_openssh(const PrivateKey& key, std::string_view comment);

/// Errc::key_needs_ssh_keygen when the key is protected by a passphrase or sits in a security key.
[[nodiscard]] Result<PrivateKey> from_openssh(std::string_view text);

/// PKCS#8 without passphrase, as `openssl genpkey` makes it: for log, timekeeper and TLS keys,
/// which are kept in files of mode 0600.
[[nodiscard]] std::string to_pkcs8_pem(const PrivateKey& key);

[[nodiscard]] Result<PrivateKey> from_pkcs8_pem(std::string_view text);

}  // namespace twoseal
