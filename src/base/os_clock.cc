#include "base/os_clock.h"

#include <ctime>

namespace twoseal {

UnixSeconds SystemClock::now() {
  return std::time(nullptr);
}

}  // namespace twoseal
