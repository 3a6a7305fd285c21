#include "sensors/inotify_events.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

namespace twoseal {
namespace {

constexpr int kGatherMs = 3;
constexpr std::size_t kPlacesMax = 20'000;
constexpr std::size_t kEntriesMax = 1'000'000;
constexpr std::uint32_t kMask = IN_CLOSE_WRITE | IN_ATTRIB | IN_CREATE | IN_DELETE | IN_MOVED_FROM |
                                IN_MOVED_TO | IN_DELETE_SELF | IN_ONLYDIR;

bool is_readable(int descriptor, int milliseconds) {
  pollfd entry = {descriptor, POLLIN, 0};
  return ::poll(&entry, 1, milliseconds) > 0;
}

}  // namespace

Result<std::unique_ptr<InotifyEvents>> InotifyEvents::open(
    const std::string& root, std::span<const WatchedDirectory> watched) {
  FileDescriptor queue(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!queue.is_open()) {
    return std::unexpected(os_error(errno, "listening to", "directories"));
  }
  std::unique_ptr<InotifyEvents> events(new InotifyEvents(root, std::move(queue)));
  for (const WatchedDirectory& each : watched) {
    std::string path = outside_path(root, each.path);
    const bool there = is_directory(path);
    while (path.size() > 1 && !is_directory(path)) {
      path.resize(std::max<std::size_t>(path.rfind('/'), 1));
    }
    TWOSEAL_TRY_VOID(events->watch(path, each.below && there));
  }
  return events;
}

Result<void> InotifyEvents::watch(const std::string& path, bool below) {
  if (places_.size() >= kPlacesMax) {
    return fail(Errc::too_large, "more than 20,000 directories to watch", path, "run it as root");
  }
  const int number = ::inotify_add_watch(queue_.get(), path.c_str(), kMask);
  if (number < 0) {
    // Gone meanwhile, or nobody may look into it: then nothing of it is judged either.
    return errno == ENOENT || errno == ENOTDIR || errno == EACCES
               ? Result<void>()
               : std::unexpected(os_error(errno, "listening to", path));
  }
  Place& place = places_[number];
  const bool known = place.path == path && place.below;
  place = {path, below || place.below};
  if (!below || known) {
    return {};
  }
  const auto entries = list_directory(path, kEntriesMax);
  for (const DirectoryEntry& entry : entries.value_or(std::vector<DirectoryEntry>())) {
    if (entry.kind == EntryKind::directory) {
      TWOSEAL_TRY_VOID(watch((path == "/" ? "" : path) + "/" + entry.name, true));
    }
  }
  return {};
}

Result<FileEventBatch> InotifyEvents::wait(std::chrono::milliseconds longest) {
  std::set<std::string> paths;
  FileEventBatch batch;
  if (!is_readable(queue_.get(), static_cast<int>(longest.count()))) {
    return batch;
  }
  do {
    TWOSEAL_TRY_VOID(read_into(paths, batch.lost));
  } while (is_readable(queue_.get(), kGatherMs));
  for (const std::string& path : paths) {
    if (auto inside = inside_path(root_, path)) {
      batch.paths.push_back(std::move(*inside));
    }
  }
  return batch;
}

Result<void> InotifyEvents::read_into(std::set<std::string>& paths, bool& lost) {
  alignas(inotify_event) std::array<char, 32'768> buffer;
  const ssize_t size = ::read(queue_.get(), buffer.data(), buffer.size());
  if (size < 0) {
    return errno == EAGAIN || errno == EINTR
               ? Result<void>()
               : std::unexpected(os_error(errno, "reading", "events of directories"));
  }
  for (std::size_t at = 0; at + sizeof(inotify_event) <= static_cast<std::size_t>(size);) {
    inotify_event event = {};
    std::memcpy(&event, buffer.data() + at, sizeof event);
    const char* name = buffer.data() + at + sizeof event;
    at += sizeof event + event.len;
    lost = lost || (event.mask & IN_Q_OVERFLOW) != 0;
    const auto place = places_.find(event.wd);
    if (place == places_.end()) {
      continue;
    }
    const std::string path =
        event.len == 0 ? place->second.path
                       : (place->second.path == "/" ? "" : place->second.path) + "/" + name;
    paths.insert(path);
    const bool came = (event.mask & (IN_CREATE | IN_MOVED_TO)) != 0;
    if (came && (event.mask & IN_ISDIR) != 0 && place->second.below) {
      TWOSEAL_TRY_VOID(watch(path, true));
    }
  }
  return {};
}

}  // namespace twoseal
