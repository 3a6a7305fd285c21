#include "sensors/file_events.h"

#include <unistd.h>

#include "sensors/fanotify_events.h"
#include "sensors/inotify_events.h"

namespace twoseal {

Result<std::unique_ptr<FileEvents>> open_file_events(const std::string& root,
                                                     std::span<const WatchedDirectory> watched) {
  auto whole = FanotifyEvents::open(root, watched);
  if (whole) {
    return std::unique_ptr<FileEvents>(std::move(*whole));
  }
  auto single = InotifyEvents::open(root, watched);
  if (single) {
    return std::unique_ptr<FileEvents>(std::move(*single));
  }
  Error error = std::move(single).error();
  if (::geteuid() == 0) {
    // Why a file system could not be listened to as a whole is what root can do something about.
    error.what += "; as a whole: " + whole.error().what + " " + whole.error().where;
    error.next = "check a part of it with --rule, or give it a file system that can be listened to";
  }
  return std::unexpected(std::move(error));
}

}  // namespace twoseal
