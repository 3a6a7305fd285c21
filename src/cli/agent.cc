// twoseal agent join, agent run
#include "base/os_file.h"
#include "cli/agent_loop.h"
#include "cli/stop.h"
#include "cli/time_text.h"
#include "cli/verb_list.h"
#include "system/linux/linux_system.h"

namespace twoseal::cli {
namespace {

constexpr std::size_t kTokenMax = 4'096;

std::string home_directory(const Arguments& arguments) {
  return arguments.text("--home", kAgentHome);
}

// --- join -------------------------------------------------------------------------------------

// The name that this machine gives itself, its first label.
Result<std::string> own_name(System& system) {
  const Facts facts = system.facts();
  const auto found = facts.find("hostname");
  const auto* name = found != facts.end() ? std::get_if<std::string>(&found->second) : nullptr;
  if (name == nullptr || !is_host_name(*name)) {
    return fail(Errc::usage, "this machine has no name that could be taken; give --name NAME");
  }
  return *name;
}

Result<Report> run_join(const Arguments& arguments, const Session& session) {
  LinuxSystem system;
  TWOSEAL_TRY(const Bytes text, read_file(arguments.text("--token"), kTokenMax));
  TWOSEAL_TRY(const JoinTokenText token, parse_join_token(text));
  std::string name = arguments.text("--name");
  if (name.empty()) {
    TWOSEAL_TRY(name, own_name(system));
  }
  if (!is_host_name(name)) {
    return fail(Errc::usage, "'" + name + "' is not the name of a host");
  }
  if (token.expires <= system.clock().now()) {
    return fail(Errc::token_expired, "at " + utc_text(token.expires));
  }
  AgentHome home(system.files(), home_directory(arguments));
  TWOSEAL_TRY_VOID(home.prepare());
  TWOSEAL_TRY([[maybe_unused]] const FileDescriptor held, hold_home(home));
  TWOSEAL_TRY(const JoinedHost host, join_server(home, token, name, system.clock().now()));
  const std::string code = join_code(host.submission.request);
  session.talk("next  on your own machine: twoseal host assign " + name + " --env ENV   (code " +
               code + ")");
  session.talk("      here: systemctl enable --now twoseal-agent");
  Report report;
  report.text = "asked to join as " + name + " (" + host.host.text() + ")\ncode " + code +
                "   every further signer types it: it stands for the keys of this host\n";
  report.fields = {{"host", host.host.text()},
                   {"name", name},
                   {"code", code},
                   {"assigned", host.certificate.has_value()}};
  return report;
}

// --- run --------------------------------------------------------------------------------------

Result<Report> run_agent(const Arguments& arguments, const Session& session) {
  stop_on_signals();
  LinuxSystem system;
  const auto prober = make_network_prober();
  AgentHome home(system.files(), home_directory(arguments));
  // Only the home of a host is held, and what is read counts once nobody else writes there.
  TWOSEAL_TRY_VOID(read_joined_host(home));
  TWOSEAL_TRY([[maybe_unused]] const FileDescriptor held, hold_home(home));
  TWOSEAL_TRY(JoinedHost host, read_joined_host(home));
  const std::string name = host.host.text();
  TWOSEAL_TRY_VOID(run_agent_loop({system,
                                   *prober,
                                   home,
                                   [&](const std::string& line) { session.talk(line); },
                                   [&](const std::string& line) { session.detail(line); }},
                                  host));
  Report report;
  report.text = "stopped\n";
  report.fields = {{"host", name}};
  return report;
}

constexpr Flag kJoinFlags[] = {
    {"--token", "FILE", "the join token: one line, as twoseal token join printed it", true},
    {"--name", "NAME", "the name of this host, instead of its own"},
    {"--home", "DIR", "the agent's directory, /var/lib/twoseal/agent when left out"},
};
constexpr Flag kRunFlags[] = {
    {"--home", "DIR", "the agent's directory, /var/lib/twoseal/agent when left out"},
};
constexpr std::string_view kJoinExamples[] = {"twoseal agent join --token web-01.token"};
constexpr std::string_view kRunExamples[] = {"twoseal agent run"};
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

const Verb kAgentJoin = {
    "agent join",
    Group::hosts,
    "ask for this host's assignment",
    "Makes the keys of this host and asks the server, under a join token, to have it assigned. "
    "Whoever signs the assignment checks that the request came with the token, so the server "
    "cannot put other keys in its place. The code that is printed stands for these keys. A join "
    "that the server has not taken can be repeated, with the same token or another one.",
    {},
    kJoinFlags,
    kJoinExamples,
    kExits,
    OutputFile::report,
    run_join,
};

const Verb kAgentRun = {
    "agent run",
    Group::hosts,
    "run the agent of this host",
    "Asks the server for news, verifies all of it, carries out what was approved and nothing else, "
    "takes back what fails, and looks after what was applied. Ends on SIGTERM; whatever was under "
    "way is carried on or taken back at the next start. One agent works in a directory at a time.",
    {},
    kRunFlags,
    kRunExamples,
    kExits,
    OutputFile::report,
    run_agent,
};

}  // namespace twoseal::cli
