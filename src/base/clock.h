// Time as a collaborator, so that any day can be played in a test. The real clock is in
// base/os_clock.h: the trusted core takes times as arguments and reads none.
#pragma once

#include <atomic>

#include "base/id.h"

namespace twoseal {

/// Tells the time. Safe for several threads at once.
class Clock {
 public:
  virtual ~Clock() = default;

  [[nodiscard]] virtual UnixSeconds now() = 0;
};

/// A clock that stands still until it is moved.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(UnixSeconds now) : now_(now) {}

  [[nodiscard]] UnixSeconds now() override { return now_; }

  void set(UnixSeconds now) { now_ = now; }

  void advance(UnixSeconds seconds) { now_ += seconds; }

 private:
  std::atomic<UnixSeconds> now_;
};

}  // namespace twoseal
