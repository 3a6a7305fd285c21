// The freshness statements that hosts were given work with. They are in no log, and without them
// nobody could show later what a host decided from.
#pragma once

#include "base/mutex.h"
#include "storage/registry.h"
#include "workflow/timekeeper.h"

namespace twoseal::server {

/// Safe for several threads at once.
class FreshBook {
 public:
  /// `registry` must outlive it.
  explicit FreshBook(Registry& registry) : registry_(registry) {}

  /// Keeps it before it is given away; once, however many hosts get it. Errors of the registry.
  [[nodiscard]] Result<void> keep(const FreshNow& fresh) {
    {
      const MutexLock lock(mutex_);
      if (newest_ == fresh.digest) {
        return {};
      }
    }
    TWOSEAL_TRY_VOID(registry_.keep_fresh(
        {fresh.fresh.at, fresh.digest, fresh.bytes, fresh.record, fresh.stops}));
    const MutexLock lock(mutex_);
    newest_ = fresh.digest;
    return {};
  }

 private:
  Registry& registry_;
  Mutex mutex_;
  Digest newest_ GUARDED_BY(mutex_);
};

}  // namespace twoseal::server
