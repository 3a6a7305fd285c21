#include "system/linux/host_facts.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <netinet/in.h>
#include <vector>

#include "base/encoding.h"

namespace twoseal {
namespace {

constexpr std::string_view kBlank = " \t\r";

std::string_view take_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (true) {
    line.remove_prefix(std::min(line.find_first_not_of(kBlank), line.size()));
    if (line.empty()) {
      return words;
    }
    words.push_back(line.substr(0, line.find_first_of(kBlank)));
    line.remove_prefix(words.back().size());
  }
}

template <class T>
std::optional<T> number_of(std::string_view text, int base) {
  T value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value)
                                                                  : std::nullopt;
}

// A row of /proc/net/route. Addresses as the kernel prints them: the octets in the order of the
// network, read as a number of this machine.
struct Ipv4Route {
  std::string interface;
  std::uint32_t destination = 0;
  std::uint32_t gateway = 0;
  std::uint32_t mask = 0;
};

std::vector<Ipv4Route> ipv4_routes(std::string_view text) {
  std::vector<Ipv4Route> routes;
  while (!text.empty()) {
    const auto words = words_of(take_line(text));
    if (words.size() < 8) {
      continue;
    }
    const auto destination = number_of<std::uint32_t>(words[1], 16);
    const auto gateway = number_of<std::uint32_t>(words[2], 16);
    const auto mask = number_of<std::uint32_t>(words[7], 16);
    if (destination && gateway && mask) {
      routes.push_back({std::string(words[0]), *destination, *gateway, *mask});
    }
  }
  return routes;
}

// The host's own addresses: in the tree an address stands on a line before `/32 host LOCAL`.
std::vector<in_addr> local_addresses(std::string_view fib_trie) {
  std::vector<in_addr> addresses;
  std::string last;
  while (!fib_trie.empty()) {
    const auto words = words_of(take_line(fib_trie));
    if (words.size() == 2 && words[0] == "|--") {
      last = words[1];
    } else if (words.size() == 3 && words[0] == "/32" && words[2] == "LOCAL") {
      in_addr address = {};
      if (::inet_pton(AF_INET, last.c_str(), &address) == 1) {
        addresses.push_back(address);
      }
    }
  }
  return addresses;
}

}  // namespace

std::optional<std::int64_t> memory_bytes(std::string_view meminfo) {
  while (!meminfo.empty()) {
    const auto words = words_of(take_line(meminfo));
    if (words.size() == 3 && words[0] == "MemTotal:" && words[2] == "kB") {
      const auto kibibytes = number_of<std::int64_t>(words[1], 10);
      return kibibytes ? std::optional(*kibibytes * 1024) : std::nullopt;
    }
  }
  return std::nullopt;
}

std::optional<std::string> full_host_name(std::string_view hosts, const std::string& hostname) {
  if (hostname.find('.') != std::string::npos) {
    return hostname;
  }
  while (!hosts.empty()) {
    std::string_view line = take_line(hosts);
    const auto words = words_of(line.substr(0, line.find('#')));
    if (std::find(words.begin() + (words.empty() ? 0 : 1), words.end(), hostname) == words.end()) {
      continue;
    }
    const auto full = std::find_if(words.begin() + 1, words.end(), [&](std::string_view word) {
      return word.starts_with(hostname + ".");
    });
    if (full != words.end()) {
      return std::string(*full);
    }
  }
  return std::nullopt;
}

std::optional<std::string> default_ipv4(std::string_view route, std::string_view fib_trie) {
  const std::vector<Ipv4Route> routes = ipv4_routes(route);
  const auto by_default = std::find_if(routes.begin(), routes.end(), [](const Ipv4Route& row) {
    return row.destination == 0 && row.mask == 0 && row.gateway != 0;
  });
  if (by_default == routes.end()) {
    return std::nullopt;
  }
  for (const in_addr& address : local_addresses(fib_trie)) {
    const bool neighbour = std::any_of(routes.begin(), routes.end(), [&](const Ipv4Route& row) {
      return row.interface == by_default->interface && row.gateway == 0 && row.mask != 0 &&
             (by_default->gateway & row.mask) == row.destination &&
             (address.s_addr & row.mask) == row.destination;
    });
    std::array<char, INET_ADDRSTRLEN> text = {};
    if (neighbour && ::inet_ntop(AF_INET, &address, text.data(), text.size()) != nullptr) {
      return std::string(text.data());
    }
  }
  return std::nullopt;
}

std::optional<std::string> default_ipv6(std::string_view route, std::string_view if_inet6) {
  constexpr std::string_view kAny = "00000000000000000000000000000000";
  constexpr std::uint32_t kTemporary = 0x01;
  constexpr std::uint32_t kDeprecated = 0x20;
  std::string interface;
  while (!route.empty() && interface.empty()) {
    const auto words = words_of(take_line(route));
    if (words.size() == 10 && words[0] == kAny && words[1] == "00" && words[4] != kAny) {
      interface = words[9];
    }
  }
  while (!if_inet6.empty() && !interface.empty()) {
    const auto words = words_of(take_line(if_inet6));
    if (words.size() != 6 || words[5] != interface || words[3] != "00") {
      continue;
    }
    const auto flags = number_of<std::uint32_t>(words[4], 16);
    const auto octets = hex_decode(words[0]);
    std::array<char, INET6_ADDRSTRLEN> text = {};
    if (flags && (*flags & (kTemporary | kDeprecated)) == 0 && octets && octets->size() == 16 &&
        ::inet_ntop(AF_INET6, octets->data(), text.data(), text.size()) != nullptr) {
      return std::string(text.data());
    }
  }
  return std::nullopt;
}

}  // namespace twoseal
