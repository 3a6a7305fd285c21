#include "workflow/retired_hosts.h"

#include <algorithm>

#include "workflow/taking_back.h"

namespace twoseal {
namespace {

// Whether `host`, in phase `number`, may have begun since it spoke last and before it was retired:
// until enough people had signed that, it took part.
bool may_have_begun(const ChangeFacts& facts,
                    const Documents& documents,
                    std::size_t number,
                    const HostId& host) {
  const HeldHost* held = documents.host(host);
  const UnixSeconds end = held != nullptr ? std::max(held->assignment->expires, held->since) : 0;
  const HostOutcome* spoke = facts.outcome_of(host);
  const bool released =
      facts.change->auto_rule.has_value() ||
      std::any_of(facts.releases.begin(), facts.releases.end(), [&](const RecordedRelease& one) {
        return one.act.entry_at < end && (spoke == nullptr || spoke->index < one.act.index);
      });
  return released && end > facts.change->window.not_before &&
         !waits_for_release(facts, number, host) && was_open(facts, number, end);
}

}  // namespace

RetiredHosts::RetiredHosts(const ChangeFacts& facts, const Documents& documents, UnixSeconds now) {
  const auto& phases = phases_in(*facts.change);
  live_phases_ = std::min<std::size_t>(phases.size(), 1);
  for (std::size_t i = 0; i < phases.size(); ++i) {
    for (const HostId& host : phases[i].hosts) {
      const bool is_assigned = documents.is_assigned(host, now);
      if (!is_assigned) {
        over_.insert(host);
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
