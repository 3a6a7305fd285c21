// The files of a host as an inspection reads them: everything that is there, as it is, links and
// pseudo files included, and nothing is changed. Beside FileSystem (files.h), which refuses ways
// that somebody else than root could lead elsewhere: an inspection must see those too, because they
// are what it looks for. It never leaves the root: a link leads within it, whatever it says.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace twoseal {

enum class NodeKind : std::uint8_t {
  unknown,  ///< of an entry of a directory that does not say
  regular,
  directory,
  symlink,
  fifo,
  socket,
  character_device,
  block_device,
};

/// What lstat(2) tells. `mode`: the twelve permission bits. Times in seconds since 1970.
struct NodeStatus {
  NodeKind kind = NodeKind::unknown;
  std::uint32_t mode = 0;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::uint64_t size = 0;
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t accessed = 0;
  std::int64_t modified = 0;
  std::int64_t changed = 0;
};

/// A name in a directory.
struct NodeEntry {
  std::string_view name;
  NodeKind kind = NodeKind::unknown;
};

enum class FollowLast : std::uint8_t { no, yes };

/// Whose files a file system holds: those of this machine, of another one, or nobody's (/proc).
enum class Storage : std::uint8_t { local, remote, kernel };

/// An open directory. Errors as those of FileTree. What it holds is reached through it, however
/// long the path to it is. Only the tree follows links: from within a directory they could lead out
/// of the root.
class NodeDirectory {
 public:
  virtual ~NodeDirectory() = default;

  NodeDirectory() = default;
  NodeDirectory(const NodeDirectory&) = delete;
  NodeDirectory& operator=(const NodeDirectory&) = delete;

  [[nodiscard]] virtual Result<NodeStatus> status() const = 0;

  /// What it holds, one name with each call, without `.` and `..`, in no order; nothing at the end.
  /// The name lives until the next call: millions of them are never held at once.
  [[nodiscard]] virtual Result<std::optional<NodeEntry>> next() = 0;

  /// What has the name itself, a link as a link. Nothing when the name is free.
  [[nodiscard]] virtual Result<std::optional<NodeStatus>> status_of(
      std::string_view name) const = 0;

  /// A directory in it. nullptr when there is none of that name, or only a link.
  [[nodiscard]] virtual Result<std::unique_ptr<NodeDirectory>> open(
      std::string_view name) const = 0;

  /// The content of a regular file in it. Nothing when the name is free. Errors as
  /// FileTree::read(); a link is no regular file.
  [[nodiscard]] virtual Result<std::optional<Bytes>> read(std::string_view name,
                                                          std::size_t size_max) const = 0;

  /// As FileTree::has_access_list(), but of a link nothing.
  [[nodiscard]] virtual std::optional<bool> has_access_list(std::string_view name) const = 0;

  /// Where its files are kept; local when that cannot be told.
  [[nodiscard]] virtual Storage storage() const = 0;
};

/// Everything that a directory holds, through `take(NodeEntry)`.
template <class Take>
[[nodiscard]] Result<void> each_entry(NodeDirectory& directory, Take take) {
  for (;;) {
    TWOSEAL_TRY(const auto entry, directory.next());
    if (!entry) {
      return {};
    }
    take(*entry);
  }
}

/// Paths are absolute, otherwise as they come: `//`, `..` and links mean what they mean to the
/// kernel, below the root. Errc::no_permission, Errc::io_failed; each names the path.
/// Safe for several threads at once.
class FileTree {
 public:
  virtual ~FileTree() = default;

  FileTree() = default;
  FileTree(const FileTree&) = delete;
  FileTree& operator=(const FileTree&) = delete;

  /// Nothing when the path is absent, or a link on it leads nowhere or in a circle.
  [[nodiscard]] virtual Result<std::optional<NodeStatus>> status(const std::string& path,
                                                                 FollowLast follow) const = 0;

  /// nullptr when there is no such directory. Links lead to it.
  [[nodiscard]] virtual Result<std::unique_ptr<NodeDirectory>> open(
      const std::string& path) const = 0;

  /// The content of a regular file, also of one whose size is not known before (/proc); links lead
  /// to it. Nothing when the path is absent. Errc::not_regular, Errc::too_large above `size_max`.
  [[nodiscard]] virtual Result<std::optional<Bytes>> read(const std::string& path,
                                                          std::size_t size_max) const = 0;

  /// At most `size` octets of a regular file from `offset` on, of one that is larger than anybody
  /// would read; fewer, or none, where it ends before. Nothing when the path is absent.
  /// Errc::not_regular.
  [[nodiscard]] virtual Result<std::optional<Bytes>> read_part(const std::string& path,
                                                               std::uint64_t offset,
                                                               std::size_t size) const = 0;

  /// The extended attribute (xattr(7)), `security.selinux`; links are followed. Nothing when the
  /// path is absent, or has no such attribute.
  [[nodiscard]] virtual Result<std::optional<Bytes>> attribute(
      const std::string& path, const std::string& attribute) const = 0;

  /// Where a link leads. Nothing when the path is absent or is no link.
  [[nodiscard]] virtual Result<std::optional<std::string>> read_link(
      const std::string& path) const = 0;

  /// The path without links, `.` and `..`. Nothing when it is absent.
  [[nodiscard]] virtual Result<std::optional<std::string>> real_path(
      const std::string& path) const = 0;

  /// Whether a file has an access list beyond its mode, or a directory one for what is made in it.
  /// Links are followed. Nothing when that cannot be told.
  [[nodiscard]] virtual std::optional<bool> has_access_list(const std::string& path) const = 0;

  /// The file system type that statfs(2) tells, as file_systems.h names them; 0 when absent.
  [[nodiscard]] virtual std::uint64_t file_system_type(const std::string& path) const = 0;

  /// Octets of the file system that holds the path: whole, free, free for all, and those of the
  /// blocks that it counts in. Nothing when absent.
  struct Space {
    std::uint64_t total = 0;
    std::uint64_t free = 0;
    std::uint64_t available = 0;
    std::uint64_t block = 0;
  };

  [[nodiscard]] virtual std::optional<Space> space(const std::string& path) const = 0;
};

}  // namespace twoseal
