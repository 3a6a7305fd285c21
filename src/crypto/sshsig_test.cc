#include "crypto/sshsig.h"

#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "crypto/armor.h"
#include "crypto/hash.h"
#include "crypto/private_key.h"
#include "crypto/software_authenticator.h"
#include "crypto/wire.h"
#include "tests/support/ssh_keygen.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

constexpr std::string_view kNamespace = "approve.v1@twoseal";
constexpr std::string_view kMessage = "statement";

Errc error_of(const Result<SignatureFacts>& result) {
  REQUIRE_FALSE(result.has_value());
  CAPTURE(result.error().what);
  CHECK_FALSE(result.error().what.empty());
  return result.error().code;
}

// An SSHSIG put together by hand, so that each field can be wrong on its own while the signature
// itself stays right.
struct Sshsig {
  PublicKey key;
  Bytes magic = "SSHSIG";
  std::uint32_t version = 1;
  Bytes public_key = key.encoded();
  Bytes name_space = Bytes(kNamespace);
  Bytes reserved;
  Bytes hash = "sha512";
  Bytes inner;
  Bytes behind;

  [[nodiscard]] Bytes signed_data() const {
    const Bytes digest = hash == "sha512" ? sha512(kMessage) : sha256(kMessage).bytes();
    return magic + wire_string(name_space) + wire_string(reserved) + wire_string(hash) +
           wire_string(digest);
  }

  [[nodiscard]] Bytes blob() const {
    return magic + wire_number(version) + wire_string(public_key) + wire_string(name_space) +
           wire_string(reserved) + wire_string(hash) + wire_string(inner) + behind;
  }

  [[nodiscard]] Result<SignatureFacts> verify() const {
    return verify_sshsig(key, kNamespace, kMessage, put_armor(kSshSignature, blob()));
  }
};

const PrivateKey& software_key() {
  static const PrivateKey key = PrivateKey::from_seed(Bytes(32, '\x01'));
  return key;
}

// After the fields are set: signs them as they are.
Errc error_when_signed(Sshsig made) {
  made.inner = sshsig_inner(made.key, software_key().sign_raw(made.signed_data()));
  return error_of(made.verify());
}

}  // namespace

TEST_CASE("what ssh-keygen signs is accepted, with each key type and hash") {
  const SshKeygen ssh;
  for (const std::string type : {"ed25519", "ecdsa"}) {
    CAPTURE(type);
    const PublicKey key = PublicKey::parse_ssh(ssh.make_key(type, type)).value();
    for (const char* option : {"", "-O hashalg=sha256", "-O hashalg=sha512"}) {
      const std::string armor = ssh.sign(type, std::string(kNamespace), kMessage, option);
      CHECK(verify_sshsig(key, kNamespace, kMessage, armor) == SignatureFacts{});
      CHECK(verify_sshsig(key, kNamespace, kMessage, armor.substr(0, armor.size() - 1)));
      CHECK(error_of(verify_sshsig(key, kNamespace, "Statement", armor)) == Errc::bad_signature);
      CHECK(error_of(verify_sshsig(key, "reject.v1@twoseal", kMessage, armor)) ==
            Errc::bad_signature);
    }
  }
}

TEST_CASE("what we sign is accepted by ssh-keygen") {
  const SshKeygen ssh;
  for (const PrivateKey& key : {PrivateKey::generate(), PrivateKey::generate_p256()}) {
    const std::string armor = key.sign_sshsig(kNamespace, kMessage);
    CHECK(verify_sshsig(key.public_key(), kNamespace, kMessage, armor) == SignatureFacts{});
    CHECK(ssh.verify(key.public_key().ssh_text(), std::string(kNamespace), kMessage, armor));
    CHECK(ssh.check_novalidate(std::string(kNamespace), kMessage, armor));
    CHECK_FALSE(ssh.verify(key.public_key().ssh_text(), "other", kMessage, armor));
    CHECK_FALSE(ssh.check_novalidate(std::string(kNamespace), "other", armor));
  }
}

