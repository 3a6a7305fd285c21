// The other end of a WebSocket: for the command line's --watch and for tests. Blocking, small.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "net/client.h"

namespace twoseal {

/// For one thread at a time, but for cancel().
class WebSocketClient {
 public:
  virtual ~WebSocketClient() = default;

  /// Connects like make_tls_client() and becomes a WebSocket at `request.path`, with its headers.
  /// Errc::bad_http when the server answers with something else; other errors as
  /// HttpClient::call().
  [[nodiscard]] static Result<std::unique_ptr<WebSocketClient>> open(
      const ServerAddress& address,
      const std::optional<TlsIdentity>& identity,
      const HttpRequest& request,
      std::chrono::milliseconds wait);

  /// The next text message. Answers pings meanwhile. Errc::unreachable when the other side has
  /// ended it. After any error, Errc::timed_out too, the connection is of no more use.
  [[nodiscard]] virtual Result<std::string> receive(std::chrono::milliseconds wait) = 0;

  /// Sends a text message.
  [[nodiscard]] virtual Result<void> send(std::string_view text,
                                          std::chrono::milliseconds wait) = 0;

  /// Ends a running call and all later ones with Errc::cancelled. Any thread may call it.
  virtual void cancel() = 0;
};

}  // namespace twoseal
