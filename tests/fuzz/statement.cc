// Signature records: a statement, signed in one of the six ways, whose record somebody edited. It
// verifies only over the very statement that was signed.
#include "model/statement.h"

#include "base/check.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "crypto/software_authenticator.h"
#include "policy/statements.h"
#include "tests/fuzz/json_edit.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a program of one namespace

namespace {

constexpr std::string_view kStatement =
    R"({"act":"approve","at":1795420060,"by":"p:amara","key":"7c37c480bb60caf38094687d86f646df",)"
    R"("obj":"sha256:c121a9eed432b71f283e0ce96ee242dc1cf89f865bf8bc92019e0f916e1f34dd",)"
    R"("obj_type":"change","org":"sha256:b56eaecfc0cb0836cf168a2602fba074e9088085b723e81d12ec8d67)"
    R"(60424f85","role":"security-lead","roster":1,"seen":{"root":"sha256:2725db43e65243b027ad4893)"
    R"(fc064f83d14e3a062a128e602f02d1d622d138d7","size":1},"type":"statement","v":1})";
const std::string kRelyingParty = "example.org";
const std::string kOrigin = "https://example.org";

struct Signer {
  PrivateKey key;
  PublicKey pub;
};

PrivateKey numbered_key(int number) {
  const Bytes secret = sha256("statement " + std::to_string(number)).bytes();
  return number % 2 == 0 ? PrivateKey::from_seed(secret)
                         : PrivateKey::from_p256_scalar(secret).value();
}

Signer numbered_signer(int number) {
  PrivateKey key = numbered_key(number);
  PublicKey pub = number < 2   ? key.public_key()
                  : number < 4 ? security_key_public(key, "ssh:twoseal").value()
                               : passkey_public(key);
  return {std::move(key), std::move(pub)};
}

// One per type of key, always the same.
const std::vector<Signer>& signers() {
  static const std::vector<Signer> kSigners = [] {
    std::vector<Signer> list;
    for (int i = 0; i < 6; ++i) {
      list.push_back(numbered_signer(i));
    }
    return list;
  }();
  return kSigners;
}

SignatureRecord sign(const Signer& signer, const Bytes& bytes, Act act) {
  SignatureRecord record{.statement = bytes};
  const std::string name_space = signature_namespace(act);
  if (signer.pub.is_passkey()) {
    const Assertion made = passkey_sign(signer.key, {}, kRelyingParty, kOrigin, bytes);
    record.kind = RecordKind::webauthn;
    record.auth_data = made.auth_data;
    record.client_data = made.client_data;
    record.signature = made.signature;
  } else if (signer.pub.is_sk()) {
    record.armor = security_key_sign(signer.key, signer.pub, {}, name_space, bytes);
  } else {
    record.armor = signer.key.sign_sshsig(name_space, bytes);
  }
  return record;
}

// Reads a record as a decision does and verifies it.
std::optional<SignedStatement> verified(const Bytes& bytes, const PublicKey& key) {
  auto record = codec::decode<SignatureRecord>(bytes, limits::kRecordMax);
  if (!record) {
    return std::nullopt;
  }
  check(codec::encode(*record) == bytes, "a record has one spelling");
  auto statement = codec::decode<Statement>(record->statement, limits::kStatementMax);
  if (!statement) {
    return std::nullopt;
  }
  check(codec::encode(*statement) == record->statement, "a statement has one spelling");
  SignedStatement source{sha256(record->statement), *std::move(statement), *std::move(record)};
  const bool passkey = key.is_passkey();
  const auto facts =
      verify_record(source, key, passkey ? &kRelyingParty : nullptr, passkey ? &kOrigin : nullptr);
  return facts ? std::optional(std::move(source)) : std::nullopt;
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name that libFuzzer asks for
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Choices choices(data, size);
  const Signer& signer = choices.one_of(signers());
  Bytes statement(kStatement);
  for (std::size_t edits = choices.below(3); edits > 0; --edits) {
    statement = fuzz::edit_json(statement, choices);
  }
  const auto read = codec::decode<Statement>(statement, limits::kStatementMax);
  if (!read) {
    return 0;
  }
  const SignatureRecord record = sign(signer, statement, read->act);
  const Bytes honest = codec::encode(record);
  check(verified(honest, signer.pub).has_value(), "a record that nobody touched verifies");

  SignatureRecord other = record;
  if (choices.flag()) {
    other.statement = fuzz::edit_json(statement, choices);
  }
  Bytes forged = codec::encode(other);
  for (std::size_t edits = choices.below(3); edits > 0; --edits) {
    forged = fuzz::edit_json(forged, choices);
  }
  if (const auto source = verified(forged, signer.pub)) {
    check(source->record.statement == statement, "only the statement that was signed verifies");
    check(source->record.kind == record.kind, "in the way that its key signs");
  }
  const PublicKey& stranger = choices.one_of(signers()).pub;
  check(stranger == signer.pub || !verified(honest, stranger), "and under no other key");
  return 0;
}
