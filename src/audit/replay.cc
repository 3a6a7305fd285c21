#include "audit/replay.h"

#include <algorithm>

#include "audit/reading.h"

namespace twoseal {
namespace {

constexpr std::size_t kMomentsMax = 32;  // how many earlier sets of documents are tried

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

// Whether gates ask for the results of the change in hand.
bool Replay::has_gates() const {
  return in_.change->phases && in_.change->phases->size() > 1;
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
    documents_.push_back(recorded.place());
    put(recorded);
    settled_ = false;
    return about == &statement ? take_document(recorded) : std::nullopt;
  }
  if (about->obj_type == ObjType::evidence) {
    const auto evidence = read_object<Evidence>(source_, about->obj);
    if (!evidence) {
      return "its evidence is not here";
    }
    attested_[evidence->subject].push_back(recorded.place());
    if (held_ && in_.core == evidence->subject) {
      hold_statement(recorded);
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
  if (held_ == change) {
    hold_statement(recorded);
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

// --- the change in hand ---

void Replay::let_go() {
  for (const Digest& digest : held_statements_) {
    in_.bundle.statements.erase(digest);
    in_.bundle.inclusions.erase(digest);
  }
  in_.judge->forget(held_statements_);
  held_statements_.clear();
  in_.bundle.results.clear();
  in_.bundle.blobs.clear();
  in_.bundle.change.reset();
  in_.change = nullptr;
  in_.state.reset();
  in_.undo_state.reset();
  in_.plan.reset();
  rollbacks_.clear();
  about_content_.clear();
  open_phases_.clear();
  held_.reset();
}

// Whether it is here.
bool Replay::hold_blob(const Digest& digest) {
  auto bytes = source_.object(digest);
  if (bytes) {
    in_.bundle.blobs[digest] = *std::move(bytes);
  }
  return bytes.has_value();
}

// Only criteria look into the classes of a plan.
void Replay::hold_classes() {
  if (in_.plan && in_.change->auto_rule) {
    for (const PlannedClass& one : in_.plan->classes) {
      static_cast<void>(hold_blob(one.class_digest));  // a criterion names it
    }
  }
}

void Replay::hold_statement(const RecordedStatement& recorded) {
  const Statement& statement = recorded.source.statement;
  if (recorded.entry.ev == Event::rolled_back) {
    rollbacks_.insert(recorded.entry.seq);
  }
  if (statement.obj_type == ObjType::result) {
    if (!has_gates()) {
      return;
    }
    auto result = read_object<HostResult>(source_, statement.obj);
    if (!result) {
      lost_.insert(recorded.place());
      return;
    }
    in_.bundle.results.emplace(statement.obj, *std::move(result));
  } else if (statement.obj_type != ObjType::change && statement.obj_type != ObjType::statement &&
             !hold_blob(statement.obj)) {
    lost_.insert(recorded.place());
  }
  held_statements_.push_back(recorded.source.digest);
  put(recorded);
}

bool Replay::hold(const Digest& change) {
  if (held_ == change) {
    return true;
  }
  if (held_) {
    let_go();
  }
  const auto bytes = source_.object(change);
  auto decoded =
      bytes ? codec::decode<Change>(*bytes) : Result<Change>(std::unexpected(bytes.error()));
  if (!decoded || decoded->org != org_ || !in_.keyring) {
    return false;
  }
  held_ = change;
  in_.bundle.change = Named<Change>{change, *std::move(decoded)};
  in_.change = &in_.bundle.change->value;
  in_.core = codec::change_core(*bytes);
  for (const auto* entries : {&about_[change], &attested_[in_.core]}) {
    for (const std::uint32_t index : *entries) {
      if (const auto statement = recorded(index)) {
        hold_statement(*statement);
      }
    }
  }
  for (const auto& digest : {in_.change->apply, in_.change->plan, in_.change->rollback.state}) {
    if (digest) {
      static_cast<void>(hold_blob(*digest));  // check_content() names it
    }
  }
  in_.findings = {};
  check_content(in_);
  about_content_ = in_.findings.sorted();
  hold_classes();
  return true;
}

// --- decisions ---

// Forgets what the decision before established, but for what is the change's own.
void Replay::begin(const Question& question) {
  in_.inputs.host = question.host;
  in_.inputs.clock = question.clock;
  in_.hi = in_.lo = question.clock;
  in_.bundle.state = question.state;
  in_.findings = {};
  for (const auto* reasons : {&about_documents_, &about_content_}) {
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
  in_.gates_passed = open_phases_.contains(phase_of(*in_.change, question.host));
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
  settle();
  begin(question);
  check_expiry();
  check_host();
  check_rest(in_);
  if (in_.has_phase && !in_.findings.failed(Step::gate)) {
    open_phases_.insert(in_.phase);
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

// The rollback that a later release of the change in hand names, else `entry`, the result of the
// host that undid it.
std::int64_t Replay::overridden(std::int64_t entry) const {
  std::int64_t newest = entry;
  for (const Digest& digest : held_statements_) {
    const Statement& statement = in_.bundle.statements.at(digest).statement;
    const auto blob = in_.bundle.blobs.find(statement.obj);
    if (statement.act == Act::release && blob != in_.bundle.blobs.end()) {
      const auto release = codec::decode<Release>(blob->second);
      const auto after = release ? release->after : std::nullopt;
      newest = after && rollbacks_.contains(*after) ? std::max(newest, *after) : newest;
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
  const Run* run = memory.find(*held_);
  if (run != nullptr && run->end != RunEnd::nothing) {
    const bool undone = run->end == RunEnd::undone;
    state.used.push_back({*held_, undone ? std::optional(overridden(run->entry)) : std::nullopt});
  }
  for (const Digest& required : in_.change->requires_changes) {
    const Run* other = memory.find(required);
    if (other != nullptr && other->end != RunEnd::open) {
      state.applied.push_back({required, other->end == RunEnd::undone});
    }
  }
  if (in_.change->scope) {
    const auto base = memory.base_of(*in_.change->scope);
    state.scopes.push_back({base ? *base : planned_base(host), {}, *in_.change->scope});
  }
  state.counts = memory.counts();
  return state;
}

// When the change in hand was released, or first recorded where nobody need release it.
UnixSeconds Replay::released_at() {
  if (in_.serving != nullptr) {
    return in_.serving->judged->moment.entry_at;
  }
  const auto first = recorded(about_[*held_].front());
  return first ? first->entry.at : 0;
}

// Whether the rules hold at one of `clocks`, with the documents of now.
bool Replay::allowed_at(Question question, const std::set<UnixSeconds>& clocks) {
  return std::any_of(clocks.begin(), clocks.end(), [&](UnixSeconds clock) {
    question.clock = clock;
    return decide(question).empty();
  });
}

// Whether they held with earlier documents: those at any moment since the release, or since the
// change was written where nobody need release it.
bool Replay::allowed_before(const Question& question, const std::set<UnixSeconds>& clocks) {
  const std::int64_t from = in_.serving != nullptr ? in_.serving->index : about_[*held_].front();
  std::size_t tried = 0;
  for (auto limit = documents_.rbegin(); limit != documents_.rend() && *limit > from; ++limit) {
    if (++tried > kMomentsMax) {
      break;
    }
    Replay past(source_, org_, rosters_);
    for (auto index = documents_.begin(); *index < *limit; ++index) {
      past.take_again(*index);
    }
    for (const auto* entries : {&about_[*held_], &attested_[in_.core]}) {
      for (const std::uint32_t index : *entries) {
        past.take_again(index);
      }
    }
    const bool allowed = past.hold(*held_) && past.allowed_at(question, clocks);
    lost_.insert(past.lost_.begin(), past.lost_.end());
    if (allowed) {
      return true;
    }
  }
  return false;
}

// The ends of the time in which the host can have decided, as far as the window lies in it.
std::set<UnixSeconds> Replay::clocks_of(const HostResult& result) {
  const UnixSeconds released = std::min(released_at(), result.at);
  const Window& window = in_.change->window;
  const UnixSeconds late = std::max(released, std::min(window.not_after, result.at));
  return {std::min(std::max(window.not_before, released), late), late};
}

std::vector<std::string> Replay::objections(const Release& release, UnixSeconds at) {
  if (!hold(release.change)) {
    return {"its change is not here, or no roster is"};
  }
  Question question{.clock = at};
  if (in_.change->phases) {
    const auto& phases = *in_.change->phases;
    const auto phase = std::find_if(
        phases.begin(), phases.end(), [&](const Phase& one) { return one.name == release.phase; });
    if (phase == phases.end() || phase->hosts.empty()) {
      return {"its change has no phase " + release.phase.text()};
    }
    question.host = phase->hosts.front();
    question.state = memory_of(*question.host);
  }
  return texts_of(decide(question), Step::quorum);
}

std::vector<std::string> Replay::objections(const HostResult& result,
                                            const RecordedStatement& recorded) {
  about_[result.change].push_back(recorded.place());
  if (held_ == result.change) {
    hold_statement(recorded);
  }
  const auto end = run_end(result.outcome);
  if (!end) {
    return {};
  }
  if (!hold(result.change)) {
    return {"its change is not here, or no roster is"};
  }
  std::vector<std::string> texts;
  if (!hosts_[result.host].continues(result.change, *end)) {
    const Question question{
        .host = result.host, .clock = result.at, .state = memory_of(result.host)};
    const auto reasons = decide(question);
    const bool other_phase = in_.phase_name() != result.phase;
    const auto clocks = clocks_of(result);
    const bool allowed = reasons.empty() || allowed_at(question, clocks) ||
                         (patient_ && allowed_before(question, clocks));
    texts = allowed ? std::vector<std::string>() : texts_of(reasons, Step::undo);
    if (other_phase) {
      texts.push_back("its host is in phase " + in_.phase_name().text());
    }
  }
  remember(result, recorded.entry.seq, *end);
  return texts;
}

void Replay::remember(const HostResult& result, std::int64_t entry, RunEnd end) {
  HostMemory& memory = hosts_[result.host];
  const bool emergency = in_.change->kind == ChangeKind::emergency;
  if ((in_.change->auto_rule || emergency) && !memory.continues(result.change, end)) {
    memory.count(emergency ? Name::parse("emergency").value() : *in_.change->auto_rule,
                 result.at / limits::kDay);
  }
  if (in_.change->scope) {
    memory.take(result.change, {entry, end}, *in_.change->scope, planned_base(result.host));
  }
}

}  // namespace twoseal
