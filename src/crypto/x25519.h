// X25519 keys, to which age encrypts what only one host may read. docs/formats/keys.md.
#pragma once

#include <string>

#include "base/bytes.h"

namespace twoseal {

/// `pub`: 32 octets (RFC 7748). `pem`: the private half as PKCS#8 (RFC 8410), to be wiped.
struct X25519Key {
  Bytes pub;
  std::string pem;
};

/// A new key.
[[nodiscard]] X25519Key generate_x25519();

}  // namespace twoseal
