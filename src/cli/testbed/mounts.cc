#include "cli/testbed/mounts.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <sys/mount.h>
#include <thread>

#include "base/os_file.h"
#include "system/mount_table.h"

namespace twoseal::testbed {
namespace {

constexpr std::size_t kMountInfoMax = std::size_t{16} * 1024 * 1024;
constexpr std::size_t kPathField = 4;
constexpr auto kUnmountWait = std::chrono::seconds(5);
constexpr auto kPause = std::chrono::milliseconds(50);

Result<void> unmount(const std::string& path) {
  const auto end = std::chrono::steady_clock::now() + kUnmountWait;
  while (::umount2(path.c_str(), UMOUNT_NOFOLLOW) != 0) {
    if (errno == EINVAL || errno == ENOENT) {
      return {};  // somebody else was faster
    }
    if (errno != EBUSY) {
      return std::unexpected(os_error(errno, "unmounting", path));
    }
    if (std::chrono::steady_clock::now() > end) {
      return fail(Errc::testbed_stuck, "something still uses this mount", path);
    }
    std::this_thread::sleep_for(kPause);
  }
  return {};
}

}  // namespace

std::vector<Mount> parse_mounts(std::string_view text) {
  std::vector<Mount> found;
  for (const std::string& line : split_text(text, '\n')) {
    const auto words = split_text(line, ' ');
    const auto dash = std::find(words.begin(), words.end(), "-");
    if (words.size() > kPathField && dash != words.end() && dash + 1 != words.end()) {
      found.push_back({unescaped_mount_word(words[kPathField]), *(dash + 1)});
    }
  }
  return found;
}

Result<std::vector<Mount>> mounts() {
  TWOSEAL_TRY(const Bytes text, read_file("/proc/self/mountinfo", kMountInfoMax));
  return parse_mounts(text);
}

Result<bool> is_mounted(const std::string& path) {
  TWOSEAL_TRY(const auto all, mounts());
  return std::any_of(
      all.begin(), all.end(), [&](const Mount& mount) { return mount.path == path; });
}

Result<void> unmount_below(const std::string& directory) {
  TWOSEAL_TRY(const auto all, mounts());
  for (auto mount = all.rbegin(); mount != all.rend(); ++mount) {
    if (mount->path == directory || mount->path.starts_with(directory + "/")) {
      TWOSEAL_TRY_VOID(unmount(mount->path));
    }
  }
  return {};
}

Result<void> free_loop_devices(const std::string& image, const Tools& tools) {
  if (!path_exists(image)) {
    return {};
  }
  TWOSEAL_TRY(const Bytes devices,
              tools.run(Errc::testbed_refused,
                        {"losetup", "--noheadings", "--output", "NAME", "-j", image}));
  for (const std::string& device : split_text(devices, '\n')) {
    TWOSEAL_TRY_VOID(tools.run(Errc::testbed_refused, {"losetup", "-d", device}));
  }
  return {};
}

}  // namespace twoseal::testbed
