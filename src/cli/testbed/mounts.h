// What the kernel holds below a directory: mounts, and the loop device of an image.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/testbed/tools.h"

namespace twoseal::testbed {

/// A line of /proc/self/mountinfo.
struct Mount {
  std::string path;  ///< where it is mounted
  std::string type;  ///< `ext4`, `overlay`, `cgroup2`

  bool operator==(const Mount&) const = default;
};

/// In the order of mounting. `text`: of mountinfo, as proc_pid_mountinfo(5) describes it.
[[nodiscard]] std::vector<Mount> parse_mounts(std::string_view text);

/// Those of this machine. Errc::io_failed.
[[nodiscard]] Result<std::vector<Mount>> mounts();

[[nodiscard]] Result<bool> is_mounted(const std::string& path);

/// Unmounts `directory` and everything below it, the last mounted first. Errc::testbed_stuck with
/// the mount that somebody still uses after some seconds.
[[nodiscard]] Result<void> unmount_below(const std::string& directory);

/// Frees loop devices that still have `image` (a run was ended between two steps).
[[nodiscard]] Result<void> free_loop_devices(const std::string& image, const Tools& tools);

}  // namespace twoseal::testbed
