// What sources of events have in common: a queue of the kernel that is waited for and emptied, for
// a bounded time, however much comes.
#pragma once

#include "base/os_file.h"
#include "sensors/file_events.h"
#include "sensors/pending_paths.h"

namespace twoseal {

class QueuedEvents : public FileEvents {
 public:
  [[nodiscard]] Result<FileEventBatch> wait(std::chrono::milliseconds longest) final;

 protected:
  explicit QueuedEvents(FileDescriptor queue) : queue_(std::move(queue)) {}

  /// Reads once what the queue holds. False when it is empty.
  [[nodiscard]] virtual Result<bool> read_once() = 0;

  /// After each emptying of the queue. `called`: by the second descriptor.
  [[nodiscard]] virtual Result<void> settle(bool called) = 0;

  /// A second descriptor that says that there is something to settle (POLLPRI), once; -1: none.
  [[nodiscard]] virtual int aside() const { return -1; }

  /// `path`: as below the root.
  void hear(const std::string& path, bool still_written) {
    pending_.add(path, still_written, PendingPaths::Clock::now());
  }

  void lose() { lost_ = true; }

  [[nodiscard]] bool has_lost() const { return lost_; }

  [[nodiscard]] int queue() const { return queue_.get(); }

 private:
  using Clock = PendingPaths::Clock;

  [[nodiscard]] bool wait_until(Clock::time_point end);
  Result<void> empty_queue();

  FileDescriptor queue_;
  PendingPaths pending_;
  Clock::time_point emptied_;  ///< when the queue was emptied last
  bool lost_ = false;
  bool called_ = false;  ///< by the second descriptor
};

}  // namespace twoseal
