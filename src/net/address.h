// Addresses of the internet: names looked up within a time, and sockets connected to them.
#pragma once

#include <string>
#include <sys/socket.h>
#include <vector>

#include "net/blocking_stream.h"

namespace twoseal {

/// One address with its port, as the system calls take it.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }

  [[nodiscard]] bool is_loopback() const;

  /// 169.254.0.0/16, fe80::/10 and fd00:ec2::254: where clouds answer with the credentials of the
  /// machine that asks. IPv4 within IPv6 counts as IPv4.
  [[nodiscard]] bool is_link_local_or_metadata() const;
};

/// All addresses of a name or a numeric address, in the order of the system's preference.
/// Errc::unreachable when there is none, Errc::timed_out, Errc::cancelled.
[[nodiscard]] Result<std::vector<SocketAddress>> look_up(const std::string& host,
                                                         std::uint16_t port,
                                                         Deadline deadline,
                                                         const Interrupt& interrupt);

/// A connected socket that does not block. Errc::unreachable, Errc::timed_out, Errc::cancelled.
[[nodiscard]] Result<FileDescriptor> connect_socket(const SocketAddress& address,
                                                    Deadline deadline,
                                                    const Interrupt& interrupt);

/// The same to the first address that takes it; each gets its share of the time that is left.
[[nodiscard]] Result<FileDescriptor> connect_any(const std::vector<SocketAddress>& addresses,
                                                 Deadline deadline,
                                                 const Interrupt& interrupt);

/// Waits until `events` (poll) hold for `descriptor`. Errc::timed_out, Errc::cancelled.
[[nodiscard]] Result<void> wait_for(int descriptor,
                                    short events,
                                    Deadline deadline,
                                    const Interrupt& interrupt);

}  // namespace twoseal
