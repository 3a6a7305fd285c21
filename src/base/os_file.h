// Files as everything outside the trust core reads and writes them: bounded before the first byte
// is read, never hanging on a pipe, whole or not at all when written.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/limits.h"
#include "base/result.h"

namespace twoseal {

/// Owns a file descriptor and closes it.
class FileDescriptor {
 public:
  FileDescriptor() = default;

  explicit FileDescriptor(int number) : number_(number) {}

  FileDescriptor(FileDescriptor&& other) noexcept : number_(other.release()) {}

  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    reset(other.release());
    return *this;
  }

  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;

  ~FileDescriptor() { reset(); }

  [[nodiscard]] int get() const { return number_; }

  [[nodiscard]] bool is_open() const { return number_ >= 0; }

  /// Gives up the descriptor without closing it.
  [[nodiscard]] int release();

  void reset(int number = -1);

 private:
  int number_ = -1;
};

/// Whether the last part of a path may be a symbolic link.
enum class Links { follow, refuse };

/// The whole of a regular file. Opened without waiting, so that a FIFO or a device cannot hang the
/// caller, and sized before the first byte is read.
///
/// Errc::no_input when there is none, Errc::no_permission, Errc::not_regular for directories,
/// pipes, devices, and links under Links::refuse; Errc::too_large above `size_max` bytes, also when
/// the file grows while it is read; Errc::io_failed. Each names `path`.
[[nodiscard]] Result<Bytes> read_file(const std::string& path,
                                      std::size_t size_max = limits::kObjectMax,
                                      Links links = Links::follow);

/// The same for `name` below `directory`, which is where it ends: no absolute name, no `..` and no
/// link leads out of it. Errors as read_file(); Errc::unsafe_path for a name that leads out.
[[nodiscard]] Result<Bytes> read_file_below(const std::string& directory,
                                            const std::string& name,
                                            std::size_t size_max = limits::kObjectMax);

/// Errc::key_exposed when others than its owner may read or change the file; Errc::no_input.
[[nodiscard]] Result<void> check_owners_alone(const std::string& path);

/// Who may read a new file: its owner (0600), or everybody as far as the umask allows (0644).
enum class Access { owner, everybody };

/// What happens to a file that is there already.
enum class Existing { keep, replace };

/// Whether a file must outlive a loss of power from the moment that it is written. `remakeable`:
/// it can be made again, and thousands of them need not wait for the disk.
enum class Durability { synced, remakeable };

/// Writes a file whole or not at all: a temporary file in the same directory, synced, then moved
/// into place, then the directory synced; under Durability::remakeable without both syncs. A name
/// that is a symbolic link is never followed.
///
/// Errc::exists_already under Existing::keep; Errc::bad_output when the directory is missing or
/// something other than a regular file has this name; Errc::no_permission, Errc::disk_full,
/// Errc::io_failed. After any of them no new file is there and an old one is as it was, but for a
/// failed sync of the directory: then the file is there and may be lost with the power.
[[nodiscard]] Result<void> write_file(const std::string& path,
                                      BytesView bytes,
                                      Access access,
                                      Existing existing,
                                      Durability durability = Durability::synced);

/// Whether write_file() could make the new file `path`, with its errors: for asking before work is
/// done, or before another program is called to make it.
[[nodiscard]] Result<void> check_new_file(const std::string& path);

/// Removes a file, or nothing when there is none. Errc::no_permission, Errc::io_failed.
[[nodiscard]] Result<void> remove_file(const std::string& path);

/// Locks the file `path`, made (0600) when it is missing, for as long as the descriptor is open:
/// the kernel lets go when this process ends, however it ends. A closed descriptor when another one
/// holds it. Errc::not_regular for a link, Errc::bad_output when the directory is missing,
/// Errc::no_permission, Errc::disk_full, Errc::io_failed.
[[nodiscard]] Result<FileDescriptor> lock_file(const std::string& path);

/// Whether anything, also a dangling link, has this name.
[[nodiscard]] bool path_exists(const std::string& path);

/// Whether it is a directory, or a link to one.
[[nodiscard]] bool is_directory(const std::string& path);

/// Makes one directory (0700 or 0755 by `access`), which may exist already when `existing` says
/// replace: nothing in it is touched. Errors as write_file().
[[nodiscard]] Result<void> make_directory(const std::string& path,
                                          Access access,
                                          Existing existing,
                                          Durability durability = Durability::synced);

enum class EntryKind { file, directory, other };

/// `name`: within its directory. Links are `other`: they are not followed.
struct DirectoryEntry {
  std::string name;
  EntryKind kind = EntryKind::other;

  bool operator==(const DirectoryEntry&) const = default;
};

/// What a directory holds, ascending by name, without `.` and `..`. Errc::no_input, also for what
/// is no directory; Errc::no_permission; Errc::too_large above `count_max` entries.
[[nodiscard]] Result<std::vector<DirectoryEntry>> list_directory(const std::string& path,
                                                                 std::size_t count_max);

/// Writes all of `bytes` to an open descriptor, however small the pieces. Errc::disk_full,
/// Errc::stdout_closed when nobody can read it any more (SIGPIPE must be ignored), Errc::io_failed.
[[nodiscard]] Result<void> write_all(int descriptor, BytesView bytes);

/// Reads an open descriptor, which may be a pipe, to its end. Errc::too_large above `size_max`.
[[nodiscard]] Result<Bytes> read_all(int descriptor, std::size_t size_max);

/// To be called first in main(): a closed descriptor 0, 1 or 2 is opened in a way that makes every
/// use of it fail, so that no file opened later can take its number; SIGPIPE and SIGXFSZ are
/// ignored, so that a reader that is gone and a limit on the size of files are errors of write().
void prepare_standard_descriptors();

/// Errc::stdout_closed when standard output is closed or its reader is gone. For asking before
/// work is done whose result could not be delivered.
[[nodiscard]] Result<void> check_standard_output();

/// Errc and text for a failed system call. `doing`: `opening`; `where`: the path.
[[nodiscard]] Error os_error(int number, std::string_view doing, std::string_view where);

}  // namespace twoseal
