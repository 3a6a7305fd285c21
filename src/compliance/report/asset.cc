#include "compliance/report/asset.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>

#include "compliance/families/lines.h"

namespace twoseal::scap {
namespace {

bool is_everywhere(const std::string& address) {
  std::array<std::uint8_t, 16> octets{};
  if (::inet_pton(AF_INET, address.c_str(), octets.data()) == 1) {
    return octets[0] == 127 || (octets[0] == 169 && octets[1] == 254);  // RFC 1122, RFC 3927
  }
  if (::inet_pton(AF_INET6, address.c_str(), octets.data()) == 1) {
    constexpr std::array<std::uint8_t, 16> kLoopback = {
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    return octets == kLoopback || (octets[0] == 0xFE && (octets[1] & 0xC0U) == 0x80);  // RFC 4291
  }
  return address.empty();
}

void add_once(const std::string& text, std::vector<std::string>& to) {
  if (!text.empty() && std::find(to.begin(), to.end(), text) == to.end()) {
    to.push_back(text);
  }
}

}  // namespace

void add_addresses(std::span<const InterfaceAddress> interfaces, ReportInput& input) {
  for (const bool six : {false, true}) {
    for (const InterfaceAddress& each : interfaces) {
      const std::string address = each.address.substr(0, each.address.find('/'));
      if (each.is_ipv6 == six && !is_everywhere(address)) {
        add_once(address, input.addresses);
        add_once(each.type == "ARPHRD_ETHER" ? each.hardware : "", input.mac_addresses);
      }
    }
  }
  // What has no address of its own, as the ports of a bridge, is part of the asset all the same.
  for (const InterfaceAddress& each : interfaces) {
    add_once(each.type == "ARPHRD_ETHER" ? each.hardware : "", input.mac_addresses);
  }
}

std::string domain_name_of(std::string_view name, std::string_view hosts) {
  const auto has_domain = [](std::string_view text) { return text.find('.') != Text::npos; };
  if (name.empty() || has_domain(name)) {
    return std::string(name);
  }
  std::string_view line;
  while (next_line(hosts, line)) {
    const std::vector<std::string_view> names = split_at_blanks(line.substr(0, line.find('#')));
    if (names.empty() || std::find(names.begin() + 1, names.end(), name) == names.end()) {
      continue;
    }
    const auto whole = std::find_if(names.begin() + 1, names.end(), [&](std::string_view each) {
      return each.starts_with(name) && each.substr(name.size()).starts_with('.');
    });
    if (whole != names.end()) {
      return std::string(*whole);
    }
  }
  return {};
}

}  // namespace twoseal::scap
