// Why a database is not written any more.
#pragma once

#include <string>

#include "base/mutex.h"
#include "base/result.h"

namespace twoseal::sqlite {

/// Shared by all that write one file: after a failed write or sync of one of them nobody knows what
/// the disk holds, and the next sync of another would not tell. Safe for several threads at once.
class Suspicion {
 public:
  /// Errc::store_failed once there is one.
  [[nodiscard]] Result<void> check() const {
    const MutexLock lock(mutex_);
    return why_.empty() ? Result<void>()
                        : fail(Errc::store_failed, "the store is suspect: " + why_);
  }

  /// The first one stays.
  void raise(const std::string& why) {
    const MutexLock lock(mutex_);
    why_ = why_.empty() ? why : why_;
  }

 private:
  mutable Mutex mutex_;
  std::string why_ GUARDED_BY(mutex_);
};

}  // namespace twoseal::sqlite
