#include "audit/replay.h"

#include <algorithm>

#include "audit/reading.h"

namespace twoseal {
namespace {

std::vector<std::string> texts_of(const std::vector<Reason>& reasons, Step last) {
  std::vector<std::string> texts;
  for (const Reason& reason : reasons) {
    if (reason.step <= last) {
      texts.push_back(std::string(error_info(reason.code).refusal) + ": " + reason.text);
    }
  }
  return texts;
}

// The phase that `host` is in; the first one when it is in none.
std::size_t phase_of(const Change& change, const std::optional<HostId>& host) {
  if (change.phases && host) {
    for (std::size_t i = 0; i < change.phases->size(); ++i) {
      const auto& hosts = (*change.phases)[i].hosts;
      if (std::binary_search(hosts.begin(), hosts.end(), *host)) {
        return i;
      }
    }
  }
  return 0;
}

// The place of the phase `name`; behind all when there is no such phase.
std::size_t phase_named(const Change& change, const Name& name) {
  if (!change.phases) {
    return 0;
  }
  const auto found = std::find_if(change.phases->begin(),
                                  change.phases->end(),
                                  [&](const Phase& one) { return one.name == name; });
  return static_cast<std::size_t>(found - change.phases->begin());
}

Name phase_name_of(const Change& change, const HostId& host) {
  return change.phases ? (*change.phases)[phase_of(change, host)].name : whole_phase();
}

}  // namespace

Replay::Replay(const AuditSource& source, const Digest& org, const std::vector<RosterTerm>& rosters)
    : source_(source), org_(org), rosters_(rosters) {
  in_.anchor = Anchor::log;
  in_.inputs.org = org;
  // The stops that the log records are judged by their own signatures.
  in_.bundle.fresh.emplace();
  in_.bundle.stop_list.emplace();
}

bool Replay::is_document(ObjType type) {
  return type == ObjType::roster || type == ObjType::policy || type == ObjType::restrictions ||
         type == ObjType::assignments || type == ObjType::stop;
}

std::optional<RecordedStatement> Replay::recorded(std::uint64_t index) {
  auto recorded = read_recorded(source_, index);
  if (!recorded) {
    lost_.insert(index);
    return std::nullopt;
  }
  return *std::move(recorded);
}

// The change that a statement on a change, a release or a rollback is about.
std::optional<Digest> Replay::change_of(const Statement& statement) const {
  if (statement.obj_type == ObjType::change) {
    return statement.obj;
  }
  if (statement.obj_type == ObjType::release) {
    const auto release = read_object<Release>(source_, statement.obj);
    return release ? std::optional(release->change) : std::nullopt;
  }
  const auto rollback = read_object<Rollback>(source_, statement.obj);
  return rollback ? std::optional(rollback->change) : std::nullopt;
}

std::optional<std::string> Replay::take(const RecordedStatement& recorded) {
  const Statement& statement = recorded.source.statement;
  const Statement* about = &statement;
  Result<SignedStatement> withdrawn = fail(Errc::not_found, "");
  if (statement.obj_type == ObjType::statement) {
    withdrawn = read_statement(source_, statement.obj);
    if (!withdrawn) {
      return "the statement that it takes back is not here";
    }
    about = &withdrawn->statement;
  }
  if (is_document(about->obj_type)) {
    documents_.push_back({recorded.place(), recorded.entry.at});
    put(recorded);
    auto missing = about == &statement ? take_document(recorded) : std::nullopt;
    settle();
    return missing;
  }
  if (about->obj_type == ObjType::evidence) {
    const auto evidence = read_object<Evidence>(source_, about->obj);
    if (!evidence) {
      return "its evidence is not here";
    }
    attested_[evidence->subject].push_back(recorded.place());
    if (held_ && in_.core == evidence->subject) {
      hold_statement(recorded);
      held_->attested = attested_[evidence->subject].size();
    }
    return std::nullopt;
  }
  const bool of_change = about->obj_type == ObjType::change ||
                         about->obj_type == ObjType::release ||
                         about->obj_type == ObjType::rollback;
  if (!of_change) {
    return std::nullopt;
  }
  const auto change = change_of(*about);
  if (!change) {
    return "its " + std::string(name_of(about->obj_type)) + " is not here";
  }
  about_[*change].push_back(recorded.place());
  if (is_held(*change)) {
    hold_statement(recorded);
    held_->about = about_[*change].size();
  }
  return std::nullopt;
}

void Replay::take_again(std::uint64_t index) {
  const auto again = recorded(index);
  if (!again) {
    return;
  }
  const Statement& statement = again->source.statement;
  if (statement.obj_type == ObjType::result) {
    if (const auto result = read_object<HostResult>(source_, statement.obj)) {
      about_[result->change].push_back(again->place());
    } else {
      lost_.insert(index);
    }
  } else if (take(*again)) {
    lost_.insert(index);
  }
}

// Puts a statement into the bundle, with its place.
void Replay::put(const RecordedStatement& recorded) {
  const Digest& digest = recorded.source.digest;
  in_.bundle.statements.emplace(digest, recorded.source);
  in_.bundle.inclusions[digest] = {recorded.bytes, recorded.entry.seq, {}, 0};
}

// --- decisions ---

// Forgets what the decision before established, but for what is the change's own.
void Replay::begin(const Question& question) {
  in_.inputs.host = question.host;
  in_.inputs.clock = question.clock;
  in_.hi = in_.lo = question.clock;
  in_.bundle.state = question.state;
  if (question.memory != nullptr) {
    in_.bundle.state->counts = question.memory->counts(question.clock / limits::kDay);
  }
  in_.findings = {};
  for (const auto* reasons : {&about_documents_, &held_->about_content}) {
    for (const Reason& one : *reasons) {
      in_.findings.refuse(one.step, one.code, one.exit, one.text);
    }
  }
  in_.assignment = nullptr;
  in_.targets.clear();
  in_.phase = 0;
  in_.has_phase = true;
  in_.releases.clear();
  in_.serving = nullptr;
  in_.withdrawn.clear();
  in_.effects.clear();
  in_.counted.clear();
  in_.rules.clear();
  in_.criteria.clear();
  const auto open = held_->open_phases.find(phase_of(*in_.change, question.host));
  in_.gates_passed = open != held_->open_phases.end() && question.clock >= open->second;
}

// Step 6. What was proven since the documents last changed is so still, until it expires.
void Replay::check_host() {
  const auto known = proven_.find(in_.inputs.host.value_or(HostId()));
  if (known != proven_.end() && in_.hi < known->second->expires) {
    in_.assignment = known->second;
    return;
  }
  check_assignment(in_);
  if (in_.assignment != nullptr) {
    proven_[*in_.inputs.host] = in_.assignment;
  }
}

std::vector<Reason> Replay::decide(const Question& question) {
  begin(question);
  check_expiry();
  check_host();
  check_rest(in_);
  if (in_.has_phase && in_.policy != nullptr && !in_.findings.failed(Step::gate)) {
    const auto open = held_->open_phases.emplace(in_.phase, question.clock).first;
    open->second = std::min(open->second, question.clock);
  }
  return in_.findings.sorted();
}

std::optional<Digest> Replay::planned_base(const HostId& host) const {
  for (const PlannedClass& one : in_.plan ? in_.plan->classes : std::vector<PlannedClass>()) {
    for (const PlannedHost& planned : one.hosts) {
      if (planned.id == host) {
        return planned.base;
      }
    }
  }
  return std::nullopt;
}

// The rollback that undid `run` on `host`: one that somebody asked for since its release, if a
// later release names it; else that of the host itself, whose result says so.
std::int64_t Replay::overridden(const HostId& host, const Run& run) const {
  std::int64_t newest = run.entry;
  std::size_t nearest = 0;
  for (const Digest& digest : held_->statements) {
    const Statement& statement = in_.bundle.statements.at(digest).statement;
    const auto blob = in_.bundle.blobs.find(statement.obj);
    if (statement.act != Act::release || blob == in_.bundle.blobs.end()) {
      continue;
    }
    const auto release = codec::decode<Release>(blob->second);
    const auto undoing =
        release && release->after ? held_->undoing.find(*release->after) : held_->undoing.end();
    if (undoing == held_->undoing.end()) {
      continue;
    }
    const auto& [entry, rollback] = *undoing;
    const bool here =
        !rollback.hosts ||
        std::find(rollback.hosts->begin(), rollback.hosts->end(), host) != rollback.hosts->end();
    const std::size_t phase = phase_named(*in_.change, release->phase);
    if (here && entry > run.release && entry < run.entry && phase >= nearest &&
        phase <= phase_of(*in_.change, host)) {
      newest = entry;
      nearest = phase;
    }
  }
  return newest;
}

AgentState Replay::memory_of(const HostId& host) const {
  AgentState state;
  state.org = org_;
  static const HostMemory kNothing;
  const auto found = hosts_.find(host);
  const HostMemory& memory = found != hosts_.end() ? found->second : kNothing;
  const Run* run = memory.find(held_->digest);
  if (run != nullptr && run->end != RunEnd::nothing) {
    const bool undone = run->end == RunEnd::undone;
    state.used.push_back(
        {held_->digest, undone ? std::optional(overridden(host, *run)) : std::nullopt});
  }
  for (const Digest& required : in_.change->requires_changes) {
    const Run* other = memory.find(required);
    if (other != nullptr && other->end != RunEnd::failed && other->end != RunEnd::interrupted) {
      state.applied.push_back({required, other->end == RunEnd::undone});
    }
  }
  if (in_.change->scope) {
    const auto base = memory.base_of(*in_.change->scope);
    state.scopes.push_back({base ? *base : planned_base(host), {}, *in_.change->scope});
  }
  return state;
}

std::vector<std::string> Replay::objections(const Release& release,
                                            const RecordedStatement& recorded) {
  if (!hold(release.change)) {
    return {"its change is not here, or no roster is"};
  }
  Question question{.clock = recorded.entry.at};
  if (in_.change->phases) {
    const auto& phases = *in_.change->phases;
    const auto phase = std::find_if(
        phases.begin(), phases.end(), [&](const Phase& one) { return one.name == release.phase; });
    if (phase == phases.end() || phase->hosts.empty()) {
      return {"its change has no phase " + release.phase.text()};
    }
    // One that is not assigned yet may be so when its turn comes.
    const auto assigned =
        std::find_if(phase->hosts.begin(), phase->hosts.end(), [&](const auto& host) {
          return in_.bundle.assignments.contains(host);
        });
    question.host = assigned != phase->hosts.end() ? *assigned : phase->hosts.front();
    question.state = memory_of(*question.host);
    question.memory = &hosts_[*question.host];
  }
  auto texts = texts_of(decide(question), Step::quorum);
  const bool counts =
      std::any_of(in_.releases.begin(), in_.releases.end(), [&](const ServingRelease& one) {
        return one.judged->source->digest == recorded.source.digest;
      });
  if (!counts) {
    texts.emplace_back("S5: it does not count as a release by an executor");
  }
  return texts;
}

std::vector<std::string> Replay::objections(const HostResult& result,
                                            const RecordedStatement& recorded) {
  about_[result.change].push_back(recorded.place());
  if (is_held(result.change)) {
    hold_result(recorded, result);
    held_->about = about_[result.change].size();
  }
  const auto end = run_end(result.outcome);
  if (!end) {
    return {};
  }
  if (!hold(result.change)) {
    return {"its change is not here, or no roster is"};
  }
  std::vector<std::string> texts;
  if (const Name phase = phase_name_of(*in_.change, result.host); phase != result.phase) {
    texts.push_back("its host is in phase " + phase.text());
  }
  const HostMemory& memory = hosts_[result.host];
  if (memory.continues(result.change, *end)) {
    const Run before = *memory.find(result.change);
    if (result.at < before.at - limits::kClockSkew) {
      texts.emplace_back("S5: it is dated before what it goes on with");
    }
    remember(result, {recorded.entry.seq, before.release, result.at, *end}, result.at);
    return texts;
  }
  const Question question{.host = result.host,
                          .clock = std::min(result.at, recorded.entry.at),
                          .state = memory_of(result.host),
                          .memory = &hosts_[result.host]};
  const auto reasons = decide(question);
  const LogMoment begun = released();
  const auto moments = moments_since(begun.entry, question.clock);
  const bool of_now = moments.empty() || question.clock >= moments.front().at - limits::kClockSkew;
  std::optional<Allowance> allowance;
  if (result.at < begun.at - limits::kClockSkew) {
    texts.emplace_back("S5: it is dated before its release");
  } else if (reasons.empty() && of_now) {
    allowance = {question.clock, in_.serving != nullptr ? in_.serving->index : 0};
  } else {
    const UnixSeconds from = std::max(begun.at - limits::kClockSkew, question.clock - run_max());
    allowance = allowed_before(question, {from, question.clock}, moments);
    if (!allowance) {
      const auto refused = texts_of(reasons, Step::undo);
      texts.insert(texts.begin(), refused.begin(), refused.end());
    }
    if (!allowance && reasons.empty()) {
      texts.emplace_back("S5: what allows it was recorded after it was done");
    }
  }
  const Allowance found = allowance.value_or(Allowance{question.clock, begun.entry});
  remember(result, {recorded.entry.seq, found.release, result.at, *end}, found.clock);
  return texts;
}

// `clock`: when the rules allowed it.
void Replay::remember(const HostResult& result, Run run, UnixSeconds clock) {
  HostMemory& memory = hosts_[result.host];
  const bool emergency = in_.change->kind == ChangeKind::emergency;
  const bool goes_on = memory.continues(result.change, run.end);
  if (goes_on) {
    // What was interrupted and then had nothing left to do, is done.
    run.end = run.end == RunEnd::nothing ? RunEnd::done : run.end;
    run.ended = memory.find(result.change)->ended;
  }
  run.ended = run.ended || run.end == RunEnd::done || run.end == RunEnd::failed;
  if ((in_.change->auto_rule || emergency) && !goes_on) {
    memory.count(emergency ? Name::parse("emergency").value() : *in_.change->auto_rule,
                 clock / limits::kDay);
  }
  if (in_.change->scope) {
    memory.take(result.change, run, *in_.change->scope, planned_base(result.host));
  }
}

}  // namespace twoseal
