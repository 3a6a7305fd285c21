#include "cli/testbed/boot.h"

#include <cctype>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "cli/testbed/control_group.h"

namespace twoseal::testbed {
namespace {

using std::chrono::steady_clock;

constexpr auto kBootMax = std::chrono::seconds(120);
constexpr auto kStopMax = std::chrono::seconds(30);
constexpr auto kPause = std::chrono::milliseconds(50);
constexpr int kConsoleLines = 20;
constexpr std::size_t kConsoleMax = std::size_t{64} * 1024 * 1024;
constexpr std::size_t kStartTimeField = 19;  // of proc_pid_stat(5), counted behind the name

// $1: console log, $2: control group, $3: pid file; the rest is the program. systemd-nspawn records
// itself, so that its number is there however early this run is ended. It ends with 133 when the
// host reboots, and leaves it to its caller to start it again.
constexpr const char* kLauncher = R"(exec </dev/null >>"$1" 2>&1
group=$2
record=$3
shift 3
while :; do
  sh -c 'cut -d" " -f1,22 "/proc/$$/stat" >"$1.new" && mv "$1.new" "$1" &&
    echo $$ >"$0/cgroup.procs" && shift && exec "$@"' "$group" "$record" "$@"
  [ $? -eq 133 ] || exit
done
)";

// When the process was started, in ticks since boot; empty when there is none.
std::string start_time(int pid) {
  const auto stat = read_file("/proc/" + std::to_string(pid) + "/stat");
  if (!stat) {
    return "";
  }
  // The name may hold spaces and brackets; what follows its last bracket may not.
  const std::size_t name_end = stat->rfind(") ");
  const auto fields = split_text(std::string_view(*stat).substr(name_end + 2), ' ');
  const bool gone = fields.empty() || fields[0] == "Z";
  return gone || fields.size() <= kStartTimeField ? "" : fields[kStartTimeField];
}

// Whether both processes are in the same namespace of this kind.
bool same_namespace(int pid, const std::string& kind) {
  std::error_code code;
  const auto theirs =
      std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/ns/" + kind, code);
  const auto ours = std::filesystem::read_symlink("/proc/self/ns/" + kind, code);
  return code || theirs == ours;
}

// A line of a console without its colours.
std::string plain(const std::string& line) {
  std::string text;
  bool escape = false;
  for (const char c : line) {
    escape = escape || c == '\033';
    if (!escape && c != '\r') {
      text += c;
    }
    escape = escape && std::isalpha(static_cast<unsigned char>(c)) == 0;
  }
  return text;
}

// Shows the end of the console, and makes the error.
std::unexpected<Error> boot_failed(const Place& place,
                                   const Host& host,
                                   const std::string& why,
                                   const Tools& tools) {
  const std::string path = place.host_file(host, "console.log");
  const auto log = read_file(path, kConsoleMax);
  const std::string tail = log ? last_lines(*log, kConsoleLines) : "";
  for (const std::string& line : split_text(tail, '\n')) {
    tools.talk("log   " + host.name + "  " + plain(line));
  }
  return fail(Errc::testbed_boot_failed, host.name + " " + why, path);
}

// What systemd in the host says of itself: `running`, `starting`, `degraded`; empty when it does
// not answer yet.
Result<std::string> system_state(int leader, const Tools& tools) {
  TWOSEAL_TRY(const Finished asked,
              tools.attempt(inside(leader, {"systemctl", "is-system-running"})));
  return last_lines(asked.output, 1);
}

Result<bool> ssh_greets(const Place& place, const Host& host, const Tools& tools) {
  TWOSEAL_TRY(const Finished asked,
              tools.attempt({"ssh-keyscan", "-T", "2", "-t", "ed25519", place.address(host)}));
  return asked.exit == 0 && asked.output.find("ssh-ed25519") != std::string::npos;
}

Result<std::string> failed_units(int leader, const Tools& tools) {
  TWOSEAL_TRY(const Finished asked,
              tools.attempt(inside(leader, {"systemctl", "--failed", "--plain", "--no-legend"})));
  // `broken.service loaded failed failed What it is`
  std::string names;
  for (const std::string& line : split_text(asked.output, '\n')) {
    names += (names.empty() ? "" : ", ") + line.substr(0, line.find(' '));
  }
  return names;
}

// One look: whether the host is up. `state`: what to say when there is no time left.
Result<bool> is_up(const Place& place, const Host& host, const Tools& tools, std::string& state) {
  if (!nspawn_of(place, host)) {
    return boot_failed(place, host, "ended while it was booting", tools);
  }
  const auto leader = leader_of(place, host);
  if (!leader) {
    return false;
  }
  TWOSEAL_TRY(const std::string said, system_state(*leader, tools));
  state = said.empty() ? state : said;
  if (said == "degraded") {
    TWOSEAL_TRY(const std::string units, failed_units(*leader, tools));
    return boot_failed(place, host, "has units that failed: " + units, tools);
  }
  if (said != "running") {
    return false;
  }
  state = "running, but sshd does not greet";
  return ssh_greets(place, host, tools);
}

void wait_until_ended(const Place& place, std::span<const Host> hosts) {
  const auto end = steady_clock::now() + kStopMax;
  for (const Host& host : hosts) {
    while (nspawn_of(place, host) && steady_clock::now() < end) {
      std::this_thread::sleep_for(kPause);
    }
  }
}

// What systemd-nspawn leaves behind: the groups, and a directory of its own.
Result<void> clear(const Place& place, const Host& host, const Tools& tools) {
  const std::string name = place.host_tag(host);
  TWOSEAL_TRY(const bool killed, kill_control_group(name));
  if (killed) {
    tools.talk("kill  " + host.name + ", which did not end by itself");
  }
  TWOSEAL_TRY_VOID(remove_control_group(name));
  std::error_code ignored;
  std::filesystem::remove("/run/systemd/nspawn/propagate/" + name, ignored);
  return remove_file(place.host_file(host, "pid"));
}

}  // namespace

