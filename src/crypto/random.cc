#include "crypto/random.h"

#include <openssl/rand.h>

#include "crypto/openssl.h"

namespace twoseal {

Bytes random_bytes(std::size_t count) {
  Bytes out(count, '\0');
  openssl::must(RAND_priv_bytes(data_u8(out), static_cast<int>(count)), "RAND_priv_bytes");
  return out;
}

}  // namespace twoseal
