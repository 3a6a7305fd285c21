// Public keys in YAML: the line of a `.pub` file, or the name of a file that holds it.
// docs/formats/people-yaml.md.
#pragma once

#include "authoring/table.h"
#include "crypto/public_key.h"
#include "model/roster.h"

namespace twoseal::authoring {

/// An SSH public key. A text that begins with a key type is the key itself; any other names a file.
/// Notes what is wrong and gives an empty key: an RSA key, a certificate, a private key, a weak
/// key.
[[nodiscard]] PublicKey read_ssh_key(const Value& value, Files& files);

/// The public key of a passkey: its SubjectPublicKeyInfo in base64, or a file that holds it.
[[nodiscard]] PublicKey read_passkey(const Value& value, Files& files);

/// A list of keys, each a text, or a map with `pub`.
[[nodiscard]] std::vector<BareKey> read_bare_keys(const Value& value, Files& files);

}  // namespace twoseal::authoring
