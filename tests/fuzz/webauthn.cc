// Assertions of passkeys that are right but for what a forger chose to get wrong. One who lacks the
// key gets past only with the very octets that the key signed; one who holds it, only with what the
// page of signatures asks for.
#include "crypto/webauthn.h"

#include "base/check.h"
#include "base/encoding.h"
#include "codec/client_data.h"
#include "crypto/hash.h"
#include "crypto/software_authenticator.h"
#include "tests/fuzz/json_edit.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a program of one namespace

namespace {

constexpr std::string_view kRelyingParty = "example.org";
constexpr std::string_view kOrigin = "https://example.org";
constexpr std::string_view kStatement = R"({"act":"approve","type":"statement","v":1})";

// Always the same two, one of each kind.
const std::vector<PrivateKey>& passkeys() {
  static const std::vector<PrivateKey> kKeys = [] {
    std::vector<PrivateKey> keys;
    keys.push_back(PrivateKey::from_seed(sha256("passkey 0").bytes()));
    keys.push_back(PrivateKey::from_p256_scalar(sha256("passkey 1").bytes()).value());
    return keys;
  }();
  return kKeys;
}

Bytes changed(const Bytes& bytes, fuzz::Choices& choices) {
  return choices.flag() ? fuzz::edit_json(bytes, choices) : fuzz::damaged(bytes, choices);
}

void change(Assertion& assertion, fuzz::Choices& choices) {
  switch (choices.below(4)) {
    case 0:
      assertion.auth_data = fuzz::damaged(assertion.auth_data, choices);
      break;
    case 1:
      assertion.client_data = changed(assertion.client_data, choices);
      break;
    case 2:
      assertion.signature = fuzz::damaged(assertion.signature, choices);
      break;
    default:  // the flags, with as many extension octets as the forger likes
      assertion.auth_data[32 % assertion.auth_data.size()] = static_cast<char>(choices.octet());
      assertion.auth_data += choices.bytes();
  }
}

void sign_again(const PrivateKey& key, Assertion& assertion) {
  assertion.signature = key.sign_raw(assertion.auth_data + sha256(assertion.client_data).bytes());
}

// What every accepted assertion is, read a second time by hand.
void check_accepted(const Assertion& assertion, const SignatureFacts& facts) {
  const Bytes& data = assertion.auth_data;
  check(data.size() >= 37 && data.size() <= kAuthDataMax, "the authenticator data has its size");
  check(data.starts_with(sha256(kRelyingParty).bytes()), "the relying party is ours");
  const std::uint8_t flags = octet(data, 32);
  check((flags & 0x01U) != 0 && (flags & 0x04U) != 0, "somebody touched it and was verified");
  check((flags & 0x40U) == 0, "no new credential is attached");
  check(((flags & 0x80U) != 0) == (data.size() > 37), "extensions are there when flagged");
  check((flags & 0x10U) == 0 || (flags & 0x08U) != 0, "only what can be backed up is backed up");
  check(facts == facts_of_flags(flags), "the facts are those of the flags");
  const auto client = codec::parse_client_data(assertion.client_data);
  check(client && client->type == "webauthn.get" && client->origin == kOrigin &&
            client->challenge == base64url_encode(sha256(kStatement).bytes()) &&
            !client->cross_origin.value_or(false) && !client->has_top_origin,
        "the client data is that of our page over this statement");
}

Result<SignatureFacts> verify(const PrivateKey& key, const Assertion& assertion) {
  TWOSEAL_TRY(const ClientData client, codec::parse_client_data(assertion.client_data));
  return verify_webauthn(passkey_public(key),
                         kRelyingParty,
                         kOrigin,
                         kStatement,
                         assertion.auth_data,
                         assertion.client_data,
                         client,
                         assertion.signature);
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name that libFuzzer asks for
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Choices choices(data, size);
  const PrivateKey& key = passkeys()[choices.below(passkeys().size())];
  const bool holds_key = choices.flag();
  const Assertion honest = passkey_sign(key, {}, kRelyingParty, kOrigin, kStatement);
  check(verify(key, honest).has_value(), "an assertion that nobody touched is accepted");
  Assertion forged = honest;
  for (std::size_t faults = 1 + choices.below(3); faults > 0; --faults) {
    change(forged, choices);
  }
  if (holds_key) {
    sign_again(key, forged);
  }
  const auto facts = verify(key, forged);
  if (!facts) {
    check(!facts.error().what.empty(), "a refusal has a reason");
    return 0;
  }
  check_accepted(forged, *facts);
  if (!holds_key) {
    check(forged.auth_data == honest.auth_data && forged.client_data == honest.client_data,
          "without the key only what it signed is accepted");
    check(!key.public_key().is_ed25519() || forged.signature == honest.signature,
          "an Ed25519 signature has one spelling");
  }
  return 0;
}
