#include "workflow/change_facts.h"

#include <algorithm>
#include <set>
#include <utility>

namespace twoseal {
namespace {

const std::vector<TargetHost>& hosts_of(const ChangeFacts& facts) {
  static const std::vector<TargetHost> kNone;
  return facts.change->targets.hosts ? *facts.change->targets.hosts : kNone;
}

using SharedOutcome = std::shared_ptr<const HostOutcome>;

bool same_outcome(const SharedOutcome& one, const SharedOutcome& other) {
  return one == other || (one != nullptr && other != nullptr && *one == *other);
}

bool same_outcomes(const ChangeFacts& a, const ChangeFacts& b) {
  return std::equal(
      a.outcomes.begin(), a.outcomes.end(), b.outcomes.begin(), b.outcomes.end(), same_outcome);
}

bool is_stale(std::string_view outcome) {
  return outcome == "stale" || outcome == "refused:C4";
}

bool is_good(std::string_view outcome) {
  return outcome == "ok" || outcome == "nochange";
}

bool overrides(const RecordedRelease& release, const RecordedRollback& rollback) {
  return !release.act.withdrawn && release.after && release.act.index > rollback.act.index &&
         std::cmp_greater_equal(*release.after, rollback.act.index);
}

template <class Wanted>
bool any_outcome(const ChangeFacts& facts, Wanted wanted) {
  return std::any_of(facts.outcomes.begin(), facts.outcomes.end(), [&](const auto& one) {
    return one != nullptr && wanted(one->outcome);
  });
}

// The newest word by which the host was touched, among this one and those before it; nullptr.
const HostOutcome* touching_word(const HostOutcome& newest) {
  const HostOutcome* one = &newest;
  while (one != nullptr && !is_touched(one->outcome)) {
    one = one->earlier.get();
  }
  return one;
}

// Whether a host that said `newest` begins by `release`, as it judges that itself: it was not
// touched, or took the change back for a request that the release, recorded behind it, names.
bool begins_by(const HostOutcome& newest, const RecordedRelease& release) {
  const HostOutcome* touched = touching_word(newest);
  return touched == nullptr || (touched->outcome == "rolled-back" && touched->rollback &&
                                release.after && *release.after >= *touched->rollback &&
                                std::cmp_greater(release.act.index, *touched->rollback));
}

}  // namespace

bool HostOutcome::operator==(const HostOutcome& other) const {
  return result == other.result && statement == other.statement && outcome == other.outcome &&
         phase == other.phase && at == other.at && entry_at == other.entry_at &&
         index == other.index && rollback == other.rollback &&
         same_outcome(earlier, other.earlier) && refused_back == other.refused_back;
}

std::optional<std::size_t> ChangeFacts::place_of(const HostId& host) const {
  const auto& hosts = hosts_of(*this);
  // Targets stand in the order that their author gave them; most often ascending.
  const auto sorted = std::lower_bound(
      hosts.begin(), hosts.end(), host, [](const TargetHost& one, const HostId& wanted) {
        return one.id < wanted;
      });
  if (sorted != hosts.end() && sorted->id == host) {
    return static_cast<std::size_t>(sorted - hosts.begin());
  }
  const auto found = std::find_if(
      hosts.begin(), hosts.end(), [&](const TargetHost& one) { return one.id == host; });
  return found == hosts.end() ? std::nullopt
                              : std::optional(static_cast<std::size_t>(found - hosts.begin()));
}

const HostOutcome* ChangeFacts::outcome_of(const HostId& host) const {
  const auto place = place_of(host);
  return place ? outcomes[*place].get() : nullptr;
}

bool ChangeFacts::says_the_same(const ChangeFacts& other) const {
  return digest == other.digest && core == other.core && number == other.number &&
         version == other.version && replaces == other.replaces &&
         replaced_by == other.replaced_by && first_index == other.first_index &&
         authored_at == other.authored_at && acts == other.acts &&
         withdrawals == other.withdrawals && evidence == other.evidence &&
         releases == other.releases && rollbacks == other.rollbacks && marks == other.marks &&
         same_outcomes(*this, other);
}

ChangeFacts facts_before(const ChangeFacts& facts, std::uint64_t index) {
  ChangeFacts before = facts;
  const auto later = [&](const RecordedAct& one) { return one.index >= index; };
  for (auto* list : {&before.acts, &before.withdrawals, &before.evidence}) {
    std::erase_if(*list, later);
  }
  std::erase_if(before.releases, [&](const RecordedRelease& one) { return later(one.act); });
  std::erase_if(before.rollbacks, [&](const RecordedRollback& one) { return later(one.act); });
  const auto taken_back = [&](RecordedAct& one) {
    one.withdrawn = std::any_of(
        before.withdrawals.begin(), before.withdrawals.end(), [&](const RecordedAct& other) {
          return other.object == one.statement && other.by == one.by;
        });
  };
  std::for_each(before.acts.begin(), before.acts.end(), taken_back);
  std::for_each(before.evidence.begin(), before.evidence.end(), taken_back);
  for (RecordedRelease& one : before.releases) {
    taken_back(one.act);
  }
  for (RecordedRollback& one : before.rollbacks) {
    taken_back(one.act);
  }
  for (auto& outcome : before.outcomes) {
    while (outcome != nullptr && outcome->index >= index) {
      outcome = outcome->earlier;
    }
    if (outcome != nullptr && outcome->refused_back && outcome->refused_back->index >= index) {
      auto unanswered = std::make_shared<HostOutcome>(*outcome);
      unanswered->refused_back.reset();
      outcome = std::move(unanswered);
    }
  }
  return before;
}

const std::vector<Phase>& phases_in(const Change& change) {
  static const std::vector<Phase> kNone;
  return change.phases ? *change.phases : kNone;
}

bool stands(std::string_view outcome) {
  return outcome == "ok" || outcome == "failed" || outcome == "interrupted";
}

bool is_touched(std::string_view outcome) {
  return outcome == "ok" || outcome == "nochange" || outcome == "failed" ||
         outcome == "rolled-back" || outcome == "interrupted";
}

const RecordedRelease* serving_release_of(const ChangeFacts& facts, std::size_t number) {
  const auto& phases = phases_in(*facts.change);
  for (;; --number) {
    const RecordedRelease* newest = nullptr;
    for (const RecordedRelease& one : facts.releases) {
      if (one.phase == phases[number].name && !one.act.withdrawn &&
          (newest == nullptr || newest->act.index < one.act.index)) {
        newest = &one;
      }
    }
    const bool may_lack_one = number > 0 && (facts.change->auto_rule ||
                                             phases[number - 1].gate.kind == GateKind::automatic);
    if (newest != nullptr || !may_lack_one) {
      return newest;
    }
  }
}

bool waits_for_release(const ChangeFacts& facts, std::size_t number, const HostId& host) {
  const HostOutcome* outcome = facts.outcome_of(host);
  if (outcome == nullptr || outcome->outcome != "rolled-back" || !outcome->rollback) {
    return false;
  }
  const RecordedRelease* serving = serving_release_of(facts, number);
  return std::any_of(facts.rollbacks.begin(), facts.rollbacks.end(), [&](const auto& one) {
    return std::cmp_equal(one.act.index, *outcome->rollback) &&
           (serving == nullptr || serving->act.index < one.act.index) && is_overridden(facts, one);
  });
}

const HostOutcome* counting_outcome(const ChangeFacts& facts,
                                    std::size_t number,
                                    const HostId& host) {
  const HostOutcome* outcome = facts.outcome_of(host);
  if (waits_for_release(facts, number, host)) {
    return nullptr;
  }
  const RecordedRelease* serving = outcome != nullptr ? serving_release_of(facts, number) : nullptr;
  if (serving == nullptr || serving->act.index < outcome->index) {
    return outcome;
  }
  return begins_by(*outcome, *serving) ? nullptr : outcome;
}

GateTally tally_of(const ChangeFacts& facts, std::size_t number, const std::set<HostId>& without) {
  GateTally tally;
  for (const HostId& host : phases_in(*facts.change)[number].hosts) {
    const HostOutcome* one = counting_outcome(facts, number, host);
    if (one != nullptr && !without.contains(host)) {
      tally.count(one->outcome, std::max(one->at, one->entry_at));
    }
  }
  return tally;
}

bool have_answered(const ChangeFacts& facts, std::size_t number) {
  const auto& hosts = phases_in(*facts.change)[number].hosts;
  return std::all_of(hosts.begin(), hosts.end(), [&](const HostId& host) {
    return counting_outcome(facts, number, host) != nullptr;
  });
}

namespace {

// The first phase whose gate too many of its hosts close.
std::optional<std::size_t> closed_phase(const ChangeFacts& facts) {
  const auto& phases = phases_in(*facts.change);
  for (std::size_t i = 0; i < phases.size(); ++i) {
    if (phases[i].gate.kind == GateKind::automatic &&
        tally_of(facts, i).failed > *phases[i].gate.failed_max) {
      return i;
    }
  }
  return std::nullopt;
}

}  // namespace

bool is_stuck(const ChangeFacts& facts) {
  const auto& phases = phases_in(*facts.change);
  for (std::size_t i = 0; i < phases.size(); ++i) {
    if (!have_answered(facts, i)) {
      return false;  // what lies behind it has not begun
    }
    const GateTally tally = tally_of(facts, i);
    const bool stuck = phases[i].gate.kind == GateKind::automatic
                           ? judge_auto_gate(phases[i], tally, 0) == GateAnswer::undecided
                           : tally.ok == 0;
    if (stuck) {
      return true;
    }
  }
  return false;
}

bool is_gate_closed(const ChangeFacts& facts) {
  return closed_phase(facts).has_value();
}

const RecordedAct* newest_request(const ChangeFacts& facts, const HostId& host) {
  const RecordedAct* newest = nullptr;
  for (const RecordedRollback& one : facts.rollbacks) {
    if (!one.act.withdrawn && !is_overridden(facts, one) &&
        (!one.hosts || std::binary_search(one.hosts->begin(), one.hosts->end(), host)) &&
        (newest == nullptr || newest->index < one.act.index)) {
      newest = &one.act;
    }
  }
  return newest;
}

bool has_failed_phase(const ChangeFacts& facts, const std::set<HostId>& without) {
  const auto& phases = phases_in(*facts.change);
  for (std::size_t i = 0; i < phases.size(); ++i) {
    GateTally tally;
    for (const HostId& host : phases[i].hosts) {
      const HostOutcome* outcome = counting_outcome(facts, i, host);
      if (outcome != nullptr && !outcome->rollback && !without.contains(host) &&
          newest_request(facts, host) == nullptr) {
        tally.count(outcome->outcome, outcome->at);
      }
    }
    if (phases[i].gate.kind == GateKind::automatic && tally.failed > *phases[i].gate.failed_max) {
      return true;
    }
  }
  return false;
}

bool is_overridden(const ChangeFacts& facts, const RecordedRollback& rollback) {
  return std::any_of(facts.releases.begin(), facts.releases.end(), [&](const auto& release) {
    return overrides(release, rollback);
  });
}

bool is_undone(const ChangeFacts& facts) {
  std::set<HostId> asked;
  for (const RecordedRollback& one : facts.rollbacks) {
    if (one.act.withdrawn || is_overridden(facts, one)) {
      continue;
    }
    if (!one.hosts) {
      return true;
    }
    asked.insert(one.hosts->begin(), one.hosts->end());
  }
  const auto& targets = hosts_of(facts);
  return !asked.empty() && std::all_of(targets.begin(), targets.end(), [&](const TargetHost& host) {
    return asked.contains(host.id);
  });
}

bool all_ended(const ChangeFacts& facts, const std::set<HostId>& silent) {
  const auto& phases = phases_in(*facts.change);
  bool any_good = false;
  for (std::size_t i = 0; i < phases.size(); ++i) {
    for (const HostId& host : phases[i].hosts) {
      const HostOutcome* one = counting_outcome(facts, i, host);
      const bool ended = one != nullptr ? is_touched(one->outcome) || is_stale(one->outcome)
                                        : silent.contains(host);
      if (!ended) {
        return false;
      }
      any_good = any_good || (one != nullptr && is_good(one->outcome));
    }
  }
  return any_good;
}

namespace {

// Whether a gate is closed for good. Hosts that somebody asked to take the change back close it
// too, but those beside them in the phase end first.
bool is_shut(const ChangeFacts& facts) {
  const auto closed = closed_phase(facts);
  return closed && (have_answered(facts, *closed) || has_failed_phase(facts));
}

}  // namespace

RoughState rough_state(const ChangeFacts& facts, UnixSeconds now) {
  const bool touched = any_outcome(facts, is_touched);
  if (is_undone(facts)) {
    return RoughState::lost;
  }
  if (facts.marks.contains(Event::done)) {
    return RoughState::done;
  }
  const auto has = [&](Event event, bool withdrawn) {
    return std::any_of(facts.acts.begin(), facts.acts.end(), [&](const RecordedAct& one) {
      return one.event == event && one.withdrawn == withdrawn;
    });
  };
  // What was released goes on: a release names the author's statement as it stood.
  const bool released = std::any_of(facts.releases.begin(),
                                    facts.releases.end(),
                                    [](const RecordedRelease& one) { return !one.act.withdrawn; });
  if (has(Event::authored, true) && !has(Event::authored, false) && !released && !touched) {
    return RoughState::withdrawn;
  }
  if (is_shut(facts)) {
    return RoughState::lost;
  }
  if (all_ended(facts)) {
    return RoughState::running;
  }
  if (facts.marks.contains(Event::expired) || now > facts.change->window.not_after ||
      is_stuck(facts)) {
    return RoughState::lost;
  }
  return touched || !facts.releases.empty() || facts.marks.contains(Event::scheduled)
             ? RoughState::running
             : RoughState::open;
}

}  // namespace twoseal
