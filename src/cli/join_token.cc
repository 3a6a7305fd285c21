#include "cli/join_token.h"

#include <charconv>
#include <vector>

#include "base/encoding.h"
#include "base/limits.h"
#include "crypto/hash.h"

namespace twoseal::cli {
namespace {

constexpr std::string_view kFirst = "twoseal-join-1";
constexpr std::size_t kParts = 8;
constexpr std::size_t kTextMax = 4'096;
constexpr std::size_t kCodeBytes = 10;

std::vector<std::string_view> split(std::string_view text, char divider) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(divider);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) {
      return parts;
    }
    text.remove_prefix(end + 1);
  }
}

template <class Number>
bool read_number(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

std::unexpected<Error> no_token() {
  return fail(Errc::bad_field,
              "this is no join token, or not the whole of it",
              "",
              "make one with: twoseal token join; it is one line that begins with twoseal-join-1");
}

}  // namespace

std::string write_join_token(const JoinTokenText& token) {
  std::string pins;
  for (const Digest& pin : token.pins) {
    pins += (pins.empty() ? "" : ",") + pin.hex();
  }
  return std::string(kFirst) + " " + token.host + " " + std::to_string(token.port) + " " +
         token.org.hex() + " " + pins + " " + token.id + " " + hex_encode(token.mk) + " " +
         std::to_string(token.expires);
}

Result<JoinTokenText> parse_join_token(std::string_view text) {
  while (text.ends_with('\n') || text.ends_with(' ')) {
    text.remove_suffix(1);
  }
  const auto parts = split(text.substr(0, kTextMax), ' ');
  JoinTokenText token;
  if (parts.size() != kParts || parts[0] != kFirst || parts[1].empty() ||
      !read_number(parts[2], token.port) || !read_number(parts[7], token.expires) ||
      !is_id_text(parts[5])) {
    return no_token();
  }
  token.host = std::string(parts[1]);
  token.id = std::string(parts[5]);
  const auto org = Digest::parse_hex(parts[3]);
  const auto mk = hex_decode(parts[6]);
  if (!org || !mk || mk->size() != limits::kNonceSize) {
    return no_token();
  }
  token.org = *org;
  token.mk = *mk;
  for (const std::string_view pin : split(parts[4], ',')) {
    const auto digest = Digest::parse_hex(pin);
    if (!digest) {
      return no_token();
    }
    token.pins.insert(*digest);
  }
  return token;
}

std::string join_code(BytesView request) {
  return base32_encode(sha256(request).view().substr(0, kCodeBytes));
}

Bytes join_mac(BytesView mk, BytesView request) {
  return hmac_sha256(mk, request);
}

}  // namespace twoseal::cli
