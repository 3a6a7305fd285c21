#include "base/os_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <memory>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <system_error>
#include <unistd.h>

namespace twoseal {
namespace {

constexpr std::size_t kChunk = 64U * 1024;
constexpr int kTemporaryNamesMax = 100;
constexpr int kBeneathTriesMax = 64;
constexpr int kReading = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

Errc errc_of(int number) {
  switch (number) {
    case ENOENT:
    case ENOTDIR:
    case ENAMETOOLONG:
      return Errc::no_input;
    case EACCES:
    case EPERM:
    case EROFS:
      return Errc::no_permission;
    case ELOOP:
    case EISDIR:
    case ENXIO:
      return Errc::not_regular;
    case ENOSPC:
    case EDQUOT:
      return Errc::disk_full;
    case EEXIST:
      return Errc::exists_already;
    case EPIPE:
      return Errc::stdout_closed;
    default:
      return Errc::io_failed;
  }
}

// What went wrong with something that is written, where a missing directory is no missing input.
std::unexpected<Error> fail_output(int number, std::string_view doing, std::string_view where) {
  Error error = os_error(number, doing, where);
  if (error.code == Errc::no_input || error.code == Errc::not_regular) {
    error.code = Errc::bad_output;
  }
  return std::unexpected(std::move(error));
}

Error too_large(std::size_t size_max, const std::string& where) {
  return {Errc::too_large, "larger than " + std::to_string(size_max) + " bytes", where};
}

std::string kind_text(mode_t mode) {
  if (S_ISDIR(mode)) {
    return "a directory";
  }
  if (S_ISFIFO(mode)) {
    return "a named pipe";
  }
  if (S_ISLNK(mode)) {
    return "a symbolic link";
  }
  return S_ISSOCK(mode) ? "a socket" : "a device";
}

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) {
    return ".";
  }
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string file_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

Result<Bytes> read_to_end(int descriptor, std::size_t size_max, const std::string& where) {
  Bytes bytes;
  while (true) {
    const std::size_t held = bytes.size();
    bytes.resize(held + std::min(kChunk, size_max - held + 1));
    const ssize_t got = ::read(descriptor, bytes.data() + held, bytes.size() - held);
    const int number = errno;
    bytes.resize(held + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got < 0 && number != EINTR) {
      return std::unexpected(os_error(number, "reading", where));
    }
    if (got == 0) {
      return bytes;
    }
    if (bytes.size() > size_max) {
      return std::unexpected(too_large(size_max, where));
    }
  }
}

// A file that was just opened, or was not: then errno says why.
Result<Bytes> read_opened(const FileDescriptor& file,
                          std::size_t size_max,
                          const std::string& path) {
  if (!file.is_open()) {
    return std::unexpected(os_error(errno, "opening", path));
  }
  struct stat status = {};
  if (::fstat(file.get(), &status) != 0) {
    return std::unexpected(os_error(errno, "looking at", path));
  }
  if (!S_ISREG(status.st_mode)) {
    return fail(Errc::not_regular, "is " + kind_text(status.st_mode), path);
  }
  if (std::cmp_greater(status.st_size, size_max)) {
    return std::unexpected(too_large(size_max, path));
  }
  return read_to_end(file.get(), size_max, path);
}

// -1 and errno, which is EXDEV for a name that leads out of `directory`.
int open_beneath(int directory, const std::string& name) {
  open_how how = {};
  how.flags = static_cast<std::uint64_t>(kReading);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  int result = -1;
  for (int i = 0; i < kBeneathTriesMax; ++i) {
    result = static_cast<int>(::syscall(SYS_openat2, directory, name.c_str(), &how, sizeof(how)));
    // EAGAIN: something was renamed while the kernel looked.
    if (result >= 0 || (errno != EAGAIN && errno != EINTR)) {
      break;
    }
  }
  return result;
}

int sync_of(int descriptor) {
  int result = 0;
  do {
    result = ::fsync(descriptor);
  } while (result != 0 && errno == EINTR);
  return result;
}

Result<void> sync_directory(const std::string& path) {
  const FileDescriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // Some file systems have no sync for directories and say so with EINVAL.
  if (!directory.is_open() || (sync_of(directory.get()) != 0 && errno != EINVAL)) {
    return fail_output(errno, "syncing", path);
  }
  return {};
}

// A file of a name that nobody else has, removed again unless it was moved into place.
class TemporaryFile {
 public:
  TemporaryFile() = default;
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  ~TemporaryFile() {
    if (!name_.empty()) {
      ::unlink(name_.c_str());
    }
  }

