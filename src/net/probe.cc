#include "net/probe.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <optional>
#include <poll.h>
#include <sys/socket.h>
#include <thread>
#include <vector>

#include "net/address.h"
#include "net/target.h"

namespace twoseal {
namespace {

constexpr std::uint16_t kSshPort = 22;
constexpr std::uint16_t kDiscardPort = 9;  // RFC 863: whoever gets it throws it away
constexpr std::size_t kLineMax = 1024;
constexpr std::size_t kTableMax = std::size_t{1024} * 1024;
constexpr std::chrono::milliseconds kNeighbourPause{20};

template <class T>
std::optional<T> number(std::string_view text, int base) {
  T value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value)
                                                                  : std::nullopt;
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (true) {
    line.remove_prefix(std::min(line.size(), line.find_first_not_of(" \t")));
    if (line.empty()) {
      return words;
    }
    words.push_back(line.substr(0, line.find_first_of(" \t")));
    line.remove_prefix(words.back().size());
  }
}

template <class Use>
void for_each_line(std::string_view text, Use use) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    use(words_of(line));
  }
}

// Files of /proc have no size, so they are read to their end.
Result<Bytes> read_table(const char* path) {
  const FileDescriptor file(::open(path, O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) {
    return std::unexpected(os_error(errno, "opening", path));
  }
  return read_all(file.get(), kTableMax);
}

// Makes the kernel ask for the gateway's hardware address; whether the packet arrives is nothing to
// us.
void send_towards(const Gateway& gateway) {
  const FileDescriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(kDiscardPort);
  address.sin_addr.s_addr = gateway.address;
  const char octet = 0;
  static_cast<void>(::sendto(socket.get(),
                             &octet,
                             1,
                             MSG_DONTWAIT | MSG_NOSIGNAL,
                             reinterpret_cast<const sockaddr*>(&address),
                             sizeof(address)));
}

class NetworkProber final : public Prober {
 public:
  Result<void> tcp(const std::string& host,
                   std::uint16_t port,
                   std::chrono::milliseconds within) override {
    TWOSEAL_TRY([[maybe_unused]] const FileDescriptor socket,
                connect(host, port, std::chrono::steady_clock::now() + within));
    return {};
  }

  Result<int> http_status(const std::string& url, std::chrono::milliseconds within) override;
  Result<std::string> ssh_banner(std::chrono::milliseconds within) override;
  Result<void> gateway(std::chrono::milliseconds within) override;

 private:
  /// The addresses are judged after the name was looked up and then used as they are, so that a
  /// name cannot lead to another address the second time.
  [[nodiscard]] Result<FileDescriptor> connect(const std::string& host,
                                               std::uint16_t port,
                                               Deadline deadline) const {
    TWOSEAL_TRY(const auto addresses, look_up(host, port, deadline, interrupt_));
    if (std::ranges::any_of(addresses, &SocketAddress::is_link_local_or_metadata)) {
      return fail(Errc::probe_refused, host + " is a link-local or metadata address");
    }
    return connect_any(addresses, deadline, interrupt_);
  }

  /// What comes up to the first line feed.
  [[nodiscard]] Result<std::string> read_line(int socket, Deadline deadline) const;

  const Interrupt interrupt_;  // never fired: probes are short
};

Result<std::string> NetworkProber::read_line(int socket, Deadline deadline) const {
  std::string text;
  while (text.size() < kLineMax) {
    std::array<char, kLineMax> piece;
    TWOSEAL_TRY_VOID(wait_for(socket, POLLIN, deadline, interrupt_));
    const ssize_t size = ::recv(socket, piece.data(), piece.size(), MSG_DONTWAIT);
    if (size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR)) {
      return fail(Errc::unreachable, "the other side ended before its first line");
    }
    text.append(piece.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    if (const std::size_t end = text.find('\n'); end != std::string::npos) {
      text.resize(end);
      if (text.ends_with('\r')) {
        text.pop_back();
      }
      return text;
    }
  }
  return fail(Errc::bad_http, "the first line of the answer has more than 1024 octets");
}

Result<int> NetworkProber::http_status(const std::string& url, std::chrono::milliseconds within) {
  const Deadline deadline = std::chrono::steady_clock::now() + within;
  TWOSEAL_TRY(const HttpUrl parts, parse_http_url(url));
  TWOSEAL_TRY(const FileDescriptor socket, connect(parts.host, parts.port, deadline));
  const bool v6 = parts.host.contains(':');
  const std::string request = "GET " + parts.target + " HTTP/1.1\r\nhost: " + (v6 ? "[" : "") +
                              parts.host + (v6 ? "]" : "") + ":" + std::to_string(parts.port) +
                              "\r\nuser-agent: twoseal\r\nconnection: close\r\n\r\n";
  // A fresh socket takes the few octets of a request at once.
  if (::send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(request.size())) {
    return fail(Errc::unreachable, "the other side ended before the request was sent");
  }
  TWOSEAL_TRY(const std::string line, read_line(socket.get(), deadline));
  constexpr std::size_t kStatusAt = 9;  // behind "HTTP/1.1 "
  const auto status = line.starts_with("HTTP/1.") && line.size() >= kStatusAt + 3
                          ? number<int>(std::string_view(line).substr(kStatusAt, 3), 10)
                          : std::nullopt;
  if (!status || *status < 100 || *status > 599) {
    return fail(Errc::bad_http, "the answer does not begin with an HTTP status");
  }
  return *status;
}

Result<std::string> NetworkProber::ssh_banner(std::chrono::milliseconds within) {
  const Deadline deadline = std::chrono::steady_clock::now() + within;
  TWOSEAL_TRY(const FileDescriptor socket, connect("127.0.0.1", kSshPort, deadline));
  auto line = read_line(socket.get(), deadline);
  if (line && !line->starts_with("SSH-2.0-")) {
    return fail(Errc::bad_http, "what listens on port 22 does not speak SSH");
  }
  return line;
}

Result<void> NetworkProber::gateway(std::chrono::milliseconds within) {
  const Deadline deadline = std::chrono::steady_clock::now() + within;
  TWOSEAL_TRY(const Bytes routes, read_table("/proc/net/route"));
  TWOSEAL_TRY(const Gateway gateway, parse_default_gateway(routes));
  send_towards(gateway);
  while (true) {
    TWOSEAL_TRY(const Bytes neighbours, read_table("/proc/net/arp"));
    if (is_known_neighbour(neighbours, gateway)) {
      return {};
    }
    if (std::chrono::steady_clock::now() >= deadline) {
      return fail(Errc::unreachable,
                  "the gateway on " + gateway.interface + " does not say its hardware address");
    }
    std::this_thread::sleep_for(kNeighbourPause);
  }
}

template <class T, class... Arguments>
Result<T> told(const std::function<Result<T>(Arguments...)>& answer,
               const std::type_identity_t<Arguments>&... arguments) {
  return answer ? answer(arguments...) : fail(Errc::unreachable, "nothing is set to answer here");
}

}  // namespace

