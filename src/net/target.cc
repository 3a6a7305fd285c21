#include "net/target.h"

#include <algorithm>

#include "base/json.h"

namespace twoseal {
namespace {

constexpr std::string_view kHex = "0123456789ABCDEF";

enum class Part { path, query };

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

// Characters that stand for themselves: pchar and `/` of RFC 3986, and `?` in a query.
bool may_stand(char c, Part part) {
  constexpr std::string_view kMore = "!$&'()*+,;=:@/";
  return is_unreserved(c) || kMore.contains(c) || (part == Part::query && c == '?');
}

// The value of a hexadecimal digit, or 16.
unsigned hex_digit(char c) {
  if (c >= '0' && c <= '9') {
    return static_cast<unsigned>(c - '0');
  }
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? static_cast<unsigned>(lower - 'a' + 10) : 16;
}

bool is_forbidden(char c, Part part) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f ||
         (part == Part::path && (c == '\\' || c == '/'));
}

// `forbidden` is asked of decoded octets alone: a slash that stands as itself is a separator.
std::optional<std::string> decode(std::string_view text, Part part) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      if (!may_stand(text[i], part)) {
        return std::nullopt;
      }
      decoded += part == Part::query && text[i] == '+' ? ' ' : text[i];
      continue;
    }
    const unsigned high = i + 1 < text.size() ? hex_digit(text[i + 1]) : 16;
    const unsigned low = i + 2 < text.size() ? hex_digit(text[i + 2]) : 16;
    const char c = static_cast<char>(high * 16 + low);
    if (high > 15 || low > 15 || is_forbidden(c, part)) {
      return std::nullopt;
    }
    decoded += c;
    i += 2;
  }
  return decoded;
}

std::string encode(std::string_view text, std::string_view also) {
  std::string encoded;
  for (const char c : text) {
    if (is_unreserved(c) || also.contains(c)) {
      encoded += c;
    } else {
      encoded += '%';
      encoded += kHex[static_cast<unsigned char>(c) >> 4U];
      encoded += kHex[static_cast<unsigned char>(c) & 0xfU];
    }
  }
  return encoded;
}

bool has_plain_parts(std::string_view path) {
  if (path == "/") {
    return true;
  }
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::string_view part = path.substr(0, path.find('/'));
    if (part.empty() || part == "." || part == "..") {
      return false;
    }
    path.remove_prefix(part.size());
  }
  return true;
}

bool decode_query(std::string_view text, RequestTarget& target) {
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), pair.size() + 1));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const auto name = decode(pair.substr(0, equals), Part::query);
    const auto value = decode(pair.substr(std::min(equals + 1, pair.size())), Part::query);
    if (!name || !value || name->empty() || !json::is_allowed_text(*name) ||
        !json::is_allowed_text(*value) || target.query.size() >= kQueryNamesMax ||
        !target.query.try_emplace(*name, *value).second) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::optional<RequestTarget> decode_target(std::string_view text) {
  if (!text.starts_with('/') || text.size() > kTargetMax) {
    return std::nullopt;
  }
  const std::size_t mark = text.find('?');
  auto path = decode(text.substr(0, mark), Part::path);
  if (!path || !has_plain_parts(*path) || !json::is_allowed_text(*path)) {
    return std::nullopt;
  }
  RequestTarget target{*std::move(path), {}};
  if (mark != std::string_view::npos && !decode_query(text.substr(mark + 1), target)) {
    return std::nullopt;
  }
  return target;
}

std::string encode_target(const RequestTarget& target) {
  std::string text = encode(target.path, "!$&'()*+,;=:@/");
  char before = '?';
  for (const auto& [name, value] : target.query) {
    text += before + encode(name, "") + "=" + encode(value, "");
    before = '&';
  }
  return text;
}

}  // namespace twoseal
