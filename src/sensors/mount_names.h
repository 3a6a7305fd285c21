// By which names a file is reached, as the mounts of this process have it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace twoseal {

/// A row of /proc/self/mountinfo. `source`: the directory or file of the file system that is
/// mounted; the mount is reached at `point`.
struct MountedPlace {
  int id = 0;
  std::string device;
  std::string source;
  std::string point;
};

/// Lines that are none are left out. Source: proc_pid_mountinfo(5).
[[nodiscard]] std::vector<MountedPlace> parse_mounted_places(std::string_view text);

/// Those of this process. Empty when they cannot be read.
[[nodiscard]] std::vector<MountedPlace> mounted_places();

/// Every name of what is called `path` by way of the mount `id`: the same file system may be
/// mounted at several places, as a whole or in part. `path` itself is the first.
[[nodiscard]] std::vector<std::string> names_by_mounts(const std::string& path,
                                                       int id,
                                                       const std::vector<MountedPlace>& places);

}  // namespace twoseal
