// From a path to an open file, so that nobody but root can lead the way elsewhere meanwhile.
//
// One call of openat2 that refuses every link serves nearly all paths: it costs what open() costs.
// Where a link stands on the way, the path is walked part by part. A directory that others may
// write is walked through all the same: it is opened without following, so what is found there is
// theirs to choose, but it stays below their directory.
#pragma once

#include <string>
#include <sys/stat.h>

#include "base/os_file.h"
#include "base/result.h"
#include "system/files.h"

namespace twoseal {

/// A directory (opened with O_PATH) and a name in it that may be free. `searchable`: every user may
/// walk to the directory and through it; told by walk() alone.
struct LinuxPlace {
  FileDescriptor directory;
  std::string name;
  bool searchable = true;
};

/// Paths below one root directory. Safe for several threads at once.
class LinuxPaths {
 public:
  /// A `root` that cannot be opened makes every verb fail with Errc::io_failed.
  explicit LinuxPaths(const std::string& root);

  /// Opens what the path names with the open(2) flags `flags`; O_NOFOLLOW and O_CLOEXEC are added.
  /// Errc::no_input when it is absent, Errc::not_regular for a link (but with O_PATH) and what
  /// cannot be opened so, Errc::unsafe_path, Errc::no_permission, Errc::io_failed.
  [[nodiscard]] Result<FileDescriptor> open(const std::string& path, int flags) const;

  /// The directory in which the last part stands. Errors as open(); Errc::unsafe_path also for `/`.
  [[nodiscard]] Result<LinuxPlace> place(const std::string& path) const;

  /// As place(), part by part.
  [[nodiscard]] Result<LinuxPlace> walk(const std::string& path) const;

 private:
  FileDescriptor root_;
};

/// What fstat() told.
[[nodiscard]] FileInfo info_of(const struct stat& status);

/// fstat(). `path`: for the error.
[[nodiscard]] Result<FileInfo> info_of(int descriptor, const std::string& path);

/// What has the name in the directory; nothing when it is free.
[[nodiscard]] Result<std::optional<FileInfo>> info_at(const LinuxPlace& place,
                                                      const std::string& path);

}  // namespace twoseal
