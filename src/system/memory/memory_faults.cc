#include "system/memory/memory_faults.h"

#include <algorithm>

namespace twoseal {

void MemoryFaults::fail_next(MemoryVerb verb, std::string subject, Errc code) {
  const MutexLock lock(mutex_);
  faults_.push_back({verb, std::move(subject), code});
}

void MemoryFaults::crash_after(std::uint64_t count) {
  const MutexLock lock(mutex_);
  crash_at_ = count == 0 ? 0 : mutations_ + count;
}

std::uint64_t MemoryFaults::mutations() const {
  const MutexLock lock(mutex_);
  return mutations_;
}

Result<void> MemoryFaults::take(MemoryVerb verb, const std::string& subject) {
  const MutexLock lock(mutex_);
  const auto fault = std::find_if(faults_.begin(), faults_.end(), [&](const Fault& waiting) {
    return waiting.verb == verb && waiting.subject == subject;
  });
  if (fault == faults_.end()) {
    return {};
  }
  const Errc code = fault->code;
  faults_.erase(fault);
  return fail(code, "was made to fail", subject);
}

void MemoryFaults::step() {
  if (is_last_step()) {
    throw MemoryCrash();
  }
}

bool MemoryFaults::is_last_step() {
  const MutexLock lock(mutex_);
  return ++mutations_ == crash_at_;
}

}  // namespace twoseal
