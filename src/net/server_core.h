// What the connections of one server share. Inside net/ only: includes Asio.
#pragma once

#include <atomic>
#include <map>
#include <thread>
#include <unordered_set>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>

#include "base/mutex.h"
#include "net/server.h"
#include "net/tls_stream.h"
#include "net/workers.h"

namespace twoseal {

class Connection;

/// One thread, its sockets and timers. Everything but `context` is for that thread alone.
struct IoThread {
  static constexpr int kOneThread = 1;

  std::unordered_set<Connection*> connections;  ///< before `context`, with which the last ones end
  /// Where octets are received: used between two waits only, so one serves all connections.
  std::array<char, std::size_t{16} * 1024> scratch;
  io::asio::io_context context{kOneThread};
  std::optional<io::asio::executor_work_guard<io::Executor>> work{context.get_executor()};
  std::jthread thread;
};

/// How many connections there are, in all and from each address. Any thread may use it.
class ConnectionCounts {
 public:
  /// Counts one more; false, and nothing is counted, when a limit is reached.
  [[nodiscard]] bool enter(const std::string& address, const ServerLimits& limits);

  void leave(const std::string& address);

  [[nodiscard]] std::size_t all() const;

  /// Waits until there is none, or `until`. Whether there is none.
  bool wait_for_none(std::chrono::steady_clock::time_point until);

 private:
  mutable Mutex mutex_;
  ConditionVariable changed_;
  std::size_t all_ GUARDED_BY(mutex_) = 0;
  std::map<std::string, std::size_t> by_address_ GUARDED_BY(mutex_);
};

/// ServerCounters while they change.
struct LiveCounters {
  std::atomic<std::uint64_t> accepted = 0;
  std::atomic<std::uint64_t> refused = 0;
  std::atomic<std::uint64_t> handshake_failures = 0;
  std::atomic<std::uint64_t> parked = 0;
  std::atomic<std::uint64_t> websockets = 0;
  std::atomic<std::uint64_t> overdue = 0;
  std::atomic<std::uint64_t> accept_pauses = 0;
  std::array<std::atomic<std::uint64_t>, 6> responses{};
};

/// Outlives all connections.
struct ServerShared {
  ServerOptions options;
  Channels& channels;
  std::optional<TlsContext> tls;
  LiveCounters counters;
  ConnectionCounts connections;
  std::atomic<std::size_t> held = 0;  ///< octets of bodies on their way
  std::atomic<bool> stopping = false;
  Workers workers{options.workers, options.limits.queue_max};
};

}  // namespace twoseal
