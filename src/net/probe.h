// Whether a service answers after a change: the few questions that health checks may ask of a
// network, behind an interface with a twin in memory.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"

namespace twoseal {

/// All functions wait for at most `within`. Errc::unreachable when nobody answers, Errc::timed_out;
/// Errc::probe_refused for link-local addresses and fd00:ec2::254, where clouds hand out the
/// credentials of the machine, also when a name leads there.
class Prober {
 public:
  virtual ~Prober() = default;

  /// Whether something listens on a TCP port.
  [[nodiscard]] virtual Result<void> tcp(const std::string& host,
                                         std::uint16_t port,
                                         std::chrono::milliseconds within) = 0;

  /// The status of a GET of `http://host[:port]/path`. Redirects are not followed, no proxy is
  /// used, no body is read. Errc::bad_field for any other URL, Errc::bad_http when the answer is no
  /// HTTP.
  [[nodiscard]] virtual Result<int> http_status(const std::string& url,
                                                std::chrono::milliseconds within) = 0;

  /// The first line that the SSH server of this machine says, `SSH-2.0-…`. Errc::bad_http when it
  /// says something else.
  [[nodiscard]] virtual Result<std::string> ssh_banner(std::chrono::milliseconds within) = 0;

  /// Whether the gateway of the IPv4 default route is there, asked of the kernel's neighbour table
  /// after a packet was sent its way; so it needs no answer of the gateway but that to ARP.
  /// Errc::no_input when there is no default route.
  [[nodiscard]] virtual Result<void> gateway(std::chrono::milliseconds within) = 0;
};

/// The network of this machine. Any thread may use it.
[[nodiscard]] std::unique_ptr<Prober> make_network_prober();

/// Answers as it is told. A question without an answer is Errc::unreachable.
class MemoryProber final : public Prober {
 public:
  std::function<Result<void>(const std::string& host, std::uint16_t port)> on_tcp;
  std::function<Result<int>(const std::string& url)> on_http_status;
  std::function<Result<std::string>()> on_ssh_banner;
  std::function<Result<void>()> on_gateway;

  [[nodiscard]] Result<void> tcp(const std::string& host,
                                 std::uint16_t port,
                                 std::chrono::milliseconds within) override;
  [[nodiscard]] Result<int> http_status(const std::string& url,
                                        std::chrono::milliseconds within) override;
  [[nodiscard]] Result<std::string> ssh_banner(std::chrono::milliseconds within) override;
  [[nodiscard]] Result<void> gateway(std::chrono::milliseconds within) override;
};

/// The parts of an `http://` URL.
struct HttpUrl {
  std::string host;
  std::uint16_t port = 80;
  std::string target = "/";

  bool operator==(const HttpUrl&) const = default;
};

/// Reads `http://name:8080/a?b=c`; IPv6 addresses stand in brackets. Errc::bad_field for another
/// scheme, a user, a fragment, a target that decode_target() refuses, a port of 0.
[[nodiscard]] Result<HttpUrl> parse_http_url(std::string_view url);

/// The gateway of the default route with the lowest metric, out of the text of /proc/net/route:
/// the address as there (network byte order read as a number) and its interface.
struct Gateway {
  std::uint32_t address = 0;
  std::string interface;

  bool operator==(const Gateway&) const = default;
};

/// Errc::no_input when there is none.
[[nodiscard]] Result<Gateway> parse_default_gateway(std::string_view route_table);

/// Whether the text of /proc/net/arp has a complete entry for it.
[[nodiscard]] bool is_known_neighbour(std::string_view arp_table, const Gateway& gateway);

}  // namespace twoseal
