#include "net/channels.h"

#include <algorithm>

namespace twoseal {

Channels::Waiter::~Waiter() {
  channels_.forget(*this);
}

Channels::Bucket& Channels::bucket(std::string_view channel) {
  return buckets_[std::hash<std::string_view>()(channel) % kBuckets];
}

std::uint64_t Channels::generation(std::string_view channel) {
  Bucket& own = bucket(channel);
  const MutexLock lock(own.mutex);
  return own.generation;
}

// Waiters are called under the lock, so that none can end meanwhile.
void Channels::signal(std::string_view channel) {
  Bucket& own = bucket(channel);
  const MutexLock lock(own.mutex);
  ++own.generation;
  std::erase_if(own.waiters, [&](Waiter* waiter) {
    if (waiter->channel_ != channel) {
      return false;
    }
    waiter->wake_();
    return true;
  });
}

std::unique_ptr<Channels::Waiter> Channels::wait(std::string channel,
                                                 std::uint64_t seen,
                                                 Wake wake) {
  Bucket& own = bucket(channel);
  auto waiter = std::make_unique<Waiter>(*this, std::move(channel));
  waiter->wake_ = std::move(wake);
  {
    const MutexLock lock(own.mutex);
    if (seen == 0 || own.generation == seen) {
      own.waiters.push_back(waiter.get());
      return waiter;
    }
  }
  return nullptr;
}

std::size_t Channels::waiting() {
  std::size_t count = 0;
  for (Bucket& one : buckets_) {
    const MutexLock lock(one.mutex);
    count += one.waiters.size();
  }
  return count;
}

void Channels::forget(Waiter& waiter) {
  Bucket& own = bucket(waiter.channel_);
  const MutexLock lock(own.mutex);
  std::erase(own.waiters, &waiter);
}

}  // namespace twoseal
