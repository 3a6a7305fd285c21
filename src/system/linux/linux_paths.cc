#include "system/linux/linux_paths.h"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

#include <climits>

#include "system/plain_path.h"

namespace twoseal {
namespace {

constexpr std::uint32_t kModeBits = 07777;
constexpr std::uint32_t kSearchOfAll = 0001;
constexpr int kTriesMax = 64;
constexpr std::int64_t kBillion = 1'000'000'000;

// Opens below `root` without following any link; -1 and errno.
int open_plainly(int root, const std::string& path, int flags) {
  open_how how = {};
  how.flags = static_cast<std::uint64_t>(flags);
  how.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_BENEATH;
  const char* below = path == "/" ? "." : path.c_str() + 1;
  int result = -1;
  for (int i = 0; i < kTriesMax; ++i) {
    result = static_cast<int>(::syscall(SYS_openat2, root, below, &how, sizeof(how)));
    // EAGAIN: something was renamed while the kernel looked.
    if (result >= 0 || (errno != EAGAIN && errno != EINTR)) {
      break;
    }
  }
  return result;
}

int open_at(int directory, const std::string& name, int flags) {
  int result = -1;
  do {
    result = ::openat(directory, name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC);
  } while (result < 0 && errno == EINTR);
  return result;
}

Result<std::string> target_of(int link, const std::string& path) {
  std::array<char, PATH_MAX> target;
  const ssize_t size = ::readlinkat(link, "", target.data(), target.size());
  if (size < 0) {
    return std::unexpected(os_error(errno, "reading a link", path));
  }
  return std::string(target.data(), static_cast<std::size_t>(size));
}

// The directories on the way, so that `..` in the target of a link never leaves the root.
class Walk {
 public:
  Walk(int root, const std::string& path) : path_(path), parts_(path) {
    way_.emplace_back(open_at(root, ".", O_PATH | O_DIRECTORY));
  }

  Result<LinuxPlace> run() {
    while (!parts_.at_last()) {
      TWOSEAL_TRY_VOID(step());
    }
    TWOSEAL_TRY_VOID(judge_search());
    if (parts_.empty()) {
      return fail(Errc::unsafe_path, "leads to a directory only", path_);
    }
    return LinuxPlace{std::move(way_.back()), parts_.take(), searchable_};
  }

 private:
  Result<void> judge_search() {
    TWOSEAL_TRY(here_, info_of(way_.back().get(), path_));
    searchable_ = searchable_ && (here_.mode & kSearchOfAll) != 0;
    return {};
  }

  Result<void> step() {
    TWOSEAL_TRY_VOID(judge_search());
    const std::string name = parts_.take();
    if (name == "..") {
      if (way_.size() > 1) {
        way_.pop_back();
      }
      return {};
    }
    FileDescriptor next(open_at(way_.back().get(), name, O_PATH));
    if (!next.is_open()) {
      return std::unexpected(os_error(errno, "opening a directory on the way", path_));
    }
    TWOSEAL_TRY(const FileInfo info, info_of(next.get(), path_));
    if (info.kind == FileKind::symlink) {
      return follow(next.get(), info, name);
    }
    if (info.kind != FileKind::directory) {
      return std::unexpected(os_error(ENOTDIR, "opening a directory on the way", path_));
    }
    way_.push_back(std::move(next));
    return {};
  }

  Result<void> follow(int link, const FileInfo& info, const std::string& name) {
    if (!is_safe_link(info.uid, here_.uid, here_.mode) || ++links_ > kLinksMax) {
      return fail(Errc::unsafe_path, "leads through the link '" + name + "'", path_);
    }
    TWOSEAL_TRY(const std::string target, target_of(link, path_));
    if (target.starts_with('/')) {
      way_.resize(1);
    }
    parts_.put(target);
    return {};
  }

  const std::string& path_;
  PathParts parts_;
  std::vector<FileDescriptor> way_;
  FileInfo here_;
  bool searchable_ = true;
  int links_ = 0;
};

}  // namespace

LinuxPaths::LinuxPaths(const std::string& root)
    : root_(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {}

Result<FileDescriptor> LinuxPaths::open(const std::string& path, int flags) const {
  TWOSEAL_TRY_VOID(check_plain_path(path));
  FileDescriptor file(open_plainly(root_.get(), path, flags | O_NOFOLLOW | O_CLOEXEC));
  if (!file.is_open() && (errno == ELOOP || errno == ENOSYS || errno == EAGAIN) && path != "/") {
    TWOSEAL_TRY(const LinuxPlace place, walk(path));
    file.reset(open_at(place.directory.get(), place.name, flags));
  }
  if (!file.is_open()) {
    // NOLINTNEXTLINE(clang-analyzer-unix.Errno): the last open has failed, so it has set errno
    return std::unexpected(os_error(errno, "opening", path));
  }
  return file;
}

Result<LinuxPlace> LinuxPaths::place(const std::string& path) const {
  TWOSEAL_TRY_VOID(check_plain_path(path));
  if (path == "/") {
    return fail(Errc::unsafe_path, "stands in no directory", path);
  }
  FileDescriptor directory(
      open_plainly(root_.get(), parent_of(path), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (directory.is_open()) {
    return LinuxPlace{std::move(directory), name_in_parent(path)};
  }
  // With O_DIRECTORY a link at the end is "no directory" and not "a link".
  if (errno == ELOOP || errno == ENOTDIR || errno == ENOSYS || errno == EAGAIN) {
    return walk(path);
  }
  return std::unexpected(os_error(errno, "opening the directory of", path));
}

Result<LinuxPlace> LinuxPaths::walk(const std::string& path) const {
  TWOSEAL_TRY_VOID(check_plain_path(path));
  return Walk(root_.get(), path).run();
}

FileInfo info_of(const struct stat& status) {
  FileInfo info;
  info.kind = S_ISREG(status.st_mode)   ? FileKind::regular
              : S_ISDIR(status.st_mode) ? FileKind::directory
              : S_ISLNK(status.st_mode) ? FileKind::symlink
                                        : FileKind::other;
  info.mode = status.st_mode & kModeBits;
  info.uid = status.st_uid;
  info.gid = status.st_gid;
  info.size = static_cast<std::uint64_t>(status.st_size);
  info.device = status.st_dev;
  info.inode = status.st_ino;
  info.links = status.st_nlink;
  info.changed_ns = status.st_ctim.tv_sec * kBillion + status.st_ctim.tv_nsec;
  return info;
}

Result<FileInfo> info_of(int descriptor, const std::string& path) {
  struct stat status = {};
  if (::fstat(descriptor, &status) != 0) {
    return std::unexpected(os_error(errno, "looking at", path));
  }
  return info_of(status);
}

Result<std::optional<FileInfo>> info_at(const LinuxPlace& place, const std::string& path) {
  struct stat status = {};
  if (::fstatat(place.directory.get(), place.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) {
    return info_of(status);
  }
  if (errno == ENOENT) {
    return std::nullopt;
  }
  return std::unexpected(os_error(errno, "looking at", path));
}

}  // namespace twoseal
