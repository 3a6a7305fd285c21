#include "crypto/key_file.h"

#include <doctest/doctest.h>

#include "crypto/armor.h"
#include "crypto/software_authenticator.h"
#include "crypto/wire.h"
#include "tests/support/ssh_keygen.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

const PrivateKey& ed25519() {
  static const PrivateKey key = PrivateKey::from_seed(Bytes(32, '\x07'));
  return key;
}

const PrivateKey& p256() {
  static const PrivateKey key = PrivateKey::from_p256_scalar(Bytes(32, '\x07')).value();
  return key;
}

Errc error_of(const Result<PrivateKey>& key) {
  REQUIRE_FALSE(key.has_value());
  CAPTURE(key.error().what);
  CHECK_FALSE(key.error().what.empty());
  return key.error().code;
}

Bytes openssh_octets(const PrivateKey& key) {
  return take_armor(kOpensshPrivateKey, to_openssh(key, "a comment")).value();
}

Errc openssh_error(BytesView octets) {
  return error_of(from_openssh(put_armor(kOpensshPrivateKey, octets)));
}

}  // namespace

TEST_CASE("a local file opens with its passphrase only") {
  for (const PrivateKey* key : {&ed25519(), &p256()}) {
    const std::string file = to_local_file(*key, "correct horse").value();
    CHECK(file.starts_with(key->public_key().ssh_text() +
                           "\n-----BEGIN ENCRYPTED PRIVATE KEY-----\n"));
    CHECK(local_file_public_key(file).value() == key->public_key());
    CHECK(from_local_file(file, "correct horse").value().secret() == key->secret());
    CHECK(error_of(from_local_file(file, "correct horsf")) == Errc::wrong_passphrase);
    CHECK(error_of(from_local_file(file, "")) == Errc::wrong_passphrase);
  }
}

// Also opened by Python's cryptography 48: load_pem_private_key(file, b"correct horse").
TEST_CASE("a local file made earlier still opens") {
  const std::string file =
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOpKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs\n"
      "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
      "MIGcMFgGCSqGSIb3DQEFDTBLMCoGCSsGAQQB2kcECzAdBBDuOCcSuicSq88LEoYP\n"
      "R4T7AgMCAAACAQgCAQEwHQYJYIZIAWUDBAEqBBDA8wM3Ktza5qUpaxaKhuQpBEDH\n"
      "CW0LkK3A0Co7gx82v78pHMxnbJfFBV2qHxQdLXXBp0kI4ipYHnbdszW9hfA+K/yU\n"
      "LpHuPARhgcUMZrobPt7V\n"
      "-----END ENCRYPTED PRIVATE KEY-----\n";
  CHECK(from_local_file(file, "correct horse").value().secret() == ed25519().secret());
}

TEST_CASE("a local file is never made without a passphrase, and never twice the same") {
  CHECK(to_local_file(ed25519(), "").error().code == Errc::key_rule);
  CHECK(to_local_file(ed25519(), "a").value() != to_local_file(ed25519(), "a").value());
}

TEST_CASE("a local file whose first line names another key does not open") {
  const std::string file = to_local_file(ed25519(), "a").value();
  const std::string other = PrivateKey::generate().public_key().ssh_text();
  CHECK(error_of(from_local_file(other + file.substr(file.find('\n')), "a")) ==
        Errc::wrong_passphrase);
}

