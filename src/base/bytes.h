// Octets. Most of what twoseal handles is canonical JSON text, so octets are std::string
// throughout: one type for what is signed, stored, hashed and sent, and no conversions between
// them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace twoseal {

using Bytes = std::string;
using BytesView = std::string_view;

/// The octet at `i` as a number 0–255.
[[nodiscard]] inline std::uint8_t octet(BytesView bytes, std::size_t i) {
  return static_cast<std::uint8_t>(bytes[i]);
}

/// For C libraries that take `const unsigned char*`.
[[nodiscard]] inline const unsigned char* data_u8(BytesView bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

[[nodiscard]] inline unsigned char* data_u8(Bytes& bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

}  // namespace twoseal
