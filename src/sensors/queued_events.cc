#include "sensors/queued_events.h"

#include <algorithm>
#include <poll.h>
#include <thread>
#include <utility>

namespace twoseal {
namespace {

// What belongs together comes together. Where much happens it is gathered for longer, so that
// listening to a busy host costs little.
constexpr std::chrono::milliseconds kGather{3};
constexpr std::chrono::milliseconds kGatherBusy{100};
constexpr std::chrono::milliseconds kBusy{200};
// Reads of one wait: whoever keeps the queue full must not keep the listener from telling.
constexpr int kReadsMax = 64;

}  // namespace

Result<FileEventBatch> QueuedEvents::wait(std::chrono::milliseconds longest) {
  Clock::time_point end = Clock::now() + longest;
  if (const auto next = pending_.next()) {
    end = std::min(end, *next);
  }
  if (wait_until(end)) {
    TWOSEAL_TRY_VOID(empty_queue());
  }
  FileEventBatch batch;
  batch.paths = pending_.take(Clock::now());
  batch.lost = std::exchange(lost_, false);
  return batch;
}

bool QueuedEvents::wait_until(Clock::time_point end) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
  pollfd entries[] = {{queue_.get(), POLLIN, 0}, {aside(), POLLPRI, 0}};
  const int ready = ::poll(entries, 2, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
  called_ = ready > 0 && entries[1].revents != 0;
  return ready > 0;
}

Result<void> QueuedEvents::empty_queue() {
  const bool busy = Clock::now() - emptied_ < kBusy;
  std::this_thread::sleep_for(busy ? kGatherBusy : kGather);
  for (int i = 0; i < kReadsMax; ++i) {
    TWOSEAL_TRY(const bool more, read_once());
    if (!more) {
      break;
    }
  }
  TWOSEAL_TRY_VOID(settle(called_));
  emptied_ = Clock::now();
  return {};
}

}  // namespace twoseal
