#include "system/linux/keeper.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <ctime>
#include <fcntl.h>
#include <grp.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace twoseal {
namespace {

constexpr int kWords = 3;
constexpr int kCannotStart = 127;
constexpr std::int64_t kGraceSeconds = 2;
constexpr unsigned int kLastDescriptor = ~0U;

void say(const KeeperWord& word) {
  // A word is smaller than PIPE_BUF, so it is written whole. Without a reader nobody wants it.
  static_cast<void>(!::write(kWords, &word, sizeof(word)));
}

[[noreturn]] void give_up(const char* where) {
  say({.where = where, .number = errno});
  ::_exit(kCannotStart);
}

// Moves the two descriptors to 1, 2 and 3, an empty input to 0, and closes all others.
void arrange_descriptors(const KeeperTask& task) {
  const int input = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  // High numbers first, so that none is overwritten before it was moved.
  const int words = ::fcntl(task.words, F_DUPFD_CLOEXEC, 64);
  const int output = ::fcntl(task.output, F_DUPFD_CLOEXEC, 64);
  const int empty = ::fcntl(input, F_DUPFD_CLOEXEC, 64);
  ::dup2(empty, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  ::dup3(words, kWords, O_CLOEXEC);
  ::syscall(SYS_close_range, kWords + 1, kLastDescriptor, 0);
}

void make_read_only() {
  if (::unshare(CLONE_NEWNS) != 0 || ::mount("", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    give_up("confined to a view of its own of the file systems");
  }
  mount_attr attributes = {};
  attributes.attr_set = MOUNT_ATTR_RDONLY;
  if (::syscall(SYS_mount_setattr, AT_FDCWD, "/", AT_RECURSIVE, &attributes, sizeof(attributes)) !=
      0) {
    give_up("confined to read-only file systems");
  }
}

void change_user(const KeeperTask& task) {
  if (::setgroups(task.group_count, task.groups) != 0 ||
      ::setresgid(task.gid, task.gid, task.gid) != 0 ||
      ::setresuid(task.uid, task.uid, task.uid) != 0) {
    give_up("run as this user");
  }
}

[[noreturn]] void become_program(const KeeperTask& task) {
  ::setsid();
  for (int number = 1; number < NSIG; ++number) {
    ::signal(number, SIG_DFL);
  }
  sigset_t none;
  ::sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
  ::umask(0022);
  const rlimit no_core = {0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  if (task.read_only) {
    make_read_only();
  }
  if (task.change_user) {
    change_user(task);
  }
  // After the change of user, which takes it away.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (task.read_only && ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    give_up("confined to no new privileges");
  }
  if (::chdir(task.directory) != 0) {
    give_up("started in this directory");
  }
  ::execve(task.path, task.arguments, task.environment);
  give_up("started");
}

std::int64_t now_ms() {
  timespec now = {};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

int exit_of(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// Takes in who ended. True once `program` has.
bool reap(pid_t program, int& exit) {
  bool ended = false;
  int status = 0;
  for (pid_t who = 0; (who = ::waitpid(-1, &status, WNOHANG)) > 0;) {
    if (who == program) {
      exit = exit_of(status);
      ended = true;
    }
  }
  return ended;
}

// Waits for the end of the program until `deadline_ms`. `asked_to_end`: the agent is gone.
bool wait_until(std::int64_t deadline_ms, pid_t program, int& exit, bool& asked_to_end) {
  sigset_t wanted;
  ::sigemptyset(&wanted);
  ::sigaddset(&wanted, SIGCHLD);
  ::sigaddset(&wanted, SIGTERM);
  while (!reap(program, exit)) {
    const std::int64_t left = deadline_ms - now_ms();
    if (left <= 0 || asked_to_end) {
      return false;
    }
    const timespec wait = {static_cast<time_t>(left / 1000), (left % 1000) * 1'000'000};
    asked_to_end = ::sigtimedwait(&wanted, nullptr, &wait) == SIGTERM;
  }
  return true;
}

// Kills each process that is named in a list of numbers.
void kill_listed(const char* text, std::size_t size) {
  pid_t number = 0;
  for (std::size_t i = 0; i < size; ++i) {
    if (text[i] >= '0' && text[i] <= '9') {
      number = number * 10 + (text[i] - '0');
      continue;
    }
    if (number > 1) {
      ::kill(number, SIGKILL);
    }
    number = 0;
  }
}

// Children die, their children become ours, until there are none. The list is cut off at the size
// of the buffer, so what did not fit comes with a later round. Who cannot be killed (it waits for a
// broken disk) is left after ten seconds.
void kill_descendants() {
  constexpr int kRoundsMax = 10'000;
  for (int round = 0; round < kRoundsMax; ++round) {
    std::array<char, 4096> list;
    const int file = ::open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
    const ssize_t size = ::read(file, list.data(), list.size());
    ::close(file);
    if (size <= 0) {
      return;
    }
    kill_listed(list.data(), static_cast<std::size_t>(size));
    if (::waitpid(-1, nullptr, WNOHANG) == 0) {
      ::usleep(1000);
    }
  }
}

}  // namespace

void keep(const KeeperTask& task) {
  arrange_descriptors(task);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != task.agent) {
    // It died before we could ask to be told.
    ::_exit(kCannotStart);
  }
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  // An ignored SIGCHLD would take the ends of children away; blocked it waits for sigtimedwait().
  ::signal(SIGCHLD, SIG_DFL);
  const pid_t program = ::_Fork();
  if (program < 0) {
    give_up("started");
  }
  if (program == 0) {
    become_program(task);
  }
  // Only the program and what it starts hold the output now, so its reader sees their end.
  ::dup2(STDIN_FILENO, STDOUT_FILENO);
  ::dup2(STDIN_FILENO, STDERR_FILENO);
  KeeperWord word;
  bool asked_to_end = false;
  if (!wait_until(now_ms() + task.seconds_max * 1000, program, word.exit, asked_to_end)) {
    word.timed_out = true;
    ::kill(-program, SIGTERM);
    bool ignored = false;
    if (!wait_until(now_ms() + kGraceSeconds * 1000, program, word.exit, ignored)) {
      ::kill(program, SIGKILL);
      while (!reap(program, word.exit)) {
        ::usleep(1000);
      }
    }
  }
  kill_descendants();
  say(word);
  ::_exit(0);
}

}  // namespace twoseal
