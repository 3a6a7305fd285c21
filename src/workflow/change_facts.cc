#include "workflow/change_facts.h"

#include <algorithm>
#include <utility>

#include "policy/gate.h"

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

template <class Wanted>
bool any_outcome(const ChangeFacts& facts, Wanted wanted) {
  return std::any_of(facts.outcomes.begin(), facts.outcomes.end(), [&](const auto& one) {
    return one != nullptr && wanted(one->outcome);
  });
}

}  // namespace

bool HostOutcome::operator==(const HostOutcome& other) const {
  return result == other.result && statement == other.statement && outcome == other.outcome &&
         phase == other.phase && at == other.at && entry_at == other.entry_at &&
         index == other.index && same_outcome(earlier, other.earlier);
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

const std::vector<Phase>& phases_in(const Change& change) {
  static const std::vector<Phase> kNone;
  return change.phases ? *change.phases : kNone;
}

bool is_touched(std::string_view outcome) {
  return outcome == "ok" || outcome == "nochange" || outcome == "failed" ||
         outcome == "rolled-back" || outcome == "interrupted";
}

bool is_gate_closed(const ChangeFacts& facts) {
  for (const Phase& phase : phases_in(*facts.change)) {
    if (phase.gate.kind != GateKind::automatic) {
      continue;
    }
    GateTally tally;
    for (const HostId& host : phase.hosts) {
      if (const HostOutcome* one = facts.outcome_of(host)) {
        tally.count(one->outcome, one->at);
      }
    }
    if (tally.failed > *phase.gate.failed_max) {
      return true;
    }
  }
  return false;
}

bool is_undone(const ChangeFacts& facts) {
  return std::any_of(
      facts.rollbacks.begin(), facts.rollbacks.end(), [&](const RecordedRollback& one) {
        const bool overridden =
            std::any_of(facts.releases.begin(), facts.releases.end(), [&](const auto& release) {
              return !release.act.withdrawn && release.after &&
                     std::cmp_equal(*release.after, one.act.index);
            });
        return !one.hosts && !overridden;
      });
}

bool all_ended(const ChangeFacts& facts) {
  return !facts.outcomes.empty() &&
         std::all_of(facts.outcomes.begin(),
                     facts.outcomes.end(),
                     [](const auto& one) {
                       return one != nullptr &&
                              (is_touched(one->outcome) || is_stale(one->outcome));
                     }) &&
         any_outcome(facts,
                     [](const auto& outcome) { return outcome == "ok" || outcome == "nochange"; });
}

RoughState rough_state(const ChangeFacts& facts, UnixSeconds now) {
  if (facts.marks.contains(Event::done)) {
    return RoughState::done;
  }
  const auto& acts = facts.acts;
  const auto has = [&](Event event, bool withdrawn) {
    return std::any_of(acts.begin(), acts.end(), [&](const RecordedAct& one) {
      return one.event == event && one.withdrawn == withdrawn;
    });
  };
  if (has(Event::authored, true) && !has(Event::authored, false)) {
    return RoughState::withdrawn;
  }
  const bool touched = any_outcome(facts, is_touched);
  if (is_gate_closed(facts) || (is_undone(facts) && touched)) {
    return RoughState::lost;
  }
  if (all_ended(facts)) {
    return RoughState::running;
  }
  const bool stale = !touched && any_outcome(facts, is_stale);
  if (facts.marks.contains(Event::expired) || now > facts.change->window.not_after || stale) {
    return RoughState::lost;
  }
  return touched || !facts.releases.empty() || facts.marks.contains(Event::scheduled)
             ? RoughState::running
             : RoughState::open;
}

}  // namespace twoseal
