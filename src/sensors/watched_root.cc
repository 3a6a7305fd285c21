#include "sensors/watched_root.h"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>

#include "system/plain_path.h"

namespace twoseal {

Result<WatchedRoot> WatchedRoot::open(const std::string& root) {
  FileDescriptor opened(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!opened.is_open()) {
    return std::unexpected(os_error(errno, "opening", root));
  }
  auto path = name_of_descriptor(opened.get());
  if (!path) {
    return std::unexpected(os_error(errno, "naming", root));
  }
  return WatchedRoot(std::move(*path), std::move(opened));
}

FileDescriptor WatchedRoot::open_directory(const std::string& path) const {
  constexpr int kTriesMax = 100;
  open_how how = {};
  how.flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  for (int i = 0; i < kTriesMax; ++i) {
    const auto number =
        static_cast<int>(::syscall(SYS_openat2, root_.get(), path.c_str(), &how, sizeof how));
    // EAGAIN: something was renamed while the kernel looked.
    if (number >= 0 || (errno != EAGAIN && errno != EINTR)) {
      return FileDescriptor(number);
    }
  }
  return FileDescriptor();
}

std::optional<std::string> WatchedRoot::inside(const std::string& path) const {
  return inside_path(path_, path);
}

std::optional<std::string> name_of_descriptor(int descriptor) {
  std::array<char, PATH_MAX> target;
  const ssize_t size =
      ::readlink(path_of_descriptor(descriptor).c_str(), target.data(), target.size());
  return size < 0 ? std::nullopt
                  : std::optional(std::string(target.data(), static_cast<std::size_t>(size)));
}

std::string path_of_descriptor(int descriptor) {
  return "/proc/self/fd/" + std::to_string(descriptor);
}

std::optional<std::string> inside_path(const std::string& root, const std::string& path) {
  if (root == "/") {
    return path;
  }
  if (path == root) {
    return "/";
  }
  return is_at_or_below(root, path) ? std::optional(path.substr(root.size())) : std::nullopt;
}

}  // namespace twoseal
