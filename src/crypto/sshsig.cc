#include "crypto/sshsig.h"

#include "crypto/armor.h"
#include "crypto/hash.h"
#include "crypto/wire.h"

namespace twoseal {
namespace {

constexpr std::string_view kMagic = "SSHSIG";

std::string_view hash_name(SshsigHash hash) {
  return hash == SshsigHash::sha512 ? "sha512" : "sha256";
}

std::unexpected<Error> bad_form(std::string what) {
  return fail(Errc::bad_signature_format, std::move(what));
}

// Errors of the armour are errors of the signature's form.
Result<Bytes> unwrap(std::string_view armor) {
  if (armor.size() > kArmorMax) {
    return fail(Errc::too_large, "the SSH signature has more than 4096 octets");
  }
  Result<Bytes> bytes = take_armor(kSshSignature, armor);
  if (!bytes) {
    return bad_form("the SSH signature is not armoured as ssh-keygen does: " + bytes.error().what);
  }
  return bytes;
}

struct Blob {
  SshsigHash hash;
  BytesView signature;
};

// The envelope: everything but the signature itself.
Result<Blob> open_envelope(const PublicKey& key, std::string_view name_space, BytesView bytes) {
  WireReader reader(bytes);
  if (reader.octets(kMagic.size()) != kMagic || reader.number() != 1) {
    return bad_form("not an SSHSIG of version 1");
  }
  const BytesView made_by = reader.string();
  const BytesView made_for = reader.string();
  const BytesView reserved = reader.string();
  const BytesView hash = reader.string();
  const BytesView signature = reader.string();
  if (!reader.finished()) {
    return bad_form("the SSH signature is too short or too long");
  }
  if (made_by != key.encoded()) {
    return fail(Errc::bad_signature, "the SSH signature names another key than " + key.id().text());
  }
  if (made_for != name_space) {
    return fail(Errc::bad_signature,
                "the SSH signature was not made for " + std::string(name_space));
  }
  if (!reserved.empty()) {
    return bad_form("the reserved field of the SSH signature is not empty");
  }
  if (hash != hash_name(SshsigHash::sha512) && hash != hash_name(SshsigHash::sha256)) {
    return bad_form("the SSH signature uses a hash other than sha512 and sha256");
  }
  return Blob{hash == "sha512" ? SshsigHash::sha512 : SshsigHash::sha256, signature};
}

// What verify_raw() takes: ECDSA comes as two mpints and is wanted in DER.
Result<Bytes> raw_form(const PublicKey& key, BytesView value) {
  if (key.is_ed25519()) {
    return Bytes(value);
  }
  const auto numbers = ecdsa_from_wire(value);
  if (!numbers) {
    return bad_form("the ECDSA numbers of the SSH signature are not shortest and positive");
  }
  return ecdsa_der(*numbers);
}

}  // namespace

Bytes sshsig_signed_data(std::string_view name_space, SshsigHash hash, BytesView message) {
  const Bytes digest = hash == SshsigHash::sha512 ? sha512(message) : sha256(message).bytes();
  return Bytes(kMagic) + wire_string(name_space) + wire_string("") + wire_string(hash_name(hash)) +
         wire_string(digest);
}

Bytes sshsig_inner(const PublicKey& key, BytesView raw) {
  const Bytes value = key.is_ed25519() ? Bytes(raw) : ecdsa_wire(ecdsa_from_der(raw).value());
  return wire_string(key.ssh_name()) + wire_string(value);
}

std::string sshsig_armor(const PublicKey& key,
                         std::string_view name_space,
                         SshsigHash hash,
                         BytesView inner) {
  const Bytes blob = Bytes(kMagic) + wire_number(1) + wire_string(key.encoded()) +
                     wire_string(name_space) + wire_string("") + wire_string(hash_name(hash)) +
                     wire_string(inner);
  return put_armor(kSshSignature, blob);
}

Result<SignatureFacts> verify_sshsig(const PublicKey& key,
                                     std::string_view name_space,
                                     BytesView message,
                                     std::string_view armor) {
  if (key.is_passkey()) {
    return fail(Errc::key_rule, "a passkey makes no SSH signatures");
  }
  TWOSEAL_TRY(const Bytes bytes, unwrap(armor));
  TWOSEAL_TRY(const Blob blob, open_envelope(key, name_space, bytes));
  WireReader reader(blob.signature);
  const BytesView type = reader.string();
  const BytesView value = reader.string();
  Bytes data = sshsig_signed_data(name_space, blob.hash, message);
  SignatureFacts facts;
  if (key.is_sk()) {
    const BytesView flags = reader.octets(1);
    const std::uint32_t counter = reader.number();
    const std::uint8_t bits = flags.empty() ? 0 : octet(flags, 0);
    facts = facts_of_flags(bits);
    data = sk_signed_data(key.application(), bits, counter, data);
  }
  if (!reader.finished() || type != key.ssh_name()) {
    return bad_form("the inner signature is not one of this type of key");
  }
  if (key.is_sk() && !facts.user_present) {
    return fail(Errc::bad_signature, "the security key was not touched");
  }
  TWOSEAL_TRY(const Bytes signature, raw_form(key, value));
  TWOSEAL_TRY_VOID(key.verify_raw(data, signature));
  return facts;
}

}  // namespace twoseal
