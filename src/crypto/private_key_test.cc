#include "crypto/private_key.h"

#include <doctest/doctest.h>

#include "base/encoding.h"
#include "crypto/random.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

Bytes from_hex(std::string_view hex) {
  return hex_decode(hex).value();
}

}  // namespace

TEST_CASE("Ed25519 signs as in RFC 8032 section 7.1") {
  const PrivateKey key = PrivateKey::from_seed(
      from_hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"));
  CHECK(hex_encode(key.public_key().point()) ==
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
  CHECK(hex_encode(key.sign_raw("\x72")) ==
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
}

// RFC 6979 A.2.5 for the public point; the signatures differ each time.
TEST_CASE("a P-256 scalar has its public point and signs") {
  const Bytes scalar = from_hex("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721");
  const PrivateKey key = PrivateKey::from_p256_scalar(scalar).value();
  CHECK(hex_encode(key.public_key().point()) ==
        "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
        "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299");
  CHECK(key.secret() == scalar);
  CHECK(key.public_key().verify_raw("sample", key.sign_raw("sample")).has_value());
  CHECK_FALSE(key.public_key().verify_raw("test", key.sign_raw("sample")).has_value());
}

TEST_CASE("a P-256 scalar is between 1 and the order of the curve") {
  const Bytes order = from_hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
  Bytes last = order;
  last[31] = '\x50';
  CHECK(PrivateKey::from_p256_scalar(last).has_value());
  CHECK(PrivateKey::from_p256_scalar(Bytes(31, '\0') + "\x01").has_value());
  for (const Bytes& bad :
       {order, Bytes(32, '\0'), Bytes(32, '\xff'), Bytes(), Bytes(31, '\x01'), Bytes(33, '\x01')}) {
    CHECK(PrivateKey::from_p256_scalar(bad).error().code == Errc::bad_key);
  }
}

TEST_CASE("new keys differ and can be moved") {
  PrivateKey first = PrivateKey::generate();
  const KeyId id = first.public_key().id();
  CHECK(PrivateKey::generate().public_key().id() != id);
  const PrivateKey moved = std::move(first);
  CHECK(moved.public_key().id() == id);
  CHECK(PrivateKey::generate_p256().public_key().id() !=
        PrivateKey::generate_p256().public_key().id());
  PrivateKey assigned = PrivateKey::generate_p256();
  assigned = PrivateKey::from_seed(moved.secret());
  CHECK(assigned.public_key() == moved.public_key());
}

TEST_CASE("random octets come in the number asked for and differ") {
  CHECK(random_bytes(0).empty());
  CHECK(random_bytes(48).size() == 48);
  CHECK(random_bytes(16) != random_bytes(16));
}

TEST_CASE("a secret is overwritten where it was moved from and when it ends") {
  Bytes text = "short secret";
  Secret first(std::move(text));
  CHECK(text.empty());  // NOLINT(bugprone-use-after-move): this is what is tested
  CHECK(std::string_view(text.data(), 6) != "short ");
  Secret second({"long enough to be ", "kept in allocated memory"});
  CHECK(second.view() == "long enough to be kept in allocated memory");
  second = std::move(first);
  CHECK(second.view() == "short secret");
  const Secret third(std::move(second));
  CHECK(third.view() == "short secret");
}