std::unique_ptr<Prober> make_network_prober() {
  return std::make_unique<NetworkProber>();
}

Result<void> MemoryProber::tcp(const std::string& host,
                               std::uint16_t port,
                               std::chrono::milliseconds) {
  return told(on_tcp, host, port);
}

Result<int> MemoryProber::http_status(const std::string& url, std::chrono::milliseconds) {
  return told(on_http_status, url);
}

Result<std::string> MemoryProber::ssh_banner(std::chrono::milliseconds) {
  return told(on_ssh_banner);
}

Result<void> MemoryProber::gateway(std::chrono::milliseconds) {
  return told(on_gateway);
}

Result<HttpUrl> parse_http_url(std::string_view url) {
  constexpr std::string_view kScheme = "http://";
  const auto bad = [&] {
    return fail(Errc::bad_field,
                "'" + std::string(url.substr(0, 200)) + "' is not http://host[:port]/path");
  };
  if (!url.starts_with(kScheme)) {
    return bad();
  }
  std::string_view rest = url.substr(kScheme.size());
  HttpUrl parts;
  if (const std::size_t slash = rest.find('/'); slash != std::string_view::npos) {
    parts.target = rest.substr(slash);
    rest = rest.substr(0, slash);
  }
  const bool v6 = rest.starts_with('[');
  const std::size_t close = v6 ? rest.find(']') : rest.find(':');
  parts.host = v6 ? rest.substr(1, std::min(close, rest.size()) - 1) : rest.substr(0, close);
  in6_addr ignored{};
  if (v6 ? close == std::string_view::npos ||
               ::inet_pton(AF_INET6, parts.host.c_str(), &ignored) != 1
         : !is_host_name(parts.host)) {
    return bad();
  }
  rest = rest.substr(std::min(rest.size(), parts.host.size() + (v6 ? 2 : 0)));
  if (!rest.empty()) {
    const auto port =
        rest.front() == ':' ? number<std::uint16_t>(rest.substr(1), 10) : std::nullopt;
    if (port.value_or(0) == 0) {
      return bad();
    }
    parts.port = *port;
  }
  return decode_target(parts.target) ? Result<HttpUrl>(parts) : bad();
}

// Columns: Iface Destination Gateway Flags RefCnt Use Metric Mask …, numbers in hexadecimal but for
// the metric.
Result<Gateway> parse_default_gateway(std::string_view route_table) {
  constexpr std::uint32_t kUpAndGateway = 3;  // RTF_UP | RTF_GATEWAY
  std::optional<Gateway> best;
  std::uint32_t best_metric = 0;
  for_each_line(route_table, [&](const std::vector<std::string_view>& words) {
    if (words.size() < 8 || words[1] != "00000000" || words[7] != "00000000") {
      return;
    }
    const auto address = number<std::uint32_t>(words[2], 16);
    const auto flags = number<std::uint32_t>(words[3], 16);
    const auto metric = number<std::uint32_t>(words[6], 10);
    if (!address || !flags || !metric || (*flags & kUpAndGateway) != kUpAndGateway) {
      return;
    }
    if (!best || *metric < best_metric) {
      best = Gateway{*address, std::string(words[0])};
      best_metric = *metric;
    }
  });
  return best ? Result<Gateway>(*best)
              : fail(Errc::no_input, "this machine has no IPv4 default route with a gateway");
}

// Columns: IP address, HW type, Flags, HW address, Mask, Device.
bool is_known_neighbour(std::string_view arp_table, const Gateway& gateway) {
  constexpr std::uint32_t kComplete = 2;  // ATF_COM
  std::array<char, INET_ADDRSTRLEN> text{};
  in_addr address{};
  address.s_addr = gateway.address;
  ::inet_ntop(AF_INET, &address, text.data(), text.size());
  bool known = false;
  for_each_line(arp_table, [&](const std::vector<std::string_view>& words) {
    if (words.size() == 6 && words[0] == text.data() && words[5] == gateway.interface &&
        words[2].starts_with("0x")) {
      known = known || (number<std::uint32_t>(words[2].substr(2), 16).value_or(0) & kComplete) != 0;
    }
  });
  return known;
}

}  // namespace twoseal
