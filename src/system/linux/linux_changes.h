// Making changes of files whole: FileSystem::apply() of this machine.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "system/files.h"
#include "system/linux/linux_paths.h"
#include "system/linux/linux_sync.h"

namespace twoseal {

/// For one call of apply().
class LinuxChanges {
 public:
  /// `paths` must outlive it.
  explicit LinuxChanges(const LinuxPaths& paths) : paths_(paths) {}

  /// As FileSystem::apply() promises.
  [[nodiscard]] Result<void> apply(std::span<const FileChange> changes);

 private:
  /// What was made beside the target, whole but for its name.
  struct Staged {
    LinuxPlace place;
    std::string temporary;
  };

  Result<void> apply_in_order(std::span<const FileChange> changes);
  Result<void> apply_one(const FileChange& change);
  Result<void> write_together(std::span<const FileChange> writes);
  Result<void> stage_write(const FileChange& change, LinuxSync& contents, std::vector<Staged>& all);
  Result<void> make_symlink(const FileChange& change);
  Result<void> make_directory(const FileChange& change);
  Result<void> set_attributes(const FileChange& change);
  Result<void> rewrite(const FileChange& change, int file, const FileInfo& there);
  Result<void> remove(const FileChange& change);
  Result<LinuxPlace> place_of(const FileChange& change) const;
  Result<void> rename(const FileChange& change, const Staged& staged);
  void touch(const LinuxPlace& place);

  const LinuxPaths& paths_;
  LinuxSync changed_;
  std::string last_touched_;
};

}  // namespace twoseal
