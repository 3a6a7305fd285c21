// twoseal agent join, agent run
#include "agent/agent.h"

#include <atomic>
#include <csignal>
#include <thread>

#include "base/os_clock.h"
#include "base/os_file.h"
#include "cli/agent_home.h"
#include "cli/help.h"
#include "cli/verb_list.h"
#include "crypto/certificate.h"
#include "crypto/key_file.h"
#include "crypto/random.h"
#include "system/linux/linux_system.h"

namespace twoseal::cli {
namespace {

constexpr std::size_t kTokenMax = 4'096;
constexpr std::int64_t kRenewBefore = 10 * limits::kDay;
constexpr std::int64_t kJoinSeconds = 5;
constexpr std::chrono::milliseconds kPiece{100};

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
    return fail(Errc::usage, "the join token is over", "", "make another one: twoseal token join");
  }
  AgentHome home(system.files(), home_directory(arguments));
  TWOSEAL_TRY(JoinedHost host, make_joined_host(home, token, name, system.clock().now()));
  TWOSEAL_TRY(const bool assigned, ask_standing(home, host));
  const std::string code = join_code(host.submission.request);
  session.talk("next  on your own machine: twoseal host assign " + name + " --env ENV   (code " +
               code + ")");
  session.talk("      here: systemctl enable --now twoseal-agent");
  Report report;
  report.text = "asked to join as " + name + " (" + host.host.text() + ")\ncode " + code +
                "   every further signer types it: it stands for the keys of this host\n";
  report.fields = {
      {"host", host.host.text()}, {"name", name}, {"code", code}, {"assigned", assigned}};
  return report;
}

// --- run --------------------------------------------------------------------------------------

std::atomic<bool> stopping{false};

extern "C" void on_stop_signal(int /*number*/) {
  stopping = true;
}

void catch_stop_signals() {
  struct sigaction action = {};
  action.sa_handler = on_stop_signal;
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
}

void sleep_seconds(std::int64_t seconds) {
  for (std::int64_t piece = 0; piece < seconds * 10 && !stopping; ++piece) {
    std::this_thread::sleep_for(kPiece);
  }
}

// Not all at once: up to a quarter more than `seconds`, at least a moment.
std::int64_t jittered(std::int64_t seconds) {
  const Bytes octets = random_bytes(1);
  return seconds + seconds * octet(octets, 0) / 1024;
}

// Waits until the host is assigned and has a certificate.
Result<void> wait_for_certificate(AgentHome& home, JoinedHost& host, const Session& session) {
  while (!host.certificate && !stopping) {
    const auto assigned = ask_standing(home, host);
    if (!assigned) {
      session.talk("waiting: " + error_code_text(assigned.error().code) + " " +
                   assigned.error().what);
    } else if (!*assigned) {
      session.detail("waiting for the assignment of this host");
    }
    if (!host.certificate) {
      sleep_seconds(jittered(kJoinSeconds));
    }
  }
  return {};
}

// A new certificate when the present one has ten days left. The connection is made anew with it.
Result<bool> renew_certificate(AgentHome& home,
                               JoinedHost& host,
                               HttpClient& client,
                               UnixSeconds now) {
  TWOSEAL_TRY(const CertificateFacts facts, read_certificate(*host.certificate));
  if (now < facts.validity.not_after - kRenewBefore) {
    return false;
  }
  ServerLink link(client);
  TWOSEAL_TRY(const std::string pem,
              link.renew(make_certificate_request(host.tls, host.host.text())));
  TWOSEAL_TRY(const CertificateFacts renewed, read_certificate(pem));
  if (renewed.key != host.keys.tls) {
    return fail(Errc::bad_certificate, "the new certificate is for another key than this host's");
  }
  TWOSEAL_TRY_VOID(keep_certificate(home, pem));
  host.certificate = pem;
  return true;
}

std::unique_ptr<HttpClient> connect(const JoinedHost& host) {
  return make_tls_client({host.server.host, host.server.port, host.server.pins},
                         TlsIdentity{*host.certificate, to_pkcs8_pem(host.tls)});
}

// One connection's life: until it is to be made anew, or the agent ends.
Result<void> serve(LinuxSystem& system,
                   Prober& prober,
                   AgentHome& home,
                   JoinedHost& host,
                   const Session& session) {
  const auto client = connect(host);
  // A signal ends the long poll, not only what comes after it.
  const std::jthread watcher([&client](const std::stop_token& over) {
    while (!over.stop_requested()) {
      std::this_thread::sleep_for(kPiece);
      if (stopping) {
        client->cancel();
        return;
      }
    }
  });
  TWOSEAL_TRY(
      const auto agent,
      Agent::start(Agent::Parts{
          system,
          prober,
          home,
          *client,
          HostIdentity{host.server.org, host.host, host.keys},
          HostVoice(host.host, host.server.org, PrivateKey::from_seed(host.identity.secret())),
          host.token_key,
          version_text(),
          AgentPace(),
          [&](const std::string& line) { session.talk(line); }}));
  session.talk("agent of " + host.host.text() + " runs");
  while (!stopping) {
    TWOSEAL_TRY(const AgentStep step, agent->step());
    if (step.problem && !stopping) {
      session.talk(error_code_text(step.problem->code) + " " + step.problem->what);
    }
    for (const Reason& reason : step.refused) {
      session.talk("ALERT " + error_code_text(reason.code) + " " + reason.text);
    }
    if (step.reached) {
      TWOSEAL_TRY(const bool renewed, renew_certificate(home, host, *client, system.clock().now()));
      if (renewed) {
        return {};
      }
    }
    sleep_seconds(jittered(step.next_in));
  }
  return {};
}

Result<Report> run_agent(const Arguments& arguments, const Session& session) {
  catch_stop_signals();
  LinuxSystem system;
  const auto prober = make_network_prober();
  AgentHome home(system.files(), home_directory(arguments));
  TWOSEAL_TRY(JoinedHost host, read_joined_host(home));
  TWOSEAL_TRY_VOID(wait_for_certificate(home, host, session));
  while (!stopping) {
    TWOSEAL_TRY_VOID(serve(system, *prober, home, host, session));
  }
  Report report;
  report.text = "stopped\n";
  report.fields = {{"host", host.host.text()}};
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
    "cannot put other keys in its place. The code that is printed stands for these keys.",
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
    "way is carried on or taken back at the next start.",
    {},
    kRunFlags,
    kRunExamples,
    kExits,
    OutputFile::report,
    run_agent,
};

}  // namespace twoseal::cli
