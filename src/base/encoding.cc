#include "base/encoding.h"

#include <array>

namespace twoseal {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase64Url =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kBase32 = "abcdefghijklmnopqrstuvwxyz234567";

constexpr std::array<std::int8_t, 256> reverse(std::string_view alphabet) {
  std::array<std::int8_t, 256> table{};
  table.fill(-1);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
  }
  return table;
}

constexpr auto kFromHex = reverse(kHex);
constexpr auto kFromBase64 = reverse(kBase64);

// Writes groups of `kBits` bits with `alphabet`; the last group is filled with zero bits.
template <unsigned kBits>
std::string encode(BytesView bytes, std::string_view alphabet) {
  constexpr std::uint32_t kMask = (1U << kBits) - 1;
  std::string text;
  text.reserve((bytes.size() * 8 + kBits - 1) / kBits + 3);
  std::uint32_t held = 0;
  unsigned bits = 0;
  for (const char c : bytes) {
    held = (held << 8U) | static_cast<std::uint8_t>(c);
    bits += 8;
    while (bits >= kBits) {
      bits -= kBits;
      text.push_back(alphabet[(held >> bits) & kMask]);
    }
  }
  if (bits > 0) {
    text.push_back(alphabet[(held << (kBits - bits)) & kMask]);
  }
  return text;
}

}  // namespace

std::string hex_encode(BytesView bytes) {
  return encode<4>(bytes, kHex);
}

Result<Bytes> hex_decode(std::string_view text) {
  if (text.size() % 2 != 0) {
    return fail(Errc::bad_encoding, "hexadecimal text has an odd number of digits");
  }
  Bytes bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const std::int8_t high = kFromHex[octet(text, i)];
    const std::int8_t low = kFromHex[octet(text, i + 1)];
    if (high < 0 || low < 0) {
      return fail(Errc::bad_encoding,
                  "not a lower-case hexadecimal digit",
                  "character " + std::to_string(i + 1));
    }
    bytes.push_back(static_cast<char>(high * 16 + low));
  }
  return bytes;
}

std::string base64_encode(BytesView bytes) {
  std::string text = encode<6>(bytes, kBase64);
  while (text.size() % 4 != 0) {
    text.push_back('=');
  }
  return text;
}

std::string base64url_encode(BytesView bytes) {
  return encode<6>(bytes, kBase64Url);
}

std::string base32_encode(BytesView bytes) {
  return encode<5>(bytes, kBase32);
}

Result<Bytes> base64_decode(std::string_view text) {
  if (text.size() % 4 != 0) {
    return fail(Errc::bad_encoding, "base64 text is not a multiple of four characters");
  }
  std::size_t digits = text.size();
  while (digits > 0 && text.size() - digits < 2 && text[digits - 1] == '=') {
    --digits;
  }
  Bytes bytes;
  bytes.reserve(digits * 3 / 4);
  std::uint32_t held = 0;
  unsigned bits = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    const std::int8_t value = kFromBase64[octet(text, i)];
    if (value < 0) {
      return fail(Errc::bad_encoding, "not a base64 digit", "character " + std::to_string(i + 1));
    }
    held = (held << 6U) | static_cast<std::uint32_t>(value);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes.push_back(static_cast<char>((held >> bits) & 0xFFU));
    }
  }
  if ((held & ((1U << bits) - 1U)) != 0) {
    return fail(Errc::bad_encoding, "the unused bits of base64 text are not zero");
  }
  return bytes;
}

}  // namespace twoseal
