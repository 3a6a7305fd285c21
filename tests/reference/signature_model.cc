#include "tests/reference/signature_model.h"

#include <map>
#include <tuple>

#include "codec/client_data.h"
#include "codec/objects.h"
#include "crypto/webauthn.h"

namespace twoseal::reference {

Result<PublicKey> parse_key(const RosterKey& key) {
  return key.kind == KeyKind::passkey ? PublicKey::parse_spki(key.pub)
                                      : PublicKey::parse_ssh(key.pub);
}

namespace {

Result<SignatureFacts> verify_now(const PublicKey& key,
                                  const std::string& rp_id,
                                  const std::string& origin,
                                  const Signed& one) {
  if (key.is_passkey()) {
    if (one.record.kind != RecordKind::webauthn) {
      return fail(Errc::bad_signature, "a passkey signs assertions");
    }
    TWOSEAL_TRY(const ClientData data, codec::parse_client_data(one.record.client_data));
    return verify_webauthn(key,
                           rp_id,
                           origin,
                           one.record.statement,
                           one.record.auth_data,
                           one.record.client_data,
                           data,
                           one.record.signature);
  }
  if (one.record.kind != RecordKind::sshsig) {
    return fail(Errc::bad_signature, "an SSH key signs SSHSIG");
  }
  return verify_sshsig(
      key, signature_namespace(one.statement.act), one.record.statement, one.record.armor);
}

}  // namespace

std::optional<SignatureFacts> verify(const PublicKey& key,
                                     const std::string& rp_id,
                                     const std::string& origin,
                                     const Signed& one) {
  using Question = std::tuple<Bytes, std::string, std::string, Bytes>;
  static std::map<Question, std::optional<SignatureFacts>> answers;
  const Question question{key.encoded(), rp_id, origin, codec::encode(one.record)};
  const auto known = answers.find(question);
  if (known != answers.end()) {
    return known->second;
  }
  if (answers.size() > 100'000) {
    answers.clear();
  }
  const auto facts = verify_now(key, rp_id, origin, one);
  return answers[question] = facts ? std::optional(*facts) : std::nullopt;
}

Display display_of(KeyKind kind, const PublicKey& key) {
  switch (kind) {
    case KeyKind::local_file:
      return Display::local;
    case KeyKind::sk:
      return key.application() == "ssh:twoseal" ? Display::local : Display::soft;
    case KeyKind::passkey:
      return Display::portal;
    case KeyKind::ssh:
      return Display::soft;
  }
  return Display::soft;
}

}  // namespace twoseal::reference
