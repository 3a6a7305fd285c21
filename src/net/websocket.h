// WebSockets as the rest of twoseal sees them: text messages pushed to who subscribed.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <string>

#include "net/http.h"

namespace twoseal {

/// One open connection. Any thread may call it, also after its end.
class WebSocket {
 public:
  virtual ~WebSocket() = default;

  /// Queues a text message (UTF-8) and does not wait. False when the connection has ended, or when
  /// its queue is full: then the other side reads too slowly and the connection is closed.
  virtual bool send(std::string text) = 0;

  /// Ends it with code 1000, after what is queued.
  virtual void close() = 0;
};

/// Who gets what happens on one connection, in this order, one call at a time.
class WebSocketSubscriber {
 public:
  virtual ~WebSocketSubscriber() = default;

  /// On a thread of the server that must not wait. Keeping `socket` does not keep it open; it may
  /// be kept and called after the server is gone.
  virtual void opened(std::shared_ptr<WebSocket> socket) = 0;

  /// A text message of the other side. On a worker thread, as handlers are.
  virtual void received(std::string text) = 0;

  /// On a thread of the server that must not wait. Called once when opened() was.
  virtual void closed() = 0;
};

/// Decides about a request to become a WebSocket: a subscriber, or the response that refuses. On a
/// worker thread. Browsers let any page connect, so it must look at the header `origin`.
using UpgradeHandler =
    std::function<std::expected<std::shared_ptr<WebSocketSubscriber>, HttpResponse>(
        const HttpRequest&)>;

}  // namespace twoseal
