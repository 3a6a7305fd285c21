// Who waits for what: names that are signalled when something changed, and the requests that are
// parked on them. Apart from the server, so that whoever changes a state signals without knowing
// that a server is there, and so that one process can serve the same channels on two ports.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"

namespace twoseal {

/// All functions may be called by any thread. Names are not registered: memory is a fixed table and
/// what waits at the moment.
class Channels {
 public:
  /// Called once when the channel is signalled, by the thread that signals: must be quick and call
  /// nothing of Channels.
  using Wake = std::function<void()>;

  /// One waiter; stops waiting when it ends. Must not outlive the Channels.
  class Waiter {
   public:
    Waiter(Channels& channels, std::string channel)
        : channels_(channels), channel_(std::move(channel)) {}

    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;
    ~Waiter();

   private:
    friend class Channels;

    Channels& channels_;
    std::string channel_;
    Wake wake_;
  };

  /// A number that grows with each signal of this channel. Channels share a table of counters, so
  /// it may also grow for another one: a waiter then looks once in vain.
  [[nodiscard]] std::uint64_t generation(std::string_view channel);

  /// Wakes all who wait on `channel`. Costs a lock and no more when nobody does.
  void signal(std::string_view channel);

  /// Waits for a signal after generation `seen`, or from now on when that is 0. Nothing when there
  /// was one already: look again.
  [[nodiscard]] std::unique_ptr<Waiter> wait(std::string channel, std::uint64_t seen, Wake wake);

  /// How many wait now.
  [[nodiscard]] std::size_t waiting();

 private:
  struct Bucket {
    Mutex mutex;
    std::uint64_t generation GUARDED_BY(mutex) = 1;
    std::vector<Waiter*> waiters GUARDED_BY(mutex);
  };

  // 2,000 agents on a channel each: about two in a bucket.
  static constexpr std::size_t kBuckets = 1024;

  Bucket& bucket(std::string_view channel);
  void forget(Waiter& waiter);

  std::array<Bucket, kBuckets> buckets_;
};

}  // namespace twoseal
