// FileTree over this machine's files below a root directory, through openat2 with
// RESOLVE_IN_ROOT: the kernel itself keeps every link within the root.
#pragma once

#include "base/os_file.h"
#include "system/file_tree.h"

namespace twoseal {

class LinuxFileTree : public FileTree {
 public:
  /// Errors of opening `root`: Errc::no_input, Errc::no_permission, Errc::not_regular when it is no
  /// directory.
  [[nodiscard]] static Result<std::unique_ptr<LinuxFileTree>> open_root(const std::string& root);

  [[nodiscard]] Result<std::optional<NodeStatus>> status(const std::string& path,
                                                         FollowLast follow) const override;
  [[nodiscard]] Result<std::unique_ptr<NodeDirectory>> open(const std::string& path) const override;
  [[nodiscard]] Result<std::optional<Bytes>> read(const std::string& path,
                                                  std::size_t size_max) const override;
  [[nodiscard]] Result<std::optional<Bytes>> read_part(const std::string& path,
                                                       std::uint64_t offset,
                                                       std::size_t size) const override;
  [[nodiscard]] Result<std::optional<Bytes>> attribute(const std::string& path,
                                                       const std::string& attribute) const override;
  [[nodiscard]] Result<std::optional<std::string>> read_link(
      const std::string& path) const override;
  [[nodiscard]] Result<std::optional<std::string>> real_path(
      const std::string& path) const override;
  [[nodiscard]] std::optional<bool> has_access_list(const std::string& path) const override;
  [[nodiscard]] std::uint64_t file_system_type(const std::string& path) const override;
  [[nodiscard]] std::optional<Space> space(const std::string& path) const override;

  /// A socket, for connecting to it by way of /proc/self/fd: to no other than one within the root.
  /// Errors of opening it; Errc::io_failed for what is no socket.
  [[nodiscard]] Result<FileDescriptor> open_socket(const std::string& path) const;

  /// What the kernel calls the root, as in the mount table; empty when it does not tell.
  [[nodiscard]] std::string root_path() const;

 private:
  explicit LinuxFileTree(FileDescriptor root) : root_(std::move(root)) {}

  // -1 and errno.
  [[nodiscard]] FileDescriptor open_at_root(const std::string& path, int flags) const;

  FileDescriptor root_;
};

}  // namespace twoseal
