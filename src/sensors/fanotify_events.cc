#include "sensors/fanotify_events.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <mntent.h>
#include <poll.h>
#include <sys/fanotify.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <climits>

namespace twoseal {
namespace {

// Under load events are gathered, so that a file that is written ten times is looked at once.
constexpr int kGatherMs = 3;
constexpr std::size_t kPathsMax = 100'000;
constexpr std::uint64_t kMask = FAN_CLOSE_WRITE | FAN_ATTRIB | FAN_CREATE | FAN_DELETE |
                                FAN_MOVED_FROM | FAN_MOVED_TO | FAN_ONDIR;

bool is_readable(int descriptor, int milliseconds) {
  pollfd entry = {descriptor, POLLIN, 0};
  return ::poll(&entry, 1, milliseconds) > 0;
}

std::optional<std::string> name_of(int descriptor) {
  std::array<char, PATH_MAX> target;
  const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
  const ssize_t size = ::readlink(link.c_str(), target.data(), target.size());
  return size < 0 ? std::nullopt
                  : std::optional(std::string(target.data(), static_cast<std::size_t>(size)));
}

// File systems of the kernel tell nobody what happens in them; who looks at them asks again.
bool tells_nothing(std::uint64_t type) {
  constexpr std::uint64_t kKernel[] = {
      0x9fa0,      // proc
      0x62656572,  // sysfs
      0x1cd1,      // devpts
      0x64626720,  // debugfs
      0x74726163,  // tracefs
      0x27e0eb,    // cgroup
      0x63677270,  // cgroup2
      0x73636673,  // securityfs
      0xcafe4a11,  // bpf
      0x62656570,  // configfs
      0x65735543,  // fusectl
      0x0187,      // autofs
      0x19800202,  // mqueue
      0x6e736673,  // nsfs
  };
  return std::find(std::begin(kKernel), std::end(kKernel), type) != std::end(kKernel);
}

// What is mounted below a directory.
std::vector<std::string> mounts_below(const std::string& path) {
  std::vector<std::string> mounts;
  const std::unique_ptr<FILE, int (*)(FILE*)> table(::setmntent("/proc/self/mounts", "re"),
                                                    ::endmntent);
  mntent row = {};
  std::array<char, 8192> text;
  while (table != nullptr &&
         ::getmntent_r(table.get(), &row, text.data(), static_cast<int>(text.size())) != nullptr) {
    if (inside_path(path, row.mnt_dir)) {
      mounts.emplace_back(row.mnt_dir);
    }
  }
  return mounts;
}

std::string nearest_there(std::string path) {
  while (path.size() > 1 && !is_directory(path)) {
    path.resize(std::max<std::size_t>(path.rfind('/'), 1));
  }
  return path;
}

}  // namespace

Result<std::unique_ptr<FanotifyEvents>> FanotifyEvents::open(
    const std::string& root, std::span<const WatchedDirectory> watched) {
  FileDescriptor queue(::fanotify_init(
      FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_NONBLOCK | FAN_REPORT_DFID_NAME | FAN_UNLIMITED_QUEUE,
      O_RDONLY | O_CLOEXEC));
  if (!queue.is_open()) {
    return std::unexpected(os_error(errno, "listening to", "file systems"));
  }
  std::unique_ptr<FanotifyEvents> events(new FanotifyEvents(root, std::move(queue)));
  for (const WatchedDirectory& each : watched) {
    const std::string path = nearest_there(outside_path(root, each.path));
    TWOSEAL_TRY_VOID(events->watch(path));
    for (const std::string& mount : each.below ? mounts_below(path) : std::vector<std::string>()) {
      TWOSEAL_TRY_VOID(events->watch(mount));
    }
  }
  return events;
}

Result<void> FanotifyEvents::watch(const std::string& path) {
  FileDescriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct statfs status = {};
  if (!directory.is_open() || ::fstatfs(directory.get(), &status) != 0) {
    // A file that something is mounted on is no directory; what holds it tells of it.
    return errno == ENOTDIR ? Result<void>() : std::unexpected(os_error(errno, "opening", path));
  }
  if (tells_nothing(static_cast<std::uint64_t>(status.f_type))) {
    return {};
  }
  std::pair<int, int> id;
  std::memcpy(&id.first, &status.f_fsid, sizeof id.first);
  std::memcpy(&id.second,
              reinterpret_cast<const char*>(&status.f_fsid) + sizeof id.first,
              sizeof id.second);
  if (systems_.contains(id)) {
    return {};
  }
  if (::fanotify_mark(
          queue_.get(), FAN_MARK_ADD | FAN_MARK_FILESYSTEM, kMask, directory.get(), nullptr) != 0) {
    return std::unexpected(os_error(errno, "listening to", path));
  }
  systems_.emplace(id, std::move(directory));
  return {};
}

Result<FileEventBatch> FanotifyEvents::wait(std::chrono::milliseconds longest) {
  std::map<std::string, bool> paths;
  FileEventBatch batch;
  if (!is_readable(queue_.get(), static_cast<int>(longest.count()))) {
    return batch;
  }
  do {
    TWOSEAL_TRY_VOID(read_into(paths, batch.lost));
  } while (paths.size() < kPathsMax && is_readable(queue_.get(), kGatherMs));
  for (auto& [path, seen] : paths) {
    batch.paths.push_back(path);
  }
  return batch;
}

Result<void> FanotifyEvents::read_into(std::map<std::string, bool>& paths, bool& lost) {
  alignas(fanotify_event_metadata) std::array<char, 32'768> buffer;
  const ssize_t size = ::read(queue_.get(), buffer.data(), buffer.size());
  if (size < 0) {
    return errno == EAGAIN || errno == EINTR
               ? Result<void>()
               : std::unexpected(os_error(errno, "reading", "events of file systems"));
  }
  auto left = static_cast<std::size_t>(size);
  const char* at = buffer.data();
  while (left >= sizeof(fanotify_event_metadata)) {
    fanotify_event_metadata event = {};
    std::memcpy(&event, at, sizeof event);
    if (event.event_len < sizeof event || event.event_len > left) {
      break;
    }
    if ((event.mask & FAN_Q_OVERFLOW) != 0) {
      lost = true;
    } else {
      take(at, paths);
    }
    at += event.event_len;
    left -= event.event_len;
  }
  return {};
}

// An event says in which directory something happened, by a handle, and to which name.
void FanotifyEvents::take(const void* event, std::map<std::string, bool>& paths) {
  const char* base = static_cast<const char*>(event);
  fanotify_event_metadata metadata = {};
  std::memcpy(&metadata, base, sizeof metadata);
  if (metadata.event_len < sizeof metadata + sizeof(fanotify_event_info_fid)) {
    return;
  }
  const char* info = base + sizeof metadata;
  fanotify_event_info_fid head = {};
  std::memcpy(&head, info, sizeof head);
  if (head.hdr.info_type != FAN_EVENT_INFO_TYPE_DFID_NAME) {
    return;
  }
  std::pair<int, int> id;
  std::memcpy(&id.first, &head.fsid, sizeof id.first);
  std::memcpy(
      &id.second, reinterpret_cast<const char*>(&head.fsid) + sizeof id.first, sizeof id.second);
  const auto system = systems_.find(id);
  if (system == systems_.end()) {
    return;
  }
  auto* handle = reinterpret_cast<file_handle*>(const_cast<char*>(info + sizeof head));
  const char* name = info + sizeof head + sizeof(file_handle) + handle->handle_bytes;
  const FileDescriptor directory(
      ::open_by_handle_at(system->second.get(), handle, O_PATH | O_CLOEXEC));
  if (!directory.is_open()) {
    return;  // the directory is gone; what held it tells of that
  }
  const auto where = name_of(directory.get());
  const auto inside = where ? inside_path(root_, *where) : std::nullopt;
  if (!inside) {
    return;
  }
  const std::string_view last(name);
  if (last == "." || last.empty()) {
    paths[*inside] = true;
  } else {
    paths[(*inside == "/" ? "/" : *inside + "/") + std::string(last)] = true;
  }
}

}  // namespace twoseal
