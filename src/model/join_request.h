// How a host asks for its assignment. docs/formats/join-request.md.
#pragma once

#include <string>

#include "base/id.h"

namespace twoseal {

struct JoinRequest {
  Bytes age;  ///< X25519 public key, 32 octets
  UnixSeconds at = 0;
  Bytes csr;  ///< PKCS#10 request for its TLS certificate, DER
  Bytes id;   ///< SSH wire blob of the identity key
  std::string name;
  Bytes nonce;
  Digest org;
  Digest tls;  ///< SHA-256 of the SPKI DER of the TLS key
  Name token;  ///< id of the join token
};

}  // namespace twoseal
