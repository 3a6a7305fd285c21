#include "sensors/file_events.h"

#include "sensors/fanotify_events.h"
#include "sensors/inotify_events.h"

namespace twoseal {

Result<std::unique_ptr<FileEvents>> open_file_events(const std::string& root,
                                                     std::span<const WatchedDirectory> watched) {
  if (auto events = FanotifyEvents::open(root, watched)) {
    return std::unique_ptr<FileEvents>(std::move(*events));
  }
  TWOSEAL_TRY(auto events, InotifyEvents::open(root, watched));
  return std::unique_ptr<FileEvents>(std::move(events));
}

std::string outside_path(const std::string& root, const std::string& path) {
  return root == "/" ? path : path == "/" ? root : root + path;
}

std::optional<std::string> inside_path(const std::string& root, const std::string& path) {
  if (root == "/") {
    return path;
  }
  if (path == root) {
    return "/";
  }
  if (!path.starts_with(root) || path[root.size()] != '/') {
    return std::nullopt;
  }
  return path.substr(root.size());
}

}  // namespace twoseal
