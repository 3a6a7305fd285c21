// The wish to end, as SIGTERM and SIGINT say it to programs that go on until then.
#pragma once

#include <atomic>

namespace twoseal::cli {

/// Whether somebody wants this program to end.
[[nodiscard]] std::atomic<bool>& stop_asked();

/// From now on SIGTERM and SIGINT set stop_asked() and interrupt what waits.
void stop_on_signals();

}  // namespace twoseal::cli
