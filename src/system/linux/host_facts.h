// What the files of a Linux host say about it, out of their texts.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "system/facts.h"

namespace twoseal {

/// Octets of memory by the text of /proc/meminfo.
[[nodiscard]] std::optional<std::int64_t> memory_bytes(std::string_view meminfo);

/// The full name of `hostname` by the text of /etc/hosts: itself when it has a dot, else the first
/// name with a dot of the first line that names it. Asks no name server.
[[nodiscard]] std::optional<std::string> full_host_name(std::string_view hosts,
                                                        const std::string& hostname);

/// The host's address in the network of its default gateway, by the texts of /proc/net/route and
/// /proc/net/fib_trie. Nothing when there is no gateway, or it is in no network of the host.
[[nodiscard]] std::optional<std::string> default_ipv4(std::string_view route,
                                                      std::string_view fib_trie);

/// The first lasting global address of the interface of the default route, by the texts of
/// /proc/net/ipv6_route and /proc/net/if_inet6; in the short form of RFC 5952.
[[nodiscard]] std::optional<std::string> default_ipv6(std::string_view route,
                                                      std::string_view if_inet6);

}  // namespace twoseal
