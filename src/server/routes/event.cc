#include "server/routes/handlers.h"

namespace twoseal::server {

// A request that asks for no WebSocket; those that do are taken by Front::upgrade().
Result<HttpResponse> follow_events(const Call& /*call*/) {
  return fail(Errc::bad_request, "this path is a WebSocket: ask with Upgrade: websocket");
}

}  // namespace twoseal::server
