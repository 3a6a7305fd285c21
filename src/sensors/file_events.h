// Paths to which something happened.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace twoseal {

/// What happened since the last time. `paths`: as below the root that is watched, each once.
/// `lost`: some events could not be kept, so that anything may have happened.
struct FileEventBatch {
  std::vector<std::string> paths;
  bool lost = false;
};

/// A source of events. Not for two threads at once.
class FileEvents {
 public:
  virtual ~FileEvents() = default;

  FileEvents() = default;
  FileEvents(const FileEvents&) = delete;
  FileEvents& operator=(const FileEvents&) = delete;

  /// Waits at most so long for something to happen, and a few milliseconds more for what belongs to
  /// it. Errc::io_failed.
  [[nodiscard]] virtual Result<FileEventBatch> wait(std::chrono::milliseconds longest) = 0;

  /// A descriptor that is readable when something happened.
  [[nodiscard]] virtual int descriptor() const = 0;
};

/// What somebody wants to hear of: a directory with the names in it, or everything below it.
struct WatchedDirectory {
  std::string path;
  bool below = false;
};

/// The best source that this machine allows: fanotify, else inotify. `root`: the directory that
/// paths are below, "/" for this machine. `watched`: directories that are not there are heard of by
/// the nearest one above that is. Errc::no_permission, Errc::io_failed, Errc::too_large when there
/// are more directories than can be watched one by one.
[[nodiscard]] Result<std::unique_ptr<FileEvents>> open_file_events(
    const std::string& root, std::span<const WatchedDirectory> watched);

/// `path` below `root` as it is called from outside; the other way round, nothing when it is not
/// below.
[[nodiscard]] std::string outside_path(const std::string& root, const std::string& path);
[[nodiscard]] std::optional<std::string> inside_path(const std::string& root,
                                                     const std::string& path);

}  // namespace twoseal
