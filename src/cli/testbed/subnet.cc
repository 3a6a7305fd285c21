#include "cli/testbed/subnet.h"

#include <charconv>
#include <cstdint>

#include <fmt/format.h>

#include "cli/testbed/tools.h"

namespace twoseal::testbed {
namespace {

constexpr unsigned kSubnets = 256U * 256U;
constexpr int kSubnetBits = 24;

struct Range {
  std::uint32_t network = 0;
  int bits = 32;
};

std::optional<int> number_of(std::string_view text, int max) {
  int number = -1;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = code == std::errc() && end == text.data() + text.size();
  return whole && number >= 0 && number <= max ? std::optional(number) : std::nullopt;
}

// `10.1.2.0/24` or `10.1.2.3`.
std::optional<Range> range_of(std::string_view text) {
  const std::size_t slash = text.find('/');
  Range range;
  if (slash != std::string_view::npos) {
    const auto bits = number_of(text.substr(slash + 1), 32);
    if (!bits) {
      return std::nullopt;
    }
    range.bits = *bits;
  }
  const auto parts = split_text(text.substr(0, slash), '.');
  if (parts.size() != 4) {
    return std::nullopt;
  }
  for (const std::string& part : parts) {
    const auto octet = number_of(part, 255);
    if (!octet) {
      return std::nullopt;
    }
    range.network = range.network << 8U | static_cast<std::uint32_t>(*octet);
  }
  return range;
}

std::uint32_t mask_of(int bits) {
  return bits == 0 ? 0 : ~std::uint32_t{0} << static_cast<unsigned>(32 - bits);
}

bool overlap(const Range& a, const Range& b) {
  const std::uint32_t mask = mask_of(std::min(a.bits, b.bits));
  return (a.network & mask) == (b.network & mask);
}

// What a line of `ip route` is about: its first word, or the second behind `local` and the like.
std::optional<Range> range_of_route(const std::string& line) {
  for (const std::string& word : split_text(line, ' ')) {
    if (const auto range = range_of(word)) {
      return range->bits == 0 ? std::nullopt : range;
    }
    if (word == "default" || word == "dev" || word == "via") {
      return std::nullopt;
    }
  }
  return std::nullopt;
}

}  // namespace

std::string Subnet::text() const {
  return address(0) + "/24";
}

std::string Subnet::address(int last) const {
  return "10." + std::to_string(second) + "." + std::to_string(third) + "." + std::to_string(last);
}

std::string Subnet::hardware_address(int last) const {
  return fmt::format("02:00:0a:{:02x}:{:02x}:{:02x}", second, third, last);
}

Result<Subnet> parse_subnet(std::string_view text) {
  const auto range = range_of(text);
  if (range) {
    const Subnet subnet{static_cast<int>(range->network >> 16U & 0xFFU),
                        static_cast<int>(range->network >> 8U & 0xFFU)};
    if (subnet.text() == text) {
      return subnet;
    }
  }
  return fail(Errc::usage, "a subnet is 10.x.y.0/24, not '" + std::string(text) + "'");
}

std::optional<std::string> clash(const Subnet& subnet, std::string_view routes) {
  const auto own = range_of(subnet.address(0));
  for (const std::string& line : split_text(routes, '\n')) {
    const auto other = range_of_route(line);
    if (own && other && overlap({own->network, kSubnetBits}, *other)) {
      return line;
    }
  }
  return std::nullopt;
}

std::optional<Subnet> free_subnet(std::string_view routes, unsigned seed) {
  // 10.0.x and 10.255.x are what others choose first.
  for (unsigned tried = 0; tried < kSubnets; ++tried) {
    const unsigned number = (seed + tried) % kSubnets;
    const Subnet subnet{static_cast<int>(number / 256), static_cast<int>(number % 256)};
    if (subnet.second != 0 && subnet.second != 255 && !clash(subnet, routes)) {
      return subnet;
    }
  }
  return std::nullopt;
}

}  // namespace twoseal::testbed
