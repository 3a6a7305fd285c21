// std::mutex with the marks that clang's thread-safety analysis checks; gcc ignores them.
#pragma once

#include <condition_variable>
#include <mutex>

#ifdef __clang__
#define TWOSEAL_THREADS(mark) __attribute__((mark))
#else
#define TWOSEAL_THREADS(mark)
#endif

/// On a member: touched only while that mutex is held.
#define GUARDED_BY(mutex) TWOSEAL_THREADS(guarded_by(mutex))
/// On a function: called only while that mutex is held.
#define REQUIRES(...) TWOSEAL_THREADS(requires_capability(__VA_ARGS__))

namespace twoseal {

class TWOSEAL_THREADS(capability("mutex")) Mutex {
 public:
  void lock() TWOSEAL_THREADS(acquire_capability()) { mutex_.lock(); }

  void unlock() TWOSEAL_THREADS(release_capability()) { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

/// Holds a mutex until the end of the block. Waits with a ConditionVariable.
class TWOSEAL_THREADS(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) TWOSEAL_THREADS(acquire_capability(mutex)) : mutex_(mutex) {
    mutex_.lock();
  }

  ~MutexLock() TWOSEAL_THREADS(release_capability()) { mutex_.unlock(); }

  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

/// Waits on a Mutex that is held.
using ConditionVariable = std::condition_variable_any;

}  // namespace twoseal
