// The files of a host, as resources see and change them. docs/formats/state.md says what they want.
//
// Paths are absolute and plain (no `.`, `..`, `//`, trailing slash or NUL). The last part of a path
// is never followed; of the parts before it a link is followed only when root owns it and nobody
// else may write the directory that it stands in. So no other user can lead root elsewhere.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/id.h"
#include "base/result.h"

namespace twoseal {

enum class FileKind : std::uint8_t { regular, directory, symlink, other };

/// What a path names. `mode`: the twelve permission bits. `changed_ns`: ctime in nanoseconds.
struct FileInfo {
  FileKind kind = FileKind::other;
  std::uint32_t mode = 0;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::uint64_t size = 0;
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t links = 1;
  std::int64_t changed_ns = 0;

  bool operator==(const FileInfo&) const = default;
};

/// Whether both are the same unchanged thing: by device, inode, size and ctime; a directory by
/// device, inode, mode and owner, as its size and ctime change with each file that is made in it.
[[nodiscard]] bool is_same_file(const FileInfo& a, const FileInfo& b);

/// A regular file as it was read, its information taken from the open file.
struct FileBytes {
  FileInfo info;
  Bytes bytes;
};

struct FileDigest {
  FileInfo info;
  Digest digest;
};

enum class FileAct : std::uint8_t {
  write,           ///< a regular file in the place of whatever file or link is there
  make_directory,  ///< one that is not there
  make_symlink,    ///< in the place of whatever file or link is there
  set_attributes,  ///< mode and owner of a regular file or directory that is there
  remove,          ///< a file, a link, or an empty directory
};

/// One change of one path. `bytes`: the content, or where the link leads. A link has no mode.
/// `before`: what must be there when it happens, told by is_same_file(); nothing: the path must be
/// free, so that set_attributes and remove always need one.
struct FileChange {
  FileAct act = FileAct::write;
  std::string path;
  std::shared_ptr<const Bytes> bytes;
  std::uint32_t mode = 0;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::optional<FileInfo> before;
};

/// A file that only grows. Errors as those of FileSystem.
class AppendFile {
 public:
  virtual ~AppendFile() = default;

  AppendFile() = default;
  AppendFile(const AppendFile&) = delete;
  AppendFile& operator=(const AppendFile&) = delete;

  /// All of `bytes`, or an error after which the end of the file is unknown: cut it with
  /// truncate().
  [[nodiscard]] virtual Result<void> append(BytesView bytes) = 0;

  /// After it returns, what was appended survives a loss of power. Never called again after an
  /// error: the kernel may have dropped what the first call did not write.
  [[nodiscard]] virtual Result<void> sync() = 0;

  [[nodiscard]] virtual Result<void> truncate(std::uint64_t size) = 0;

  [[nodiscard]] virtual std::uint64_t size() const = 0;
};

/// Errors of every verb: Errc::no_permission, Errc::io_failed, Errc::unsafe_path when a part of the
/// path could be exchanged by somebody else than root; each names the path. Safe for several
/// threads at once, but two that change one path at a time have no order.
class FileSystem {
 public:
  virtual ~FileSystem() = default;

  FileSystem() = default;
  FileSystem(const FileSystem&) = delete;
  FileSystem& operator=(const FileSystem&) = delete;

  /// What is there; nothing when the path or a directory before it is absent.
  [[nodiscard]] virtual Result<std::optional<FileInfo>> look(const std::string& path) const = 0;

  /// A regular file, opened without waiting. Errc::no_input when there is none, Errc::not_regular
  /// for anything else, Errc::too_large above `size_max`, also when it grows meanwhile.
  [[nodiscard]] virtual Result<FileBytes> read(const std::string& path,
                                               std::size_t size_max) const = 0;

  /// The same without keeping the bytes: reads in pieces of at most 64 KiB.
  [[nodiscard]] virtual Result<FileDigest> digest(const std::string& path,
                                                  std::uint64_t size_max) const = 0;

  /// Where a link leads. Errc::no_input, Errc::not_regular when it is no link.
  [[nodiscard]] virtual Result<std::string> read_link(const std::string& path) const = 0;

  /// Names in a directory, ascending. Errc::no_input, Errc::not_regular when it is none,
  /// Errc::too_large above `count_max`.
  [[nodiscard]] virtual Result<std::vector<std::string>> list(const std::string& path,
                                                              std::size_t count_max) const = 0;

  /// Whether every user of the host can read the file: `r` of the file and `x` of each directory
  /// before it for others. False when it is absent.
  [[nodiscard]] virtual Result<bool> readable_by_all(const std::string& path) const = 0;

  /// Makes the changes in order and syncs them together. Each is whole or not done: what is made is
  /// made under a temporary_name() beside the target, synced, and renamed; extended attributes and
  /// access lists of a file that is replaced are kept. A regular file with several names is
  /// replaced, never written through. Attributes of one with a single name, and of a directory, are
  /// set in place, in an order that never grants more than the old or the new ones.
  ///
  /// After an error those before it may be done, none is half done, and no temporary file is left;
  /// after a crash one may be: sweep_temporaries(). Errc::disk_full; Errc::bad_output when the
  /// directory is missing; Errc::not_regular when a directory, device or pipe stands where a file
  /// or link shall be; Errc::changed_meanwhile when `before` does not hold; Errc::sync_failed when
  /// it is not known what would survive a loss of power: nothing more may be written then.
  [[nodiscard]] virtual Result<void> apply(std::span<const FileChange> changes) = 0;

  /// Opens, or makes with mode 0600, a file to append to. Errc::bad_output when its directory is
  /// missing, Errc::not_regular when something else has this name.
  [[nodiscard]] virtual Result<std::unique_ptr<AppendFile>> append_to(const std::string& path) = 0;

  /// Octets that root could still write where `path` is.
  [[nodiscard]] virtual Result<std::uint64_t> free_space(const std::string& path) const = 0;

  /// Keeps others (useradd, passwd, a person's vipw) from changing /etc/passwd, shadow, group and
  /// gshadow until the lock dies. Waits at most 15 s; Errc::try_again.
  class AccountLock {
   public:
    virtual ~AccountLock() = default;
  };

  [[nodiscard]] virtual Result<std::unique_ptr<AccountLock>> lock_accounts() = 0;
};

/// How the names of temporary files begin: what a crash may leave beside a target of apply().
inline constexpr std::string_view kTemporaryPrefix = ".twoseal-";

/// The prefix and 16 hex digits.
[[nodiscard]] std::string temporary_name(std::uint64_t number);

[[nodiscard]] bool is_temporary_name(std::string_view name);

/// Removes what a crash left in the directories in which `paths` stand, and says how many they
/// were. Not while somebody else calls apply() there.
[[nodiscard]] Result<std::size_t> sweep_temporaries(FileSystem& files,
                                                    std::span<const std::string> paths);

}  // namespace twoseal
