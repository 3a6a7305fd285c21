// The clock of the operating system.
#pragma once

#include "base/clock.h"

namespace twoseal {

class SystemClock final : public Clock {
 public:
  [[nodiscard]] UnixSeconds now() override;
};

}  // namespace twoseal