TEST_CASE("the worked example of docs/formats/signatures.md is what we sign") {
  const PrivateKey key = PrivateKey::from_seed(Bytes(32, '\x07'));
  CHECK(key.public_key().id().text() == "cff7d2bf46744594be2dc71b73a66839");
  CHECK(key.sign_sshsig(kNamespace, kMessage) ==
        "-----BEGIN SSH SIGNATURE-----\n"
        "U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAg6kpsY+KcUgq+9VB7Ey7F+ZVHdq\n"
        "6+vnuSQh7qaRRG0iwAAAASYXBwcm92ZS52MUB0d29zZWFsAAAAAAAAAAZzaGE1MTIAAABT\n"
        "AAAAC3NzaC1lZDI1NTE5AAAAQKwnXopZu0cgBsIzSomIc8FMVGuXqnG3NQWljGOKOpU8RK\n"
        "fLDJA3xASl4xbtWHwWKFGS8dG3djFX6gGYtH1xYgY=\n"
        "-----END SSH SIGNATURE-----\n");
}

TEST_CASE("what a security key signs is accepted here and by ssh-keygen") {
  const SshKeygen ssh;
  for (const PrivateKey& key : {PrivateKey::generate(), PrivateKey::generate_p256()}) {
    const PublicKey sk = security_key_public(key, "ssh:twoseal").value();
    const std::string touched =
        security_key_sign(key, sk, {kFlagUserPresent, 7}, kNamespace, kMessage);
    CHECK(verify_sshsig(sk, kNamespace, kMessage, touched) == SignatureFacts{true, false, false});
    CHECK(ssh.verify(sk.ssh_text(), std::string(kNamespace), kMessage, touched));
    const std::string verified = security_key_sign(
        key, sk, {kFlagUserPresent | kFlagUserVerified, 0xFFFFFFFF}, kNamespace, kMessage);
    CHECK(verify_sshsig(sk, kNamespace, kMessage, verified) == SignatureFacts{true, true, false});
    CHECK(ssh.verify(sk.ssh_text(), std::string(kNamespace), kMessage, verified));
    const std::string untouched =
        security_key_sign(key, sk, {kFlagUserVerified, 7}, kNamespace, kMessage);
    CHECK(error_of(verify_sshsig(sk, kNamespace, kMessage, untouched)) == Errc::bad_signature);
  }
}

TEST_CASE("each single changed octet of an armour is refused") {
  const SshKeygen ssh;
  const PrivateKey seed = PrivateKey::generate_p256();
  const PublicKey sk = security_key_public(seed, "ssh:twoseal").value();
  std::vector<std::pair<PublicKey, std::string>> signatures = {
      {sk, security_key_sign(seed, sk, {}, kNamespace, kMessage)}};
  for (const std::string type : {"ed25519", "ecdsa"}) {
    const PublicKey key = PublicKey::parse_ssh(ssh.make_key(type, type)).value();
    signatures.emplace_back(key, ssh.sign(type, std::string(kNamespace), kMessage));
  }
  for (auto& [key, armor] : signatures) {
    REQUIRE(verify_sshsig(key, kNamespace, kMessage, armor).has_value());
    for (char& c : armor) {
      const char before = c;
      for (unsigned bit = 0; bit < 8; ++bit) {
        c = static_cast<char>(static_cast<unsigned char>(before) ^ (1U << bit));
        CAPTURE(armor);
        CHECK_FALSE(verify_sshsig(key, kNamespace, kMessage, armor));
      }
      c = before;
    }
  }
}

