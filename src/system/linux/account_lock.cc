#include "system/linux/account_lock.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <thread>
#include <unistd.h>

namespace twoseal {
namespace {

constexpr std::chrono::seconds kWaitMax(15);
constexpr std::chrono::milliseconds kPause(50);
constexpr std::array kToolLocks = {
    "/etc/passwd.lock", "/etc/shadow.lock", "/etc/group.lock", "/etc/gshadow.lock"};
const std::string kLockPath = "/etc/.pwd.lock";

class LinuxAccountLock final : public FileSystem::AccountLock {
 public:
  LinuxAccountLock(FileDescriptor file, std::atomic<bool>& taken)
      : file_(std::move(file)), taken_(taken) {}

  LinuxAccountLock(const LinuxAccountLock&) = delete;
  LinuxAccountLock& operator=(const LinuxAccountLock&) = delete;

  ~LinuxAccountLock() override {
    // Closing any descriptor of the file ends the lock of the whole process, so in this order.
    file_.reset();
    taken_ = false;
  }

 private:
  FileDescriptor file_;
  std::atomic<bool>& taken_;
};

Result<FileDescriptor> open_lock(const LinuxPaths& paths) {
  TWOSEAL_TRY(const LinuxPlace place, paths.place(kLockPath));
  FileDescriptor file(::openat(place.directory.get(),
                               place.name.c_str(),
                               O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
                               0600));
  if (!file.is_open()) {
    return std::unexpected(os_error(errno, "opening", kLockPath));
  }
  return file;
}

// Whether the process that is named in a tool's lock lives.
bool is_held(const LinuxPaths& paths, const char* path) {
  const auto file = paths.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!file) {
    return false;
  }
  std::array<char, 32> text;
  const ssize_t size = ::read(file->get(), text.data(), text.size());
  int process = 0;
  if (size > 0) {
    std::from_chars(text.data(), text.data() + size, process);
  }
  return process > 0 && (::kill(process, 0) == 0 || errno == EPERM);
}

bool is_any_held(const LinuxPaths& paths) {
  for (const char* path : kToolLocks) {
    if (is_held(paths, path)) {
      return true;
    }
  }
  return false;
}

}  // namespace

Result<std::unique_ptr<FileSystem::AccountLock>> take_account_lock(const LinuxPaths& paths,
                                                                   std::atomic<bool>& taken) {
  const auto deadline = std::chrono::steady_clock::now() + kWaitMax;
  do {
    if (!taken.exchange(true)) {
      auto file = open_lock(paths);
      if (!file) {
        taken = false;
        return std::unexpected(std::move(file).error());
      }
      struct flock whole = {};
      whole.l_type = F_WRLCK;
      whole.l_whence = SEEK_SET;
      if (::fcntl(file->get(), F_SETLK, &whole) == 0 && !is_any_held(paths)) {
        return std::make_unique<LinuxAccountLock>(*std::move(file), taken);
      }
      file->reset();
      taken = false;
    }
    std::this_thread::sleep_for(kPause);
  } while (std::chrono::steady_clock::now() < deadline);
  return fail(Errc::try_again, "somebody else changes accounts", kLockPath);
}

}  // namespace twoseal
