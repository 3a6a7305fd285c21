// What stands before every handler of a port: which route, who calls, whether it was asked before;
// and behind it: the log line and the counts.
#pragma once

#include "net/http.h"
#include "net/websocket.h"
#include "server/routes.h"

namespace twoseal::server {

/// Safe for several threads at once.
class Front {
 public:
  /// `parts` must outlive it.
  Front(ServerParts& parts, Port port) : parts_(parts), port_(port) {}

  [[nodiscard]] HttpResponse handle(const HttpRequest& request) const;

  /// `/v1/events`; any other path is refused.
  [[nodiscard]] std::expected<std::shared_ptr<WebSocketSubscriber>, HttpResponse> upgrade(
      const HttpRequest& request) const;

 private:
  [[nodiscard]] Result<HttpResponse> answer(const HttpRequest& request,
                                            const FoundRoute& found,
                                            Caller& caller) const;
  [[nodiscard]] Result<HttpResponse> answer_known(const Call& call, const Route& route) const;
  [[nodiscard]] Result<HttpResponse> answer_once(const Call& call, const Route& route) const;
  void note(const HttpRequest& request,
            const HttpResponse& response,
            const Caller& caller,
            std::chrono::microseconds took) const;

  ServerParts& parts_;
  const Port port_;
};

}  // namespace twoseal::server
