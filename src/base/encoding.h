// Hexadecimal, base64 and base32, each with exactly one accepted spelling per value.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

namespace twoseal {

/// Lower-case hexadecimal.
[[nodiscard]] std::string hex_encode(BytesView bytes);

/// Accepts lower-case digits only, an even number of them. Errc::bad_encoding otherwise.
[[nodiscard]] Result<Bytes> hex_decode(std::string_view text);

/// Standard base64 with padding, without line breaks (RFC 4648 §4).
[[nodiscard]] std::string base64_encode(BytesView bytes);

/// Accepts exactly what base64_encode would print: padding present, unused bits zero, nothing else.
[[nodiscard]] Result<Bytes> base64_decode(std::string_view text);

/// base64url without padding (RFC 4648 §5), as WebAuthn writes challenges.
[[nodiscard]] std::string base64url_encode(BytesView bytes);

/// RFC 4648 base32 in lower case without padding, for codes that people read to each other.
[[nodiscard]] std::string base32_encode(BytesView bytes);

}  // namespace twoseal