TEST_CASE("a damaged local file is refused") {
  const std::string file = to_local_file(ed25519(), "a").value();
  const std::size_t armor_at = file.find('\n') + 1;
  const std::string line = file.substr(0, armor_at);
  const Bytes der = take_armor(kEncryptedPrivateKey, file.substr(armor_at)).value();
  const auto with = [&](const Bytes& octets) {
    return from_local_file(line + put_armor(kEncryptedPrivateKey, octets), "a");
  };
  for (const std::size_t at :
       {std::size_t{0}, std::size_t{4}, std::size_t{16}, der.find("\x02\x03"), der.size() - 66}) {
    Bytes flipped = der;
    flipped[at] ^= 1;
    CAPTURE(at);
    CHECK(error_of(with(flipped)) == Errc::bad_key);
  }
  for (const std::size_t from_end : {1U, 20U, 40U, 60U}) {
    Bytes flipped = der;
    flipped[der.size() - from_end] ^= 1;
    CHECK(error_of(with(flipped)) == Errc::wrong_passphrase);
  }
  CHECK(error_of(with(der + "x")) == Errc::bad_key);
  CHECK(error_of(with("")) == Errc::bad_key);
  for (const std::string& text : {std::string(),
                                  std::string("\n"),
                                  line,
                                  line.substr(0, line.size() - 1),
                                  file.substr(armor_at),
                                  " " + file,
                                  file + "\n\n",
                                  "ssh-ed25519 AAAA\n" + file.substr(armor_at),
                                  "ssh-ed25519 !\n" + file.substr(armor_at),
                                  "ecdsa" + file.substr(3)}) {
    CAPTURE(text);
    CHECK(error_of(from_local_file(text, "a")) == Errc::bad_key);
  }
  CHECK(local_file_public_key("").error().code == Errc::bad_key);
  CHECK(error_of(from_local_file(file + std::string(kKeyFileMax, 'a'), "a")) == Errc::too_large);
}

TEST_CASE("OpenSSH key files are read and written as ssh-keygen does") {
  const SshKeygen ssh;
  for (const std::string type : {"ed25519", "ecdsa"}) {
    for (int round = 0; round < 3; ++round) {
      const std::string name = type + std::to_string(round);
      const PublicKey key = PublicKey::parse_ssh(ssh.make_key(name, type)).value();
      const PrivateKey read = from_openssh(ssh.read(name)).value();
      CHECK(read.public_key() == key);
      ssh.write("again", to_openssh(read, "some comment"));
      REQUIRE(ssh.run("-y -f again"));
      CHECK(ssh.read("out") == key.ssh_text() + " some comment\n");
    }
  }
  // Ed25519 is deterministic: with one key, both write the very same armour.
  ssh.write("key", to_openssh(ed25519(), ""));
  CHECK(ssh.sign("key", "sign.v1@twoseal", "text") ==
        ed25519().sign_sshsig("sign.v1@twoseal", "text"));
}

TEST_CASE("scalars with leading zeros survive an OpenSSH file") {
  const SshKeygen ssh;
  for (const Bytes& scalar : {Bytes(1, '\0') + Bytes(31, '\x7f'),
                              Bytes(2, '\0') + Bytes(30, '\x80'),
                              Bytes(32, '\x80')}) {
    const PrivateKey key = PrivateKey::from_p256_scalar(scalar).value();
    ssh.write("key", to_openssh(key, "c"));
    REQUIRE(ssh.run("-y -f key"));
    CHECK(ssh.read("out") == key.public_key().ssh_text() + " c\n");
    CHECK(from_openssh(ssh.read("key")).value().secret() == scalar);
  }
  // ssh-keygen refuses scalars this small; the encoding is the same.
  for (const char last : {'\x01', '\x80'}) {
    const PrivateKey key = PrivateKey::from_p256_scalar(Bytes(31, '\0') + last).value();
    CHECK(from_openssh(to_openssh(key, "c")).value().secret() == key.secret());
  }
}

TEST_CASE("keys that only ssh-keygen can use say so") {
  const SshKeygen ssh;
  for (const char* cipher :
       {"aes256-ctr", "aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com"}) {
    const std::string name = cipher;
    REQUIRE(ssh.run("-q -t ed25519 -a 1 -N secret -Z " + name + " -f " + name));
    CHECK(error_of(from_openssh(ssh.read(name))) == Errc::key_needs_ssh_keygen);
  }
  const PublicKey sk = security_key_public(ed25519(), "ssh:twoseal").value();
  const Bytes head = Bytes("openssh-key-v1\0", 15) + wire_string("none") + wire_string("none") +
                     wire_string("") + wire_number(1);
  CHECK(openssh_error(head + wire_string(sk.encoded()) + wire_string("")) ==
        Errc::key_needs_ssh_keygen);
}

TEST_CASE("an RSA key is refused") {
  const SshKeygen ssh;
  REQUIRE(ssh.run("-q -t rsa -b 2048 -N '' -f rsa"));
  CHECK(error_of(from_openssh(ssh.read("rsa"))) == Errc::bad_key);
  REQUIRE(ssh.run("-q -t rsa -b 2048 -m PKCS8 -N '' -f rsa8"));
  CHECK(error_of(from_pkcs8_pem(ssh.read("rsa8"))) == Errc::bad_key);
}

