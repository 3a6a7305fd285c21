#include "crypto/software_authenticator.h"

#include "base/encoding.h"
#include "crypto/hash.h"
#include "crypto/sshsig.h"
#include "crypto/wire.h"

namespace twoseal {

Result<PublicKey> security_key_public(const PrivateKey& key, std::string_view application) {
  const PublicKey& plain = key.public_key();
  const Bytes curve = plain.is_ed25519() ? Bytes() : wire_string("nistp256");
  return PublicKey::parse_ssh(wire_string("sk-" + std::string(plain.ssh_name()) + "@openssh.com") +
                              curve + wire_string(plain.point()) + wire_string(application));
}

std::string security_key_sign(const PrivateKey& key,
                              const PublicKey& sk,
                              AuthenticatorState state,
                              std::string_view name_space,
                              BytesView message) {
  const Bytes data = sshsig_signed_data(name_space, SshsigHash::sha512, message);
  const Bytes raw =
      key.sign_raw(sk_signed_data(sk.application(), state.flags, state.counter, data));
  const Bytes inner =
      sshsig_inner(sk, raw) + static_cast<char>(state.flags) + wire_number(state.counter);
  return sshsig_armor(sk, name_space, SshsigHash::sha512, inner);
}

PublicKey passkey_public(const PrivateKey& key) {
  return PublicKey::parse_spki(key.public_key().spki()).value();
}

Assertion passkey_sign(const PrivateKey& key,
                       AuthenticatorState state,
                       std::string_view rp_id,
                       std::string_view origin,
                       BytesView statement) {
  Assertion made;
  made.auth_data =
      sha256(rp_id).bytes() + static_cast<char>(state.flags) + wire_number(state.counter);
  made.client_data = R"({"type":"webauthn.get","challenge":")" +
                     base64url_encode(sha256(statement).bytes()) + R"(","origin":")" +
                     std::string(origin) + R"(","crossOrigin":false})";
  made.signature = key.sign_raw(made.auth_data + sha256(made.client_data).bytes());
  return made;
}

}  // namespace twoseal