std::optional<int> nspawn_of(const Place& place, const Host& host) {
  const auto record = read_file(place.host_file(host, "pid"));
  if (!record) {
    return std::nullopt;
  }
  const auto words = split_text(last_lines(*record, 1), ' ');
  const int pid = words.size() == 2 ? leading_number(words[0]) : 0;
  return pid > 1 && start_time(pid) == words[1] ? std::optional(pid) : std::nullopt;
}

std::optional<int> leader_of(const Place& place, const Host& host) {
  const auto nspawn = nspawn_of(place, host);
  if (!nspawn) {
    return std::nullopt;
  }
  const std::string pid = std::to_string(*nspawn);
  const auto children = read_file("/proc/" + pid + "/task/" + pid + "/children");
  const int child = children ? leading_number(*children) : 0;
  if (child <= 1) {
    return std::nullopt;
  }
  // Before it has entered all of its namespaces, a command would run on the machine itself.
  const auto name = read_file("/proc/" + std::to_string(child) + "/comm");
  const bool own = !same_namespace(child, "pid") && !same_namespace(child, "mnt");
  return own && name && *name == "systemd\n" ? std::optional(child) : std::nullopt;
}

std::vector<std::string> inside(int leader, const std::vector<std::string>& command) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): this program has one thread.
  const char* terminal = std::getenv("TERM");
  std::vector<std::string> whole = {"nsenter",
                                    "-t",
                                    std::to_string(leader),
                                    "-a",
                                    "--",
                                    "/usr/bin/env",
                                    "-i",
                                    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin",
                                    "HOME=/root",
                                    "LANG=C.UTF-8",
                                    std::string("TERM=") + (terminal ? terminal : "dumb")};
  whole.insert(whole.end(), command.begin(), command.end());
  return whole;
}

Result<void> check_kernel(const Tools& tools) {
  TWOSEAL_TRY_VOID(tools.run(Errc::testbed_refused,
                             {"unshare",
                              "--mount",
                              "--pid",
                              "--net",
                              "--uts",
                              "--ipc",
                              "--cgroup",
                              "--fork",
                              program_path("true")}));
  const std::string probe = "twoseal-testbed-probe";
  TWOSEAL_TRY_VOID(make_control_group(probe));
  return remove_control_group(probe);
}

Result<void> boot(const Place& place, const Host& host, const Tools& tools) {
  const std::string name = place.host_tag(host);
  TWOSEAL_TRY_VOID(clear(place, host, tools));
  TWOSEAL_TRY_VOID(remove_file(place.host_file(host, "console.log")));
  TWOSEAL_TRY(const std::string group, make_control_group(name));
  TWOSEAL_TRY_VOID(
      tools.run(Errc::testbed_boot_failed,
                {"setsid",
                 "--fork",
                 "sh",
                 "-c",
                 kLauncher,
                 "twoseal-testbed",
                 place.host_file(host, "console.log"),
                 group,
                 place.host_file(host, "pid"),
                 "env",
                 "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1",
                 "SYSTEMD_NSPAWN_API_VFS_WRITABLE=network",
                 "systemd-nspawn",
                 "--quiet",
                 "--register=no",
                 "--keep-unit",
                 "--boot",
                 "--machine=" + name,
                 "--hostname=" + host.name,
                 "--directory=" + place.host_file(host, "root"),
                 "--network-namespace-path=/run/netns/" + name,
                 "--capability=CAP_NET_ADMIN",
                 "--system-call-filter=bpf fanotify_init fanotify_mark open_by_handle_at",
                 "--console=read-only",
                 "--resolv-conf=off",
                 "--timezone=off",
                 "--link-journal=no"}));
  // It is written at once, but by another process.
  const auto end = steady_clock::now() + kBootMax;
  while (!path_exists(place.host_file(host, "pid")) && steady_clock::now() < end) {
    std::this_thread::sleep_for(kPause / 10);
  }
  return {};
}

Result<void> wait_until_up(const Place& place, const Host& host, const Tools& tools) {
  const auto end = steady_clock::now() + kBootMax;
  std::string state = "not answering";
  while (true) {
    TWOSEAL_TRY(const bool up, is_up(place, host, tools, state));
    if (up) {
      return {};
    }
    if (steady_clock::now() > end) {
      return boot_failed(place,
                         host,
                         "is still " + state + " after " +
                             std::to_string(std::chrono::seconds(kBootMax).count()) + " s",
                         tools);
    }
    std::this_thread::sleep_for(kPause);
  }
}

Result<void> stop(const Place& place, std::span<const Host> hosts, const Tools& tools) {
  for (const Host& host : hosts) {
    if (const auto pid = nspawn_of(place, host)) {
      ::kill(*pid, SIGTERM);
    }
  }
  wait_until_ended(place, hosts);
  for (const Host& host : hosts) {
    TWOSEAL_TRY_VOID(clear(place, host, tools));
  }
  return {};
}

}  // namespace twoseal::testbed
