#include "sensors/fanotify_events.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/fanotify.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "system/file_systems.h"
#include "system/plain_path.h"

namespace twoseal {
namespace {

constexpr std::uint64_t kMask = FAN_MODIFY | FAN_CLOSE_WRITE | FAN_ATTRIB | FAN_CREATE |
                                FAN_DELETE | FAN_MOVED_FROM | FAN_MOVED_TO | FAN_ONDIR;

// File systems of the kernel tell nobody what happens in them. Beside those with settings these are
// no place for files either.
bool tells_nothing(std::uint64_t type) {
  constexpr std::uint64_t kNoFiles[] = {
      0x1cd1,      // devpts
      0x0187,      // autofs
      0x19800202,  // mqueue
      0x6e736673,  // nsfs
  };
  return is_kernel_file_system(type) ||
         std::find(std::begin(kNoFiles), std::end(kNoFiles), type) != std::end(kNoFiles);
}

// What others do in these, on another machine or in another program, is not told here.
bool tells_its_own_alone(std::uint64_t type) {
  return is_remote_file_system(type) || type == kFuseFileSystem;
}

std::pair<int, int> id_of(const void* fsid) {
  std::pair<int, int> id;
  std::memcpy(&id.first, fsid, sizeof id.first);
  std::memcpy(&id.second, static_cast<const char*>(fsid) + sizeof id.first, sizeof id.second);
  return id;
}

int mount_of(int descriptor) {
  struct statx status = {};
  return ::statx(descriptor, "", AT_EMPTY_PATH, STATX_MNT_ID, &status) == 0
             ? static_cast<int>(status.stx_mnt_id)
             : 0;
}

}  // namespace

Result<std::unique_ptr<FanotifyEvents>> FanotifyEvents::open(
    const std::string& root, std::span<const WatchedDirectory> watched) {
  TWOSEAL_TRY(WatchedRoot opened, WatchedRoot::open(root));
  FileDescriptor queue(::fanotify_init(
      FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_NONBLOCK | FAN_REPORT_DFID_NAME | FAN_UNLIMITED_QUEUE,
      O_RDONLY | O_CLOEXEC));
  if (!queue.is_open()) {
    return std::unexpected(os_error(errno, "listening to", "file systems"));
  }
  FileDescriptor mounts(::open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC));
  std::unique_ptr<FanotifyEvents> events(
      new FanotifyEvents(std::move(opened), std::move(queue), std::move(mounts)));
  events->places_ = mounted_places();
  TWOSEAL_TRY_VOID(events->listen_to(events->root_.path()));
  TWOSEAL_TRY_VOID(events->add(watched));
  return events;
}

Result<void> FanotifyEvents::add(std::span<const WatchedDirectory> watched) {
  for (const WatchedDirectory& each : watched) {
    // Where it is, or the nearest one above that is there; when it comes, that tells of it.
    std::string path = each.path;
    FileDescriptor there = root_.open_directory(path);
    while (!there.is_open() && path.size() > 1) {
      path.resize(std::max<std::size_t>(path.rfind('/'), 1));
      there = root_.open_directory(path);
    }
    const auto name = there.is_open() ? name_of_descriptor(there.get()) : std::nullopt;
    const WatchedDirectory named = {name.value_or(root_.path()), each.below};
    if (watched_.insert(named).second) {
      listen_to_watched(named);
    }
  }
  return {};
}

void FanotifyEvents::listen_to_watched(const WatchedDirectory& watched) {
  listen_to_mount(watched.path);
  for (const MountedPlace& place : places_) {
    if (watched.below && is_at_or_below(watched.path, place.point)) {
      listen_to_mount(place.point);
    }
  }
}

void FanotifyEvents::listen_to_mount(const std::string& point) {
  if (!listen_to(point)) {
    unheard_[point] = false;
  }
}

