#include "workflow/retired_hosts.h"

#include <algorithm>

#include "workflow/taking_back.h"

namespace twoseal {
namespace {

// Until when the host took part: until its assignment was over, and enough people had signed that.
UnixSeconds end_of(const Documents& documents, const HostId& host) {
  const HeldHost* held = documents.host(host);
  return held != nullptr ? std::max(held->assignment->expires, held->since) : 0;
}

// Whether `host`, in phase `number`, may have begun since it spoke last and before it was retired.
bool may_have_begun(const ChangeFacts& facts,
                    const Documents& documents,
                    std::size_t number,
                    const HostId& host) {
  const UnixSeconds end = end_of(documents, host);
  const HostOutcome* spoke = facts.outcome_of(host);
  const bool released =
      facts.change->auto_rule.has_value() ||
      std::any_of(facts.releases.begin(), facts.releases.end(), [&](const RecordedRelease& one) {
        return one.act.entry_at < end && (spoke == nullptr || spoke->index < one.act.index);
      });
  return released && end > facts.change->window.not_before &&
         !waits_for_release(facts, number, host) && was_open(facts, number, end);
}

// Whether hosts of phase `number` may have begun before `end`.
bool had_begun(const ChangeFacts& facts, std::size_t number, UnixSeconds end) {
  const RecordedRelease* serving = serving_release_of(facts, number);
  return (facts.change->auto_rule || (serving != nullptr && serving->act.entry_at < end)) &&
         was_open(facts, number, end);
}

// Which phases have an assigned host of which nothing counts yet.
std::vector<bool> waiting_phases(const ChangeFacts& facts,
                                 const Documents& documents,
                                 UnixSeconds now) {
  const auto& phases = phases_in(*facts.change);
  std::vector<bool> waiting;
  for (std::size_t i = 0; i < phases.size(); ++i) {
    const auto& hosts = phases[i].hosts;
    waiting.push_back(std::any_of(hosts.begin(), hosts.end(), [&](const HostId& one) {
      return documents.is_assigned(one, now) && counting_outcome(facts, i, one) == nullptr;
    }));
  }
  return waiting;
}

// Whether a host behind phase `number` waits still for what one in it said that took part until
// `end`: a gate that lets it begin no more. One that may have begun before does not.
bool is_waited_for(const ChangeFacts& facts,
                   const std::vector<bool>& waiting,
                   std::size_t number,
                   UnixSeconds end) {
  for (std::size_t i = number + 1; i < waiting.size(); ++i) {
    if (waiting[i] && !had_begun(facts, i, end)) {
      return true;
    }
  }
  return false;
}

}  // namespace

RetiredHosts::RetiredHosts(const ChangeFacts& facts, const Documents& documents, UnixSeconds now) {
  const auto& phases = phases_in(*facts.change);
  const std::vector<bool> waiting = waiting_phases(facts, documents, now);
  live_phases_ = std::min<std::size_t>(phases.size(), 1);
  for (std::size_t i = 0; i < phases.size(); ++i) {
    for (const HostId& host : phases[i].hosts) {
      const bool is_assigned = documents.is_assigned(host, now);
      if (!is_assigned && is_waited_for(facts, waiting, i, end_of(documents, host))) {
        discounted_.insert(host);
      }
      if (is_assigned || counting_outcome(facts, i, host) != nullptr) {
        live_phases_ = i + 1;
      } else if (may_have_begun(facts, documents, i, host)) {
        unheard_.insert(host);
        live_phases_ = i + 1;
      } else {
        silent_.insert(host);
      }
    }
  }
}

}  // namespace twoseal
