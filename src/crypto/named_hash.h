// Digests by name, for content that asks for them (OVAL's filehash58). What twoseal itself names or
// signs uses hash.h alone: MD5 and SHA-1 prove nothing.
#pragma once

#include <optional>
#include <string_view>

#include "base/bytes.h"

namespace twoseal {

/// The octets of the digest `MD5`, `SHA-1`, `SHA-224`, `SHA-256`, `SHA-384` or `SHA-512` of `data`;
/// nothing for another name, or when the library of this machine refuses the algorithm (FIPS).
[[nodiscard]] std::optional<Bytes> named_hash(std::string_view name, BytesView data);

}  // namespace twoseal
