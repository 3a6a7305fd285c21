// SSH signatures, raw and forged with the key at hand: what is accepted is spelled in exactly one
// way and is a signature over this message for this purpose.
#include "crypto/sshsig.h"

#include "base/check.h"
#include "crypto/armor.h"
#include "crypto/wire.h"
#include "tests/fuzz/sshsig_forge.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a program of one namespace

namespace {

void check_accepted(const PublicKey& key, std::string armor, const SignatureFacts& facts) {
  if (!armor.ends_with('\n')) {
    armor += '\n';
  }
  const auto blob = take_armor(kSshSignature, armor);
  check(blob && put_armor(kSshSignature, *blob) == armor, "an accepted armour has one spelling");
  const auto fields = fuzz::read_fields(*blob, key.is_sk());
  check(fields && fields->blob() == *blob, "an accepted blob has nothing behind its fields");
  check(fields->version == 1 && fields->reserved.empty(), "version and reserved are fixed");
  check(fields->public_key == key.encoded() && fields->name_space == fuzz::kNamespace,
        "key and purpose are those that were asked for");
  check(fields->hash == "sha512" || fields->hash == "sha256", "the hash is one of two");
  check(fields->type == key.ssh_name(), "the inner signature is of the key's type");
  const auto hash = fields->hash == "sha512" ? SshsigHash::sha512 : SshsigHash::sha256;
  Bytes data = sshsig_signed_data(fuzz::kNamespace, hash, fuzz::kMessage);
  if (key.is_sk()) {
    check((fields->flags & kFlagUserPresent) != 0, "the security key was touched");
    data = sk_signed_data(key.application(), fields->flags, fields->counter, data);
  }
  check(facts == (key.is_sk() ? facts_of_flags(fields->flags) : SignatureFacts{}),
        "the facts are those of the flags");
  const auto numbers = ecdsa_from_wire(fields->value);
  const bool raw = key.is_ed25519()
                       ? key.verify_raw(data, fields->value).has_value()
                       : numbers && key.verify_raw(data, ecdsa_der(*numbers)).has_value();
  check(raw, "the bare signature verifies over the message");
}

void verify(const PublicKey& key, const std::string& armor, bool honest) {
  const auto facts = verify_sshsig(key, fuzz::kNamespace, fuzz::kMessage, armor);
  check(facts || !honest, "a signature that nobody touched is accepted");
  if (facts) {
    check_accepted(key, armor, *facts);
  }
}

}  // namespace

// The first octet chooses: an armour, a blob, or the faults of a forgery.
// NOLINTNEXTLINE(readability-identifier-naming): the name that libFuzzer asks for
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Choices choices(data, size);
  const std::size_t kind = choices.below(3);
  if (kind == 2) {
    const fuzz::Forgery forgery = fuzz::forge(choices);
    verify(forgery.signer->pub, forgery.armor, forgery.honest);
    return 0;
  }
  const PublicKey& key = choices.one_of(fuzz::signers()).pub;
  const Bytes rest = choices.rest();
  verify(key, kind == 0 ? rest : put_armor(kSshSignature, rest), false);
  return 0;
}
