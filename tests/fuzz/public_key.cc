// Public keys as SSH wire blobs and as SubjectPublicKeyInfo: what is accepted is spelled in exactly
// one way and is a point of its curve. The first octet chooses: octets as they are, or a key that
// was taken apart, damaged, and put together again.
#include "crypto/public_key.h"

#include <algorithm>

#include "base/check.h"
#include "base/encoding.h"
#include "crypto/hash.h"
#include "crypto/private_key.h"
#include "crypto/wire.h"
#include "tests/fuzz/choices.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a program of one namespace

namespace {

Bytes blob_of(const PublicKey& key) {
  return wire_string(key.ssh_name()) + (key.is_ed25519() ? Bytes() : wire_string("nistp256")) +
         wire_string(key.point()) + (key.is_sk() ? wire_string(key.application()) : Bytes());
}

void check_key(const PublicKey& key, BytesView read) {
  check(key.encoded() == read, "a key keeps the octets that it was read from");
  check(key.id().text() == sha256(read).hex().substr(0, 32), "its id is the digest of these");
  check(key.point().size() == (key.is_ed25519() ? 32U : 65U), "a point has the size of its curve");
  const auto passkey = PublicKey::parse_spki(key.spki());
  check(passkey && passkey->point() == key.point(), "its point can be read out of its SPKI");
  if (key.is_ed25519()) {
    check(PublicKey::from_ed25519(key.point()).value().point() == key.point(),
          "an accepted point makes a plain key");
  }
  if (key.is_passkey()) {
    check(key.spki() == read, "a passkey is spelled as its SPKI");
    return;
  }
  check(blob_of(key) == read, "an SSH key is spelled as its fields");
  check(key.ssh_text() == std::string(key.ssh_name()) + " " + base64_encode(read),
        "its text is the name and the blob");
}

void read_ssh(BytesView blob) {
  if (const auto key = PublicKey::parse_ssh(blob)) {
    check(!key->is_passkey(), "an SSH blob is no passkey");
    check_key(*key, blob);
  }
}

void read_spki(BytesView der) {
  if (const auto key = PublicKey::parse_spki(der)) {
    check(key->is_passkey(), "an SPKI is a passkey");
    check_key(*key, der);
  }
}

void read_ed25519(BytesView octets) {
  const auto plain = PublicKey::from_ed25519(octets);
  const auto blob = wire_string("ssh-ed25519") + wire_string(octets);
  const auto read = PublicKey::parse_ssh(blob);
  check(plain.has_value() == read.has_value(), "both ways judge a point alike");
  if (plain) {
    check_key(*plain, blob);
  }
}

// A key in another form, with damage in one of its fields.
void read_parts(fuzz::Choices& choices) {
  static const std::vector<Bytes> kNames = {"ssh-ed25519",
                                            "ecdsa-sha2-nistp256",
                                            "sk-ssh-ed25519@openssh.com",
                                            "sk-ecdsa-sha2-nistp256@openssh.com",
                                            "ssh-rsa"};
  const Bytes secret = fuzz::octets_of(choices.octet(), 32);
  const bool ed25519 = choices.flag();
  const PrivateKey owner =
      ed25519 ? PrivateKey::from_seed(secret) : PrivateKey::from_p256_scalar(secret).value();
  const Bytes& point = owner.public_key().point();
  const bool sk = choices.flag();
  std::vector<Bytes> fields = {kNames[(ed25519 ? 0 : 1) + (sk ? 2 : 0)]};
  if (!ed25519) {
    fields.emplace_back("nistp256");
  }
  fields.push_back(point);
  if (sk) {
    fields.emplace_back("ssh:twoseal");
  }
  const bool honest = choices.at_end();
  if (!honest) {
    Bytes& field = fields[choices.below(fields.size())];
    field = choices.flag() ? choices.one_of(kNames) : fuzz::damaged(field, choices);
  }
  Bytes blob;
  for (const Bytes& field : fields) {
    blob += wire_string(field);
  }
  check(!honest || PublicKey::parse_ssh(blob), "a key that nobody touched is accepted");
  read_ssh(blob);
  read_spki(fuzz::damaged(owner.public_key().spki(), choices));
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name that libFuzzer asks for
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Choices choices(data, size);
  switch (choices.below(4)) {
    case 0:
      read_ssh(choices.rest());
      break;
    case 1:
      read_spki(choices.rest());
      break;
    case 2:
      read_ed25519(choices.rest());
      break;
    default:
      read_parts(choices);
  }
  return 0;
}
