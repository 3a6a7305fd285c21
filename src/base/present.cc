#include "base/present.h"

#include <algorithm>
#include <array>

namespace twoseal {
namespace {

constexpr char32_t kPointEnd = 0x110000;

struct Range {
  char32_t first;
  char32_t last;
};

// Unicode 15: categories Cc, Cf, Cs, Co, Zl, Zp, and what is drawn as nothing (Default_Ignorable).
constexpr std::array kHidden = {
    Range{0x0000, 0x001F},   Range{0x007F, 0x009F},    Range{0x00AD, 0x00AD},
    Range{0x034F, 0x034F},   Range{0x0600, 0x0605},    Range{0x061C, 0x061C},
    Range{0x06DD, 0x06DD},   Range{0x070F, 0x070F},    Range{0x0890, 0x0891},
    Range{0x08E2, 0x08E2},   Range{0x115F, 0x1160},    Range{0x17B4, 0x17B5},
    Range{0x180B, 0x180F},   Range{0x200B, 0x200F},    Range{0x2028, 0x202E},
    Range{0x2060, 0x206F},   Range{0x3164, 0x3164},    Range{0xD800, 0xF8FF},
    Range{0xFDD0, 0xFDEF},   Range{0xFE00, 0xFE0F},    Range{0xFEFF, 0xFEFF},
    Range{0xFFA0, 0xFFA0},   Range{0xFFF0, 0xFFFF},    Range{0x110BD, 0x110BD},
    Range{0x110CD, 0x110CD}, Range{0x13430, 0x1343F},  Range{0x1BCA0, 0x1BCA3},
    Range{0x1D173, 0x1D17A}, Range{0xE0000, 0x10FFFF},
};

std::string hex(char32_t value) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  do {
    text.insert(text.begin(), kDigits[value % 16]);
    value /= 16;
  } while (value != 0);
  return text;
}

std::string shown(std::string_view text, bool keep_lines) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::string_view before = text;
    const char32_t point = next_point(text);
    if (point >= kPointEnd) {
      out += "\\x{" + hex(point - kPointEnd) + "}";
    } else if (is_presentable(point) || (point == '\n' && keep_lines)) {
      out += before.substr(0, before.size() - text.size());
    } else if (point == '\n' || point == '\t') {
      out += point == '\n' ? "\\n" : "\\t";
    } else {
      out += "\\u{" + hex(point) + "}";
    }
  }
  return out;
}

}  // namespace

char32_t next_point(std::string_view& text) {
  const auto octet = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = octet(0);
  const std::size_t length = lead < 0x80   ? 1
                             : lead < 0xC2 ? 0
                             : lead < 0xE0 ? 2
                             : lead < 0xF0 ? 3
                             : lead < 0xF5 ? 4
                                           : 0;
  if (length == 1) {
    text.remove_prefix(1);
    return lead;
  }
  char32_t point = lead & (0xFFU >> (length + 1));
  bool valid = length != 0 && text.size() >= length;
  for (std::size_t i = 1; valid && i < length; ++i) {
    valid = (octet(i) & 0xC0U) == 0x80;
    point = (point << 6U) | (octet(i) & 0x3FU);
  }
  constexpr std::array<char32_t, 5> kLeast = {0, 0, 0x80, 0x800, 0x10000};
  if (!valid || point < kLeast[length] || point >= kPointEnd ||
      (point >= 0xD800 && point <= 0xDFFF)) {
    text.remove_prefix(1);
    return kPointEnd + lead;
  }
  text.remove_prefix(length);
  return point;
}

bool is_presentable(char32_t point) {
  return point < kPointEnd &&
         std::none_of(
             kHidden.begin(),
             kHidden.end(),
             [&](const Range& range) { return range.first <= point && point <= range.last; });
}

std::string present(std::string_view text) {
  return shown(text, false);
}

std::string present_lines(std::string_view text) {
  return shown(text, true);
}

}  // namespace twoseal
