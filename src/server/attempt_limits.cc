#include "server/attempt_limits.h"

namespace twoseal::server {
namespace {

constexpr UnixSeconds kMinute = 60;

}  // namespace

Result<void> AttemptLimits::check(const std::string& name, UnixSeconds now) const {
  const MutexLock lock(mutex_);
  const auto found = minutes_.find(name);
  if (found == minutes_.end() || now >= found->second.since + kMinute ||
      found->second.failures < per_minute_) {
    return {};
  }
  return fail(Errc::too_many_tries,
              std::to_string(found->second.failures) + " tries within a minute");
}

void AttemptLimits::count(const std::string& name, UnixSeconds now) {
  const MutexLock lock(mutex_);
  if (minutes_.size() >= kNamesMax) {
    std::erase_if(minutes_, [&](const auto& one) { return now >= one.second.since + kMinute; });
  }
  if (minutes_.size() >= kNamesMax) {
    minutes_.clear();
  }
  Minute& minute = minutes_[name];
  if (now >= minute.since + kMinute) {
    minute = {now, 0};
  }
  ++minute.failures;
}

}  // namespace twoseal::server