TEST_CASE("an armour in any other frame is refused") {
  const PublicKey& key = software_key().public_key();
  const std::string good = software_key().sign_sshsig(kNamespace, kMessage);
  const std::string inside = good.substr(30, good.size() - 30 - 28);
  const std::string header = good.substr(0, 30);
  const std::string footer = good.substr(good.size() - 28);
  REQUIRE(verify_sshsig(key, kNamespace, kMessage, header + inside + footer).has_value());

  std::string crlf;
  std::string unwrapped;
  for (const char c : inside) {
    crlf += c == '\n' ? "\r\n" : std::string(1, c);
    unwrapped += c == '\n' ? std::string() : std::string(1, c);
  }
  std::string wrapped64;
  for (std::size_t at = 0; at < unwrapped.size(); at += 64) {
    wrapped64 += unwrapped.substr(at, 64) + '\n';
  }
  for (const std::string& bad : {
           std::string(),
           std::string("\n"),
           header,
           footer,
           header + footer,
           good + "\n",
           good + " ",
           "\n" + good,
           " " + good,
           good + good,
           header + "\n" + inside + footer,
           header + inside + "\n" + footer,
           header + crlf + footer,
           header + unwrapped + "\n" + footer,
           header + wrapped64 + footer,
           header + inside.substr(0, inside.size() - 1) + footer,
           header + inside.substr(0, inside.size() - 5) + "\n" + footer,
           header + inside + good.substr(good.size() - 28, 20) + "\n",
           "-----BEGIN SSH SIGNATURE----- \n" + inside + footer,
           "-----BEGIN PGP SIGNATURE-----\n" + inside + footer,
       }) {
    CAPTURE(bad);
    CHECK(error_of(verify_sshsig(key, kNamespace, kMessage, bad)) == Errc::bad_signature_format);
  }
  CHECK(error_of(verify_sshsig(key, kNamespace, kMessage, good + std::string(kArmorMax, '\n'))) ==
        Errc::too_large);
}

TEST_CASE("each field of the envelope is checked on its own") {
  const PublicKey& key = software_key().public_key();
  Sshsig good{.key = key};
  good.inner = sshsig_inner(key, software_key().sign_raw(good.signed_data()));
  REQUIRE(good.verify().has_value());
  Sshsig sha256_made{.key = key, .hash = "sha256"};
  sha256_made.inner = sshsig_inner(key, software_key().sign_raw(sha256_made.signed_data()));
  REQUIRE(sha256_made.verify().has_value());

  CHECK(error_when_signed({.key = key, .magic = "SSHSIH"}) == Errc::bad_signature_format);
  CHECK(error_when_signed({.key = key, .version = 0}) == Errc::bad_signature_format);
  CHECK(error_when_signed({.key = key, .version = 2}) == Errc::bad_signature_format);
  CHECK(error_when_signed({.key = key, .reserved = "x"}) == Errc::bad_signature_format);
  CHECK(error_when_signed({.key = key, .hash = "sha1"}) == Errc::bad_signature_format);
  CHECK(error_when_signed({.key = key, .hash = "SHA512"}) == Errc::bad_signature_format);
  CHECK(error_when_signed({.key = key, .hash = ""}) == Errc::bad_signature_format);
  CHECK(error_when_signed({.key = key, .behind = "x"}) == Errc::bad_signature_format);
  CHECK(error_when_signed({.key = key, .name_space = "reject.v1@twoseal"}) == Errc::bad_signature);
  CHECK(error_when_signed({.key = key, .name_space = ""}) == Errc::bad_signature);
  CHECK(error_when_signed({.key = key, .public_key = key.encoded() + "x"}) == Errc::bad_signature);
  const Bytes other = PrivateKey::from_seed(Bytes(32, '\x02')).public_key().encoded();
  CHECK(error_when_signed({.key = key, .public_key = other}) == Errc::bad_signature);

  for (std::size_t size = 0; size < good.blob().size(); ++size) {
    CHECK_FALSE(verify_sshsig(
        key, kNamespace, kMessage, put_armor(kSshSignature, good.blob().substr(0, size))));
  }
}

TEST_CASE("a signature over sha256 does not pass as one over sha512") {
  Sshsig made{.key = software_key().public_key(), .hash = "sha256"};
  made.inner = sshsig_inner(made.key, software_key().sign_raw(made.signed_data()));
  made.hash = "sha512";
  CHECK(error_of(made.verify()) == Errc::bad_signature);
}

