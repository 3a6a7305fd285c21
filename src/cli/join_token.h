// The text that a host joins with: where the server is, how it is known, to which organisation it
// belongs, and a key that the server never sees. docs/formats/join-request.md.
#pragma once

#include <set>
#include <string>

#include "base/id.h"
#include "base/result.h"

namespace twoseal::cli {

/// `mk`: 16 octets; whoever has them can speak for a host that joins, so the text is a secret.
struct JoinTokenText {
  std::string host;  ///< of the agents' port
  std::uint16_t port = 8721;
  Digest org;
  std::set<Digest> pins;
  std::string id;
  Bytes mk;
  UnixSeconds expires = 0;
};

/// One line: `twoseal-join-1` and seven parts, divided by blanks.
[[nodiscard]] std::string write_join_token(const JoinTokenText& token);

/// Errc::bad_field for anything else.
[[nodiscard]] Result<JoinTokenText> parse_join_token(std::string_view text);

/// What people compare: base32 of the first 80 bits of the SHA-256 of a join request.
[[nodiscard]] std::string join_code(BytesView request);

/// HMAC-SHA-256 of a join request under the key of its token.
[[nodiscard]] Bytes join_mac(BytesView mk, BytesView request);

}  // namespace twoseal::cli
