// Where a run changes files: links on the way may lead elsewhere when they are taken back.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "resources/operation.h"
#include "system/files.h"

namespace twoseal {

/// Names each file by where it is now, without links on the way; what lies behind a link that the
/// run itself makes or takes away stays as it is written. Errors of `files`.
[[nodiscard]] Result<void> name_places(const FileSystem& files, std::vector<Operation>& operations);

/// The files that a run changed, by name_places(), when they are taken back.
class Places {
 public:
  /// `files` must outlive it. Errors of `files`.
  [[nodiscard]] static Result<Places> of(const FileSystem& files,
                                         const std::vector<Operation>& operations);

  /// Whether `one` of the operations still is where it was changed, and nowhere else.
  /// Errc::changed_meanwhile when it leads elsewhere or has further names; errors of the file
  /// system.
  [[nodiscard]] Result<void> check(const Operation& one) const;

 private:
  Places(const FileSystem& files, std::set<std::string> links)
      : files_(&files), links_(std::move(links)) {}

  const FileSystem* files_;
  std::set<std::string> links_;  ///< that the run itself made or took away
};

}  // namespace twoseal
