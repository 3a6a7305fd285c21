// How often something may fail within a minute, by a name: an address, a person.
#pragma once

#include <map>
#include <string>

#include "base/id.h"
#include "base/mutex.h"

namespace twoseal::server {

/// Safe for several threads at once. Memory is bounded: beyond kNamesMax names the oldest minutes
/// are forgotten, then all.
class AttemptLimits {
 public:
  static constexpr std::size_t kNamesMax = 10'000;

  explicit AttemptLimits(int per_minute) : per_minute_(per_minute) {}

  /// Errc::too_many_tries when `name` has used up the minute.
  [[nodiscard]] Result<void> check(const std::string& name, UnixSeconds now) const;

  /// Counts one failure.
  void count(const std::string& name, UnixSeconds now);

 private:
  struct Minute {
    UnixSeconds since = 0;
    int failures = 0;
  };

  const int per_minute_;
  mutable Mutex mutex_;
  std::map<std::string, Minute> minutes_ GUARDED_BY(mutex_);
};

}  // namespace twoseal::server
