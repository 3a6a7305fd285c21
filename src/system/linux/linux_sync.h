// Syncing what was written together: each file by itself while they are few, the whole file system
// once when they are many. Where the turn is was not measured on spinning disks; on one with a
// journal fsync of the 33rd file waits for no less than syncfs does.
#pragma once

#include <map>
#include <vector>

#include "base/os_file.h"
#include "base/result.h"
#include "system/files.h"

namespace twoseal {

class LinuxSync {
 public:
  /// Takes a file or directory that was opened to be read or written. `info`: of it.
  void add(FileDescriptor file, const FileInfo& info);

  /// Syncs all that was added and forgets it. Errc::sync_failed.
  [[nodiscard]] Result<void> sync();

 private:
  std::vector<FileDescriptor> few_;
  std::map<std::uint64_t, FileDescriptor> devices_;
  std::vector<std::uint64_t> few_devices_;
};

}  // namespace twoseal
