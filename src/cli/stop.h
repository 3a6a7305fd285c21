// The wish to end, as SIGTERM and SIGINT say it to programs that go on until then.
#pragma once

#include <atomic>
#include <cstdint>

namespace twoseal::cli {

/// Whether somebody wants this program to end.
[[nodiscard]] std::atomic<bool>& stop_asked();

/// What a second signal of the same kind does: nothing more, or end this program at once.
enum class SecondSignal : std::uint8_t { waits, ends };

/// From now on SIGTERM and SIGINT set stop_asked() and interrupt what waits.
void stop_on_signals(SecondSignal second = SecondSignal::waits);

}  // namespace twoseal::cli