  Result<void> open(const std::string& path, mode_t mode) {
    const std::string begin = directory_of(path) + "/." + file_of(path).substr(0, 200) + "." +
                              std::to_string(::getpid()) + "-";
    for (int i = 0; i < kTemporaryNamesMax; ++i) {
      std::string name = begin + std::to_string(i) + ".tmp";
      file_.reset(::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
      if (file_.is_open()) {
        name_ = std::move(name);
        return {};
      }
      // NOLINTNEXTLINE(clang-analyzer-unix.Errno): open() has failed, so it has set errno
      if (errno != EEXIST) {
        return fail_output(errno, "making a file in its directory", path);
      }
    }
    return fail(Errc::bad_output, "too many temporary files beside it", path);
  }

  Result<void> fill(BytesView bytes, const std::string& path, Durability durability) {
    if (auto written = write_all(file_.get(), bytes); !written) {
      written.error().where = path;
      return written;
    }
    if (durability == Durability::synced && sync_of(file_.get()) != 0) {
      return fail_output(errno, "syncing", path);
    }
    if (::close(file_.release()) != 0) {
      return fail_output(errno, "closing", path);
    }
    return {};
  }

  Result<void> move_to(const std::string& path, Existing existing) {
    if (existing == Existing::replace) {
      if (::rename(name_.c_str(), path.c_str()) != 0) {
        return fail_output(errno, "renaming to", path);
      }
      name_.clear();
      return {};
    }
    // link() fails when the name is taken; the temporary name goes with this object.
    if (::link(name_.c_str(), path.c_str()) == 0) {
      return {};
    }
    // File systems without hard links say so with EPERM or the like.
    if (errno != EEXIST &&
        ::renameat2(AT_FDCWD, name_.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) == 0) {
      name_.clear();
      return {};
    }
    return fail_output(errno, "naming", path);
  }

 private:
  FileDescriptor file_;
  std::string name_;
};

// Before any byte is written: is this a name that may be written at all?
Result<void> check_output(const std::string& path, Existing existing) {
  if (path.empty() || path.back() == '/') {
    return fail(Errc::bad_output, "'" + path + "' is not the name of a file");
  }
  struct stat status = {};
  if (::lstat(path.c_str(), &status) != 0) {
    return {};
  }
  if (existing == Existing::keep) {
    return fail(Errc::exists_already, "is there already", path);
  }
  if (!S_ISREG(status.st_mode)) {
    return fail(Errc::bad_output, "is " + kind_text(status.st_mode), path);
  }
  return {};
}

}  // namespace

int FileDescriptor::release() {
  return std::exchange(number_, -1);
}

void FileDescriptor::reset(int number) {
  if (number_ >= 0 && number_ != number) {
    ::close(number_);
  }
  number_ = number;
}

Error os_error(int number, std::string_view doing, std::string_view where) {
  return {errc_of(number),
          std::string(doing) + ": " + std::generic_category().message(number),
          std::string(where)};
}

Result<Bytes> read_file(const std::string& path, std::size_t size_max, Links links) {
  struct stat status = {};
  if (links == Links::refuse && ::lstat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
    return fail(Errc::not_regular, "is " + kind_text(status.st_mode), path);
  }
  const int follow = links == Links::refuse ? O_NOFOLLOW : 0;
  FileDescriptor file;
  do {
    file.reset(::open(path.c_str(), kReading | follow));
  } while (!file.is_open() && errno == EINTR);
  return read_opened(file, size_max, path);
}

Result<Bytes> read_file_below(const std::string& directory,
                              const std::string& name,
                              std::size_t size_max) {
  const std::string path = directory + "/" + name;
  const FileDescriptor below(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!below.is_open()) {
    return std::unexpected(os_error(errno, "opening", directory));
  }
  const FileDescriptor file(open_beneath(below.get(), name));
  if (!file.is_open() && errno == EXDEV) {
    return fail(Errc::unsafe_path, "leads out of its directory", path);
  }
  return read_opened(file, size_max, path);
}

Result<void> check_owners_alone(const std::string& path) {
  constexpr mode_t kOthers = 0077;
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0) {
    return std::unexpected(os_error(errno, "looking at", path));
  }
  return (status.st_mode & kOthers) == 0
             ? Result<void>()
             : fail(Errc::key_exposed,
                    "others may read it, or change it",
                    path,
                    "chmod 600 " + path + "; if somebody else may have read it, make a new key");
}

Result<void> write_file(const std::string& path,
                        BytesView bytes,
                        Access access,
                        Existing existing,
                        Durability durability) {
  TWOSEAL_TRY_VOID(check_output(path, existing));
  TemporaryFile file;
  TWOSEAL_TRY_VOID(file.open(path, access == Access::owner ? 0600 : 0644));
  TWOSEAL_TRY_VOID(file.fill(bytes, path, durability));
  TWOSEAL_TRY_VOID(file.move_to(path, existing));
  return durability == Durability::synced ? sync_directory(directory_of(path)) : Result<void>();
}

