#include "system/linux/linux_files.h"

#include <algorithm>
#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <sys/statvfs.h>
#include <unistd.h>

#include "crypto/hash.h"
#include "system/linux/account_lock.h"
#include "system/linux/append_file.h"
#include "system/linux/linux_changes.h"
#include "system/plain_path.h"

namespace twoseal {
namespace {

constexpr std::size_t kPiece = std::size_t{64} * 1024;
constexpr std::uint32_t kReadOfAll = 0004;
constexpr int kReadFlags = O_RDONLY | O_NONBLOCK | O_NOCTTY;

struct OpenFile {
  FileDescriptor file;
  FileInfo info;
};

std::unexpected<Error> fail_size(std::uint64_t size_max, const std::string& path) {
  return fail(Errc::too_large, "larger than " + std::to_string(size_max) + " bytes", path);
}

Result<OpenFile> open_regular(const LinuxPaths& paths,
                              const std::string& path,
                              std::uint64_t size_max) {
  TWOSEAL_TRY(FileDescriptor file, paths.open(path, kReadFlags));
  TWOSEAL_TRY(const FileInfo info, info_of(file.get(), path));
  if (info.kind != FileKind::regular) {
    return fail(Errc::not_regular, "is no regular file", path);
  }
  if (info.size > size_max) {
    return fail_size(size_max, path);
  }
  return OpenFile{std::move(file), info};
}

// Octets that were read; fewer than `size` at the end of the file.
Result<std::size_t> read_some(int file, char* into, std::size_t size, const std::string& path) {
  while (true) {
    const ssize_t got = ::read(file, into, size);
    if (got >= 0) {
      return static_cast<std::size_t>(got);
    }
    if (errno != EINTR) {
      return std::unexpected(os_error(errno, "reading", path));
    }
  }
}

// Fills `into` until it is full or the file ends. `expected`: the size of the file, when this is
// its beginning: with just so many octets it ends, which saves the call that would say so. Files of
// the kernel have size 0 and come in pieces.
Result<std::size_t> read_full(
    int file, char* into, std::size_t size, std::uint64_t expected, const std::string& path) {
  std::size_t held = 0;
  while (held < size) {
    TWOSEAL_TRY(const std::size_t got, read_some(file, into + held, size - held, path));
    held += got;
    if (got == 0 || (held == expected && expected > 0)) {
      break;
    }
  }
  return held;
}

bool is_nothing(const Error& error) {
  return error.code == Errc::no_input;
}

}  // namespace

Result<std::optional<FileInfo>> LinuxFiles::look(const std::string& path) const {
  const auto file = paths_.open(path, O_PATH);
  if (!file) {
    return is_nothing(file.error()) ? Result<std::optional<FileInfo>>(std::nullopt)
                                    : std::unexpected(file.error());
  }
  TWOSEAL_TRY(const FileInfo info, info_of(file->get(), path));
  return info;
}

Result<FileBytes> LinuxFiles::read(const std::string& path, std::size_t size_max) const {
  TWOSEAL_TRY(const OpenFile open, open_regular(paths_, path, size_max));
  FileBytes result{open.info, {}};
  // One octet more than it had: the same call that reads it tells whether it grew.
  std::size_t wanted = open.info.size + 1;
  while (true) {
    const std::size_t held = result.bytes.size();
    Result<std::size_t> got = 0;
    result.bytes.resize_and_overwrite(wanted, [&](char* begin, std::size_t size) {
      const std::uint64_t expected = held == 0 ? open.info.size : 0;
      got = read_full(open.file.get(), begin + held, size - held, expected, path);
      return got ? held + *got : held;
    });
    TWOSEAL_TRY_VOID(got);
    if (result.bytes.size() > size_max) {
      return fail_size(size_max, path);
    }
    if (result.bytes.size() < wanted) {
      return result;
    }
    wanted += kPiece;
  }
}

Result<FileDigest> LinuxFiles::digest(const std::string& path, std::uint64_t size_max) const {
  TWOSEAL_TRY(const OpenFile open, open_regular(paths_, path, size_max));
  const std::size_t size = std::min<std::uint64_t>(open.info.size + 1, kPiece);
  const auto piece = std::make_unique_for_overwrite<char[]>(size);
  TWOSEAL_TRY(std::size_t got, read_full(open.file.get(), piece.get(), size, open.info.size, path));
  if (got < size) {
    return FileDigest{open.info, sha256(BytesView(piece.get(), got))};
  }
  Sha256 sum;
  std::uint64_t total = 0;
  while (got > 0) {
    total += got;
    if (total > size_max) {
      return fail_size(size_max, path);
    }
    sum.update(BytesView(piece.get(), got));
    TWOSEAL_TRY(got, read_some(open.file.get(), piece.get(), size, path));
  }
  return FileDigest{open.info, sum.finish()};
}

Result<std::string> LinuxFiles::read_link(const std::string& path) const {
  TWOSEAL_TRY(const FileDescriptor file, paths_.open(path, O_PATH));
  TWOSEAL_TRY(const FileInfo info, info_of(file.get(), path));
  if (info.kind != FileKind::symlink) {
    return fail(Errc::not_regular, "is no link", path);
  }
  std::string target(info.size + kPiece, '\0');
  const ssize_t size = ::readlinkat(file.get(), "", target.data(), target.size());
  if (size < 0) {
    return std::unexpected(os_error(errno, "reading the link", path));
  }
  target.resize(static_cast<std::size_t>(size));
  return target;
}

Result<std::vector<std::string>> LinuxFiles::list(const std::string& path,
                                                  std::size_t count_max) const {
  TWOSEAL_TRY(const FileDescriptor found, paths_.open(path, O_PATH));
  TWOSEAL_TRY(const FileInfo info, info_of(found.get(), path));
  if (info.kind != FileKind::directory) {
    return fail(Errc::not_regular, "is no directory", path);
  }
  FileDescriptor open(::openat(found.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(
      open.is_open() ? ::fdopendir(open.get()) : nullptr, ::closedir);
  if (!directory) {
    return std::unexpected(os_error(errno, "opening the directory", path));
  }
  static_cast<void>(open.release());
  std::vector<std::string> names;
  errno = 0;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): safe on a stream of one's own
  while (const dirent* entry = ::readdir(directory.get())) {
    std::string name = entry->d_name;
    if (name == "." || name == "..") {
      continue;
    }
    if (names.size() == count_max) {
      return fail(Errc::too_large, "holds more than " + std::to_string(count_max) + " names", path);
    }
    names.push_back(std::move(name));
  }
  if (errno != 0) {
    return std::unexpected(os_error(errno, "reading the directory", path));
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<bool> LinuxFiles::readable_by_all(const std::string& path) const {
  const auto place = paths_.walk(path);
  if (!place) {
    return is_nothing(place.error()) ? Result<bool>(false) : std::unexpected(place.error());
  }
  TWOSEAL_TRY(const auto info, info_at(*place, path));
  return info && place->searchable && (info->mode & kReadOfAll) != 0;
}

Result<void> LinuxFiles::apply(std::span<const FileChange> changes) {
  return LinuxChanges(paths_).apply(changes);
}

Result<std::unique_ptr<AppendFile>> LinuxFiles::append_to(const std::string& path) {
  return open_append_file(paths_, path);
}

Result<std::uint64_t> LinuxFiles::free_space(const std::string& path) const {
  std::string place = path;
  auto file = paths_.open(place, O_PATH);
  while (!file && is_nothing(file.error()) && place != "/") {
    place = parent_of(place);
    file = paths_.open(place, O_PATH);
  }
  TWOSEAL_TRY(const FileDescriptor found, std::move(file));
  struct statvfs status = {};
  if (::fstatvfs(found.get(), &status) != 0) {
    return std::unexpected(os_error(errno, "asking for the space of", path));
  }
  return std::uint64_t{status.f_bfree} * status.f_frsize;
}

Result<std::unique_ptr<FileSystem::AccountLock>> LinuxFiles::lock_accounts() {
  return take_account_lock(paths_, accounts_locked_);
}

}  // namespace twoseal
