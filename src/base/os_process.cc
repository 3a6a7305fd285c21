#include "base/os_process.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

#include "base/os_file.h"

namespace twoseal {
namespace {

constexpr std::size_t kChunk = 16U * 1024;

struct Pipe {
  FileDescriptor reader;
  FileDescriptor writer;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends = {-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return std::unexpected(os_error(errno, "making a pipe", ""));
  }
  return Pipe{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

bool names_variable(const std::string& setting, const std::string& name) {
  return setting.starts_with(name) && setting.substr(name.size()).starts_with('=');
}

std::vector<std::string> environment_of(const Command& command) {
  std::vector<std::string> settings = command.environment_with;
  for (char** setting = environ; *setting != nullptr; ++setting) {
    const std::string inherited = *setting;
    const auto replaces = [&](const std::string& with) {
      return names_variable(inherited, with.substr(0, with.find('=')));
    };
    const auto removes = [&](const std::string& name) { return names_variable(inherited, name); };
    if (std::none_of(command.environment_with.begin(), command.environment_with.end(), replaces) &&
        std::none_of(
            command.environment_without.begin(), command.environment_without.end(), removes)) {
      settings.push_back(inherited);
    }
  }
  return settings;
}

std::vector<char*> pointers_of(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) {
    pointers.push_back(text.data());
  }
  pointers.push_back(nullptr);
  return pointers;
}

// Starts the program with the given ends of pipes; returns an errno or 0.
int spawn(const Command& command, int input, int output, int errors, pid_t& child) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  if (errors >= 0) {
    ::posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
  }
  // This process ignores both; programs rely on their default.
  sigset_t defaults;
  ::sigemptyset(&defaults);
  ::sigaddset(&defaults, SIGPIPE);
  ::sigaddset(&defaults, SIGXFSZ);
  ::posix_spawnattr_setsigdefault(&attributes, &defaults);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  std::vector<std::string> arguments = command.arguments;
  std::vector<std::string> settings = environment_of(command);
  const int number = ::posix_spawnp(&child,
                                    arguments[0].c_str(),
                                    &actions,
                                    &attributes,
                                    pointers_of(arguments).data(),
                                    pointers_of(settings).data());
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  return number;
}

// Feeds `input` and collects what comes back until both ends are closed. False when there is more
// than `size_max`.
bool exchange(Pipe& in, Pipe& out, Pipe& err, const Command& command, Finished& finished) {
  BytesView input = command.input;
  const auto feed = [&] {
    const ssize_t written = ::write(in.writer.get(), input.data(), input.size());
    if (written > 0) {
      input.remove_prefix(static_cast<std::size_t>(written));
    }
    if (input.empty() || (written < 0 && errno != EAGAIN && errno != EINTR)) {
      in.writer.reset();
    }
  };
  const auto collect = [](Pipe& pipe, Bytes& into) {
    std::array<char, kChunk> chunk;
    const ssize_t got = ::read(pipe.reader.get(), chunk.data(), chunk.size());
    if (got > 0) {
      into.append(chunk.data(), static_cast<std::size_t>(got));
    } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
      pipe.reader.reset();
    }
  };
  if (input.empty()) {
    in.writer.reset();
  } else {
    ::fcntl(in.writer.get(), F_SETFL, O_NONBLOCK);
  }
  while (out.reader.is_open() || err.reader.is_open()) {
    std::array<pollfd, 3> ends = {pollfd{in.writer.get(), POLLOUT, 0},
                                  pollfd{out.reader.get(), POLLIN, 0},
                                  pollfd{err.reader.get(), POLLIN, 0}};
    if (::poll(ends.data(), ends.size(), -1) < 0) {
      continue;
    }
    if (ends[0].revents != 0) {
      feed();
    }
    if (ends[1].revents != 0) {
      collect(out, finished.output);
    }
    if (ends[2].revents != 0) {
      collect(err, finished.errors);
    }
    if (std::max(finished.output.size(), finished.errors.size()) > command.output_max) {
      return false;
    }
  }
  return true;
}

int wait_for(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

Result<Finished> run_command(const Command& command) {
  TWOSEAL_TRY(Pipe in, make_pipe());
  TWOSEAL_TRY(Pipe out, make_pipe());
  Pipe err;
  if (command.talk == Talk::keep) {
    TWOSEAL_TRY(err, make_pipe());
  }
  pid_t child = 0;
  if (const int number = spawn(command, in.reader.get(), out.writer.get(), err.writer.get(), child);
      number != 0) {
    return fail(Errc::tool_failed,
                "cannot be started: " + std::generic_category().message(number),
                command.arguments[0]);
  }
  in.reader.reset();
  out.writer.reset();
  err.writer.reset();
  Finished finished;
  const bool whole = exchange(in, out, err, command, finished);
  if (!whole) {
    ::kill(child, SIGKILL);
  }
  in.writer.reset();
  finished.exit = wait_for(child);
  if (!whole) {
    return fail(Errc::tool_failed, "says more than it may", command.arguments[0]);
  }
  return finished;
}

Error become_command(std::vector<std::string> arguments) {
  // This process ignores both; programs rely on their default.
  ::signal(SIGPIPE, SIG_DFL);
  ::signal(SIGXFSZ, SIG_DFL);
  ::execvp(arguments[0].c_str(), pointers_of(arguments).data());
  return {Errc::tool_failed,
          "cannot be started: " + std::generic_category().message(errno),
          arguments[0]};
}

}  // namespace twoseal
