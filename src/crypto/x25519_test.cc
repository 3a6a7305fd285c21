#include "crypto/x25519.h"

#include <doctest/doctest.h>

#include "base/encoding.h"

using namespace twoseal;

TEST_CASE("each new X25519 key is another one, in the form that openssl reads") {
  const X25519Key a = generate_x25519();
  const X25519Key b = generate_x25519();
  CHECK(a.pub.size() == 32);
  CHECK(a.pub != b.pub);
  CHECK(a.pem != b.pem);
  CHECK(a.pem.starts_with("-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VuBCIEI"));
  CHECK(a.pem.ends_with("\n-----END PRIVATE KEY-----\n"));
}
