#include "crypto/hash.h"

#include <doctest/doctest.h>

#include "base/encoding.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

Bytes from_hex(std::string_view hex) {
  return hex_decode(hex).value();
}

}  // namespace

TEST_CASE("SHA-256 and SHA-512 agree with FIPS 180-4") {
  CHECK(sha256("").hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256("abc").hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hex_encode(sha512("abc")) ==
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
        "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
}

TEST_CASE("the statement of trust-model section 3 has the digest written there") {
  const Bytes statement =
      R"({"act":"approve","at":1795420000,"by":"p:amara","key":"3f9c1d20a7b4e658",)"
      R"("obj":"sha256:f9ead1703ff092687daf37b1663f5f0ba912efdabbdd0b1f23bfa74f22754d76",)"
      R"("obj_type":"change",)"
      R"("org":"sha256:57b5af8b9cc9a206c3d204124c4a6ec7495445c0ad5913fcde7c168871819822",)"
      R"("role":"security-lead","roster":12,"type":"statement","v":1})";
  CHECK(statement.size() == 313);
  CHECK(sha256(statement).hex() ==
        "ae0b16be89f93180f041274768d3780d738c5394dedd22a7974696d4333660cd");
  CHECK(base64url_encode(sha256(statement).bytes()) ==
        "rgsWvon5MYDwQSdHaNN4DXOMU5Te3SKnl0aW1DM2YM0");
}

TEST_CASE("parts hash like the whole, and a hasher starts anew after finish") {
  CHECK(sha256({"a", "", "bc"}) == sha256("abc"));
  CHECK(sha256(std::initializer_list<BytesView>{}) == sha256(""));
  Sha256 hasher;
  hasher.update("ab");
  hasher.update("c");
  CHECK(hasher.finish() == sha256("abc"));
  CHECK(hasher.finish() == sha256(""));
}

TEST_CASE("HMAC-SHA-256 agrees with RFC 4231") {
  CHECK(hex_encode(hmac_sha256(Bytes(20, '\x0b'), "Hi There")) ==
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  CHECK(hex_encode(hmac_sha256("Jefe", "what do ya want for nothing?")) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(hex_encode(hmac_sha256(Bytes(20, '\xaa'), Bytes(50, '\xdd'))) ==
        "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  CHECK(hex_encode(hmac_sha256(from_hex("0102030405060708090a0b0c0d0e0f10111213141516171819"),
                               Bytes(50, '\xcd'))) ==
        "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b");
  CHECK(hex_encode(hmac_sha256(Bytes(131, '\xaa'),
                               "Test Using Larger Than Block-Size Key - Hash Key First")) ==
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  CHECK(hex_encode(hmac_sha256(
            Bytes(131, '\xaa'),
            "This is a test using a larger than block-size key and a larger than block-size data. "
            "The key needs to be hashed before being used by the HMAC algorithm.")) ==
        "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}

TEST_CASE("constant-time comparison sees length and content") {
  CHECK(equal_constant_time("", ""));
  CHECK(equal_constant_time("abc", "abc"));
  CHECK_FALSE(equal_constant_time("abc", "abd"));
  CHECK_FALSE(equal_constant_time("abc", "ab"));
}
