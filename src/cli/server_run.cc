// twoseal server run: answers people, agents and this machine until it is told to end.
#include <csignal>
#include <ctime>
#include <pthread.h>
#include <unistd.h>

#include "base/os_clock.h"
#include "base/os_file.h"
#include "cli/ledger_store.h"
#include "cli/server_directory.h"
#include "cli/verb_list.h"
#include "net/notify.h"
#include "storage/sqlite/sqlite_store.h"

namespace twoseal::cli {
namespace {

// SIGTERM and SIGINT are waited for instead of interrupting threads that answer somebody. To be
// called before the first thread is started, which inherit it.
sigset_t hold_back_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGTERM);
  ::sigaddset(&set, SIGINT);
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  return set;
}

// Until one of them comes; meanwhile the service manager hears that this process is alive.
void wait_for_end(const sigset_t& signals) {
  const auto interval = watchdog_interval();
  const std::int64_t microseconds = interval ? interval->count() : 3'600'000'000;
  constexpr std::int64_t kSecond = 1'000'000;
  constexpr std::int64_t kNano = 1'000;
  const timespec wait{static_cast<time_t>(microseconds / kSecond),
                      static_cast<long>(microseconds % kSecond * kNano)};
  while (::sigtimedwait(&signals, nullptr, &wait) < 0) {
    if (interval) {
      notify_service_manager("WATCHDOG=1");
    }
  }
}

// A new key would be one that no roster knows.
template <class T>
Result<T> of_keys(Result<T> read) {
  if (!read && read.error().next.empty() &&
      error_info(read.error().code).exit != Exit::permission) {
    read.error().next =
        "put the keys back from what twoseal server key-backup wrote: twoseal server restore";
  }
  return read;
}

Result<server::ServerListens> listens_of(const Arguments& arguments,
                                         const ServerDirectory& directory,
                                         const ServerFile& file) {
  server::ServerListens listens;
  listens.people = file.people;
  listens.agents = file.agents;
  listens.local = file.local;
  const auto take = [&](const std::string& flag, server::Listen& listen) -> Result<void> {
    if (const auto given = arguments.find(flag)) {
      TWOSEAL_TRY(listen, parse_listen(*given));
    }
    return {};
  };
  TWOSEAL_TRY_VOID(take("--people-listen", listens.people));
  TWOSEAL_TRY_VOID(take("--agents-listen", listens.agents));
  TWOSEAL_TRY_VOID(take("--local-listen", listens.local));
  TWOSEAL_TRY(listens.tls, of_keys(read_tls(directory)));
  return listens;
}

Json::Object addresses_of(const server::Server& server, server::ServerListens listens) {
  listens.people.port = server.people_port();
  listens.agents.port = server.agents_port();
  listens.local.port = server.local_port();
  return {{"people", listen_text(listens.people)},
          {"agents", listen_text(listens.agents)},
          {"local", listen_text(listens.local)}};
}

Result<Report> run(const Arguments& arguments, const Session& session) {
  const ServerDirectory directory{arguments.text("--dir")};
  TWOSEAL_TRY(const ServerFile file, read_server_file(directory));
  TWOSEAL_TRY(const server::ServerListens listens, listens_of(arguments, directory, file));
  TWOSEAL_TRY(server::ServerSecrets secrets, of_keys(read_secrets(directory)));
  const sigset_t signals = hold_back_signals();
  SystemClock clock;
  const auto log = make_stderr_log(session.flags().debug ? LogLevel::debug : file.log);
  TWOSEAL_TRY(ServerStore store,
              of_own_store(open_sqlite_server_store(directory.store(), OpenMode::existing),
                           directory.store()));
  TWOSEAL_TRY(auto parts,
              of_own_store(server::ServerParts::open(std::move(store),
                                                     std::move(secrets),
                                                     {.org = file.org, .names = file.names},
                                                     clock,
                                                     *log),
                           directory.store()));
  TWOSEAL_TRY(const auto server, server::Server::start(std::move(parts), listens));
  const Json::Object addresses = addresses_of(*server, listens);
  TWOSEAL_TRY_VOID(write_all(STDOUT_FILENO, Json(addresses).text() + "\n"));
  log->say(LogLevel::info,
           "started",
           {{"entries", static_cast<std::int64_t>(server->parts().view.point().size)}});
  notify_service_manager("READY=1");
  wait_for_end(signals);
  notify_service_manager("STOPPING=1");
  server->stop();
  log->say(LogLevel::info, "stopped", {});
  return Report{};
}

constexpr Flag kFlags[] = {
    {"--dir", "DIR", "the directory of the server, as server init made it", true},
    {"--people-listen", "ADDRESS:PORT", "instead of what server.yaml says; port 0: any"},
    {"--agents-listen", "ADDRESS:PORT", "likewise"},
    {"--local-listen", "ADDRESS:PORT", "likewise"},
};
constexpr std::string_view kExamples[] = {"twoseal server run --dir srv"};
constexpr Exit kExits[] = {Exit::verification_failed,
                           Exit::bad_data,
                           Exit::no_input,
                           Exit::unavailable,
                           Exit::permission,
                           Exit::configuration};

}  // namespace

const Verb kServerRun = {
    "server run",
    Group::server,
    "answer people, agents and this machine",
    "Opens the store, takes the right to append, makes a first freshness statement, and only then "
    "listens. Prints one line of JSON with the three addresses when it is ready, and tells the "
    "service manager. SIGTERM and SIGINT end it: what runs is answered first. Says on standard "
    "error, one JSON object a line, what was asked and what failed.",
    {},
    kFlags,
    kExamples,
    kExits,
    OutputFile::report,
    run,
};

}  // namespace twoseal::cli
