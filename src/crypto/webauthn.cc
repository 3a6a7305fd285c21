#include "crypto/webauthn.h"

#include "base/encoding.h"
#include "crypto/hash.h"

namespace twoseal {
namespace {

constexpr std::size_t kFlagsAt = 32;       // behind the digest of the relying party
constexpr std::size_t kShortestSize = 37;  // digest, flags, sign counter

std::unexpected<Error> rejected(std::string what) {
  return fail(Errc::webauthn_rejected, std::move(what));
}

Result<void> check_client_data(const ClientData& data,
                               std::string_view origin,
                               BytesView statement) {
  if (data.type != "webauthn.get") {
    return rejected("the passkey made something other than an assertion");
  }
  if (data.challenge != base64url_encode(sha256(statement).bytes())) {
    return rejected("the passkey signed another challenge than this statement");
  }
  if (data.origin != origin) {
    return rejected("the passkey was used at another origin than " + std::string(origin));
  }
  if (data.cross_origin.value_or(false) || data.has_top_origin) {
    return rejected("the passkey was used inside a page of another origin");
  }
  return {};
}

Result<SignatureFacts> check_auth_data(BytesView data, std::string_view rp_id) {
  if (data.size() < kShortestSize || data.size() > kAuthDataMax) {
    return rejected("the authenticator data has fewer than 37 or more than 1024 octets");
  }
  if (data.substr(0, kFlagsAt) != sha256(rp_id).bytes()) {
    return rejected("the passkey was used for another relying party than " + std::string(rp_id));
  }
  const std::uint8_t flags = octet(data, kFlagsAt);
  if ((flags & kFlagAttested) != 0) {
    return rejected("the authenticator data carries a new credential");
  }
  if (((flags & kFlagExtensions) != 0) != (data.size() > kShortestSize)) {
    return rejected("the length of the authenticator data contradicts its extension flag");
  }
  if ((flags & kFlagBackupState) != 0 && (flags & kFlagBackupEligible) == 0) {
    return rejected("the authenticator data calls a key backed up that cannot be");
  }
  const SignatureFacts facts = facts_of_flags(flags);
  if (!facts.user_present || !facts.user_verified) {
    return rejected("the passkey was used without touch or without PIN or finger");
  }
  return facts;
}

}  // namespace

Result<SignatureFacts> verify_webauthn(const PublicKey& key,
                                       std::string_view rp_id,
                                       std::string_view origin,
                                       BytesView statement,
                                       BytesView auth_data,
                                       BytesView client_data_bytes,
                                       const ClientData& client_data,
                                       BytesView signature) {
  if (!key.is_passkey()) {
    return fail(Errc::key_rule, "key " + key.id().text() + " is not a passkey");
  }
  TWOSEAL_TRY_VOID(check_client_data(client_data, origin, statement));
  TWOSEAL_TRY(const SignatureFacts facts, check_auth_data(auth_data, rp_id));
  const Bytes data = Bytes(auth_data) + sha256(client_data_bytes).bytes();
  TWOSEAL_TRY_VOID(key.verify_raw(data, signature));
  return facts;
}

}  // namespace twoseal
