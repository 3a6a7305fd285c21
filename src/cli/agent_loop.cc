#include "cli/agent_loop.h"

#include <chrono>
#include <thread>
#include <utility>

#include "agent/agent.h"
#include "base/limits.h"
#include "base/os_memory.h"
#include "cli/help.h"
#include "cli/stop.h"
#include "crypto/certificate.h"
#include "crypto/key_file.h"
#include "crypto/random.h"
#include "net/client.h"
#include "net/notify.h"

namespace twoseal::cli {
namespace {

constexpr std::int64_t kRenewBefore = 10 * limits::kDay;
constexpr std::int64_t kJoinSeconds = 5;
constexpr std::chrono::milliseconds kPiece{100};

void sleep_seconds(std::int64_t seconds) {
  for (std::int64_t piece = 0; piece < seconds * 10 && !stop_asked(); ++piece) {
    std::this_thread::sleep_for(kPiece);
  }
}

// Not all at once: up to a quarter more than `seconds`.
std::int64_t jittered(std::int64_t seconds) {
  const Bytes octets = random_bytes(1);
  return seconds + seconds * octet(octets, 0) / 1024;
}

// Waits until the host is assigned and has a certificate.
Result<void> wait_for_certificate(const AgentLoop& loop, JoinedHost& host) {
  while (!host.certificate && !stop_asked()) {
    const auto assigned = ask_standing(loop.home, host);
    if (!assigned) {
      loop.talk("waiting: " + error_code_text(assigned.error().code) + " " + assigned.error().what);
    } else if (!*assigned) {
      loop.detail("waiting for the assignment of this host");
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

// A signal ends the long poll, not only what comes after it.
std::jthread stopper(HttpClient& client) {
  return std::jthread([&client](const std::stop_token& over) {
    while (!over.stop_requested()) {
      std::this_thread::sleep_for(kPiece);
      if (stop_asked()) {
        client.cancel();
        return;
      }
    }
  });
}

void tell(const AgentLoop& loop, const AgentStep& step) {
  if (step.problem && !stop_asked()) {
    loop.talk(error_code_text(step.problem->code) + " " + step.problem->what);
  }
  for (const Reason& reason : step.refused) {
    loop.talk("ALERT " + error_code_text(reason.code) + " " + reason.text);
  }
}

Result<std::unique_ptr<Agent>> start(const AgentLoop& loop, JoinedHost& host, HttpClient& client) {
  return Agent::start(
      {loop.system,
       loop.prober,
       loop.home,
       client,
       {host.server.org, host.host, host.keys},
       HostVoice(host.host, host.server.org, PrivateKey::from_seed(host.identity.secret())),
       host.token_key,
       version_text(),
       AgentPace(),
       loop.talk});
}

// One connection's life: until it is to be made anew, or the agent ends.
Result<void> serve(const AgentLoop& loop, JoinedHost& host) {
  const auto client = make_tls_client({host.server.host, host.server.port, host.server.pins},
                                      TlsIdentity{*host.certificate, to_pkcs8_pem(host.tls)});
  const std::jthread watcher = stopper(*client);
  TWOSEAL_TRY(const auto agent, start(loop, host, *client));
  loop.talk("agent of " + host.host.text() + " runs");
  if (agent->book().damage()) {
    notify_service_manager("STATUS=takes no change: what it remembers is damaged");
  }
  bool started = false;
  while (!stop_asked()) {
    TWOSEAL_TRY(const AgentStep step, agent->step());
    tell(loop, step);
    loop.after_step();
    if (step.reached) {
      if (!std::exchange(started, true)) {
        give_back_program_pages();  // on each host, for as long as it runs
      }
      TWOSEAL_TRY(const bool renewed,
                  renew_certificate(loop.home, host, *client, loop.system.clock().now()));
      if (renewed) {
        return {};
      }
    }
    sleep_seconds(jittered(step.next_in));
  }
  return {};
}

}  // namespace

Result<void> run_agent_loop(const AgentLoop& loop, JoinedHost& host) {
  notify_service_manager("READY=1\nSTATUS=waiting for the assignment of this host");
  TWOSEAL_TRY_VOID(wait_for_certificate(loop, host));
  notify_service_manager("STATUS=looking after " + host.host.text());
  while (!stop_asked()) {
    TWOSEAL_TRY_VOID(serve(loop, host));
  }
  notify_service_manager("STOPPING=1");
  return {};
}

}  // namespace twoseal::cli
