// The client data of a WebAuthn assertion: JSON that a browser writes, so the one JSON text that is
// signed without being canonical. docs/formats/signatures.md.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/webauthn.h"

namespace twoseal::codec {

inline constexpr std::size_t kClientDataMax = 8192;       ///< octets
inline constexpr std::size_t kClientDataDepthMax = 8;     ///< nesting; the outermost object is 1
inline constexpr std::size_t kClientDataMembersMax = 64;  ///< of each object and array

/// Reads `type`, `challenge`, `origin`, `crossOrigin?` and whether there is a `topOrigin`. Other
/// members are accepted, since browsers add some, but none may stand twice, in any spelling.
///
/// Errc::too_large above kClientDataMax. Errc::webauthn_rejected when the text is no JSON object in
/// valid UTF-8 without anything behind it, is nested deeper or longer than the limits, lacks one of
/// the three texts, or has one of the four in another type.
[[nodiscard]] Result<ClientData> parse_client_data(BytesView bytes);

}  // namespace twoseal::codec
