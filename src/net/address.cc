#include "net/address.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <thread>
#include <unistd.h>

#include "base/check.h"
#include "base/mutex.h"

namespace twoseal {
namespace {

constexpr std::size_t kAddressesMax = 16;

/// A look-up and what came of it. Shared with its thread, which may outlive who asked: the C
/// library offers no look-up that can be stopped.
struct LookUp {
  std::string host;
  std::string port;
  FileDescriptor done{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  Mutex mutex;
  int failure GUARDED_BY(mutex) = 0;
  std::vector<SocketAddress> addresses GUARDED_BY(mutex);
};

int ask_system(const std::string& host,
               const std::string& port,
               int flags,
               std::vector<SocketAddress>& addresses) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int failure = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found);
  for (const addrinfo* at = failure == 0 ? found : nullptr;
       at != nullptr && addresses.size() < kAddressesMax;
       at = at->ai_next) {
    SocketAddress& address = addresses.emplace_back();
    std::memcpy(&address.storage, at->ai_addr, at->ai_addrlen);
    address.size = at->ai_addrlen;
  }
  if (failure == 0) {
    ::freeaddrinfo(found);
  }
  return failure;
}

void run(LookUp& look_up) {
  std::vector<SocketAddress> addresses;
  const int failure = ask_system(look_up.host, look_up.port, 0, addresses);
  const MutexLock lock(look_up.mutex);
  look_up.failure = failure;
  look_up.addresses = std::move(addresses);
  const std::uint64_t one = 1;
  static_cast<void>(!::write(look_up.done.get(), &one, sizeof(one)));
}

std::unexpected<Error> unreachable(std::string what) {
  return fail(Errc::unreachable, std::move(what));
}

/// The sixteen octets of an IPv6 address; IPv4 as ::ffff:a.b.c.d.
std::array<std::uint8_t, 16> octets_of(const SocketAddress& address) {
  std::array<std::uint8_t, 16> octets{};
  if (address.storage.ss_family == AF_INET6) {
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&address.storage);
    std::memcpy(octets.data(), &v6->sin6_addr, octets.size());
  } else {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(&address.storage);
    octets[10] = octets[11] = 0xff;
    std::memcpy(octets.data() + 12, &v4->sin_addr, 4);
  }
  return octets;
}

bool is_v4(const std::array<std::uint8_t, 16>& octets) {
  constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  return std::equal(kMapped.begin(), kMapped.end(), octets.begin());
}

// IPv4 within IPv6 in any of its forms: mapped, compatible (RFC 4291 §2.5.5), and NAT64 (RFC 6052).
bool holds_v4(const std::array<std::uint8_t, 16>& octets) {
  constexpr std::array<std::uint8_t, 12> kCompatible = {};
  constexpr std::array<std::uint8_t, 12> kNat64 = {0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0};
  return is_v4(octets) || std::equal(kCompatible.begin(), kCompatible.end(), octets.begin()) ||
         std::equal(kNat64.begin(), kNat64.end(), octets.begin());
}

}  // namespace

bool SocketAddress::is_loopback() const {
  constexpr std::array<std::uint8_t, 16> kLoopback = {
      0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  const auto octets = octets_of(*this);
  return is_v4(octets) ? octets[12] == 127 : octets == kLoopback;
}

bool SocketAddress::is_link_local_or_metadata() const {
  constexpr std::array<std::uint8_t, 16> kMetadata = {
      0xfd, 0x00, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54};
  const auto octets = octets_of(*this);
  if (holds_v4(octets) && octets[12] == 169 && octets[13] == 254) {
    return true;
  }
  return octets == kMetadata || (octets[0] == 0xfe && (octets[1] & 0xc0U) == 0x80);
}

Result<std::vector<SocketAddress>> look_up(const std::string& host,
                                           std::uint16_t port,
                                           Deadline deadline,
                                           const Interrupt& interrupt) {
  std::vector<SocketAddress> addresses;
  if (ask_system(host, std::to_string(port), AI_NUMERICHOST, addresses) == 0) {
    return addresses;
  }
  const auto shared = std::make_shared<LookUp>();
  shared->host = host;
  shared->port = std::to_string(port);
  std::thread([shared] { run(*shared); }).detach();
  TWOSEAL_TRY_VOID(wait_for(shared->done.get(), POLLIN, deadline, interrupt));
  const MutexLock lock(shared->mutex);
  if (shared->failure != 0 || shared->addresses.empty()) {
    return unreachable("the name " + host + " has no address: " + ::gai_strerror(shared->failure));
  }
  return shared->addresses;
}

Result<void> wait_for(int descriptor, short events, Deadline deadline, const Interrupt& interrupt) {
  while (true) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    constexpr std::int64_t kWaitMax = 3'600'000;
    std::array<pollfd, 2> waiting = {
        {{descriptor, events, 0}, {interrupt.descriptor(), POLLIN, 0}}};
    const int count = ::poll(waiting.data(),
                             waiting.size(),
                             static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, kWaitMax)));
    if (waiting[1].revents != 0) {
      return fail(Errc::cancelled, "the wait was ended from outside");
    }
    if (waiting[0].revents != 0) {
      return {};
    }
    if (count == 0 && left.count() <= 0) {
      return fail(Errc::timed_out, "the time for this call is over");
    }
    check(count >= 0 || errno == EINTR, "poll takes two descriptors of ours");
  }
}

Result<FileDescriptor> connect_socket(const SocketAddress& address,
                                      Deadline deadline,
                                      const Interrupt& interrupt) {
  FileDescriptor socket(
      ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.is_open()) {
    return std::unexpected(os_error(errno, "opening", "a socket"));
  }
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  int failure = ::connect(socket.get(), address.get(), address.size) == 0 ? 0 : errno;
  if (failure == EINPROGRESS) {
    TWOSEAL_TRY_VOID(wait_for(socket.get(), POLLOUT, deadline, interrupt));
    socklen_t size = sizeof(failure);
    ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &failure, &size);
  }
  if (failure != 0) {
    return unreachable("connecting failed: " + os_error(failure, "connecting", "").what);
  }
  return socket;
}

Result<FileDescriptor> connect_any(const std::vector<SocketAddress>& addresses,
                                   Deadline deadline,
                                   const Interrupt& interrupt) {
  Result<FileDescriptor> socket = unreachable("there is no address to connect to");
  for (std::size_t i = 0; i < addresses.size() && !socket; ++i) {
    const auto now = std::chrono::steady_clock::now();
    const auto share = (deadline - now) / static_cast<long>(addresses.size() - i);
    socket = connect_socket(addresses[i], now + share, interrupt);
    if (!socket && socket.error().code == Errc::cancelled) {
      break;
    }
  }
  return socket;
}

}  // namespace twoseal
