// The root directory that paths are below, opened so that no link leads out of it.
#pragma once

#include <optional>
#include <string>

#include "base/os_file.h"
#include "base/result.h"

namespace twoseal {

class WatchedRoot {
 public:
  /// `root`: as somebody writes it, relative or over links too. Errc::no_input,
  /// Errc::no_permission, Errc::io_failed.
  [[nodiscard]] static Result<WatchedRoot> open(const std::string& root);

  /// As the kernel calls it.
  [[nodiscard]] const std::string& path() const { return path_; }

  /// A directory below it, links followed within the root. Not open, with errno, when there is none
  /// or it cannot be reached. It can be looked at and named, not read.
  [[nodiscard]] FileDescriptor open_directory(const std::string& path) const;

  /// The path below the root of what the kernel calls `path`; nothing when it is not below.
  [[nodiscard]] std::optional<std::string> inside(const std::string& path) const;

 private:
  WatchedRoot(std::string path, FileDescriptor root)
      : path_(std::move(path)), root_(std::move(root)) {}

  std::string path_;
  FileDescriptor root_;
};

/// `path` as it is called below `root`; nothing when it is not below.
[[nodiscard]] std::optional<std::string> inside_path(const std::string& root,
                                                     const std::string& path);

/// How the kernel calls the file of a descriptor; nothing when it cannot tell.
[[nodiscard]] std::optional<std::string> name_of_descriptor(int descriptor);

/// By which an open descriptor is reached as a path.
[[nodiscard]] std::string path_of_descriptor(int descriptor);

}  // namespace twoseal
