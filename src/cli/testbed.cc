// twoseal testbed list, run, copy: hosts that are there.
#include "cli/testbed.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/os_file.h"
#include "base/shell_text.h"
#include "cli/verb_list.h"

namespace twoseal::cli {
namespace {

using testbed::Host;
using testbed::Place;

constexpr std::size_t kCopyMax = std::size_t{1} * 1024 * 1024 * 1024;
constexpr std::size_t kAnswerMax = std::size_t{64} * 1024 * 1024;

// $1: where to, $2: the mode, $3: a name in case that is a directory. Written beside it first, so
// that a program that runs may be replaced.
constexpr const char* kReceive = R"(target=$1
[ ! -d "$target" ] || target=${target%/}/$3
half=$target.twoseal-new
umask 077
cat >"$half" && chmod "$2" "$half" && mv -T "$half" "$target" && exit 0
rm -f "$half"
exit 1
)";

std::string from_environment(const char* name, std::string_view otherwise) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): read before any thread is started.
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : std::string(otherwise);
}

// PID 1 of the host of this name.
Result<int> running_leader(const Arguments& arguments) {
  TWOSEAL_TRY_VOID(check_root());
  TWOSEAL_TRY(const Place place, Place::open(testbed_directory(arguments)));
  TWOSEAL_TRY(const Host host, place.find(arguments.text("NAME")));
  const auto leader = testbed::leader_of(place, host);
  if (!leader) {
    return fail(Errc::testbed_not_running, host.name + " does not run", place.directory());
  }
  return *leader;
}

Result<Report> run_list(const Arguments& arguments, const Session&) {
  TWOSEAL_TRY_VOID(check_root());
  TWOSEAL_TRY(const Place place, Place::open(testbed_directory(arguments)));
  TWOSEAL_TRY(const std::vector<Host> hosts, place.hosts());
  return hosts_report(place, hosts);
}

Result<Report> run_run(const Arguments& arguments, const Session& session) {
  const std::vector<std::string> words = arguments.all("COMMAND");
  if (words.empty()) {
    return fail(Errc::usage, "no command was given for the host");
  }
  TWOSEAL_TRY(const int leader, running_leader(arguments));
  Command command;
  command.arguments = testbed::inside(leader, words);
  command.arguments[0] = testbed::program_path(command.arguments[0]);
  session.debug("runs  " + shell_text(command.arguments));
  if (session.flags().json.empty() && !session.flags().output) {
    // In our place, so that input, output, signals and terminal are those of the command.
    return std::unexpected(become_command(command.arguments));
  }
  command.output_max = kAnswerMax;
  TWOSEAL_TRY(Finished finished, run_command(command));
  Report report;
  report.exit = static_cast<Exit>(finished.exit);
  report.fields = {
      {"exit", finished.exit}, {"output", finished.output}, {"errors", finished.errors}};
  report.bytes = std::move(finished.output);
  return report;
}

Result<Report> run_copy(const Arguments& arguments, const Session& session) {
  TWOSEAL_TRY(const int leader, running_leader(arguments));
  const std::string file = arguments.text("FILE");
  const std::string path = arguments.text("PATH");
  if (!path.starts_with('/')) {
    return fail(Errc::usage, "the place in the host is an absolute path, not '" + path + "'");
  }
  TWOSEAL_TRY(Bytes bytes, read_file(file, kCopyMax));
  struct stat status = {};
  if (::stat(file.c_str(), &status) != 0) {
    return std::unexpected(os_error(errno, "looking at", file));
  }
  const std::size_t size = bytes.size();
  TWOSEAL_TRY_VOID(
      testbed_tools(session).run(Errc::bad_output,
                                 testbed::inside(leader,
                                                 {"/bin/sh",
                                                  "-c",
                                                  kReceive,
                                                  "receive",
                                                  path,
                                                  fmt::format("{:04o}", status.st_mode & 0777U),
                                                  std::filesystem::path(file).filename().string()}),
                                 std::move(bytes)));
  Report report;
  report.text = "copied  " + file + " to " + arguments.text("NAME") + ":" + path + "\n";
  report.fields = {{"name", arguments.text("NAME")}, {"path", path}, {"size", std::uint64_t{size}}};
  return report;
}

