#include "system/linux/linux_processes.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <grp.h>
#include <optional>
#include <poll.h>
#include <pwd.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

#include "base/os_file.h"
#include "system/linux/keeper.h"

namespace twoseal {
namespace {

constexpr std::string_view kPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
constexpr std::size_t kChunk = std::size_t{16} * 1024;
constexpr std::size_t kAccountMax = std::size_t{64} * 1024;
constexpr int kGroupsMax = 1024;

std::unexpected<Error> fail_program(std::string what, const std::string& where) {
  return fail(Errc::program_failed, std::move(what), where);
}

struct Account {
  uid_t uid = 0;
  gid_t gid = 0;
  std::string home = "/";
  std::vector<gid_t> groups;
};

Result<Account> account_of(const std::string& user) {
  std::string buffer(kAccountMax, '\0');
  passwd entry = {};
  passwd* found = nullptr;
  if (::getpwnam_r(user.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0 ||
      found == nullptr) {
    return fail_program("cannot run as '" + user + "': there is no such user", user);
  }
  Account account{.uid = entry.pw_uid, .gid = entry.pw_gid, .home = entry.pw_dir, .groups = {}};
  account.groups.resize(kGroupsMax);
  int count = kGroupsMax;
  if (::getgrouplist(user.c_str(), account.gid, account.groups.data(), &count) < 0) {
    return fail_program("is in more than " + std::to_string(kGroupsMax) + " groups", user);
  }
  account.groups.resize(static_cast<std::size_t>(count));
  return account;
}

// The program's path: given, or found in the directories of kPath.
Result<std::string> path_of(const std::string& name) {
  if (name.starts_with('/')) {
    return name;
  }
  if (name.empty() || name.find('/') != std::string::npos) {
    return fail_program("is neither a name nor an absolute path", name);
  }
  for (std::string_view rest = kPath; !rest.empty();) {
    const std::string_view directory = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(directory.size() + 1, rest.size()));
    std::string path = std::string(directory) + "/" + name;
    if (::access(path.c_str(), X_OK) == 0) {
      return path;
    }
  }
  return fail_program("cannot be started: not found", name);
}

std::vector<char*> pointers_of(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) {
    pointers.push_back(text.data());
  }
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> environment_of(const Program& program, const std::string& home) {
  std::vector<std::string> settings = {
      "PATH=" + std::string(kPath), "LANG=C.UTF-8", "HOME=" + home};
  for (const std::string& setting : program.environment) {
    const std::string name = setting.substr(0, setting.find('=')) + "=";
    std::erase_if(settings, [&](const std::string& other) { return other.starts_with(name); });
    settings.push_back(setting);
  }
  return settings;
}

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

// A copy of this process with all signals blocked, so that none of our handlers runs in it.
pid_t fork_quietly() {
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t child = ::fork();
  if (child != 0) {
    const int number = errno;
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    errno = number;
  }
  return child;
}

// Keeps the last `size_max` octets. False at the end of the output.
bool collect(int reader, Bytes& output, std::size_t size_max) {
  std::array<char, kChunk> chunk;
  const ssize_t got = ::read(reader, chunk.data(), chunk.size());
  if (got <= 0) {
    return got < 0 && errno == EINTR;
  }
  output.append(chunk.data(), static_cast<std::size_t>(got));
  if (output.size() > size_max + kChunk) {
    output.erase(0, output.size() - size_max);
  }
  return true;
}

// The first word of the keeper, or nothing when it died without one.
std::optional<KeeperWord> word_from(int reader) {
  KeeperWord word;
  ssize_t got = 0;
  do {
    got = ::read(reader, &word, sizeof(word));
  } while (got < 0 && errno == EINTR);
  return got == sizeof(word) ? std::optional(word) : std::nullopt;
}

// Reads both pipes until the keeper has said its first word. What a process that cannot be killed
// still holds of the output is not waited for.
std::optional<KeeperWord> listen(Pipe& output, Pipe& words, Bytes& kept, std::size_t size_max) {
  while (true) {
    std::array<pollfd, 2> ends = {pollfd{output.reader.get(), POLLIN, 0},
                                  pollfd{words.reader.get(), POLLIN, 0}};
    if (::poll(ends.data(), ends.size(), -1) < 0) {
      continue;
    }
    if (ends[0].revents != 0 && !collect(output.reader.get(), kept, size_max)) {
      output.reader.reset();
    }
    if (ends[0].revents == 0 && ends[1].revents != 0) {
      return word_from(words.reader.get());
    }
  }
}

KeeperTask task_of(const Program& program, const Account& account) {
  KeeperTask task;
  task.agent = ::getpid();
  task.directory = program.directory.c_str();
  task.change_user = !program.user.empty() || program.confinement == Confinement::health;
  task.uid = account.uid;
  task.gid = account.gid;
  task.groups = account.groups.data();
  task.group_count = account.groups.size();
  task.read_only = program.confinement == Confinement::health;
  task.seconds_max = program.seconds_max;
  return task;
}

}  // namespace

Result<ProgramEnd> LinuxProcesses::run(const Program& program) {
  if (program.arguments.empty()) {
    return fail_program("no program is named", "");
  }
  TWOSEAL_TRY(const std::string path, path_of(program.arguments[0]));
  const bool confined = program.confinement == Confinement::health;
  const std::string user = confined ? "nobody" : program.user;
  TWOSEAL_TRY(const Account account, account_of(user.empty() ? "root" : user));
  std::vector<std::string> arguments = program.arguments;
  std::vector<std::string> settings = environment_of(program, account.home);
  const std::vector<char*> argument_list = pointers_of(arguments);
  const std::vector<char*> setting_list = pointers_of(settings);
  TWOSEAL_TRY(Pipe output, make_pipe());
  TWOSEAL_TRY(Pipe words, make_pipe());
  KeeperTask task = task_of(program, account);
  task.path = path.c_str();
  task.arguments = argument_list.data();
  task.environment = setting_list.data();
  task.output = output.writer.get();
  task.words = words.writer.get();
  const pid_t keeper = fork_quietly();
  if (keeper == 0) {
    keep(task);
  }
  if (keeper < 0) {
    return fail_program("cannot be started: " + std::generic_category().message(errno), path);
  }
  output.writer.reset();
  words.writer.reset();
  ProgramEnd end;
  const auto word = listen(output, words, end.output, program.output_max);
  while (::waitpid(keeper, nullptr, 0) < 0 && errno == EINTR) {
  }
  if (!word) {
    return fail_program("was lost: its keeper was killed", path);
  }
  if (word->where != nullptr) {
    return fail_program("cannot be " + std::string(word->where) + ": " +
                            std::generic_category().message(word->number),
                        program.arguments[0]);
  }
  end.exit = word->exit;
  end.timed_out = word->timed_out;
  if (end.output.size() > program.output_max) {
    end.output.erase(0, end.output.size() - program.output_max);
  }
  return end;
}

}  // namespace twoseal
