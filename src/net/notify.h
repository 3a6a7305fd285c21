// Telling the service manager of this machine how far a service is: one datagram of the protocol of
// sd_notify(3), so that nothing has to be linked for it.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace twoseal {

/// Sends `state` (`READY=1`, `WATCHDOG=1`, `STOPPING=1`) to the socket that NOTIFY_SOCKET names.
/// False when there is none or it does not take it: nothing depends on being heard.
bool notify_service_manager(std::string_view state);

/// How often the service manager wants to hear WATCHDOG=1 at least; nothing when it does not watch.
/// Half of what it waits, as sd_watchdog_enabled(3) asks.
[[nodiscard]] std::optional<std::chrono::microseconds> watchdog_interval();

}  // namespace twoseal
