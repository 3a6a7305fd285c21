#include "agent/agent.h"

#include <algorithm>
#include <utility>

#include "agent/journal.h"
#include "agent/plain_line.h"
#include "base/limits.h"
#include "codec/archive.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "crypto/random.h"
#include "policy/rollback.h"

namespace twoseal {
namespace {

constexpr std::size_t kMailBatch = 16;
constexpr std::size_t kLogLinesMax = 200;
constexpr std::size_t kLogsMax = 64;
constexpr std::size_t kLineMax = 1'000;
constexpr const char* kCountFile = "held/reports";
constexpr std::size_t kCountMax = 17;  // octets: a number and a line feed
constexpr std::int64_t kBusySeconds = 2;
constexpr std::int64_t kPauseSeconds = 1;  // whoever answers at once is not asked without end

// Whether the server has judged what it was told, so that it would not take it later either.
bool is_judged(const Error& error) {
  switch (error_info(error.code).exit) {
    case Exit::denied:
      return error.code != Errc::host_refused;
    case Exit::bad_data:
    case Exit::verification_failed:
    case Exit::no_input:
      return true;
    default:
      return false;
  }
}

// Whether the journal is gone beside what only an agent with one has (what was kept for undo, the
// documents of a contact), or empty beside what only a run that ended has. A run that was cut off
// before its first record leaves what it kept for undo beside an empty one.
Result<bool> is_journal_lost(const AgentHome& home) {
  TWOSEAL_TRY(const auto journal, home.read("journal", kJournalMax));
  if (journal && !journal->empty()) {
    return false;
  }
  TWOSEAL_TRY(const auto scopes, home.list("scopes"));
  TWOSEAL_TRY(const auto changes, home.list("changes"));
  TWOSEAL_TRY(const auto documents, home.read("held/documents", codec::kArchiveMax));
  return !scopes.empty() || (!journal && (!changes.empty() || documents));
}

Result<std::unique_ptr<RunBook>> open_book(AgentHome& home) {
  const std::string path = home.path("journal");
  TWOSEAL_TRY(const bool lost, is_journal_lost(home));
  if (lost) {
    return RunBook::open_damaged(
        home.files(),
        path,
        {Errc::refuse_j1, "the journal is gone, and with it what was carried out here", path});
  }
  auto book = RunBook::open(home.files(), path);
  return !book && book.error().code == Errc::refuse_j1
             ? RunBook::open_damaged(home.files(), path, book.error())
             : std::move(book);
}

// Without what it had learnt a host could be shown older documents: then it only looks on.
Result<HeldDocuments> open_documents(const Agent::Parts& parts, RunBook& book) {
  auto documents = HeldDocuments::open(parts.home, parts.identity);
  if (!documents && documents.error().code != Errc::refuse_j1 &&
      documents.error().code != Errc::too_large) {
    return std::unexpected(std::move(documents).error());
  }
  if (documents) {
    return documents;
  }
  if (!book.damage()) {
    book.distrust(documents.error());
  }
  return HeldDocuments::without_memory(parts.home, parts.identity);
}

bool is_change(const Files& files, const Digest& change) {
  const auto bytes = files.find("change.json");
  return bytes != files.end() && sha256(bytes->second) == change;
}

// Whether the server is away, so that nothing else need be tried now.
bool is_transport(const Error& error) {
  switch (error.code) {
    case Errc::unreachable:
    case Errc::timed_out:
    case Errc::bad_http:
    case Errc::refuse_t1:
    case Errc::cancelled:
      return true;
    default:
      return false;
  }
}

}  // namespace

Agent::Agent(Parts parts, HeldDocuments documents, std::unique_ptr<RunBook> book, Outbox outbox)
    : parts_(std::move(parts)),
      documents_(std::move(documents)),
      book_(std::move(book)),
      outbox_(std::make_unique<Outbox>(std::move(outbox))),
      link_(parts_.client) {
  runner_ = std::make_unique<ChangeRunner>(ChangeRunner::Parts{
      parts_.system,
      parts_.prober,
      parts_.home,
      *book_,
      [this](const Digest& change, const std::string& line) { note(change, line); }});
  decider_ = std::make_unique<ChangeDecider>(
      ChangeDecider::Parts{parts_.system, documents_, *book_, parts_.token_key});
  enforcer_ = std::make_unique<Enforcer>(
      Enforcer::Parts{parts_.system, parts_.home, *book_, parts_.identity.org});
}

Result<std::unique_ptr<Agent>> Agent::start(Parts parts) {
  TWOSEAL_TRY_VOID(parts.home.prepare());
  TWOSEAL_TRY_VOID(parts.home.sweep());
  TWOSEAL_TRY(auto book, open_book(parts.home));
  TWOSEAL_TRY(HeldDocuments documents, open_documents(parts, *book));
  TWOSEAL_TRY(Outbox outbox, Outbox::open(parts.home));
  TWOSEAL_TRY(PlanDesk plans, PlanDesk::open(parts.home));
  std::unique_ptr<Agent> agent(
      new Agent(std::move(parts), std::move(documents), std::move(book), std::move(outbox)));
  agent->plans_ = std::make_unique<PlanDesk>(std::move(plans));
  if (agent->plans_->lost() > 0) {
    agent->parts_.log("note: of the plans that were answered in the last two hours " +
                      std::to_string(agent->plans_->lost()) + " cannot be read and are forgotten");
  }
  TWOSEAL_TRY_VOID(agent->count_on_reports());
  TWOSEAL_TRY_VOID(agent->recover());
  return agent;
}

Result<void> Agent::recover() {
  const auto recovered = runner_->recover();
  if (!recovered && recovered.error().code != Errc::refuse_j1) {
    return std::unexpected(recovered.error());
  }
  if (!recovered) {
    book_->distrust(recovered.error());
  }
  if (const auto& damage = book_->damage()) {
    parts_.log("ALERT " + error_code_text(damage->code) + " " + damage->what +
               (damage->where.empty() ? "" : " (" + damage->where + ")") +
               "; this host looks on and takes no change; next: " +
               std::string(error_info(damage->code).next));
    return {};
  }
  TWOSEAL_TRY_VOID(tell(*recovered));
  return tell_what_ended();
}

std::int64_t Agent::roster_version() const {
  const auto& held = documents_.state().roster;
  return held ? held->version : 1;
}

void Agent::note(const Digest& change, const std::string& line) {
  parts_.log(line);
  // While nobody takes them, those of further changes are lost: a server could make any number.
  if (logs_.size() >= kLogsMax && !logs_.contains(change)) {
    return;
  }
  RunLog& log = logs_[change];
  log.change = change;
  log.org = parts_.identity.org;
  if (log.lines.size() < kLogLinesMax) {
    log.lines.push_back({parts_.system.clock().now(), plain_line(line, kLineMax)});
  }
}

// Waiting is no answer, but people ask why nothing happens.
void Agent::note_waiting(const Digest& change, const Error& why) {
  constexpr std::size_t kWaitsMax = 4'096;
  if (waits_.size() >= kWaitsMax) {
    waits_.clear();
  }
  const std::string line = "waiting: " + error_code_text(why.code) + " " + why.what;
  if (std::exchange(waits_[change], line) != line) {
    note(change, line);
  }
}

// --- telling ----------------------------------------------------------------------------------

Result<void> Agent::tell(const std::optional<RunOutcome>& outcome) {
  if (!outcome) {
    return {};
  }
  note(outcome->change, outcome->outcome + ": " + outcome->detail);
  const UnixSeconds now = parts_.system.clock().now();
  HostResult result;
  result.at = now;
  result.change = outcome->change;
  result.host = parts_.identity.host;
  result.nonce = random_bytes(limits::kNonceSize);
  result.org = parts_.identity.org;
  result.outcome = outcome->outcome;
  result.phase = outcome->phase;
  result.rollback = outcome->rollback;
  if (const auto found = criteria_.find(outcome->change);
      found != criteria_.end() && !found->second.empty()) {
    result.criteria = found->second;
  }
  const Bytes object = codec::encode(result);
  const Bytes record =
      parts_.voice.say(ObjType::result, object, now, roster_version(), documents_.seen());
  TWOSEAL_TRY_VOID(
      parts_.home.with_reserve([&] { return outbox_->put({MailKind::result, object, record}); }));
  return parts_.home.with_reserve([&] {
    return book_->write(OutcomeTold{outcome->change, outcome->outcome, outcome->release});
  });
}

// The server takes no statement that is older than a day, however long it was away itself: what
// waited for an hour is said again now, and so is what was said by a clock that has been set back
// since. The object keeps its time.
Result<Mail> Agent::renewed(Mail mail) const {
  constexpr std::int64_t kSaidAnewAfter = 3'600;
  const UnixSeconds now = parts_.system.clock().now();
  TWOSEAL_TRY(const SignatureRecord record,
              codec::decode<SignatureRecord>(mail.record, limits::kRecordMax));
  TWOSEAL_TRY(const Statement said,
              codec::decode<Statement>(record.statement, limits::kStatementMax));
  if (said.at < now - kSaidAnewAfter || said.at > now) {
    mail.record =
        parts_.voice.say(said.obj_type, mail.object, now, roster_version(), documents_.seen());
  }
  return mail;
}

// A crash may have come between the end of a run and its telling.
Result<void> Agent::tell_what_ended() {
  for (const Digest& change : book_->untold()) {
    const OpenRun& run = *book_->find(change);
    RunOutcome ended{change, run.begun.phase, run.ended->outcome, "told after a start"};
    ended.rollback = names_request(ended.outcome) ? run.ended->rollback : std::nullopt;
    TWOSEAL_TRY_VOID(tell(ended));
  }
  return {};
}

Result<void> Agent::deliver_mail(AgentStep& step) {
  while (outbox_->size() > 0) {
    TWOSEAL_TRY(const auto batch, outbox_->oldest(kMailBatch));
    for (const KeptMail& one : batch) {
      TWOSEAL_TRY(const Mail mail, renewed(one.mail));
      const auto delivered = link_.deliver(mail);
      if (!delivered && is_transport(delivered.error())) {
        step.problem = delivered.error();
        return {};
      }
      if (!delivered && !is_judged(delivered.error())) {
        step.problem = delivered.error();
        return {};  // its disk, its load, or our certificate: later
      }
      if (!delivered) {
        parts_.log("the server does not take " + one.name + ": " + delivered.error().what);
      }
      TWOSEAL_TRY_VOID(outbox_->remove(one.name));
    }
  }
  return {};
}

// Lines for people: when they cannot be told now, they are told later or lost with the process.
void Agent::deliver_logs() {
  for (auto log = logs_.begin(); log != logs_.end();) {
    const auto told = link_.tell(log->second);
    if (!told && is_transport(told.error())) {
      return;
    }
    log = logs_.erase(log);
  }
}

// --- work -------------------------------------------------------------------------------------

Contact Agent::contact_now() {
  const AgentState& state = documents_.state();
  Contact contact;
  contact.agent = parts_.version;
  contact.assignment = state.assignment;
  contact.boot = parts_.system.boot_id();
  contact.checkpoint = documents_.seen();
  contact.counter = book_->reports();
  if (const auto& damage = book_->damage()) {
    contact.looks_on = error_code_text(damage->code);
  }
  contact.org = parts_.identity.org;
  contact.policy = state.policy;
  contact.restrictions = state.restrictions;
  contact.roster = state.roster;
  contact.wait = runner_->busy() || outbox_->size() > 0 ? 0 : parts_.pace.wait;
  return contact;
}

Result<void> Agent::carry_out(ChangeVerdict verdict) {
  const Digest change = verdict.order->digest;
  criteria_[change] = std::move(verdict.criteria);
  if (auto kept = enforcer_->keep(change, *std::move(verdict.state), verdict.inputs); !kept) {
    const Error& error = kept.error();
    return error.code == Errc::disk_full
               ? tell(RunOutcome{change,
                                 verdict.order->phase,
                                 "refused:B3",
                                 error_code_text(error.code) + " " + error.what})
               : std::unexpected(error);
  }
  TWOSEAL_TRY(const Beginning begun, runner_->begin(*verdict.order));
  if (begun.waits) {
    note_waiting(change, *begun.waits);
  }
  return tell(begun.outcome);
}

bool Agent::is_applied(const Digest& change) const {
  const auto& applied = book_->memory().applied;
  const auto newest = std::find_if(applied.rbegin(), applied.rend(), [&](const AppliedChange& one) {
    return one.change == change;
  });
  return newest != applied.rend() && !newest->rolled_back;
}

std::optional<Files> Agent::fetch_change(const Digest& change, AgentStep& step) {
  auto files = link_.change(change, contact_now());
  if (!files) {
    step.problem = files.error();
    return std::nullopt;
  }
  if (!is_change(*files, change)) {
    step.problem = Error{Errc::refuse_c1, "the server gave another change than it was asked for"};
    return std::nullopt;
  }
  return *std::move(files);
}

Result<void> Agent::do_change(const Digest& change, AgentStep& step) {
  // While the server has not heard how a change ended here, it may ask for that one again.
  if (runner_->busy() || outbox_->size() > 0) {
    return {};
  }
  const auto files = fetch_change(change, step);
  if (!files) {
    return {};
  }
  TWOSEAL_TRY(ChangeVerdict verdict, decider_->decide(*files));
  if (verdict.order) {
    return carry_out(std::move(verdict));
  }
  if (!verdict.outcome) {
    if (!verdict.reasons.empty()) {
      note_waiting(change, {verdict.reasons.front().code, verdict.reasons.front().text});
    }
    return {};
  }
  // Nothing is signed about bytes that are no change, nor a refusal over the word that a change
  // which stands here ended well.
  if (verdict.outcome->phase.empty() || is_applied(change)) {
    step.problem = Error{verdict.reasons.front().code, verdict.reasons.front().text};
    return {};
  }
  verdict.outcome->change = change;
  const OutcomeTold* told = book_->told(change);
  const bool again = told != nullptr && told->outcome == verdict.outcome->outcome &&
                     told->release == verdict.outcome->release;
  return again ? Result<void>() : tell(verdict.outcome);
}

// Of a change whose undo is over, or that never began: why it is not taken back.
Result<std::optional<RunOutcome>> Agent::refusal_without_run(const Digest& digest,
                                                             const Bytes& bytes) const {
  TWOSEAL_TRY(const Change change, codec::decode<Change>(bytes));
  for (const Phase& phase : change.phases.value_or(std::vector<Phase>())) {
    const auto& hosts = phase.hosts;
    if (std::find(hosts.begin(), hosts.end(), parts_.identity.host) == hosts.end()) {
      continue;
    }
    if (const auto& damage = book_->damage()) {
      return RunOutcome{digest, phase.name, "refused:J1", damage->what};
    }
    const auto& used = book_->memory().used;
    const bool began = std::any_of(
        used.begin(), used.end(), [&](const UsedChange& one) { return one.change == digest; });
    if (!began && !is_applied(digest)) {
      return RunOutcome{digest, phase.name, "refused:W2", kNeverBegan};
    }
    const ScopeState* scope = change.scope ? book_->scope(*change.scope) : nullptr;
    const bool followed = is_applied(digest) && scope != nullptr && scope->base != digest;
    return followed ? RunOutcome{digest, phase.name, "refused:W3", kCameAfter}
                    : RunOutcome{digest, phase.name, "refused:B3", kKeptNoMore};
  }
  return std::nullopt;
}

Result<void> Agent::do_rollback(const Digest& change, AgentStep& step) {
  const OpenRun* run = book_->find(change);
  const OpenRun* current = book_->current();
  if (current != nullptr) {
    return {};  // what is under way ends first
  }
  const OutcomeTold* told = book_->told(change);
  if (run == nullptr ? told != nullptr && told->outcome == "rolled-back"
                     : run->ended && run->ended->outcome == "rolled-back") {
    return {};
  }
  auto files = fetch_change(change, step);
  if (!files) {
    return {};
  }
  (*files)["state.json"] = codec::encode(decider_->state());
  const auto now = parts_.system.clock().now();
  const RollbackDecision decision = authorize_rollback(*files, documents_.inputs(now));
  TWOSEAL_TRY_VOID(documents_.raise_floor(decision.floor));
  if (!decision.permits()) {
    const Reason& reason = decision.reasons.front();
    step.problem = Error{reason.code, "rollback: " + reason.text};
    return {};
  }
  TWOSEAL_TRY(const auto outcome,
              run != nullptr ? runner_->take_back(change, decision.why, decision.entry)
                             : refusal_without_run(change, files->at("change.json")));
  // The server may ask once more before it has heard that.
  const bool refuses = outcome && outcome->outcome.starts_with("refused:");
  return refuses && outbox_->size() > 0 ? Result<void>() : tell(outcome);
}

Result<void> Agent::do_plan(const Digest& request, AgentStep& step) {
  const auto files = link_.plan_request(request);
  if (!files) {
    step.problem = files.error();
    return {};
  }
  const auto refuse = [&](const Error& error) {
    const auto told = link_.refuse_plan({error_code_text(error.code),
                                         parts_.identity.org,
                                         request,
                                         plain_line(error.what, kLineMax)});
    if (!told) {
      step.problem = told.error();
    }
  };
  const auto reply = decider_->answer_plan(*files, *plans_);
  if (!reply) {
    refuse(reply.error());
    return {};
  }
  if (reply->answer.request != request) {
    refuse({Errc::refuse_c1, "the server gave another request than it was asked for"});
    return {};
  }
  const Bytes object = codec::encode(reply->answer);
  const Bytes record = parts_.voice.say(
      ObjType::plan_answer, object, reply->answer.at, roster_version(), documents_.seen());
  if (auto sent = link_.answer_plan(object, record, reply->plan_class); !sent) {
    // Nobody else tells the person who asked why this host does not answer.
    if (sent.error().code == Errc::clock_differs) {
      refuse(sent.error());
    }
    step.problem = sent.error();
  }
  return {};
}

Result<void> Agent::do_work(const Work& work, AgentStep& step) {
  switch (work.kind) {
    case WorkKind::plan:
      return do_plan(work.digest, step);
    case WorkKind::rollback:
      return do_rollback(work.digest, step);
    case WorkKind::apply:
      break;
  }
  return do_change(work.digest, step);
}

// --- looking after ----------------------------------------------------------------------------

// The number of the newest report, where the journal cannot say it: the server takes no lower one.
// Where nothing says it, the clock does: no host makes a report each second. A host that does not
// know that its memory is gone counts anew, so that the server tells.
Result<void> Agent::count_on_reports() {
  TWOSEAL_TRY(const auto text, parts_.home.read(kCountFile, kCountMax));
  std::int64_t kept = 0;
  for (const char c : text.value_or("")) {
    kept = c >= '0' && c <= '9' ? kept * 10 + (c - '0') : kept;
  }
  if (book_->damage() && kept == 0) {
    kept = parts_.system.clock().now();
  }
  return kept > book_->reports() ? book_->write(ReportMade{kept}) : Result<void>();
}

Result<void> Agent::keep_count(std::int64_t reports) {
  return book_->damage() ? parts_.home.write(kCountFile, std::to_string(reports) + "\n")
                         : Result<void>();
}

Result<void> Agent::look_after() {
  const UnixSeconds now = parts_.system.clock().now();
  if (runner_->busy() || now < looked_at_ + parts_.pace.enforce_every) {
    return {};
  }
  looked_at_ = now;
  TWOSEAL_TRY_VOID(parts_.home.keep_reserve());
  if (!book_->damage()) {
    TWOSEAL_TRY_VOID(runner_->close_old());
    TWOSEAL_TRY_VOID(enforcer_->erase_old());
  }
  AgentReport report;
  TWOSEAL_TRY(report.scopes, enforcer_->look_at_all());
  for (const std::string& line : scope_log_.lines(report.scopes)) {
    parts_.log(line);
  }
  report.at = now;
  report.boot = parts_.system.boot_id();
  report.counter = book_->reports() + 1;
  report.host = parts_.identity.host;
  report.nonce = random_bytes(limits::kNonceSize);
  report.org = parts_.identity.org;
  const Bytes object = codec::encode(report);
  const Bytes record =
      parts_.voice.say(ObjType::report, object, now, roster_version(), documents_.seen());
  if (auto kept = outbox_->put({MailKind::report, object, record}); !kept) {
    // The next report tells the same, and whatever was put back.
    parts_.log("a report was not kept: " + kept.error().what);
    const Errc code = kept.error().code;
    return code == Errc::disk_full || code == Errc::queue_full ? Result<void>() : kept;
  }
  TWOSEAL_TRY_VOID(keep_count(report.counter));
  return parts_.home.with_reserve([&] { return book_->write(ReportMade{report.counter}); });
}

Result<void> Agent::advance() {
  TWOSEAL_TRY(const auto outcome, runner_->advance(false));
  TWOSEAL_TRY_VOID(tell(outcome));
  return look_after();
}

Result<AgentStep> Agent::step() {
  AgentStep step;
  TWOSEAL_TRY_VOID(advance());
  auto answer = link_.contact(contact_now());
  if (!answer) {
    step.problem = answer.error();
    away_ = std::clamp(away_ * 2, parts_.pace.away_min, parts_.pace.away_max);
    step.next_in = runner_->busy() ? kBusySeconds : away_;
    return step;
  }
  away_ = 0;
  TWOSEAL_TRY(step.refused,
              documents_.take(std::move(answer->documents), parts_.system.clock().now()));
  // Only who shows a log that continues ours is the server that we know.
  step.reached = step.refused.empty();
  if (!step.reached) {
    step.next_in = parts_.pace.away_max;
    return step;
  }
  for (const Work& work : answer->work) {
    TWOSEAL_TRY_VOID(do_work(work, step));
    // Each call may take its time, and meanwhile nobody looks after what is under way.
    if (step.problem && is_transport(*step.problem)) {
      break;
    }
  }
  TWOSEAL_TRY(const auto outcome, runner_->advance(true));
  TWOSEAL_TRY_VOID(tell(outcome));
  TWOSEAL_TRY_VOID(deliver_mail(step));
  deliver_logs();
  step.next_in = runner_->busy() || outbox_->size() > 0 ? kBusySeconds : kPauseSeconds;
  return step;
}

}  // namespace twoseal
