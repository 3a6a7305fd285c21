// Events of single directories, for who is not root. Each directory below those that are watched
// whole costs a watch of the kernel, so their number has a limit.
// Source: inotify(7).
#pragma once

#include <map>
#include <set>

#include "base/os_file.h"
#include "sensors/file_events.h"

namespace twoseal {

class InotifyEvents : public FileEvents {
 public:
  /// Errc::io_failed; Errc::too_large when more than 20,000 directories would have to be watched.
  [[nodiscard]] static Result<std::unique_ptr<InotifyEvents>> open(
      const std::string& root, std::span<const WatchedDirectory> watched);

  [[nodiscard]] Result<FileEventBatch> wait(std::chrono::milliseconds longest) override;

  [[nodiscard]] int descriptor() const override { return queue_.get(); }

 private:
  struct Place {
    std::string path;
    bool below = false;
  };

  InotifyEvents(std::string root, FileDescriptor queue)
      : root_(std::move(root)), queue_(std::move(queue)) {}

  Result<void> watch(const std::string& path, bool below);
  Result<void> read_into(std::set<std::string>& paths, bool& lost);

  std::string root_;
  FileDescriptor queue_;
  std::map<int, Place> places_;
};

}  // namespace twoseal
