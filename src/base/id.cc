#include "base/id.h"

#include <algorithm>

#include "base/check.h"
#include "base/encoding.h"

namespace twoseal {
namespace {

constexpr std::size_t kIdMax = 64;
constexpr std::size_t kHostNameMax = 63;
constexpr std::size_t kKeyIdSize = 32;  // hex digits
constexpr std::size_t kComponentMax = kIdMax - std::string_view("owner:").size();
constexpr std::string_view kDigestPrefix = "sha256:";

bool is_lower_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

}  // namespace

bool is_id_text(std::string_view text) {
  if (text.empty() || text.size() > kIdMax || !is_lower_or_digit(text.front())) {
    return false;
  }
  const bool alphabet = std::all_of(text.begin(), text.end(), [](char c) {
    return is_lower_or_digit(c) || c == '.' || c == '_' || c == ':' || c == '-';
  });
  return alphabet && text.find("..") == std::string_view::npos;
}

bool is_host_name(std::string_view text) {
  if (text.empty() || text.size() > kHostNameMax) {
    return false;
  }
  char before = '.';
  for (const char c : text) {
    if (!is_lower_or_digit(c) && c != '-' && c != '.') {
      return false;
    }
    if ((before == '.' && !is_lower_or_digit(c)) || (before == '-' && c == '.')) {
      return false;
    }
    before = c;
  }
  return is_lower_or_digit(before);
}

bool IdShape<HostTag>::holds(std::string_view text) {
  return text.starts_with("h:") && IdShape<KeyTag>::holds(text.substr(2));
}

bool IdShape<KeyTag>::holds(std::string_view text) {
  return text.size() == kKeyIdSize && hex_decode(text).has_value();
}

bool IdShape<ComponentTag>::holds(std::string_view text) {
  return is_id_text(text) && text.size() <= kComponentMax;
}

Digest Digest::from_bytes(BytesView bytes) {
  check(bytes.size() == kSize, "a digest has 32 octets");
  Digest digest;
  std::copy(bytes.begin(), bytes.end(), digest.octets_.begin());
  return digest;
}

Result<Digest> Digest::parse_hex(std::string_view hex) {
  const auto bytes = hex_decode(hex);
  if (!bytes || bytes->size() != kSize) {
    return fail(Errc::bad_digest, "'" + std::string(hex.substr(0, 80)) + "' is not 64 hex digits");
  }
  return from_bytes(*bytes);
}

Result<Digest> Digest::parse(std::string_view text) {
  if (!text.starts_with(kDigestPrefix)) {
    return fail(Errc::bad_digest,
                "'" + std::string(text.substr(0, 80)) + "' does not start with sha256:");
  }
  return parse_hex(text.substr(kDigestPrefix.size()));
}

Bytes Digest::bytes() const {
  return {octets_.begin(), octets_.end()};
}

std::string Digest::hex() const {
  return hex_encode(bytes());
}

std::string Digest::text() const {
  return std::string(kDigestPrefix) + hex();
}

}  // namespace twoseal
