// An HTTP/1.1 server: sockets and coroutines on a few threads, handlers as plain functions on a
// bounded pool of workers.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/channels.h"
#include "net/http.h"
#include "net/tls.h"
#include "net/websocket.h"

namespace twoseal {

/// What one client, and all together, may use. What exceeds a limit is answered with the status in
/// brackets where an answer is possible, and its connection is closed.
struct ServerLimits {
  std::size_t header_max = std::size_t{16} * 1024;  ///< octets of a request's header (431)
  std::size_t connections_max = 20'000;             ///< in all; more are closed at once
  std::size_t connections_per_address_max = 512;    ///< of one address; more are closed at once
  std::size_t requests_per_connection_max = 100'000;
  std::size_t queue_max = 512;  ///< requests that wait for a worker (503)
  std::size_t held_max =
      std::size_t{256} * 1024 * 1024;             ///< octets of all bodies on their way (503)
  std::size_t rate_min = std::size_t{16} * 1024;  ///< octets per second of a body, either way (408)
  std::chrono::milliseconds grace{10'000};        ///< the time over which that rate is taken
  std::chrono::milliseconds handshake_time{10'000};
  std::chrono::milliseconds header_time{10'000};  ///< from its first octet to its last (408)
  std::chrono::milliseconds idle_time{75'000};    ///< until the first octet of a request
  std::chrono::milliseconds park_max{300'000};    ///< longest wait of a parked request
  std::size_t websocket_message_max = std::size_t{64} * 1024;  ///< octets of one from a client
  std::size_t websocket_queue_max = 256;                       ///< messages waiting to be sent
  std::size_t websocket_queue_octets_max = std::size_t{4} * 1024 * 1024;  ///< the same in octets
  std::chrono::milliseconds websocket_idle{60'000};  ///< silence before a client counts as gone;
                                                     ///< it is pinged after half of that
};

inline constexpr std::size_t kBodyMaxDefault = std::size_t{1024} * 1024;

struct ServerOptions {
  std::string address = "127.0.0.1";  ///< numeric
  std::uint16_t port = 0;             ///< 0: any that is free
  std::optional<ServerIdentity> tls;  ///< nothing: plain HTTP, on loopback addresses only
  HttpHandler handler;
  UpgradeHandler upgrade;  ///< nothing: requests for a WebSocket are plain requests
  /// Octets that the body of a request may have (413), asked before any of it is read; `path` is
  /// decoded. On a thread that must not wait. Nothing: kBodyMaxDefault for all.
  std::function<std::size_t(std::string_view method, std::string_view path)> body_max;
  unsigned workers = 4;     ///< threads that run handlers
  unsigned io_threads = 1;  ///< threads that run sockets
  ServerLimits limits;
};

/// Since the start, but for those that say now.
struct ServerCounters {
  std::uint64_t accepted = 0;                ///< connections
  std::uint64_t refused = 0;                 ///< connections closed at once, for a limit
  std::uint64_t active = 0;                  ///< connections now
  std::uint64_t handshake_failures = 0;      ///< TLS: wrong version, bad certificate, too slow
  std::uint64_t parked = 0;                  ///< requests parked now
  std::uint64_t websockets = 0;              ///< now
  std::uint64_t overdue = 0;                 ///< requests given up for being too slow
  std::uint64_t accept_pauses = 0;           ///< times when no descriptor or memory was left
  std::array<std::uint64_t, 6> responses{};  ///< by first digit of the status

  bool operator==(const ServerCounters&) const = default;
};

/// A running server. HTTP/1.1 only; HEAD is answered from GET; chunked bodies are read, never sent.
/// See RequestReader for what is refused.
class HttpServer {
 public:
  /// Listens and serves from now on. `channels` must outlive the server. Raises the limit of open
  /// files of this process as far as it may. Errc::plain_http when there is no TLS and the address
  /// is not of loopback, Errc::cannot_listen, Errc::bad_tls_files.
  [[nodiscard]] static Result<std::unique_ptr<HttpServer>> start(ServerOptions options,
                                                                 Channels& channels);

  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// As stop().
  ~HttpServer();

  [[nodiscard]] std::uint16_t port() const;

  [[nodiscard]] ServerCounters counters() const;

  /// Accepts nothing more, closes idle connections, hands parked requests to their handlers as
  /// `waited`, lets what runs finish for at most `grace`, then closes what is left. Waits for
  /// handlers that run. Not from a handler. Does nothing the second time.
  void stop(std::chrono::milliseconds grace = std::chrono::seconds(5));

 private:
  class Core;

  explicit HttpServer(std::unique_ptr<Core> core);

  std::unique_ptr<Core> core_;
};

}  // namespace twoseal
