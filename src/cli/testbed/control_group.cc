#include "cli/testbed/control_group.h"

#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

#include "base/os_file.h"
#include "cli/testbed/mounts.h"

namespace twoseal::testbed {
namespace {

constexpr std::size_t kGroupsMax = 100'000;
constexpr auto kEmptyWait = std::chrono::seconds(5);
constexpr auto kPause = std::chrono::milliseconds(20);

Result<std::vector<std::string>> hierarchies(std::string_view type) {
  TWOSEAL_TRY(const auto all, mounts());
  std::vector<std::string> roots;
  for (const Mount& mount : all) {
    if (mount.type == type) {
      roots.push_back(mount.path);
    }
  }
  return roots;
}

Result<std::string> group_of(const std::string& name) {
  TWOSEAL_TRY(const auto roots, hierarchies("cgroup2"));
  if (roots.empty()) {
    return fail(Errc::testbed_refused, "no control groups of version 2 are mounted", "");
  }
  return roots.front() + "/" + name;
}

// Depth first. Errc::testbed_stuck when a group has processes.
Result<void> remove_groups(const std::string& group) {
  TWOSEAL_TRY(const auto entries, list_directory(group, kGroupsMax));
  for (const DirectoryEntry& entry : entries) {
    if (entry.kind == EntryKind::directory) {
      TWOSEAL_TRY_VOID(remove_groups(group + "/" + entry.name));
    }
  }
  const auto end = std::chrono::steady_clock::now() + kEmptyWait;
  while (::rmdir(group.c_str()) != 0 && errno != ENOENT) {
    if (errno != EBUSY) {
      return std::unexpected(os_error(errno, "removing", group));
    }
    if (std::chrono::steady_clock::now() > end) {
      return fail(Errc::testbed_stuck, "processes are left in this control group", group);
    }
    std::this_thread::sleep_for(kPause);
  }
  return {};
}

}  // namespace

Result<std::string> make_control_group(const std::string& name) {
  TWOSEAL_TRY(std::string group, group_of(name));
  if (::mkdir(group.c_str(), 0755) != 0 && errno != EEXIST) {
    return fail(Errc::testbed_refused, os_error(errno, "making a control group", "").what, group);
  }
  return group;
}

Result<bool> kill_control_group(const std::string& name) {
  TWOSEAL_TRY(const std::string group, group_of(name));
  const auto events = read_file(group + "/cgroup.events");
  if (!events || events->find("populated 1") == std::string::npos) {
    return false;
  }
  const FileDescriptor file(::open((group + "/cgroup.kill").c_str(), O_WRONLY | O_CLOEXEC));
  if (!file.is_open()) {
    return std::unexpected(os_error(errno, "opening", group + "/cgroup.kill"));
  }
  TWOSEAL_TRY_VOID(write_all(file.get(), "1"));
  return true;
}

Result<void> remove_control_group(const std::string& name) {
  for (const char* type : {"cgroup2", "cgroup"}) {
    TWOSEAL_TRY(const auto roots, hierarchies(type));
    for (const std::string& root : roots) {
      if (is_directory(root + "/" + name)) {
        TWOSEAL_TRY_VOID(remove_groups(root + "/" + name));
      }
    }
  }
  return {};
}

}  // namespace twoseal::testbed
