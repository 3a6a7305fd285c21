#include "crypto/wire.h"

#include <algorithm>

namespace twoseal {
namespace {

constexpr std::uint8_t kInteger = 0x02;
constexpr std::uint8_t kSequence = 0x30;

// Positive, in the fewest octets, and no longer than a number below 2^256 can be. OpenSSL compares
// with the order of the curve.
bool is_shortest_positive(BytesView number) {
  if (number.empty() || number.size() > 33 || octet(number, 0) >= 0x80) {
    return false;
  }
  return octet(number, 0) != 0 || (number.size() > 1 && octet(number, 1) >= 0x80);
}

}  // namespace

Bytes wire_number(std::uint32_t value) {
  Bytes out;
  for (unsigned shift = 32; shift > 0; shift -= 8) {
    out.push_back(static_cast<char>((value >> (shift - 8)) & 0xFFU));
  }
  return out;
}

Bytes wire_string(BytesView value) {
  return wire_number(static_cast<std::uint32_t>(value.size())).append(value);
}

BytesView WireReader::octets(std::size_t count) {
  if (failed_ || count > rest_.size()) {
    failed_ = true;
    return {};
  }
  const BytesView taken = rest_.substr(0, count);
  rest_.remove_prefix(count);
  return taken;
}

std::uint32_t WireReader::number() {
  std::uint32_t value = 0;
  for (const char c : octets(4)) {
    value = (value << 8U) | static_cast<std::uint8_t>(c);
  }
  return value;
}

Bytes der(std::uint8_t tag, BytesView content) {
  const std::size_t size = content.size();
  Bytes out(1, static_cast<char>(tag));
  if (size >= 0x100) {
    out.append("\x82").push_back(static_cast<char>(size >> 8U));
  } else if (size >= 0x80) {
    out.append("\x81");
  }
  out.push_back(static_cast<char>(size & 0xFFU));
  return out.append(content);
}

Bytes ecdsa_der(EcdsaNumbers numbers) {
  return der(kSequence, der(kInteger, numbers.r) + der(kInteger, numbers.s));
}

Bytes ecdsa_wire(EcdsaNumbers numbers) {
  return wire_string(numbers.r) + wire_string(numbers.s);
}

// Takes r and s from where they must be, writes them again, and compares: whatever else the octets
// could mean to a lenient parser does not matter then.
std::optional<EcdsaNumbers> ecdsa_from_der(BytesView signature) {
  constexpr std::size_t kShortest = 8;
  if (signature.size() < kShortest) {
    return std::nullopt;
  }
  EcdsaNumbers numbers;
  numbers.r = signature.substr(4, octet(signature, 3));
  numbers.s = signature.substr(std::min(6 + numbers.r.size(), signature.size()));
  if (!is_shortest_positive(numbers.r) || !is_shortest_positive(numbers.s) ||
      ecdsa_der(numbers) != signature) {
    return std::nullopt;
  }
  return numbers;
}

std::optional<EcdsaNumbers> ecdsa_from_wire(BytesView signature) {
  WireReader reader(signature);
  EcdsaNumbers numbers;
  numbers.r = reader.string();
  numbers.s = reader.string();
  if (!reader.finished() || !is_shortest_positive(numbers.r) || !is_shortest_positive(numbers.s)) {
    return std::nullopt;
  }
  return numbers;
}

}  // namespace twoseal
