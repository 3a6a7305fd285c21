#include "crypto/sshsig.h"

#include <doctest/doctest.h>

#include "tests/support/ssh_keygen.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

constexpr std::string_view kNamespace = "approve.v1@twoseal";

}  // namespace

TEST_CASE("what ssh-keygen signs is accepted, with each key type and hash") {
  const SshKeygen ssh;
  for (const std::string type : {"ed25519", "ecdsa"}) {
    CAPTURE(type);
    const PublicKey key = PublicKey::parse_ssh(ssh.make_key(type, type)).value();
    for (const char* option : {"", "-O hashalg=sha256", "-O hashalg=sha512"}) {
      const std::string armor = ssh.sign(type, std::string(kNamespace), "statement", option);
      CHECK(verify_sshsig(key, kNamespace, "statement", armor) == SignatureFacts{});
      CHECK(verify_sshsig(key, kNamespace, "statement", armor.substr(0, armor.size() - 1)));
      CHECK_FALSE(verify_sshsig(key, kNamespace, "Statement", armor));
      CHECK_FALSE(verify_sshsig(key, "reject.v1@twoseal", "statement", armor));
    }
  }
}

TEST_CASE("each single changed octet of an armour is refused") {
  const SshKeygen ssh;
  for (const std::string type : {"ed25519", "ecdsa"}) {
    CAPTURE(type);
    const PublicKey key = PublicKey::parse_ssh(ssh.make_key(type, type)).value();
    std::string armor = ssh.sign(type, std::string(kNamespace), "statement");
    for (char& c : armor) {
      const char before = c;
      for (const int bit : {0x01, 0x02, 0x20, 0x80}) {
        c = static_cast<char>(before ^ bit);
        CAPTURE(armor);
        CHECK_FALSE(verify_sshsig(key, kNamespace, "statement", armor));
      }
      c = before;
    }
  }
}
