// Faults at the N-th write-class system call of a process: it is killed, or the call fails as on a
// bad or full disk. The functions that libraries call (pwrite64, fdatasync …) are defined in this
// program, so that they are found before those of the C library; SQLite needs no change.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

namespace twoseal::faults {

enum class Fault {
  none,
  kill,         ///< SIGKILL before the call
  torn_kill,    ///< half of a write, then SIGKILL; other calls happen, then SIGKILL
  io_error,     ///< EIO once
  no_space,     ///< ENOSPC once
  stays_full,   ///< ENOSPC from that call on, for calls that need space
  interrupted,  ///< EINTR once
  short_write,  ///< half of a write, and the caller is told so
};

[[nodiscard]] std::string_view fault_name(Fault fault);

/// From now on `calls` counts the write-class calls of this process: write, pwrite, fsync,
/// fdatasync, ftruncate, fallocate, rename, unlink, mkdir, and open when it may make a file. The
/// one with number `at` (from 1) has the fault. `calls` may lie in shared memory and must stay.
void arm(Fault fault, std::uint64_t at, std::atomic<std::uint64_t>& calls);

}  // namespace twoseal::faults
