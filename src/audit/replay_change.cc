// The change in hand: what the log says about it so far, ready to be decided on.
#include <algorithm>
#include <utility>

#include "audit/reading.h"
#include "audit/replay.h"

namespace twoseal {
namespace {

constexpr std::size_t kAsideMax = 16;  // changes that are carried out in turns

}  // namespace

bool Replay::is_held(const Digest& change) const {
  return held_ && held_->digest == change;
}

// Whether gates ask for the results of the change in hand.
bool Replay::has_gates() const {
  return in_.change->phases && in_.change->phases->size() > 1;
}

bool Replay::hold(const Digest& change) {
  if (is_held(change)) {
    return true;
  }
  if (held_) {
    put_aside();
  }
  if (!in_.keyring || !(take_up(change) || read_change(change))) {
    return false;
  }
  read_on();
  return true;
}

bool Replay::read_change(const Digest& change) {
  const auto bytes = source_.object(change);
  auto decoded =
      bytes ? codec::decode<Change>(*bytes) : Result<Change>(std::unexpected(bytes.error()));
  if (!decoded || decoded->org != org_) {
    return false;
  }
  held_.emplace().digest = change;
  in_.bundle.change = Named<Change>{change, *std::move(decoded)};
  in_.change = &in_.bundle.change->value;
  in_.core = codec::change_core(*bytes);
  for (const auto& digest : {in_.change->apply, in_.change->plan, in_.change->rollback.state}) {
    if (digest) {
      static_cast<void>(hold_blob(*digest));  // check_content() names it
    }
  }
  in_.findings = {};
  check_content(in_);
  held_->about_content = in_.findings.sorted();
  hold_classes();
  return true;
}

// Reads the entries about the change in hand that came while another one was.
void Replay::read_on() {
  std::vector<std::uint32_t> entries;
  const auto take_from = [&](const std::vector<std::uint32_t>& list, std::size_t& done) {
    entries.insert(entries.end(), list.begin() + static_cast<std::ptrdiff_t>(done), list.end());
    done = list.size();
  };
  take_from(about_[held_->digest], held_->about);
  take_from(attested_[in_.core], held_->attested);
  std::sort(entries.begin(), entries.end());
  for (const std::uint32_t entry : entries) {
    if (const auto statement = recorded(entry)) {
      hold_statement(*statement);
    }
  }
}

void Replay::put_aside() {
  AsideChange aside{.held = *std::move(held_),
                    .change = *std::move(in_.bundle.change),
                    .core = in_.core,
                    .statements = {},
                    .inclusions = {},
                    .judged = {},
                    .results = std::exchange(in_.bundle.results, {}),
                    .blobs = std::exchange(in_.bundle.blobs, {}),
                    .state = std::exchange(in_.state, {}),
                    .undo_state = std::exchange(in_.undo_state, {}),
                    .plan = std::exchange(in_.plan, {})};
  for (const Digest& digest : aside.held.statements) {
    if (auto node = in_.bundle.statements.extract(digest)) {
      aside.statements.insert(std::move(node));
    }
    if (auto node = in_.bundle.inclusions.extract(digest)) {
      aside.inclusions.insert(std::move(node));
    }
  }
  aside.judged = in_.judge->take_out(aside.held.statements);
  in_.bundle.change.reset();
  in_.change = nullptr;
  held_.reset();
  pasts_.clear();
  aside_.push_front(std::move(aside));
  if (aside_.size() > kAsideMax) {
    aside_.pop_back();
  }
}

bool Replay::take_up(const Digest& change) {
  const auto found = std::find_if(aside_.begin(), aside_.end(), [&](const AsideChange& one) {
    return one.held.digest == change;
  });
  if (found == aside_.end()) {
    return false;
  }
  held_ = std::move(found->held);
  in_.bundle.change = std::move(found->change);
  in_.change = &in_.bundle.change->value;
  in_.core = found->core;
  in_.bundle.statements.merge(found->statements);
  in_.bundle.inclusions.merge(found->inclusions);
  in_.judge->put_back(std::move(found->judged));
  in_.bundle.results = std::move(found->results);
  in_.bundle.blobs = std::move(found->blobs);
  in_.state = std::move(found->state);
  in_.undo_state = std::move(found->undo_state);
  in_.plan = std::move(found->plan);
  aside_.erase(found);
  return true;
}

// Whether it is here.
bool Replay::hold_blob(const Digest& digest) {
  auto bytes = source_.object(digest);
  const bool here = bytes.has_value();
  if (here) {
    in_.bundle.blobs[digest] = *std::move(bytes);
  }
  return here;
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
  const LogMoment moment{recorded.place(), recorded.entry.at};
  if (statement.obj_type == ObjType::result) {
    const auto result = read_object<HostResult>(source_, statement.obj);
    if (result) {
      hold_result(recorded, *result);
    } else {
      lost_.insert(recorded.place());
    }
    return;
  }
  if (statement.obj_type != ObjType::change && statement.obj_type != ObjType::statement &&
      !hold_blob(statement.obj)) {
    lost_.insert(recorded.place());
  }
  const auto blob = in_.bundle.blobs.find(statement.obj);
  if (statement.obj_type == ObjType::rollback && blob != in_.bundle.blobs.end()) {
    if (auto rollback = codec::decode<Rollback>(blob->second)) {
      held_->undoing.emplace(recorded.entry.seq, *std::move(rollback));
    }
  } else if (statement.obj_type == ObjType::release && blob != in_.bundle.blobs.end()) {
    if (const auto release = codec::decode<Release>(blob->second)) {
      held_->released.emplace(release->phase, moment);
    }
  }
  held_->first = held_->first.value_or(moment);
  held_->turns.push_back(moment);
  held_->open_phases.clear();
  held_->statements.push_back(recorded.source.digest);
  put(recorded);
}

// Only gates ask for results, for those of phases before.
void Replay::hold_result(const RecordedStatement& recorded, const HostResult& result) {
  const LogMoment moment{recorded.place(), recorded.entry.at};
  held_->first = held_->first.value_or(moment);
  if (!has_gates()) {
    return;
  }
  const auto& phases = *in_.change->phases;
  const auto phase = std::find_if(
      phases.begin(), phases.end(), [&](const Phase& one) { return one.name == result.phase; });
  const auto number = static_cast<std::size_t>(phase - phases.begin());
  if (number + 1 < phases.size()) {
    held_->results[number].push_back(moment);
    std::erase_if(held_->open_phases, [&](const auto& open) { return open.first > number; });
  }
  if (result.outcome == "ok" || result.outcome == "nochange") {
    UnixSeconds& last = held_->last_ok[result.phase];
    last = std::max({last, result.at, recorded.entry.at});
  }
  in_.bundle.results.emplace(recorded.source.statement.obj, result);
  held_->statements.push_back(recorded.source.digest);
  put(recorded);
}

}  // namespace twoseal
