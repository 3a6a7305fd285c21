// Events of whole file systems. Needs root, and a file system that names files by handles.
// Source: fanotify(7), FAN_REPORT_DFID_NAME.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <utility>

#include "sensors/mount_names.h"
#include "sensors/queued_events.h"
#include "sensors/watched_root.h"

namespace twoseal {

class FanotifyEvents : public QueuedEvents {
 public:
  /// Errc::no_permission, Errc::io_failed when not even the file system of the root can be listened
  /// to. What else cannot be is named by unheard().
  [[nodiscard]] static Result<std::unique_ptr<FanotifyEvents>> open(
      const std::string& root, std::span<const WatchedDirectory> watched);

  /// Never fails.
  [[nodiscard]] Result<void> add(std::span<const WatchedDirectory> watched) override;

  [[nodiscard]] std::vector<UnheardDirectory> unheard() const override;

 private:
  using SystemId = std::pair<int, int>;

  // A file system that is listened to: any directory on it, and by way of which mount.
  struct System {
    FileDescriptor directory;
    int mount = 0;
  };

  FanotifyEvents(WatchedRoot root, FileDescriptor queue, FileDescriptor mounts)
      : QueuedEvents(std::move(queue)), root_(std::move(root)), mounts_(std::move(mounts)) {}

  Result<bool> read_once() override;
  Result<void> settle(bool called) override;

  [[nodiscard]] int aside() const override { return mounts_.get(); }

  Result<void> listen_to(const std::string& path);
  void prefer_whole(System& system) const;
  void tell_differences(const std::vector<MountedPlace>& from, const std::vector<MountedPlace>& to);
  void listen_to_mount(const std::string& point);
  void listen_to_watched(const WatchedDirectory& watched);
  [[nodiscard]] bool is_watched(const std::string& point) const;
  void take(const void* event);
  [[nodiscard]] std::optional<std::string> directory_of(const void* event, const System& system);

  WatchedRoot root_;
  FileDescriptor mounts_;  // its readiness says that mounts have changed
  std::vector<MountedPlace> places_;
  std::set<WatchedDirectory> watched_;  // as the kernel calls them
  std::map<SystemId, System> systems_;
  std::map<std::string, bool> unheard_;  // as the kernel calls them; whether it is its own
  // Within one emptying of the queue: where the directory of a handle is.
  std::map<std::string, std::optional<std::string>> known_;
};

}  // namespace twoseal