constexpr Flag kFlags[] = {kTestbedDirectory};
constexpr Operand kRunOperands[] = {
    {"NAME", "the host, as testbed list names it"},
    {"COMMAND", "behind --: the command with its arguments", Occurs::any_number}};
constexpr Operand kCopyOperands[] = {
    {"NAME", "the host, as testbed list names it"},
    {"FILE", "a file of this machine"},
    {"PATH", "where it goes in the host: an absolute path, or a directory that is there"}};
constexpr std::string_view kListExamples[] = {"twoseal testbed list",
                                              "twoseal testbed list --json=hosts"};
constexpr std::string_view kRunExamples[] = {
    "twoseal testbed run web-01 -- systemctl status --no-pager ssh"};
constexpr std::string_view kCopyExamples[] = {
    "twoseal testbed copy web-01 build/dev/bin/twoseal /usr/bin/twoseal"};
constexpr Exit kExits[] = {
    Exit::bad_data, Exit::no_input, Exit::unavailable, Exit::permission, Exit::configuration};

}  // namespace

std::string testbed_directory(const Arguments& arguments) {
  return arguments.text("--dir", from_environment("TWOSEAL_TESTBED", "/var/lib/twoseal-testbed"));
}

std::string testbed_cache(const Arguments& arguments) {
  return arguments.text("--cache",
                        from_environment("TWOSEAL_TESTBED_CACHE", "/var/cache/twoseal-testbed"));
}

Result<void> check_root() {
  if (::geteuid() != 0) {
    return fail(Errc::testbed_needs_root, "this is run by user " + std::to_string(::geteuid()));
  }
  return {};
}

testbed::Tools testbed_tools(const Session& session) {
  return testbed::Tools([&session](std::string_view line) { session.talk(line); },
                        [&session](std::string_view line) { session.debug(line); });
}

Report hosts_report(const Place& place, const std::vector<Host>& hosts) {
  Report report;
  Json::Array list;
  std::size_t width = 0;
  for (const Host& host : hosts) {
    width = std::max(width, host.name.size());
  }
  for (const Host& host : hosts) {
    const int leader = testbed::leader_of(place, host).value_or(0);
    const std::string state = leader != 0 ? "running" : "stopped";
    const std::string root = place.host_file(host, "root");
    report.text +=
        fmt::format("{:<{}}  {}  {:<14}  {}\n", host.name, width, state, place.address(host), root);
    list.emplace_back(Json::Object{{"name", host.name},
                                   {"state", state},
                                   {"address", place.address(host)},
                                   {"leader", leader},
                                   {"root", root}});
  }
  report.fields = {{"directory", place.directory()},
                   {"bridge", place.tag()},
                   {"subnet", place.subnet().text()},
                   {"ssh_config", place.file("ssh/config")},
                   {"hosts", list}};
  return report;
}

const Verb kTestbedList = {
    "testbed list",
    Group::testbed,
    "list the hosts of a test bed",
    "A line per host: name, state, address, root directory. With --json also the process number of "
    "its PID 1 here (0 when it does not run), bridge, subnet, and the file for ssh -F.",
    {},
    kFlags,
    kListExamples,
    kExits,
    OutputFile::report,
    run_list,
};

const Verb kTestbedRun = {
    "testbed run",
    Group::testbed,
    "run a command in a host of the test bed",
    "As root, in all namespaces of the host, with a clean environment. Input, output and exit code "
    "are those of the command; its exit code may be any. With --json or --output the output is "
    "collected instead.\n\n"
    "No login happens, so there is no session and the login uid is the caller's. Where that "
    "matters: ssh -F DIR/ssh/config NAME, as root or admin@NAME.",
    kRunOperands,
    kFlags,
    kRunExamples,
    kExits,
    OutputFile::own,
    run_run,
};

const Verb kTestbedCopy = {
    "testbed copy",
    Group::testbed,
    "copy a file into a host of the test bed",
    "The file keeps its mode and belongs to root. It is written beside its place and moved there, "
    "so "
    "that a program that runs can be replaced.",
    kCopyOperands,
    kFlags,
    kCopyExamples,
    kExits,
    OutputFile::report,
    run_copy,
};

}  // namespace twoseal::cli
