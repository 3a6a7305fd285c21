// twoseal agent simulate
#include <mutex>
#include <set>
#include <thread>
#include <unistd.h>

#include "base/os_clock.h"
#include "base/os_file.h"
#include "base/os_terminal.h"
#include "cli/agent_loop.h"
#include "cli/stop.h"
#include "cli/verb_list.h"
#include "system/memory/debian_host.h"

namespace twoseal::cli {
namespace {

constexpr std::size_t kTokenMax = 4'096;
constexpr std::size_t kShownMax = std::size_t{256} * 1024;
constexpr std::size_t kNamesMax = 10'000;
constexpr const char* kHome = "/var/lib/twoseal/agent";
constexpr const char* kUnits[] = {"ssh.service", "nginx.service", "cron.service"};

// A host that exists in memory, with its agent and a picture of it on disk.
class SimulatedHost {
 public:
  SimulatedHost(std::string name, std::string directory, const Session& session)
      : name_(std::move(name)),
        directory_(std::move(directory)),
        session_(session),
        system_(make_debian_host(name_, clock_)),
        home_(system_->files(), kHome) {
    const std::string ill = directory_ + "/" + name_ + ".ill";
    prober_.on_tcp = [ill](const std::string&, std::uint16_t) {
      return path_exists(ill) ? Result<void>(fail(Errc::unreachable, "nobody listens"))
                              : Result<void>();
    };
    prober_.on_http_status = [ill](const std::string&) {
      constexpr int kOk = 200;
      constexpr int kUnavailable = 503;
      return Result<int>(path_exists(ill) ? kUnavailable : kOk);
    };
  }

  // The code that stands for its keys.
  Result<std::string> join(const std::string& token_file) {
    TWOSEAL_TRY(const Bytes text, read_file(token_file, kTokenMax));
    TWOSEAL_TRY(const JoinTokenText token, parse_join_token(text));
    TWOSEAL_TRY_VOID(home_.prepare());
    TWOSEAL_TRY(host_, join_server(home_, token, name_, clock_.now()));
    return join_code(host_->submission.request);
  }

  [[nodiscard]] const std::string& name() const { return name_; }

  [[nodiscard]] std::string id() const { return host_->host.text(); }

  Result<void> run() {
    const auto talk = [this](const std::string& line) { session_.talk(name_ + "  " + line); };
    const auto detail = [this](const std::string& line) { session_.detail(name_ + "  " + line); };
    return run_agent_loop({*system_, prober_, home_, talk, detail, [this] { show(); }}, *host_);
  }

  // Puts what has changed into the directory, so that it can be looked at like any other tree.
  void show() {
    std::set<std::string> before;
    for (const auto& [path, bytes] : shown_) {
      before.insert(path);
    }
    gone_ = std::move(before);
    for (const char* top : {"/etc", "/srv", "/opt"}) {
      show_tree(top);
    }
    std::string units;
    for (const char* unit : kUnits) {
      const auto count = [&](UnitAct act) {
        return std::to_string(system_->services().count(unit, act));
      };
      units += std::string(unit) + "  reloads " + count(UnitAct::reload) + "  restarts " +
               count(UnitAct::restart) + "\n";
    }
    put("/units", units);
    for (const std::string& path : gone_) {
      if (remove_file(shown_at(path))) {
        shown_.erase(path);
      }
    }
  }

 private:
  void show_tree(const std::string& path) {
    const auto names = system_->files().list(path, kNamesMax);
    for (const std::string& name : names.value_or(std::vector<std::string>())) {
      const std::string below = path + "/" + name;
      const auto info = system_->files().look(below);
      if (!info || !*info) {
        continue;
      }
      if ((*info)->kind == FileKind::directory) {
        show_tree(below);
      } else if (auto read = system_->files().read(below, kShownMax)) {
        put(below, read->bytes);
      }
    }
  }

