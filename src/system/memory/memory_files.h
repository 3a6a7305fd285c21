// The files of a host in memory, with a size, read-only places, faults and crashes.
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "system/files.h"
#include "system/memory/memory_faults.h"
#include "system/memory/memory_tree.h"

namespace twoseal {

class MemoryAppendFile;

/// Acts as root would on a real host. What is set up with put…() counts no steps, fails never, and
/// survives a loss of power.
class MemoryFiles final : public FileSystem {
 public:
  /// Both must outlive it.
  MemoryFiles(Clock& clock, MemoryFaults& faults) : clock_(clock), faults_(faults) {}

  /// A regular file in the place of whatever is there; makes the directories before it (root,
  /// 0755). `bytes` may be shared between hosts.
  void put(const std::string& path,
           std::shared_ptr<const Bytes> bytes,
           std::uint32_t mode = 0644,
           std::uint32_t uid = 0,
           std::uint32_t gid = 0);
  void put(const std::string& path, BytesView bytes);

  void put_directory(const std::string& path,
                     std::uint32_t mode = 0755,
                     std::uint32_t uid = 0,
                     std::uint32_t gid = 0);
  void put_symlink(const std::string& path, const std::string& target, std::uint32_t uid = 0);

  /// Another name of the regular file `existing`.
  void put_link(const std::string& path, const std::string& existing);

  /// A device, pipe or socket.
  void put_other(const std::string& path);

  /// Frees the name, also of a directory with all that it holds.
  void erase(const std::string& path);

  /// The content of a regular file; empty when there is none.
  [[nodiscard]] Bytes text(const std::string& path) const;

  /// At most this many octets in all regular files together. Without limit at first.
  void set_capacity(std::uint64_t octets);

  /// Nothing at or below `path` can be changed while it is read-only, as on such a mount.
  void set_read_only(const std::string& path, bool read_only);

  /// Somebody else has, or gives back, the lock of the account files.
  void hold_account_lock(bool held);

  /// What was not synced is gone, but for the `kept` oldest changes of names and attributes.
  void lose_power(std::size_t kept);

  /// Microseconds since 1970, later at each call.
  [[nodiscard]] std::int64_t stamp_us() const;

  [[nodiscard]] Result<std::optional<FileInfo>> look(const std::string& path) const override;
  [[nodiscard]] Result<FileBytes> read(const std::string& path,
                                       std::size_t size_max) const override;
  [[nodiscard]] Result<FileDigest> digest(const std::string& path,
                                          std::uint64_t size_max) const override;
  [[nodiscard]] Result<std::string> read_link(const std::string& path) const override;
  [[nodiscard]] Result<std::vector<std::string>> list(const std::string& path,
                                                      std::size_t count_max) const override;
  [[nodiscard]] Result<bool> readable_by_all(const std::string& path) const override;
  [[nodiscard]] Result<void> apply(std::span<const FileChange> changes) override;
  [[nodiscard]] Result<std::unique_ptr<AppendFile>> append_to(const std::string& path) override;
  [[nodiscard]] Result<std::uint64_t> free_space(const std::string& path) const override;
  [[nodiscard]] Result<std::unique_ptr<AccountLock>> lock_accounts() override;

 private:
  friend class MemoryAppendFile;
  friend class MemoryAccountLock;

  struct Staged {
    MemoryInodePtr directory;
    std::string temporary;
  };

  void put_inode(const std::string& path, const MemoryInodePtr& inode) REQUIRES(mutex_);
  Result<MemoryInodePtr> regular(const std::string& path, std::uint64_t size_max) const
      REQUIRES(mutex_);
  Result<void> apply_in_order(std::span<const FileChange> changes) REQUIRES(mutex_);
  Result<void> write_together(std::span<const FileChange> writes) REQUIRES(mutex_);
  Result<void> stage(const FileChange& change, FileKind kind, std::vector<Staged>& staged)
      REQUIRES(mutex_);
  Result<void> rename(const FileChange& change, const Staged& staged) REQUIRES(mutex_);
  Result<void> make_named(const FileChange& change, FileKind kind) REQUIRES(mutex_);
  Result<void> set_attributes(const FileChange& change) REQUIRES(mutex_);
  Result<void> remove(const FileChange& change) REQUIRES(mutex_);
  Result<MemoryPlace> place_to_change(const FileChange& change) const REQUIRES(mutex_);
  Result<MemoryPlace> expected_place(const FileChange& change) const REQUIRES(mutex_);
  Result<void> check_writable(const std::string& path) const REQUIRES(mutex_);
  Result<void> check_space(std::uint64_t more, const std::string& path) const REQUIRES(mutex_);

  Clock& clock_;
  MemoryFaults& faults_;
  mutable Mutex mutex_;
  mutable MemoryTree tree_ GUARDED_BY(mutex_);
  mutable std::int64_t last_us_ GUARDED_BY(mutex_) = 0;
  std::uint64_t capacity_ GUARDED_BY(mutex_) = std::numeric_limits<std::uint64_t>::max();
  std::vector<std::string> read_only_ GUARDED_BY(mutex_);
  std::uint64_t temporaries_ GUARDED_BY(mutex_) = 0;
  bool accounts_locked_ GUARDED_BY(mutex_) = false;

  std::int64_t stamp_locked_us() const REQUIRES(mutex_);
};

}  // namespace twoseal
