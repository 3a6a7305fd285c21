// Calls a handler in the same process, without sockets or threads: a fleet and its server in one
// test.
#pragma once

#include <functional>
#include <memory>

#include "net/channels.h"
#include "net/client.h"

namespace twoseal {

/// What happens while a call is parked. Nothing set: its time is over at once.
struct MemoryWait {
  /// Lets up to this time pass: a simulation moves its clock and has others act, who may signal.
  std::function<void(std::chrono::milliseconds)> pass;
  /// Where they signal. A parked call whose channel was signalled meanwhile is handed to the
  /// handler again as if woken, else as `waited`. Must outlive the client.
  Channels* channels = nullptr;
};

/// Hands requests to `handler` as the server would: HEAD as GET, `peer` as given, nothing that the
/// server refuses (Errc::bad_request). Errc::timed_out when a parked request would outlast the
/// call's `wait`; Errc::cancelled after cancel(). Calls may come from several threads when handler
/// and `wait` allow it.
[[nodiscard]] std::unique_ptr<HttpClient> make_memory_client(HttpHandler handler,
                                                             Peer peer,
                                                             MemoryWait wait = {});

}  // namespace twoseal
