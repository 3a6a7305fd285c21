#include "system/linux/append_file.h"

#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

namespace twoseal {
namespace {

class LinuxAppendFile final : public AppendFile {
 public:
  LinuxAppendFile(FileDescriptor file, std::string path, std::uint64_t size)
      : file_(std::move(file)), path_(std::move(path)), size_(size) {}

  Result<void> append(BytesView bytes) override {
    if (auto written = write_all(file_.get(), bytes); !written) {
      written.error().where = path_;
      return written;
    }
    size_ += bytes.size();
    return {};
  }

  Result<void> sync() override {
    if (::fdatasync(file_.get()) != 0) {
      return fail(Errc::sync_failed, "syncing: " + std::generic_category().message(errno), path_);
    }
    return {};
  }

  Result<void> truncate(std::uint64_t size) override {
    if (::ftruncate(file_.get(), static_cast<off_t>(size)) != 0) {
      return std::unexpected(os_error(errno, "cutting", path_));
    }
    size_ = size;
    return {};
  }

  std::uint64_t size() const override { return size_; }

 private:
  FileDescriptor file_;
  std::string path_;
  std::uint64_t size_;
};

constexpr int kFlags = O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;

// Its name survives from now on, so that sync() has only its content to care for.
Result<FileDescriptor> make(const LinuxPlace& place, const std::string& path) {
  FileDescriptor file(
      ::openat(place.directory.get(), place.name.c_str(), kFlags | O_CREAT | O_EXCL, 0600));
  if (!file.is_open()) {
    return std::unexpected(os_error(errno, "making", path));
  }
  const FileDescriptor directory(
      ::openat(place.directory.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.is_open() || (::fsync(directory.get()) != 0 && errno != EINVAL)) {
    return fail(Errc::sync_failed,
                "syncing its directory: " + std::generic_category().message(errno),
                path);
  }
  return file;
}

}  // namespace

Result<std::unique_ptr<AppendFile>> open_append_file(const LinuxPaths& paths,
                                                     const std::string& path) {
  auto place = paths.place(path);
  if (!place) {
    Error error = std::move(place).error();
    error.code = error.code == Errc::no_input ? Errc::bad_output : error.code;
    return std::unexpected(std::move(error));
  }
  TWOSEAL_TRY(const auto there, info_at(*place, path));
  if (!there) {
    TWOSEAL_TRY(FileDescriptor file, make(*place, path));
    return std::make_unique<LinuxAppendFile>(std::move(file), path, 0);
  }
  // Before it is opened: opening a device can do something.
  if (there->kind != FileKind::regular) {
    return fail(Errc::not_regular, "is no regular file", path);
  }
  FileDescriptor file(::openat(place->directory.get(), place->name.c_str(), kFlags));
  if (!file.is_open()) {
    return std::unexpected(os_error(errno, "opening", path));
  }
  TWOSEAL_TRY(const FileInfo info, info_of(file.get(), path));
  if (info.kind != FileKind::regular) {
    return fail(Errc::not_regular, "is no regular file", path);
  }
  return std::make_unique<LinuxAppendFile>(std::move(file), path, info.size);
}

}  // namespace twoseal