TEST_CASE("a changed OpenSSH file is refused, or is the same key with another comment") {
  for (const PrivateKey* key : {&ed25519(), &p256()}) {
    const Bytes good = openssh_octets(*key);
    const std::size_t comment = good.find("a comment");
    for (std::size_t at = 0; at < good.size(); ++at) {
      Bytes changed = good;
      changed[at] ^= 1;
      CAPTURE(at);
      const auto read = from_openssh(put_armor(kOpensshPrivateKey, changed));
      CHECK(read.has_value() == (at >= comment && at < comment + 9));
    }
    for (std::size_t size = 0; size < good.size(); ++size) {
      CHECK_FALSE(from_openssh(put_armor(kOpensshPrivateKey, good.substr(0, size))));
    }
    CHECK(openssh_error(good + "x") == Errc::bad_key);
  }
  CHECK(error_of(from_openssh("")) == Errc::bad_key);
  CHECK(error_of(from_openssh(Bytes(kKeyFileMax + 1, 'a'))) == Errc::too_large);
}

TEST_CASE("plain PKCS#8 files are those of openssl") {
  // openssl genpkey -algorithm ed25519; openssl genpkey -algorithm EC -pkeyopt
  // ec_paramgen_curve:P-256; openssl pkey -pubout for the public halves.
  const PrivateKey ed = from_pkcs8_pem(
                            "-----BEGIN PRIVATE KEY-----\n"
                            "MC4CAQAwBQYDK2VwBCIEIN3yVy7b7E9iLfm5+P43wJRapLcLLwfykXPJNRgczhYn\n"
                            "-----END PRIVATE KEY-----\n")
                            .value();
  CHECK(hex_encode(ed.public_key().point()) ==
        "73116ee1c2c1e6bfa42540b956d7752d6361d1f4af479c71b23eb91d172af770");
  const std::string pem =
      "-----BEGIN PRIVATE KEY-----\n"
      "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg5uFtsy4A0u6pX7H4\n"
      "aKj1umUC/Znofl4cWCqJy+PZGgWhRANCAASVYCxBAFUCwHsDxKUAK8QYHu/T8Kbm\n"
      "wOAaZq3XqFJ0VipuE9gAq6RXOa/9czlr1XBdRGmWCQ6wLf5CA6Gaf9WX\n"
      "-----END PRIVATE KEY-----\n";
  const PrivateKey ec = from_pkcs8_pem(pem).value();
  CHECK(hex_encode(ec.public_key().point()) ==
        "0495602c41005502c07b03c4a5002bc4181eefd3f0a6e6c0e01a66add7a8527456"
        "2a6e13d800aba45739affd73396bd5705d446996090eb02dfe4203a19a7fd597");
  CHECK(to_pkcs8_pem(ec) == pem);
  CHECK(from_pkcs8_pem(to_pkcs8_pem(ed)).value().secret() == ed.secret());
}

TEST_CASE("other PKCS#8 octets are refused") {
  const Bytes ed = take_armor(kPrivateKey, to_pkcs8_pem(ed25519())).value();
  const Bytes ec = take_armor(kPrivateKey, to_pkcs8_pem(p256())).value();
  Bytes other_point = ec;
  other_point.replace(
      other_point.size() - 65, 65, PrivateKey::generate_p256().public_key().point());
  Bytes zero = ec;
  zero.replace(36, 32, Bytes(32, '\0'));
  for (const Bytes& bad : {Bytes(),
                           ed + "x",
                           ed.substr(0, 47),
                           ec + "x",
                           ec.substr(0, 137),
                           ec.substr(0, 40),
                           ec.substr(0, 36),
                           other_point,
                           zero}) {
    CHECK(error_of(from_pkcs8_pem(put_armor(kPrivateKey, bad))) == Errc::bad_key);
  }
  CHECK(error_of(from_pkcs8_pem(put_armor(kOpensshPrivateKey, ed))) == Errc::bad_key);
  CHECK(error_of(from_pkcs8_pem(Bytes(kKeyFileMax + 1, 'a'))) == Errc::too_large);
}
