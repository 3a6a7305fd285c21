// The two encodings that keys and signatures come in: SSH wire values (RFC 4251 §5) and as much DER
// as one integer pair needs. Kept apart because verifying and signing both speak them.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "base/bytes.h"

namespace twoseal {

/// `value` behind its length as four octets, big-endian.
[[nodiscard]] Bytes wire_string(BytesView value);

/// Four octets, big-endian.
[[nodiscard]] Bytes wire_number(std::uint32_t value);

/// Takes SSH wire values from the front of `bytes`, which must outlive it. A read beyond the end
/// gives an empty value and makes finished() false for ever, so that callers ask once at the end.
class WireReader {
 public:
  explicit WireReader(BytesView bytes) : rest_(bytes) {}

  BytesView octets(std::size_t count);
  std::uint32_t number();

  BytesView string() { return octets(number()); }

  /// Whether all reads were within the bytes and nothing is left.
  [[nodiscard]] bool finished() const { return !failed_ && rest_.empty(); }

 private:
  BytesView rest_;
  bool failed_ = false;
};

/// One DER value: `tag`, the shortest length, `content` (below 65,536 octets).
[[nodiscard]] Bytes der(std::uint8_t tag, BytesView content);

/// The numbers r and s of an ECDSA signature as big-endian octets in the shortest positive form,
/// which DER INTEGER and SSH mpint share.
struct EcdsaNumbers {
  BytesView r;
  BytesView s;
};

/// From `SEQUENCE { INTEGER r, INTEGER s }`; nullopt unless it is exactly what ecdsa_der() writes.
[[nodiscard]] std::optional<EcdsaNumbers> ecdsa_from_der(BytesView signature);

/// From two SSH mpints; nullopt unless both are positive, shortest and at most 33 octets, and
/// nothing follows.
[[nodiscard]] std::optional<EcdsaNumbers> ecdsa_from_wire(BytesView signature);

[[nodiscard]] Bytes ecdsa_der(EcdsaNumbers numbers);
[[nodiscard]] Bytes ecdsa_wire(EcdsaNumbers numbers);

}  // namespace twoseal
