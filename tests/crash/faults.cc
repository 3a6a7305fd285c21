#include "tests/crash/faults.h"

#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace twoseal::faults {
namespace {

Fault armed_fault = Fault::none;
std::uint64_t armed_at = 0;
std::atomic<std::uint64_t>* counter = nullptr;

/// Whether this call is the one with the fault; `needs_space`: it can fail with ENOSPC for long.
bool hit(bool needs_space) {
  if (counter == nullptr) {
    return false;
  }
  const std::uint64_t number = ++*counter;
  return number == armed_at ||
         (armed_fault == Fault::stays_full && needs_space && number > armed_at);
}

[[noreturn]] void die() {
  raise(SIGKILL);
  for (;;) {
    pause();
  }
}

/// Runs `call`, or lets it meet its fault. For calls that happen whole or not at all.
template <class Call>
auto whole(bool needs_space, Call&& call) -> decltype(call()) {
  if (!hit(needs_space)) {
    return call();
  }
  switch (armed_fault) {
    case Fault::kill:
      die();
    case Fault::torn_kill:
      call();
      die();
    case Fault::io_error:
      errno = EIO;
      return -1;
    case Fault::no_space:
    case Fault::stays_full:
      errno = ENOSPC;
      return -1;
    case Fault::interrupted:
      errno = EINTR;
      return -1;
    case Fault::none:
    case Fault::short_write:
      break;
  }
  return call();
}

/// The same for a write of `size` bytes; `call(n)` writes the first n.
template <class Call>
ssize_t writing(std::size_t size, Call&& call) {
  if (armed_fault == Fault::torn_kill || armed_fault == Fault::short_write) {
    if (!hit(true)) {
      return call(size);
    }
    const ssize_t written = call(size > 1 ? size / 2 : size);
    return armed_fault == Fault::short_write ? written : (die(), written);
  }
  return whole(true, [&] { return call(size); });
}

ssize_t write_at(int file, const void* data, std::size_t size, off_t offset) {
  return writing(size, [&](std::size_t part) {
    return static_cast<ssize_t>(syscall(SYS_pwrite64, file, data, part, offset));
  });
}

int open_file(const char* path, int flags, mode_t mode) {
  const auto call = [&] {
    return static_cast<int>(syscall(SYS_openat, AT_FDCWD, path, flags, mode));
  };
  return (flags & O_CREAT) == 0 ? call() : whole(true, call);
}

int truncate_file(int file, off_t size) {
  return whole(true, [&] { return static_cast<int>(syscall(SYS_ftruncate, file, size)); });
}

}  // namespace

std::string_view fault_name(Fault fault) {
  switch (fault) {
    case Fault::none:
      return "none";
    case Fault::kill:
      return "kill";
    case Fault::torn_kill:
      return "torn kill";
    case Fault::io_error:
      return "EIO";
    case Fault::no_space:
      return "ENOSPC once";
    case Fault::stays_full:
      return "ENOSPC from then on";
    case Fault::interrupted:
      return "EINTR";
    case Fault::short_write:
      return "short write";
  }
  return "?";
}

void arm(Fault fault, std::uint64_t at, std::atomic<std::uint64_t>& calls) {
  armed_fault = fault;
  armed_at = at;
  counter = &calls;
}

}  // namespace twoseal::faults

// The functions themselves. Their signatures are those of the C library.

using namespace twoseal::faults;  // NOLINT(google-build-using-namespace): names of this file

// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): theirs are reserved names
extern "C" {

ssize_t write(int file, const void* data, std::size_t size) {
  return writing(size, [&](std::size_t part) {
    return static_cast<ssize_t>(syscall(SYS_write, file, data, part));
  });
}

ssize_t pwrite(int file, const void* data, std::size_t size, off_t offset) {
  return write_at(file, data, size, offset);
}

ssize_t pwrite64(int file, const void* data, std::size_t size, off64_t offset) {
  return write_at(file, data, size, offset);
}

int fsync(int file) {
  return whole(false, [&] { return static_cast<int>(syscall(SYS_fsync, file)); });
}

int fdatasync(int file) {
  return whole(false, [&] { return static_cast<int>(syscall(SYS_fdatasync, file)); });
}

int ftruncate(int file, off_t size) noexcept {
  return truncate_file(file, size);
}

int ftruncate64(int file, off64_t size) noexcept {
  return truncate_file(file, size);
}

// Both of this family give the error itself, not -1.
int posix_fallocate(int file, off_t offset, off_t size) {
  return whole(true,
               [&] { return static_cast<int>(syscall(SYS_fallocate, file, 0, offset, size)); }) == 0
             ? 0
             : errno;
}

int posix_fallocate64(int file, off64_t offset, off64_t size) {
  return posix_fallocate(file, offset, size);
}

int rename(const char* from, const char* to) noexcept {
  return whole(true, [&] { return static_cast<int>(syscall(SYS_rename, from, to)); });
}

int unlink(const char* path) noexcept {
  return whole(false, [&] { return static_cast<int>(syscall(SYS_unlink, path)); });
}

int mkdir(const char* path, mode_t mode) noexcept {
  return whole(true, [&] { return static_cast<int>(syscall(SYS_mkdir, path, mode)); });
}

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  return open_file(path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  return open_file(path, flags, mode);
}

}  // extern "C"
// NOLINTEND(readability-inconsistent-declaration-parameter-name)
