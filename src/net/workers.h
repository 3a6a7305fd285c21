// The threads that run handlers: a fixed number of them behind a queue with a bound.
#pragma once

#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "base/mutex.h"

namespace twoseal {

class Workers {
 public:
  using Job = std::move_only_function<void()>;

  Workers(unsigned threads, std::size_t queue_max);
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  /// As finish().
  ~Workers();

  /// Queues `job`. False, and `job` is left as it was, when `queue_max` jobs wait already or
  /// finish() was called. Any thread may call it.
  [[nodiscard]] bool submit(Job&& job);

  /// Runs what is queued, then ends the threads. Not from a job.
  void finish();

 private:
  void run();

  const std::size_t queue_max_;
  Mutex mutex_;
  ConditionVariable changed_;
  std::deque<Job> queue_ GUARDED_BY(mutex_);
  bool finished_ GUARDED_BY(mutex_) = false;
  std::vector<std::jthread> threads_;
};

}  // namespace twoseal
