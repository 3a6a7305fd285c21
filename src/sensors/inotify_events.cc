#include "sensors/inotify_events.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "system/plain_path.h"

namespace twoseal {
namespace {

constexpr std::size_t kPlacesMax = 20'000;
constexpr std::uint32_t kMask = IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_CREATE | IN_DELETE |
                                IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF |
                                IN_ONLYDIR;

// Names of the directories in a directory. One that cannot be listed has none: nothing in it is
// judged either.
std::vector<std::string> directories_in(const FileDescriptor& directory) {
  const std::string path = path_of_descriptor(directory.get()) + "/.";
  const std::unique_ptr<DIR, int (*)(DIR*)> listed(::opendir(path.c_str()), ::closedir);
  std::vector<std::string> names;
  while (listed != nullptr) {
    const dirent* entry = ::readdir(listed.get());  // NOLINT(concurrency-mt-unsafe)
    if (entry == nullptr) {
      break;
    }
    const std::string name = entry->d_name;
    struct stat status = {};
    const bool is_one =
        entry->d_type == DT_DIR ||
        (entry->d_type == DT_UNKNOWN &&
         ::fstatat(::dirfd(listed.get()), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
         S_ISDIR(status.st_mode));
    if (is_one && name != "." && name != "..") {
      names.push_back(name);
    }
  }
  return names;
}

}  // namespace

Result<std::unique_ptr<InotifyEvents>> InotifyEvents::open(
    const std::string& root, std::span<const WatchedDirectory> watched) {
  TWOSEAL_TRY(WatchedRoot opened, WatchedRoot::open(root));
  FileDescriptor queue(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!queue.is_open()) {
    return std::unexpected(os_error(errno, "listening to", "directories"));
  }
  std::unique_ptr<InotifyEvents> events(new InotifyEvents(std::move(opened), std::move(queue)));
  TWOSEAL_TRY_VOID(events->add(watched));
  return events;
}

Result<void> InotifyEvents::add(std::span<const WatchedDirectory> watched) {
  for (const WatchedDirectory& each : watched) {
    if (!wanted_.contains(each)) {
      TWOSEAL_TRY_VOID(watch_way_to(each));
      wanted_.insert(each);
    }
  }
  return {};
}

// Every directory on the way too, as far as it is there: what is on it may come, go or be moved.
Result<void> InotifyEvents::watch_way_to(const WatchedDirectory& wanted) {
  std::size_t end = 0;
  while (end != std::string::npos) {
    const std::string path = end == 0 ? "/" : wanted.path.substr(0, end);
    if (path == wanted.path) {
      break;
    }
    TWOSEAL_TRY(const Place place, watch(path, Extent::way));
    if (place == Place::absent) {
      return {};
    }
    end = wanted.path.find('/', end + 1);
  }
  if (wanted.below) {
    return watch_below(wanted.path);
  }
  TWOSEAL_TRY_VOID(watch(wanted.path, Extent::names));
  return {};
}

Result<void> InotifyEvents::watch_ways_over(const std::string& path) {
  for (const WatchedDirectory& each : wanted_) {
    if (is_at_or_below(path, each.path)) {
      TWOSEAL_TRY_VOID(watch_way_to(each));
    }
  }
  return {};
}

Result<void> InotifyEvents::watch_below(const std::string& path) {
  std::vector<std::string> open = {path};
  while (!open.empty()) {
    const std::string at = std::move(open.back());
    open.pop_back();
    TWOSEAL_TRY(const Place place, watch(at, Extent::below));
    if (place != Place::added) {
      continue;
    }
    const FileDescriptor directory = root_.open_directory(at);
    for (const std::string& name : directories_in(directory)) {
      open.push_back(join_path(at, name));
    }
  }
  return {};
}

Result<InotifyEvents::Place> InotifyEvents::watch(const std::string& path, Extent extent) {
  const FileDescriptor directory = root_.open_directory(path);
  if (!directory.is_open()) {
    return Place::absent;
  }
  const int number =
      ::inotify_add_watch(queue(), path_of_descriptor(directory.get()).c_str(), kMask);
  if (number < 0) {
    if (errno == ENOSPC) {
      return fail(Errc::too_large,
                  "more directories to watch than the kernel allows",
                  path,
                  "raise fs.inotify.max_user_watches, or run it as root");
    }
    return errno == ENOENT || errno == ENOTDIR || errno == EACCES
               ? Result<Place>(Place::closed)
               : std::unexpected(os_error(errno, "listening to", path));
  }
  if (places_.size() >= kPlacesMax && !places_.contains(number)) {
    ::inotify_rm_watch(queue(), number);
    return fail(Errc::too_large, "more than 20,000 directories to watch", path, "run it as root");
  }
  const auto before = numbers_.find(path);
  if (before != numbers_.end() && before->second != number) {
    drop_name(path, before->second);
  }
  numbers_[path] = number;
  const auto [place, added] = places_[number].try_emplace(path, extent);
  const bool known = !added && place->second >= extent;
  place->second = std::max(place->second, extent);
  return known ? Place::known : Place::added;
}

Result<bool> InotifyEvents::read_once() {
  alignas(inotify_event) std::array<char, 32'768> buffer;
  const ssize_t size = ::read(queue(), buffer.data(), buffer.size());
  if (size < 0) {
    return errno == EAGAIN || errno == EINTR
               ? Result<bool>(false)
               : std::unexpected(os_error(errno, "reading", "events of directories"));
  }
  for (std::size_t at = 0; at + sizeof(inotify_event) <= static_cast<std::size_t>(size);) {
    inotify_event event = {};
    std::memcpy(&event, buffer.data() + at, sizeof event);
    const char* name = buffer.data() + at + sizeof event;
    at += sizeof event + event.len;
    if ((event.mask & IN_Q_OVERFLOW) != 0) {
      lose();
    } else {
      TWOSEAL_TRY_VOID(take(event.wd, event.mask, event.len == 0 ? "" : name));
    }
  }
  return true;
}

// When events were lost, directories may have come and gone without a word.
Result<void> InotifyEvents::settle(bool /*called*/) {
  if (!has_lost()) {
    return {};
  }
  drop("/");
  return watch_ways_over("/");
}

Result<void> InotifyEvents::take(int number, std::uint32_t mask, const std::string& name) {
  const auto place = places_.find(number);
  if (place == places_.end()) {
    return {};
  }
  const std::map<std::string, Extent> names = place->second;  // may become others meanwhile
  if ((mask & IN_IGNORED) != 0) {
    for (const auto& [path, extent] : names) {
      drop_name(path, number);
    }
    return {};
  }
  for (const auto& [path, extent] : names) {
    TWOSEAL_TRY_VOID(take_at(path, extent, mask, name));
  }
  return {};
}

Result<void> InotifyEvents::take_at(const std::string& directory,
                                    Extent extent,
                                    std::uint32_t mask,
                                    const std::string& name) {
  const std::string path = name.empty() ? directory : join_path(directory, name);
  if (extent != Extent::way || leads(path)) {
    hear(path, (mask & kMask) == IN_MODIFY);
  }
  const bool is_directory = (mask & IN_ISDIR) != 0;
  if ((mask & IN_MOVE_SELF) != 0) {
    return look_again_at(directory, extent);
  }
  if ((mask & IN_MOVED_FROM) != 0 && is_directory) {
    drop(path);
  }
  if ((mask & (IN_CREATE | IN_MOVED_TO)) == 0) {
    return {};
  }
  if (is_directory && extent == Extent::below) {
    TWOSEAL_TRY_VOID(watch_below(path));
  }
  return watch_ways_over(path);
}

// It was moved: another one may have its name now, or none.
Result<void> InotifyEvents::look_again_at(const std::string& directory, Extent extent) {
  drop(directory);
  if (extent == Extent::below) {
    TWOSEAL_TRY_VOID(watch_below(directory));
  }
  return watch_ways_over(directory);
}

bool InotifyEvents::leads(const std::string& path) const {
  return std::any_of(wanted_.begin(), wanted_.end(), [&](const WatchedDirectory& each) {
    return is_at_or_below(path, each.path);
  });
}

// The names of the path and of everything below it mean nothing any more.
void InotifyEvents::drop(const std::string& path) {
  std::vector<std::pair<std::string, int>> gone;
  for (auto at = numbers_.lower_bound(path); at != numbers_.end() && at->first.starts_with(path);
       ++at) {
    if (is_at_or_below(path, at->first)) {
      gone.emplace_back(*at);
    }
  }
  for (const auto& [name, number] : gone) {
    drop_name(name, number);
  }
}

void InotifyEvents::drop_name(const std::string& path, int number) {
  numbers_.erase(path);
  const auto place = places_.find(number);
  if (place == places_.end()) {
    return;
  }
  place->second.erase(path);
  if (place->second.empty()) {
    ::inotify_rm_watch(queue(), number);
    places_.erase(place);
  }
}

}  // namespace twoseal
