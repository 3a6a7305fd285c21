// Paths to which something happened.
#pragma once

#include <chrono>
#include <compare>
#include <memory>
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

/// What somebody wants to hear of: a directory with the names in it, or everything below it.
struct WatchedDirectory {
  std::string path;
  bool below = false;

  auto operator<=>(const WatchedDirectory&) const = default;
};

/// A directory that is watched, as below the root, and in which something can happen that nobody
/// tells. `kernel`: it is a file system of the kernel, else one of another machine or program, or
/// one that could not be listened to.
struct UnheardDirectory {
  std::string path;
  bool kernel = false;
};

/// A source of events. Not for two threads at once.
class FileEvents {
 public:
  virtual ~FileEvents() = default;

  FileEvents() = default;
  FileEvents(const FileEvents&) = delete;
  FileEvents& operator=(const FileEvents&) = delete;

  /// Waits at most so long for something to happen, and up to 0.1 s more for what belongs to it,
  /// however much happens. A file that somebody keeps open is told within half a second after a
  /// write. Errc::io_failed, Errc::too_large as add().
  [[nodiscard]] virtual Result<FileEventBatch> wait(std::chrono::milliseconds longest) = 0;

  /// Hears from now on of these too. Errors as open_file_events(); those before the one that failed
  /// are heard.
  [[nodiscard]] virtual Result<void> add(std::span<const WatchedDirectory> watched) = 0;

  [[nodiscard]] virtual std::vector<UnheardDirectory> unheard() const { return {}; }
};

/// The best source that this machine allows: fanotify, else inotify. `root`: the directory that
/// paths are below, "/" for this machine, however it is written. `watched`: a directory that is not
/// there is heard of when it comes. Errc::no_permission, Errc::io_failed, Errc::too_large when
/// there are more directories than can be watched one by one.
[[nodiscard]] Result<std::unique_ptr<FileEvents>> open_file_events(
    const std::string& root, std::span<const WatchedDirectory> watched);

}  // namespace twoseal
