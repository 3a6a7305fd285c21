// The process that stands between the agent and a program: it starts the program, ends it in time,
// and leaves nothing of it behind.
//
// A program can leave its session and its parents. So between it and us stands a keeper that is the
// "subreaper" of all that the program starts: whoever loses his parents becomes the keeper's child,
// and the keeper kills its children until it has none. It needs no cgroup, so it works in every
// container. When the agent dies, the kernel tells the keeper, which then does the same.
#pragma once

#include <cstdint>
#include <sys/types.h>
#include <vector>

namespace twoseal {

/// What the keeper writes, once or twice, into its pipe. `where`: what could not be done before the
/// program ran, and `number` the errno; nullptr: the program has ended with `exit`. A pointer is
/// good, as it is read by the process that the keeper was copied from.
struct KeeperWord {
  const char* where = nullptr;
  int number = 0;
  int exit = 0;
  bool timed_out = false;
};

/// Everything that is needed between fork() and execve(), made before: a copy of a process with
/// threads may call little (signal-safety(7)), nothing that allocates. What is pointed to belongs
/// to the caller.
struct KeeperTask {
  pid_t agent = 0;  ///< the process that the keeper was copied from
  const char* path = nullptr;
  char* const* arguments = nullptr;
  char* const* environment = nullptr;
  const char* directory = "/";
  bool change_user = false;
  uid_t uid = 0;
  gid_t gid = 0;
  const gid_t* groups = nullptr;
  std::size_t group_count = 0;
  bool read_only = false;  ///< everything read-only, no new privileges
  std::int64_t seconds_max = 0;
  int output = -1;  ///< the program's output and errors
  int words = -1;   ///< where the keeper writes its words
};

/// Runs as the keeper, in a process that was just forked with all signals blocked. Never returns.
[[noreturn]] void keep(const KeeperTask& task);

}  // namespace twoseal
