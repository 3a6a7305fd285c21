// The tree of files of a host in memory: inodes, names, and what of it would survive a loss of
// power. Knows no faults and counts no steps; MemoryFiles does.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "system/files.h"

namespace twoseal {

struct MemoryInode;
using MemoryInodePtr = std::shared_ptr<MemoryInode>;

/// A file, link, directory or anything else. `bytes`: the content, or where the link leads; shared
/// between hosts. `synced`: how many octets of it would survive. `names`: ascending.
struct MemoryInode {
  FileInfo info;
  std::shared_ptr<const Bytes> bytes;
  std::uint64_t synced = 0;
  std::vector<std::pair<std::string, MemoryInodePtr>> names;

  /// What a directory holds under `name`, or nullptr.
  [[nodiscard]] MemoryInodePtr child(std::string_view name) const;
};

/// Where a path leads. `inode` is nullptr when the name is free. `directory` is nullptr for `/`
/// alone. `searchable`: every user may walk to it.
struct MemoryPlace {
  MemoryInodePtr directory;
  std::string name;
  MemoryInodePtr inode;
  bool searchable = true;
};

/// Not for two threads at once.
class MemoryTree {
 public:
  MemoryTree();

  /// Nothing when a directory before the last part is absent. Errc::unsafe_path.
  [[nodiscard]] Result<std::optional<MemoryPlace>> find(const std::string& path) const;

  /// A new inode without a name, of the size of `bytes`.
  [[nodiscard]] MemoryInodePtr make(FileKind kind, std::shared_ptr<const Bytes> bytes);

  /// Gives `name` in `directory` to `inode`, or frees it (nullptr), and takes it from what had it.
  void set_name(const MemoryInodePtr& directory,
                const std::string& name,
                const MemoryInodePtr& inode);

  void set_attributes(const MemoryInodePtr& inode,
                      std::uint32_t mode,
                      std::uint32_t uid,
                      std::uint32_t gid);

  /// Replaces the content of a file that grows, keeping the inode.
  void set_bytes(const MemoryInodePtr& inode, std::shared_ptr<const Bytes> bytes);

  /// What stands now survives; the content of a file that grows only with sync_bytes().
  void sync() { undo_.clear(); }

  void sync_bytes(const MemoryInodePtr& inode) { inode->synced = inode->info.size; }

  /// Takes back what was not synced, but for the `kept` oldest changes of names and attributes: a
  /// file system with a journal loses them in this order.
  void lose_power(std::size_t kept);

  /// Octets of all regular files.
  [[nodiscard]] std::uint64_t used() const;

  /// The moment that is written into what changes from now on.
  void set_now(std::int64_t ns) { now_ns_ = ns; }

 private:
  struct Undo {
    MemoryInodePtr inode;
    std::optional<std::string> name;  // of a directory's entry; nothing: the attributes
    MemoryInodePtr entry;
    FileInfo info;
  };

  void put_name(const MemoryInodePtr& directory,
                const std::string& name,
                const MemoryInodePtr& inode);

  MemoryInodePtr root_;
  std::uint64_t inodes_ = 1;
  std::int64_t now_ns_ = 0;
  std::vector<Undo> undo_;
};

}  // namespace twoseal
