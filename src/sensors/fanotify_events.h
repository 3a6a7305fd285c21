// Events of whole file systems. Needs root, and a file system that names files by handles.
// Source: fanotify(7), FAN_REPORT_DFID_NAME.
#pragma once

#include <map>
#include <utility>

#include "base/os_file.h"
#include "sensors/file_events.h"

namespace twoseal {

class FanotifyEvents : public FileEvents {
 public:
  /// Errc::no_permission, Errc::io_failed when a file system of one of them cannot be watched.
  [[nodiscard]] static Result<std::unique_ptr<FanotifyEvents>> open(
      const std::string& root, std::span<const WatchedDirectory> watched);

  [[nodiscard]] Result<FileEventBatch> wait(std::chrono::milliseconds longest) override;

  [[nodiscard]] int descriptor() const override { return queue_.get(); }

 private:
  FanotifyEvents(std::string root, FileDescriptor queue)
      : root_(std::move(root)), queue_(std::move(queue)) {}

  Result<void> watch(const std::string& path);
  Result<void> read_into(std::map<std::string, bool>& paths, bool& lost);
  void take(const void* event, std::map<std::string, bool>& paths);

  std::string root_;
  FileDescriptor queue_;
  std::map<std::pair<int, int>, FileDescriptor> systems_;  // by fsid: any directory on it
};

}  // namespace twoseal
