#include "crypto/webauthn.h"

#include <doctest/doctest.h>

#include "base/encoding.h"
#include "crypto/hash.h"
#include "crypto/private_key.h"
#include "crypto/software_authenticator.h"
#include "crypto/wire.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

constexpr std::string_view kRpId = "example.org";
constexpr std::string_view kOrigin = "https://example.org";
constexpr std::string_view kStatement = "statement";
constexpr std::uint8_t kGoodFlags = kFlagUserPresent | kFlagUserVerified;

// An assertion whose parts can be changed one by one; it is signed as it then is.
struct Passkey {
  PrivateKey key = PrivateKey::from_seed(Bytes(32, '\x03'));
  Bytes auth_data = passkey_sign(key, {kGoodFlags, 5}, kRpId, kOrigin, kStatement).auth_data;
  Bytes client_data = "signed octets";
  ClientData read = {.type = "webauthn.get",
                     .challenge = base64url_encode(sha256(kStatement).bytes()),
                     .origin = std::string(kOrigin),
                     .cross_origin = false};

  [[nodiscard]] Result<SignatureFacts> verify() const {
    const Bytes signature = key.sign_raw(auth_data + sha256(client_data).bytes());
    return verify_webauthn(
        passkey_public(key), kRpId, kOrigin, kStatement, auth_data, client_data, read, signature);
  }

  Result<SignatureFacts> verify_with_flags(unsigned flags, BytesView extensions = {}) {
    auth_data.resize(37);
    auth_data[32] = static_cast<char>(flags);
    auth_data += extensions;
    return verify();
  }
};

Errc error_of(const Result<SignatureFacts>& result) {
  REQUIRE_FALSE(result.has_value());
  return result.error().code;
}

}  // namespace

TEST_CASE("an assertion with Ed25519 or P-256 is accepted") {
  for (const PrivateKey& key : {PrivateKey::generate(), PrivateKey::generate_p256()}) {
    const Assertion made = passkey_sign(key, {}, kRpId, kOrigin, kStatement);
    const ClientData read = Passkey().read;
    CHECK(made.client_data == R"({"type":"webauthn.get","challenge":")" + read.challenge +
                                  R"(","origin":"https://example.org","crossOrigin":false})");
    const auto verify = [&](BytesView auth_data, BytesView client_data, BytesView signature) {
      return verify_webauthn(
          passkey_public(key), kRpId, kOrigin, kStatement, auth_data, client_data, read, signature);
    };
    CHECK(verify(made.auth_data, made.client_data, made.signature) ==
          SignatureFacts{true, true, false});
    CHECK(error_of(verify(made.auth_data, made.client_data + " ", made.signature)) ==
          Errc::bad_signature);
    Bytes counter = made.auth_data;
    counter[36] = '\x09';
    CHECK(error_of(verify(counter, made.client_data, made.signature)) == Errc::bad_signature);
    CHECK(error_of(verify(made.auth_data, made.client_data, made.signature + "x")) ==
          Errc::bad_signature_format);
  }
}

TEST_CASE("the worked example of docs/formats/signatures.md is what a passkey signs") {
  const PrivateKey key = PrivateKey::from_seed(Bytes(32, '\x07'));
  CHECK(passkey_public(key).id().text() == "324be2dea8bc44461b0233e51fa48902");
  const Assertion made = passkey_sign(key, {}, kRpId, kOrigin, kStatement);
  CHECK(made.client_data ==
        R"({"type":"webauthn.get","challenge":"sRHG4dMY8gMGPlwWurQ8EIMmrwqi97ZXYMlVR6Q9vlI",)"
        R"("origin":"https://example.org","crossOrigin":false})");
  CHECK(hex_encode(made.auth_data) ==
        "bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b50500000001");
  CHECK(hex_encode(made.signature) ==
        "693b7a497677f704a0f9fd8a65b33618a87e59f8bf17a34e08e5469e1117d1d5"
        "70ccc7546df545abed7cbd8df8d6283907295456f9fa8100643b9f2e81d6390b");
}

TEST_CASE("only passkeys make assertions") {
  const Passkey made;
  const auto result = verify_webauthn(made.key.public_key(),
                                      kRpId,
                                      kOrigin,
                                      kStatement,
                                      made.auth_data,
                                      made.client_data,
                                      made.read,
                                      "");
  CHECK(error_of(result) == Errc::key_rule);
}

TEST_CASE("type, challenge and origin of the client data are compared as they are") {
  const auto with = [](auto change) {
    Passkey made;
    change(made.read);
    return made.verify();
  };
  CHECK(with([](ClientData& data) { data.cross_origin.reset(); }).has_value());
  for (const auto& result : {
           with([](ClientData& data) { data.type = "webauthn.create"; }),
           with([](ClientData& data) { data.type = ""; }),
           with([](ClientData& data) { data.challenge += "="; }),
           with([](ClientData& data) { data.challenge[0] ^= 1; }),
           with([](ClientData& data) { data.challenge = ""; }),
           with([](ClientData& data) { data.origin = "https://example.org/"; }),
           with([](ClientData& data) { data.origin = "http://example.org"; }),
           with([](ClientData& data) { data.origin = "https://a.example.org"; }),
           with([](ClientData& data) { data.cross_origin = true; }),
           with([](ClientData& data) { data.has_top_origin = true; }),
       }) {
    CHECK(error_of(result) == Errc::webauthn_rejected);
  }
}

TEST_CASE("each flag of the authenticator is judged") {
  Passkey made;
  CHECK(made.verify_with_flags(0x05) == SignatureFacts{true, true, false});
  CHECK(made.verify_with_flags(0x0D) == SignatureFacts{true, true, true});
  CHECK(made.verify_with_flags(0x1D) == SignatureFacts{true, true, true});
  CHECK(made.verify_with_flags(0x05 | 0x22).has_value());  // reserved bits have no meaning yet
  CHECK(error_of(made.verify_with_flags(0x00)) == Errc::webauthn_rejected);
  CHECK(error_of(made.verify_with_flags(0x01)) == Errc::webauthn_rejected);
  CHECK(error_of(made.verify_with_flags(0x04)) == Errc::webauthn_rejected);
  CHECK(error_of(made.verify_with_flags(0x15)) == Errc::webauthn_rejected);  // BS without BE
  CHECK(error_of(made.verify_with_flags(0x45)) == Errc::webauthn_rejected);  // AT
}

TEST_CASE("authenticator data is 37 octets, or longer where it says so") {
  Passkey made;
  CHECK(made.verify_with_flags(0x85, "\xa0").has_value());
  CHECK(made.verify_with_flags(0x85, Bytes(kAuthDataMax - 37, '\xa0')).has_value());
  CHECK(error_of(made.verify_with_flags(0x85, Bytes(kAuthDataMax - 36, '\xa0'))) ==
        Errc::webauthn_rejected);
  CHECK(error_of(made.verify_with_flags(0x85)) == Errc::webauthn_rejected);
  CHECK(error_of(made.verify_with_flags(0x05, "\xa0")) == Errc::webauthn_rejected);
  made.verify_with_flags(0x05).value();
  made.auth_data.pop_back();
  CHECK(error_of(made.verify()) == Errc::webauthn_rejected);
  made.auth_data.clear();
  CHECK(error_of(made.verify()) == Errc::webauthn_rejected);
}

TEST_CASE("an assertion for another relying party is refused") {
  Passkey made;
  made.auth_data.replace(0, 32, sha256("example.com").bytes());
  CHECK(error_of(made.verify()) == Errc::webauthn_rejected);
}
