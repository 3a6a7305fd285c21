#include "workflow/taking_back.h"

#include <algorithm>

#include "base/limits.h"
#include "model/names.h"
#include "policy/gate.h"

namespace twoseal {
namespace {

// Index of the newest request that `host` takes it back.
std::optional<std::uint64_t> asked_back_at(const ChangeFacts& facts, const HostId& host) {
  const RecordedAct* request = newest_request(facts, host);
  return request != nullptr ? std::optional(request->index) : std::nullopt;
}

// The newest word of the host by which it had done it well, else its newest.
const HostOutcome* best_word_of(const ChangeFacts& facts, const HostId& host) {
  const HostOutcome* newest = facts.outcome_of(host);
  for (const HostOutcome* one = newest; one != nullptr; one = one->earlier.get()) {
    if (one->outcome == "ok" || one->outcome == "nochange") {
      return one;
    }
  }
  return newest;
}

std::set<HostId> retired_targets(const ChangeFacts& facts,
                                 const Documents& documents,
                                 UnixSeconds now) {
  std::set<HostId> retired;
  for (const Phase& phase : phases_in(*facts.change)) {
    for (const HostId& host : phase.hosts) {
      if (!documents.is_assigned(host, now)) {
        retired.insert(host);
      }
    }
  }
  return retired;
}

std::optional<std::size_t> phase_of(const ChangeFacts& facts, const HostId& host) {
  const auto& phases = phases_in(*facts.change);
  for (std::size_t i = 0; i < phases.size(); ++i) {
    if (std::binary_search(phases[i].hosts.begin(), phases[i].hosts.end(), host)) {
      return i;
    }
  }
  return std::nullopt;
}

}  // namespace

bool was_open(const ChangeFacts& facts, std::size_t number, UnixSeconds moment) {
  if (serving_release_of(facts, number) == nullptr && !facts.change->auto_rule) {
    return false;
  }
  const auto& phases = phases_in(*facts.change);
  for (std::size_t i = 0; i < number; ++i) {
    if (phases[i].gate.kind != GateKind::automatic) {
      continue;  // its own release says so
    }
    GateTally tally;
    for (const HostId& host : phases[i].hosts) {
      if (const HostOutcome* word = best_word_of(facts, host)) {
        tally.count(word->outcome, std::max(word->at, word->entry_at));
      }
    }
    if (judge_auto_gate(phases[i], tally, moment) != GateAnswer::open) {
      return false;
    }
  }
  return true;
}

bool is_asked_back(const ChangeFacts& facts, const HostId& host) {
  return asked_back_at(facts, host).has_value();
}

bool is_taken_back_by_gate(const ChangeFacts& facts, const Documents& documents, UnixSeconds now) {
  const auto& triggers = facts.change->rollback.auto_on;
  const bool named = std::any_of(
      triggers.begin(), triggers.end(), [](const Name& one) { return one.text() == "gate"; });
  // Whoever is retired makes it fewer that failed, so that is looked at last.
  if (!named || documents.policy == nullptr || facts.marks.contains(Event::done) ||
      !has_failed_phase(facts) ||
      !has_failed_phase(facts, retired_targets(facts, documents, now))) {
    return false;
  }
  const auto& forbidden = documents.policy->value.no_auto_rollback;
  return std::none_of(forbidden.begin(), forbidden.end(), [&](const Name& one) {
    return one.text() == enum_name(facts.change->kind) ||
           std::binary_search(facts.change->risks.begin(), facts.change->risks.end(), one);
  });
}

TakingBack TakingBack::now(const ChangeFacts& facts,
                           const Documents& documents,
                           UnixSeconds moment) {
  TakingBack back(facts, is_taken_back_by_gate(facts, documents, moment));
  back.leave_out_ended(documents, moment);
  return back;
}

void TakingBack::leave_out_ended(const Documents& documents, UnixSeconds now) {
  documents_ = &documents;
  now_ = now;
}

const RefusedBack* TakingBack::refusal_of(const HostId& host) const {
  const HostOutcome* outcome = facts_.outcome_of(host);
  const auto asked = asked_back_at(facts_, host);
  const bool answers = outcome != nullptr && outcome->refused_back && (by_gate_ || asked) &&
                       outcome->refused_back->index > asked.value_or(0);
  return answers ? &*outcome->refused_back : nullptr;
}

bool TakingBack::is_going_back(const HostId& host) {
  const auto number = phase_of(facts_, host);
  if (!number || is_ended(host) || (!by_gate_ && !is_asked_back(facts_, host)) ||
      refusal_of(host) != nullptr) {
    return false;
  }
  const HostOutcome* outcome = facts_.outcome_of(host);
  if (outcome == nullptr || counting_outcome(facts_, *number, host) == nullptr) {
    return may_have_begun(host, *number);
  }
  if (outcome->outcome == "interrupted") {
    return asked_back_at(facts_, host).value_or(0) > outcome->index;
  }
  return stands(outcome->outcome);
}

bool TakingBack::is_any_going_back() {
  const auto& targets = facts_.change->targets.hosts;
  return targets && std::any_of(targets->begin(), targets->end(), [&](const TargetHost& one) {
           return is_going_back(one.id);
         });
}

// At work, without having said so: it has been let begin, and since then said nothing.
bool TakingBack::may_have_begun(const HostId& host, std::size_t number) {
  if (waits_for_release(facts_, number, host)) {
    return false;
  }
  const RecordedAct* request = newest_request(facts_, host);
  return was_open(number, request != nullptr ? request->entry_at : limits::kIntegerMax);
}

bool TakingBack::was_open(std::size_t number, UnixSeconds moment) {
  const auto [place, is_new] = open_.try_emplace({number, moment}, false);
  if (is_new) {
    place->second = twoseal::was_open(facts_, number, moment);
  }
  return place->second;
}

bool TakingBack::is_ended(const HostId& host) const {
  return documents_ != nullptr && !documents_->is_assigned(host, now_);
}

}  // namespace twoseal