  void put(const std::string& path, const Bytes& bytes) {
    gone_.erase(path);
    const auto known = shown_.find(path);
    if (known != shown_.end() && known->second == bytes) {
      return;
    }
    const std::string target = shown_at(path);
    for (std::size_t slash = target.find('/', directory_.size() + 1); slash != std::string::npos;
         slash = target.find('/', slash + 1)) {
      static_cast<void>(make_directory(target.substr(0, slash), Access::everybody, Existing::keep));
    }
    if (write_file(target, bytes, Access::everybody, Existing::replace)) {
      shown_[path] = bytes;
    }
  }

  [[nodiscard]] std::string shown_at(const std::string& path) const {
    return directory_ + "/" + name_ + path;
  }

  const std::string name_;
  const std::string directory_;
  const Session& session_;
  SystemClock clock_;
  std::unique_ptr<MemorySystem> system_;
  AgentHome home_;
  MemoryProber prober_;
  std::optional<JoinedHost> host_;
  std::map<std::string, Bytes> shown_;
  std::set<std::string> gone_;  ///< of what is shown: not found again so far
};

using Hosts = std::vector<std::unique_ptr<SimulatedHost>>;

Result<Hosts> hosts_from(const Arguments& arguments,
                         const std::string& directory,
                         const Session& session) {
  Hosts hosts;
  for (const std::string& text : arguments.all("--join")) {
    const std::size_t equals = text.find('=');
    const std::string name = text.substr(0, equals);
    if (equals == std::string::npos || !is_host_name(name)) {
      return fail(Errc::usage, "--join takes NAME=FILE, not '" + text + "'");
    }
    auto host = std::make_unique<SimulatedHost>(name, directory, session);
    TWOSEAL_TRY(const std::string code, host->join(text.substr(equals + 1)));
    const Json line(Json::Object{{"host", host->id()}, {"name", name}, {"code", code}});
    TWOSEAL_TRY_VOID(write_all(STDOUT_FILENO, line.text() + "\n"));
    host->show();
    hosts.push_back(std::move(host));
  }
  return hosts;
}

Result<Report> run(const Arguments& arguments, const Session& session) {
  stop_on_signals();
  const std::string directory = arguments.text("--dir");
  TWOSEAL_TRY_VOID(make_directory(directory, Access::owner, Existing::keep));
  TWOSEAL_TRY(const Hosts hosts, hosts_from(arguments, directory, session));
  std::mutex mutex;
  Result<void> first;
  {
    std::vector<std::jthread> threads;
    for (const auto& host : hosts) {
      threads.emplace_back([&, one = host.get()] {
        if (auto ended = one->run(); !ended) {
          const std::scoped_lock lock(mutex);
          first = first ? std::move(ended) : std::move(first);
        }
      });
    }
  }
  TWOSEAL_TRY_VOID(std::move(first));
  Report report;
  report.text = "stopped\n";
  report.fields = {{"hosts", hosts.size()}};
  return report;
}

constexpr Flag kFlags[] = {
    {"--join", "NAME=FILE", "a host and the file with its join token, once for each", true, true},
    {"--dir", "DIR", "where the files of the hosts can be looked at", true},
};
constexpr std::string_view kExamples[] = {
    "twoseal agent simulate --join web-01=web-01.token --dir hosts"};
constexpr Exit kExits[] = {Exit::error,
                           Exit::denied,
                           Exit::verification_failed,
                           Exit::bad_data,
                           Exit::no_input,
                           Exit::unavailable,
                           Exit::try_again,
                           Exit::permission,
                           Exit::configuration,
                           Exit::timed_out};

}  // namespace

const Verb kAgentSimulate = {
    "agent simulate",
    Group::hosts,
    "run the agents of hosts that exist in memory only",
    "For a tour or a trial without any host: each is a small Debian 12 in memory, with the real "
    "agent, which joins and asks the server as every other one. Nothing of this machine is "
    "touched. "
    "The files of each host are shown below DIR after every step; while DIR/NAME.ill exists its "
    "tcp "
    "and http checks fail. With the process the hosts are gone.",
    {},
    kFlags,
    kExamples,
    kExits,
    OutputFile::report,
    run,
};

}  // namespace twoseal::cli
