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

std::optional<LedgerEntry> Replay::entry_at(std::uint64_t index) const {
  const auto bytes = source_.entry(index);
  auto entry = bytes ? codec::decode<LedgerEntry>(*bytes, limits::kEntryMax)
                     : Result<LedgerEntry>(std::unexpected(bytes.error()));
  return entry ? std::optional(*std::move(entry)) : std::nullopt;
}

std::optional<Digest> Replay::change_of(const Statement& statement) const {
  switch (statement.obj_type) {
    case ObjType::change:
      return statement.obj;
    case ObjType::release:
      if (const auto release = read_object<Release>(source_, statement.obj)) {
        return release->change;
      }
      break;
    case ObjType::rollback:
      if (const auto rollback = read_object<Rollback>(source_, statement.obj)) {
        return rollback->change;
      }
      break;
    default:
      break;
  }
  return std::nullopt;
}

// Whether gates ask for the results of the change in hand.
bool Replay::has_gates() const {
  return in_.change->phases && in_.change->phases->size() > 1;
}

std::optional<std::string> Replay::take(std::uint64_t index, const Statement& statement) {
  const auto place = static_cast<std::uint32_t>(index);
  const Statement* about = &statement;
  Result<SignedStatement> withdrawn = fail(Errc::not_found, "");
  if (statement.obj_type == ObjType::statement) {
    withdrawn = read_statement(source_, statement.obj);
    about = withdrawn ? &withdrawn->statement : about;
  }
  if (is_document(about->obj_type)) {
    documents_.push_back(place);
    put(index);
    settled_ = false;
    return about == &statement ? take_document(index, statement) : std::nullopt;
  }
  if (about->obj_type == ObjType::evidence) {
    const auto evidence = read_object<Evidence>(source_, about->obj);
    if (!evidence) {
      return "its evidence is not here";
    }
    attested_[evidence->subject].push_back(place);
    if (held_ && in_.core == evidence->subject) {
      hold_statement(index);
    }
  } else if (const auto change = change_of(*about)) {
    about_[*change].push_back(place);
    if (held_ == change) {
      hold_statement(index);
    }
  }
  return std::nullopt;
}

void Replay::take_again(std::uint64_t index) {
  const auto entry = entry_at(index);
  const auto source = entry && entry->stmt ? read_statement(source_, *entry->stmt)
                                           : Result<SignedStatement>(fail(Errc::not_found, ""));
  if (!source) {
    return;
  }
  if (source->statement.obj_type == ObjType::result) {
    if (const auto result = read_object<HostResult>(source_, source->statement.obj)) {
      about_[result->change].push_back(static_cast<std::uint32_t>(index));
    }
    return;
  }
  static_cast<void>(take(index, source->statement));
}

// Puts the statement of an entry into the bundle, with its place.
void Replay::put(std::uint64_t index) {
  const auto bytes = source_.entry(index);
  const auto entry = entry_at(index);
  auto source = entry && entry->stmt ? read_statement(source_, *entry->stmt)
                                     : Result<SignedStatement>(fail(Errc::not_found, ""));
  if (source) {
    const Digest digest = source->digest;
    in_.bundle.statements.emplace(digest, *std::move(source));
    in_.bundle.inclusions[digest] = {*bytes, static_cast<std::int64_t>(index), {}, 0};
  }
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

void Replay::hold_blob(const std::optional<Digest>& digest) {
  const auto bytes =
      digest ? source_.object(*digest) : Result<Bytes>(fail(Errc::not_found, "there is none"));
  if (bytes) {
    in_.bundle.blobs[*digest] = *bytes;
  }
}

// Only criteria look into the classes of a plan.
void Replay::hold_classes() {
  if (in_.plan && in_.change->auto_rule) {
    for (const PlannedClass& one : in_.plan->classes) {
      hold_blob(one.class_digest);
    }
  }
}

void Replay::hold_statement(std::uint64_t index) {
  const auto entry = entry_at(index);
  const auto source = entry && entry->stmt ? read_statement(source_, *entry->stmt)
                                           : Result<SignedStatement>(fail(Errc::not_found, ""));
  if (!source) {
    return;
  }
  const Statement& statement = source->statement;
  if (entry->ev == Event::rolled_back) {
    rollbacks_.insert(entry->seq);
  }
  if (statement.obj_type == ObjType::result) {
    if (!has_gates()) {
      return;
    }
    auto result = read_object<HostResult>(source_, statement.obj);
    if (!result) {
      return;
    }
    in_.bundle.results.emplace(statement.obj, *std::move(result));
  } else if (statement.obj_type != ObjType::change) {
    hold_blob(statement.obj);
  }
  held_statements_.push_back(source->digest);
  put(index);
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
  for (const std::uint32_t index : about_[change]) {
    hold_statement(index);
  }
  for (const std::uint32_t index : attested_[in_.core]) {
    hold_statement(index);
  }
  hold_blob(in_.change->apply);
  hold_blob(in_.change->plan);
  hold_blob(in_.change->rollback.state);
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

std::optional<UnixSeconds> Replay::released_at() const {
  if (in_.serving != nullptr) {
    return in_.serving->judged->moment.entry_at;
  }
  const auto entries = about_.find(*held_);
  const auto first = entries != about_.end() ? entry_at(entries->second.front()) : std::nullopt;
  return first ? std::optional(first->at) : std::nullopt;
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
    if (past.hold(*held_) && past.allowed_at(question, clocks)) {
      return true;
    }
  }
  return false;
}

// The ends of the time in which the host can have decided, as far as the window lies in it.
std::set<UnixSeconds> Replay::clocks_of(const HostResult& result) const {
  const UnixSeconds released = std::min(released_at().value_or(result.at), result.at);
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

std::vector<std::string> Replay::objections(const HostResult& result, const LedgerEntry& entry) {
  about_[result.change].push_back(static_cast<std::uint32_t>(entry.seq));
  if (held_ == result.change && has_gates()) {
    hold_statement(static_cast<std::uint64_t>(entry.seq));
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
  remember(result, entry, *end);
  return texts;
}

void Replay::remember(const HostResult& result, const LedgerEntry& entry, RunEnd end) {
  HostMemory& memory = hosts_[result.host];
  const bool emergency = in_.change->kind == ChangeKind::emergency;
  if ((in_.change->auto_rule || emergency) && !memory.continues(result.change, end)) {
    memory.count(emergency ? Name::parse("emergency").value() : *in_.change->auto_rule,
                 result.at / limits::kDay);
  }
  if (in_.change->scope) {
    memory.take(result.change, {entry.seq, end}, *in_.change->scope, planned_base(result.host));
  }
}

}  // namespace twoseal
