#include "base/encoding.h"

#include <doctest/doctest.h>

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

TEST_CASE("base64 follows the vectors of RFC 4648") {
  CHECK(base64_encode("") == "");
  CHECK(base64_encode("f") == "Zg==");
  CHECK(base64_encode("fo") == "Zm8=");
  CHECK(base64_encode("foo") == "Zm9v");
  CHECK(base64_encode("foobar") == "Zm9vYmFy");
  CHECK(base64_decode("Zm9vYg==").value() == "foob");
  CHECK(base64_decode("Zm9vYmE=").value() == "fooba");
  CHECK(base64_decode("").value().empty());
}

TEST_CASE("base64 that could be spelled otherwise is refused") {
  for (const char* text : {"Zg",
                           "Zg=",
                           "Zh==",
                           "Zm9=",
                           "Z===",
                           "====",
                           "Zg==Zg==",
                           "Zm9v\n",
                           "Zm-v",
                           "Zm9v ",
                           "=Zg="}) {
    CAPTURE(text);
    CHECK_FALSE(base64_decode(text).has_value());
  }
}

TEST_CASE("base64url and base32 are written without padding") {
  CHECK(base64url_encode(Bytes("\xfb\xff\xfe", 3)) == "-__-");
  CHECK(base64url_encode("f") == "Zg");
  CHECK(base32_encode("foobar") == "mzxw6ytboi");
}

TEST_CASE("hexadecimal is lower case and even") {
  CHECK(hex_encode(Bytes("\x00\xff\x1a", 3)) == "00ff1a");
  CHECK(hex_decode("00ff1a").value() == Bytes("\x00\xff\x1a", 3));
  CHECK_FALSE(hex_decode("0").has_value());
  CHECK_FALSE(hex_decode("0A").has_value());
  CHECK_FALSE(hex_decode("0g").has_value());
}
