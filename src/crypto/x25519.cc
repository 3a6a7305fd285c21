#include "crypto/x25519.h"

#include "base/wipe.h"
#include "crypto/armor.h"
#include "crypto/openssl.h"

namespace twoseal {
namespace {

constexpr std::size_t kSize = 32;
// PKCS#8 with the algorithm 1.3.101.110; the 32 octets follow.
constexpr BytesView kHeader("\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x6e\x04\x22\x04\x20", 16);

}  // namespace

X25519Key generate_x25519() {
  using openssl::must;
  const openssl::Key key(must(EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519"), "EVP_PKEY_Q_keygen"));
  X25519Key made;
  std::size_t size = kSize;
  made.pub.resize(kSize);
  must(EVP_PKEY_get_raw_public_key(key.get(), data_u8(made.pub), &size), "raw_public_key");
  Bytes der(kHeader);
  der.resize(kHeader.size() + kSize);
  must(EVP_PKEY_get_raw_private_key(key.get(), data_u8(der) + kHeader.size(), &size),
       "raw_private_key");
  made.pem = put_armor(kPrivateKey, der);
  wipe(der);
  return made;
}

}  // namespace twoseal
