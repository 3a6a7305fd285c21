#include "crypto/public_key.h"

#include <doctest/doctest.h>

#include "base/encoding.h"
#include "crypto/hash.h"
#include "crypto/wire.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

Bytes from_hex(std::string_view hex) {
  return hex_decode(hex).value();
}

const Bytes kEd25519 = from_hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
const Bytes kP256 = from_hex(  // the generator of the curve
    "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5");

Bytes ssh(std::initializer_list<BytesView> strings) {
  Bytes blob;
  for (const BytesView string : strings) {
    blob += wire_string(string);
  }
  return blob;
}

Errc error_of(const Result<PublicKey>& key) {
  REQUIRE_FALSE(key.has_value());
  return key.error().code;
}

Errc ssh_error(std::initializer_list<BytesView> strings) {
  return error_of(PublicKey::parse_ssh(ssh(strings)));
}

}  // namespace

TEST_CASE("the four SSH key types and both passkey types are read") {
  const auto ed = PublicKey::parse_ssh(ssh({"ssh-ed25519", kEd25519}));
  REQUIRE(ed.has_value());
  CHECK(ed->type() == KeyType::ssh_ed25519);
  CHECK(ed->encoded() == ssh({"ssh-ed25519", kEd25519}));
  CHECK(ed->id().text() == sha256(ed->encoded()).hex().substr(0, 32));
  CHECK(ed->point() == kEd25519);
  CHECK(ed->application().empty());
  CHECK(ed->ssh_text() ==
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea");
  CHECK_FALSE(ed->is_sk());
  CHECK(PublicKey::from_ed25519(kEd25519).value() == *ed);

  const auto p256 = PublicKey::parse_ssh(ssh({"ecdsa-sha2-nistp256", "nistp256", kP256}));
  REQUIRE(p256.has_value());
  CHECK(p256->type() == KeyType::ssh_ecdsa_p256);
  CHECK_FALSE(p256->is_ed25519());
  CHECK_FALSE(*p256 == *ed);

  const auto sk =
      PublicKey::parse_ssh(ssh({"sk-ssh-ed25519@openssh.com", kEd25519, "ssh:twoseal"}));
  REQUIRE(sk.has_value());
  CHECK(sk->type() == KeyType::sk_ed25519);
  CHECK(sk->is_sk());
  CHECK(sk->application() == "ssh:twoseal");
  const auto sk_p256 =
      PublicKey::parse_ssh(ssh({"sk-ecdsa-sha2-nistp256@openssh.com", "nistp256", kP256, "ssh:"}));
  REQUIRE(sk_p256.has_value());
  CHECK(sk_p256->type() == KeyType::sk_ecdsa_p256);
  CHECK(sk_p256->is_sk());

  const auto passkey = PublicKey::parse_spki(from_hex("302a300506032b6570032100") + kEd25519);
  REQUIRE(passkey.has_value());
  CHECK(passkey->type() == KeyType::passkey_ed25519);
  CHECK(passkey->is_passkey());
  CHECK(passkey->is_ed25519());
  const auto passkey_p256 = PublicKey::parse_spki(
      from_hex("3059301306072a8648ce3d020106082a8648ce3d030107034200") + kP256);
  REQUIRE(passkey_p256.has_value());
  CHECK(passkey_p256->type() == KeyType::passkey_p256);
  CHECK(passkey_p256->is_passkey());
  CHECK_FALSE(passkey_p256->is_sk());
}

TEST_CASE("an empty key is told apart") {
  CHECK(PublicKey().empty());
  CHECK_FALSE(PublicKey::from_ed25519(kEd25519)->empty());
}

TEST_CASE("other SSH keys are refused") {
  CHECK(ssh_error({"ssh-rsa", "\x01", "\x7f"}) == Errc::bad_key);
  CHECK(ssh_error({"ssh-ed25519-cert-v01@openssh.com", "n", kEd25519}) == Errc::bad_key);
  CHECK(ssh_error({"ecdsa-sha2-nistp384", "nistp384", kP256}) == Errc::bad_key);
  CHECK(ssh_error({"ecdsa-sha2-nistp256", "nistp384", kP256}) == Errc::bad_key);
  CHECK(ssh_error({"ssh-ed25519"}) == Errc::bad_key);
  CHECK(ssh_error({"ssh-ed25519", kEd25519, ""}) == Errc::bad_key);
  CHECK(ssh_error({"ssh-ed25519", kEd25519.substr(1)}) == Errc::bad_key);
  CHECK(ssh_error({"ssh-ed25519", kEd25519 + "a"}) == Errc::bad_key);
  CHECK(ssh_error({"sk-ssh-ed25519@openssh.com", kEd25519}) == Errc::bad_key);
  CHECK(ssh_error({"ecdsa-sha2-nistp256", "nistp256", kP256.substr(0, 64)}) == Errc::bad_key);
  CHECK(ssh_error({"ecdsa-sha2-nistp256", "nistp256", "\x02" + kP256.substr(1, 32)}) ==
        Errc::bad_key);
  CHECK(ssh_error({"ecdsa-sha2-nistp256", "nistp256", "\x06" + kP256.substr(1)}) == Errc::bad_key);
  CHECK(error_of(PublicKey::parse_ssh("")) == Errc::bad_key);
  CHECK(error_of(PublicKey::parse_ssh(ssh({"ssh-ed25519", kEd25519}).substr(0, 50))) ==
        Errc::bad_key);
}

TEST_CASE("the application of a security key is ssh: and visible text") {
  for (const Bytes& application : {Bytes("example.org"),
                                   Bytes(""),
                                   Bytes("ssh:a b"),
                                   Bytes("ssh:\x7f"),
                                   "ssh:" + Bytes(125, 'a')}) {
    CAPTURE(application);
    CHECK(ssh_error({"sk-ssh-ed25519@openssh.com", kEd25519, application}) == Errc::bad_key);
  }
  CHECK(
      PublicKey::parse_ssh(ssh({"sk-ssh-ed25519@openssh.com", kEd25519, "ssh:" + Bytes(124, 'a')}))
          .has_value());
}

TEST_CASE("a passkey in any other DER is refused") {
  const Bytes spki = from_hex("3059301306072a8648ce3d020106082a8648ce3d030107034200") + kP256;
  CHECK(error_of(PublicKey::parse_spki("")) == Errc::bad_key);
  CHECK(error_of(PublicKey::parse_spki(spki + "a")) == Errc::bad_key);
  CHECK(error_of(PublicKey::parse_spki(spki.substr(0, 90))) == Errc::bad_key);
  CHECK(error_of(PublicKey::parse_spki("\x30\x81" + spki.substr(1))) == Errc::bad_key);
}

// The eight points of small order in all their spellings, canonical or not.
TEST_CASE("Ed25519 points of small order and other spellings of a point are refused") {
  for (const char* hex : {
           "0100000000000000000000000000000000000000000000000000000000000000",
           "0100000000000000000000000000000000000000000000000000000000000080",
           "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
           "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
           "0000000000000000000000000000000000000000000000000000000000000000",
           "0000000000000000000000000000000000000000000000000000000000000080",
           "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
           "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
           "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
           "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
           "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
           "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
           "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
           "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
           "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
           "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
       }) {
    CAPTURE(hex);
    CHECK(error_of(PublicKey::from_ed25519(from_hex(hex))) == Errc::weak_key);
  }
}

TEST_CASE("32 octets that are no point of Ed25519 are refused") {
  // Of y = 2 … 9 the points with y = 3, 4, 5, 6 and 9 exist; computed with RFC 8032's Python code.
  for (const char y : {'\x02', '\x07', '\x08'}) {
    CHECK(error_of(PublicKey::from_ed25519(y + Bytes(31, '\0'))) == Errc::weak_key);
  }
  for (const char y : {'\x03', '\x04', '\x05', '\x06', '\x09'}) {
    CHECK(PublicKey::from_ed25519(y + Bytes(31, '\0')).has_value());
  }
}

TEST_CASE("P-256 points off the curve are refused") {
  Bytes off = kP256;
  off[64] = static_cast<char>(off[64] ^ 1);
  CHECK(ssh_error({"ecdsa-sha2-nistp256", "nistp256", off}) == Errc::weak_key);
  CHECK(ssh_error({"ecdsa-sha2-nistp256", "nistp256", "\x04" + Bytes(64, '\0')}) == Errc::weak_key);
  CHECK(ssh_error({"ecdsa-sha2-nistp256", "nistp256", "\x04" + Bytes(64, '\xff')}) ==
        Errc::weak_key);
  CHECK(ssh_error({"ecdsa-sha2-nistp256", "nistp256", Bytes(1, '\0')}) == Errc::bad_key);
}

TEST_CASE("Ed25519 signatures of RFC 8032 section 7.1 verify and nothing near them does") {
  struct Vector {
    const char* key;
    const char* message;
    const char* signature;
  };

  for (const Vector& v : {
           Vector{"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
                  "",
                  "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bac"
                  "c61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
           Vector{"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
                  "72",
                  "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e"
                  "458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
           Vector{"fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
                  "af82",
                  "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290"
                  "ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
       }) {
    const PublicKey key = PublicKey::from_ed25519(from_hex(v.key)).value();
    const Bytes message = from_hex(v.message);
    const Bytes signature = from_hex(v.signature);
    CHECK(key.verify_raw(message, signature).has_value());
    CHECK(key.verify_raw(message + "a", signature).error().code == Errc::bad_signature);
    CHECK(key.verify_raw(message, signature.substr(1)).error().code == Errc::bad_signature_format);
    for (std::size_t i = 0; i < signature.size(); ++i) {
      Bytes flipped = signature;
      flipped[i] = static_cast<char>(flipped[i] ^ 1);
      CHECK_FALSE(key.verify_raw(message, flipped).has_value());
    }
  }
}

TEST_CASE("an Ed25519 signature with S + L is refused for its form") {
  const PublicKey key = PublicKey::from_ed25519(kEd25519).value();
  Bytes signature = from_hex(
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bac"
      "c61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b");
  const Bytes order = from_hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  unsigned carry = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    carry += octet(signature, 32 + i) + octet(order, i);
    signature[32 + i] = static_cast<char>(carry & 0xFFU);
    carry >>= 8U;
  }
  CHECK(key.verify_raw("", signature).error().code == Errc::bad_signature_format);
}

// RFC 6979 A.2.5: P-256, SHA-256, message "sample".
TEST_CASE("an ECDSA signature verifies in strict DER only") {
  const PublicKey key =
      PublicKey::parse_ssh(
          ssh({"ecdsa-sha2-nistp256",
               "nistp256",
               from_hex("0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
                        "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299")}))
          .value();
  const Bytes r = from_hex("00efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716");
  const Bytes s = from_hex("00f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8");
  const Bytes good = ecdsa_der({r, s});
  CHECK(key.verify_raw("sample", good).has_value());
  CHECK(key.verify_raw("test", good).error().code == Errc::bad_signature);
  const Bytes order =
      from_hex("00ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
  CHECK(key.verify_raw("sample", ecdsa_der({order, s})).error().code == Errc::bad_signature);
  const Bytes zero(1, '\0');
  for (const Bytes& bad : {
           Bytes(),
           good.substr(0, 7),
           good + "a",
           good.substr(0, good.size() - 1),
           "\x31" + good.substr(1),
           "\x30\x81" + good.substr(1),
           ecdsa_der({zero, s}),
           ecdsa_der({r, zero}),
           ecdsa_der({r, ""}),
           ecdsa_der({"", s}),
           ecdsa_der({r, zero + s}),
           ecdsa_der({r.substr(1), s}),
           ecdsa_der({zero + "\x01", s}),
           ecdsa_der({r, Bytes(34, '\x01')}),
           Bytes("\x30\x06\x02\xff\x01\x02\x01\x01"),
       }) {
    CAPTURE(hex_encode(bad));
    CHECK(key.verify_raw("sample", bad).error().code == Errc::bad_signature_format);
  }
}

TEST_CASE("DER lengths are written in their shortest form") {
  CHECK(der(4, "ab") == Bytes("\x04\x02"
                              "ab"));
  CHECK(der(4, Bytes(127, 'a')).substr(0, 2) == "\x04\x7f");
  CHECK(der(4, Bytes(128, 'a')).substr(0, 3) == "\x04\x81\x80");
  CHECK(der(4, Bytes(256, 'a')).substr(0, 4) == Bytes("\x04\x82\x01\x00", 4));
}
