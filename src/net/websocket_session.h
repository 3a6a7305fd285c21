// A WebSocket on a connection of the server. Inside net/ only; keeps Beast's headers to one file.
#pragma once

#include <memory>

#include "net/server_core.h"
#include "net/websocket.h"

namespace twoseal {

/// Lives on one IoThread like Connection; its subscriber has a handle that outlives it.
class WebSocketSession {
 public:
  virtual ~WebSocketSession() = default;

  /// Runs `work` on a worker thread; false when there is no room.
  using OnWorker = std::function<io::Task<bool>(std::function<void()> work)>;

  /// Takes over the connection on which `request` came and was accepted.
  [[nodiscard]] static std::shared_ptr<WebSocketSession> make(io::Stream stream,
                                                              const ServerLimits& limits);

  /// Shakes hands, then serves until the connection ends; `on_worker` must outlive that.
  virtual io::Task<void> run(const HttpRequest& request,
                             std::shared_ptr<WebSocketSubscriber> subscriber,
                             const OnWorker& on_worker) = 0;

  /// Ends it politely, because the server stops.
  virtual void stop() = 0;

  /// Ends it now.
  virtual void abort() = 0;
};

}  // namespace twoseal
