// Assertions of passkeys. docs/formats/signatures.md; W3C Web Authentication Level 2 §7.2.
#pragma once

#include <optional>
#include <string>

#include "crypto/authenticator.h"
#include "crypto/public_key.h"

namespace twoseal {

/// Octets of authenticator data: 37, and room for the extensions that assertions may carry.
inline constexpr std::size_t kAuthDataMax = 1024;

/// What verification needs from the client data, read by codec/client_data.h.
struct ClientData {
  std::string type;
  std::string challenge;
  std::string origin;
  std::optional<bool> cross_origin;  ///< absent in the assertions of older browsers
  bool has_top_origin = false;
};

/// Verifies an assertion by `key`, a passkey of relying party `rp_id` used at `origin`, over
/// `statement`, whose SHA-256 digest is the challenge. `client_data_bytes`: the octets that were
/// signed; `client_data`: the same, read.
///
/// Errc::webauthn_rejected, with the check that failed, when it is for another purpose, statement,
/// origin or relying party, was made in a frame of another origin, without touch or without
/// verification of the user, or carries a new credential. Errc::bad_signature_format and
/// Errc::bad_signature as PublicKey::verify_raw(). Errc::key_rule when `key` is no passkey. The
/// sign counter is not looked at: one verifier does not see all assertions.
[[nodiscard]] Result<SignatureFacts> verify_webauthn(const PublicKey& key,
                                                     std::string_view rp_id,
                                                     std::string_view origin,
                                                     BytesView statement,
                                                     BytesView auth_data,
                                                     BytesView client_data_bytes,
                                                     const ClientData& client_data,
                                                     BytesView signature);

}  // namespace twoseal