Result<void> check_new_file(const std::string& path) {
  TWOSEAL_TRY_VOID(check_output(path, Existing::keep));
  const std::string inside = directory_of(path) + "/.";
  if (::faccessat(AT_FDCWD, inside.c_str(), W_OK | X_OK, AT_EACCESS) != 0) {
    return fail_output(errno, "making a file in its directory", path);
  }
  return {};
}

Result<void> remove_file(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
    return fail_output(errno, "removing", path);
  }
  return {};
}

Result<FileDescriptor> lock_file(const std::string& path) {
  constexpr mode_t kPrivate = 0600;
  FileDescriptor file(
      ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, kPrivate));
  if (!file.is_open()) {
    return errno == ELOOP ? std::unexpected(os_error(errno, "opening", path))
                          : Result<FileDescriptor>(fail_output(errno, "opening", path));
  }
  if (::flock(file.get(), LOCK_EX | LOCK_NB) == 0) {
    return file;
  }
  return errno == EWOULDBLOCK ? Result<FileDescriptor>(FileDescriptor())
                              : std::unexpected(os_error(errno, "locking", path));
}

bool path_exists(const std::string& path) {
  struct stat status = {};
  return ::lstat(path.c_str(), &status) == 0;
}

bool is_directory(const std::string& path) {
  struct stat status = {};
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

Result<void> make_directory(const std::string& path,
                            Access access,
                            Existing existing,
                            Durability durability) {
  if (::mkdir(path.c_str(), access == Access::owner ? 0700 : 0755) != 0) {
    const int number = errno;
    struct stat status = {};
    const bool usable = number == EEXIST && existing == Existing::replace &&
                        ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
    if (!usable) {
      return fail_output(number, "making the directory", path);
    }
    return {};
  }
  return durability == Durability::synced ? sync_directory(directory_of(path)) : Result<void>();
}

Result<std::vector<DirectoryEntry>> list_directory(const std::string& path, std::size_t count_max) {
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(path.c_str()), ::closedir);
  if (!directory) {
    return std::unexpected(os_error(errno, "opening the directory", path));
  }
  std::vector<DirectoryEntry> entries;
  while (true) {
    errno = 0;
    const dirent* entry = ::readdir(directory.get());  // NOLINT(concurrency-mt-unsafe)
    if (entry == nullptr) {
      break;
    }
    const std::string name = entry->d_name;
    if (name == "." || name == "..") {
      continue;
    }
    if (entries.size() == count_max) {
      return fail(Errc::too_large, "holds more than " + std::to_string(count_max) + " files", path);
    }
    struct stat status = {};
    // NOLINTNEXTLINE(clang-analyzer-unix.StdCLibraryFunctions): dirfd() of an open directory
    if (::fstatat(::dirfd(directory.get()), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
      return std::unexpected(os_error(errno, "looking at", path + "/" + name));
    }
    const EntryKind kind = S_ISREG(status.st_mode)   ? EntryKind::file
                           : S_ISDIR(status.st_mode) ? EntryKind::directory
                                                     : EntryKind::other;
    entries.push_back({name, kind});
  }
  if (errno != 0) {
    return std::unexpected(os_error(errno, "reading the directory", path));
  }
  std::sort(
      entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return entries;
}

Result<void> write_all(int descriptor, BytesView bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
      continue;
    }
    if (errno == EAGAIN) {
      pollfd wait = {descriptor, POLLOUT, 0};
      ::poll(&wait, 1, -1);
    } else if (errno == EBADF) {
      return fail(Errc::stdout_closed, "it is closed", "standard output");
    } else if (errno != EINTR) {
      return fail_output(errno, "writing", "standard output");
    }
  }
  return {};
}

Result<Bytes> read_all(int descriptor, std::size_t size_max) {
  return read_to_end(descriptor, size_max, "standard input");
}

void prepare_standard_descriptors() {
  // open() gives the lowest free number, so the closed ones are filled in ascending order. Standard
  // output becomes one that cannot be written, so that its loss is noticed.
  for (const int number : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(number, F_GETFD) < 0 && errno == EBADF) {
      const int opened = ::open("/dev/null", number == STDERR_FILENO ? O_WRONLY : O_RDONLY);
      if (opened >= 0 && opened != number) {
        ::close(opened);
      }
    }
  }
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

Result<void> check_standard_output() {
  const int flags = ::fcntl(STDOUT_FILENO, F_GETFL);
  if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY) {
    return fail(Errc::stdout_closed, "it is closed", "standard output");
  }
  pollfd output = {STDOUT_FILENO, 0, 0};
  if (::poll(&output, 1, 0) > 0 && (output.revents & (POLLERR | POLLNVAL)) != 0) {
    return fail(Errc::stdout_closed, "its reader is gone", "standard output");
  }
  return {};
}

}  // namespace twoseal