TEST_CASE("the inner signature has the type of the key and nothing more") {
  Sshsig made{.key = software_key().public_key()};
  const Bytes raw = software_key().sign_raw(made.signed_data());
  for (const Bytes& inner : {
           Bytes(),
           wire_string("ssh-ed25519"),
           wire_string("ssh-ed448") + wire_string(raw),
           wire_string("sk-ssh-ed25519@openssh.com") + wire_string(raw),
           wire_string("ssh-ed25519") + wire_string(raw) + "x",
           wire_string("ssh-ed25519") + wire_string(raw) + '\x01' + wire_number(1),
           wire_string("ssh-ed25519") + wire_string(raw.substr(1)),
           wire_string("ssh-ed25519") + wire_string(raw + "x"),
       }) {
    made.inner = inner;
    CHECK(error_of(made.verify()) == Errc::bad_signature_format);
  }
}

TEST_CASE("ECDSA numbers come as shortest positive mpints") {
  const PrivateKey key = PrivateKey::from_p256_scalar(Bytes(31, '\0') + "\x07").value();
  Sshsig made{.key = key.public_key()};
  const Bytes raw = key.sign_raw(made.signed_data());
  const EcdsaNumbers numbers = ecdsa_from_der(raw).value();
  const auto with = [&](const Bytes& value) {
    made.inner = wire_string("ecdsa-sha2-nistp256") + wire_string(value);
    return made.verify();
  };
  REQUIRE(with(ecdsa_wire(numbers)).has_value());
  const Bytes r(numbers.r);
  const Bytes s(numbers.s);
  const Bytes zero(1, '\0');
  CHECK(error_of(with(raw)) == Errc::bad_signature_format);
  CHECK(error_of(with(wire_string(zero + r) + wire_string(s))) == Errc::bad_signature_format);
  CHECK(error_of(with(wire_string(r) + wire_string(zero + s))) == Errc::bad_signature_format);
  CHECK(error_of(with(wire_string(zero) + wire_string(s))) == Errc::bad_signature_format);
  CHECK(error_of(with(wire_string("") + wire_string(s))) == Errc::bad_signature_format);
  CHECK(error_of(with(wire_string("\xff") + wire_string(s))) == Errc::bad_signature_format);
  CHECK(error_of(with(wire_string(r))) == Errc::bad_signature_format);
  CHECK(error_of(with(wire_string(r) + wire_string(s) + "x")) == Errc::bad_signature_format);
  CHECK(error_of(with(wire_string("\x01") + wire_string(s))) == Errc::bad_signature);
}

TEST_CASE("flags and counter of a security key are part of what it signs") {
  const PublicKey sk = security_key_public(software_key(), "ssh:twoseal").value();
  Sshsig made{.key = sk};
  const Bytes raw =
      software_key().sign_raw(sk_signed_data("ssh:twoseal", 0x01, 7, made.signed_data()));
  const Bytes head = sshsig_inner(sk, raw);
  const auto with = [&](const Bytes& behind) {
    made.inner = head + behind;
    return made.verify();
  };
  REQUIRE(with('\x01' + wire_number(7)).has_value());
  CHECK(error_of(with('\x05' + wire_number(7))) == Errc::bad_signature);
  CHECK(error_of(with('\x01' + wire_number(8))) == Errc::bad_signature);
  CHECK(error_of(with(Bytes(1, '\0') + wire_number(7))) == Errc::bad_signature);
  CHECK(error_of(with("")) == Errc::bad_signature_format);
  CHECK(error_of(with("\x01")) == Errc::bad_signature_format);
  CHECK(error_of(with('\x01' + wire_number(7) + "x")) == Errc::bad_signature_format);
  // The same private key behind another application is another key.
  const PublicKey other = security_key_public(software_key(), "ssh:").value();
  CHECK(error_of(verify_sshsig(other,
                               kNamespace,
                               kMessage,
                               security_key_sign(software_key(), sk, {}, kNamespace, kMessage))) ==
        Errc::bad_signature);
}

TEST_CASE("a passkey makes no SSH signatures") {
  const std::string armor = software_key().sign_sshsig(kNamespace, kMessage);
  CHECK(error_of(verify_sshsig(passkey_public(software_key()), kNamespace, kMessage, armor)) ==
        Errc::key_rule);
}
