// The agent: contact, decide, carry out, report, look after. One host, one thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/change_decider.h"
#include "agent/change_runner.h"
#include "agent/documents.h"
#include "agent/enforcer.h"
#include "agent/outbox.h"
#include "agent/plan_desk.h"
#include "agent/scope_log.h"
#include "agent/server_link.h"
#include "agent/voice.h"

namespace twoseal {

/// How the agent paces itself, in seconds.
struct AgentPace {
  std::int64_t wait = 55;            ///< of one long poll
  std::int64_t enforce_every = 600;  ///< between two looks at what was applied
  std::int64_t away_min = 5;         ///< before the server is tried again: at least
  std::int64_t away_max = 60;        ///< and, doubled each time, at most
};

/// What one step found, for whoever drives the agent.
struct AgentStep {
  bool reached = false;          ///< the server answered
  std::optional<Error> problem;  ///< why not, or what was refused
  std::vector<Reason> refused;   ///< documents that were not accepted: an alert
  std::int64_t next_in = 0;      ///< seconds until the next step, without jitter
};

class Agent {
 public:
  struct Parts {
    System& system;
    Prober& prober;
    AgentHome& home;
    HttpClient& client;
    HostIdentity identity;
    HostVoice voice;
    Bytes token_key;
    std::string version;
    AgentPace pace;
    std::function<void(const std::string& line)> log;
  };

  /// Opens what the host remembers and brings whatever a crash left to an end. Over a damaged
  /// journal the agent only looks on: it contacts, reports, and refuses every change with J1. Other
  /// errors of the store are given back: then nothing is applied until somebody looks.
  [[nodiscard]] static Result<std::unique_ptr<Agent>> start(Parts parts);

  /// One round: deliver what waits, ask the server, look at each piece of work, go on with what is
  /// under way. An error is of the agent's own store: the process is to start again.
  [[nodiscard]] Result<AgentStep> step();

  /// Goes on with what is under way, without the server.
  [[nodiscard]] Result<void> advance();

  [[nodiscard]] const HeldDocuments& documents() const { return documents_; }

  [[nodiscard]] const RunBook& book() const { return *book_; }

  [[nodiscard]] bool busy() const { return runner_->busy(); }

  [[nodiscard]] std::size_t waiting_mail() const { return outbox_->size(); }

 private:
  Agent(Parts parts, HeldDocuments documents, std::unique_ptr<RunBook> book, Outbox outbox);

  [[nodiscard]] Contact contact_now();
  [[nodiscard]] Result<void> do_work(const Work& work, AgentStep& step);
  [[nodiscard]] bool is_applied(const Digest& change) const;
  /// Nothing when the server did not give it, which is the problem of the step.
  [[nodiscard]] std::optional<Files> fetch_change(const Digest& change, AgentStep& step);
  [[nodiscard]] Result<void> do_change(const Digest& change, AgentStep& step);
  [[nodiscard]] Result<void> do_rollback(const Digest& change, AgentStep& step);
  [[nodiscard]] Result<std::optional<RunOutcome>> refusal_without_run(const Digest& digest,
                                                                      const Bytes& bytes) const;
  [[nodiscard]] Result<void> do_plan(const Digest& request, AgentStep& step);
  [[nodiscard]] Result<void> carry_out(ChangeVerdict verdict);
  [[nodiscard]] Result<void> tell(const std::optional<RunOutcome>& outcome);
  [[nodiscard]] Result<void> recover();
  [[nodiscard]] Result<void> count_on_reports();
  [[nodiscard]] Result<void> keep_count(std::int64_t reports);
  [[nodiscard]] Result<void> tell_what_ended();
  [[nodiscard]] Result<Mail> renewed(Mail mail) const;
  [[nodiscard]] Result<void> deliver_mail(AgentStep& step);
  void deliver_logs();
  [[nodiscard]] Result<void> look_after();
  void note(const Digest& change, const std::string& line);
  void note_waiting(const Digest& change, const Error& why);
  [[nodiscard]] std::int64_t roster_version() const;

  Parts parts_;
  HeldDocuments documents_;
  std::unique_ptr<RunBook> book_;
  std::unique_ptr<Outbox> outbox_;
  std::unique_ptr<ChangeRunner> runner_;
  std::unique_ptr<ChangeDecider> decider_;
  std::unique_ptr<Enforcer> enforcer_;
  std::unique_ptr<PlanDesk> plans_;
  ServerLink link_;
  ScopeLog scope_log_;
  std::map<Digest, std::vector<Criterion>> criteria_;
  std::map<Digest, RunLog> logs_;
  std::map<Digest, std::string> waits_;  ///< what was noted last of changes that wait
  UnixSeconds looked_at_ = 0;
  std::int64_t away_ = 0;
};

}  // namespace twoseal