Result<void> FanotifyEvents::listen_to(const std::string& path) {
  const FileDescriptor directory(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  struct statfs status = {};
  if (!directory.is_open() || ::fstatfs(directory.get(), &status) != 0) {
    // A file that something is mounted on is no directory; what holds it tells of it.
    return errno == ENOTDIR || errno == ENOENT ? Result<void>()
                                               : std::unexpected(os_error(errno, "opening", path));
  }
  const auto type = static_cast<std::uint64_t>(status.f_type);
  if (tells_nothing(type) || tells_its_own_alone(type)) {
    unheard_[path] = tells_nothing(type);
  }
  const SystemId id = id_of(&status.f_fsid);
  if (tells_nothing(type) || systems_.contains(id)) {
    return {};
  }
  FileDescriptor opened(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened.is_open() ||
      ::fanotify_mark(queue(), FAN_MARK_ADD | FAN_MARK_FILESYSTEM, kMask, opened.get(), nullptr) !=
          0) {
    return std::unexpected(os_error(errno, "listening to", path));
  }
  const int mount = mount_of(opened.get());
  System& system = systems_.emplace(id, System{std::move(opened), mount}).first->second;
  prefer_whole(system);
  return {};
}

// By way of a mount of a part of the file system what is beside that part has no name.
void FanotifyEvents::prefer_whole(System& system) const {
  const auto part = std::find_if(places_.begin(), places_.end(), [&](const MountedPlace& each) {
    return each.id == system.mount;
  });
  if (part == places_.end() || part->source == "/") {
    return;
  }
  for (const MountedPlace& place : places_) {
    if (place.device != part->device || place.source != "/") {
      continue;
    }
    FileDescriptor opened(::open(place.point.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (opened.is_open() && mount_of(opened.get()) == place.id) {
      system = {std::move(opened), place.id};
      return;
    }
  }
}

Result<bool> FanotifyEvents::read_once() {
  alignas(fanotify_event_metadata) std::array<char, 32'768> buffer;
  const ssize_t size = ::read(queue(), buffer.data(), buffer.size());
  if (size < 0) {
    return errno == EAGAIN || errno == EINTR
               ? Result<bool>(false)
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
      lose();
    } else {
      take(at);
    }
    at += event.event_len;
    left -= event.event_len;
  }
  return true;
}

// An event says in which directory something happened, by a handle, and to which name.
void FanotifyEvents::take(const void* event) {
  const char* base = static_cast<const char*>(event);
  fanotify_event_metadata metadata = {};
  std::memcpy(&metadata, base, sizeof metadata);
  if (metadata.event_len < sizeof metadata + sizeof(fanotify_event_info_fid)) {
    return;
  }
  const char* info = base + sizeof metadata;
  fanotify_event_info_fid head = {};
  std::memcpy(&head, info, sizeof head);
  const auto system = systems_.find(id_of(&head.fsid));
  if (head.hdr.info_type != FAN_EVENT_INFO_TYPE_DFID_NAME || system == systems_.end()) {
    return;
  }
  const auto where = directory_of(info, system->second);
  if (!where) {
    return;  // the directory is gone; what held it tells of that
  }
  const auto* handle = reinterpret_cast<const file_handle*>(info + sizeof head);
  const std::string last(info + sizeof head + sizeof(file_handle) + handle->handle_bytes);
  const bool itself = last.empty() || last == ".";
  const bool still_written = (metadata.mask & ~std::uint64_t{FAN_ONDIR}) == FAN_MODIFY;
  for (const std::string& name :
       names_by_mounts(itself ? *where : join_path(*where, last), system->second.mount, places_)) {
    if (const auto inside = root_.inside(name)) {
      hear(*inside, still_written);
    }
  }
}

// `info`: of an event. Where its directory is, as the kernel calls it.
std::optional<std::string> FanotifyEvents::directory_of(const void* info, const System& system) {
  const char* head = static_cast<const char*>(info);
  auto* handle =
      reinterpret_cast<file_handle*>(const_cast<char*>(head + sizeof(fanotify_event_info_fid)));
  const std::string key(
      head, sizeof(fanotify_event_info_fid) + sizeof(file_handle) + handle->handle_bytes);
  const auto [known, added] = known_.try_emplace(key);
  if (added) {
    const FileDescriptor directory(
        ::open_by_handle_at(system.directory.get(), handle, O_PATH | O_CLOEXEC));
    known->second = directory.is_open() ? name_of_descriptor(directory.get()) : std::nullopt;
  }
  return known->second;
}

bool FanotifyEvents::is_watched(const std::string& point) const {
  return std::any_of(watched_.begin(), watched_.end(), [&](const WatchedDirectory& each) {
    return is_at_or_below(point, each.path) || (each.below && is_at_or_below(each.path, point));
  });
}

Result<void> FanotifyEvents::settle(bool called) {
  known_.clear();
  if (called) {
    const std::vector<MountedPlace> before = std::exchange(places_, mounted_places());
    tell_differences(before, places_);
    tell_differences(places_, before);
  }
  return {};
}

// What is mounted in one and not in the other is listened to anew, and told as if it had been
// written.
void FanotifyEvents::tell_differences(const std::vector<MountedPlace>& from,
                                      const std::vector<MountedPlace>& to) {
  for (const MountedPlace& place : from) {
    const bool stays = std::any_of(to.begin(), to.end(), [&](const MountedPlace& each) {
      return each.id == place.id && each.point == place.point;
    });
    if (stays || !is_watched(place.point)) {
      continue;
    }
    unheard_.erase(place.point);
    listen_to_mount(place.point);
    if (const auto inside = root_.inside(place.point)) {
      hear(*inside, false);
    }
  }
}

std::vector<UnheardDirectory> FanotifyEvents::unheard() const {
  std::vector<UnheardDirectory> inside;
  for (const auto& [path, kernel] : unheard_) {
    if (const auto name = root_.inside(path)) {
      inside.push_back({*name, kernel});
    }
  }
  return inside;
}

}  // namespace twoseal
