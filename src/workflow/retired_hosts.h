// The hosts of a change that are retired, and of which nothing is heard any more.
#pragma once

#include <set>

#include "workflow/change_facts.h"
#include "workflow/documents.h"

namespace twoseal {

/// Worked out once for a change at a moment.
class RetiredHosts {
 public:
  RetiredHosts(const ChangeFacts& facts, const Documents& documents, UnixSeconds now);

  /// Of which nothing counts: they said nothing, or nothing since a release let them begin again.
  /// They did not begin, and do not any more.
  [[nodiscard]] const std::set<HostId>& silent() const { return silent_; }

  /// Such a host that may have begun before it was retired: nobody knows what became of it there.
  [[nodiscard]] const std::set<HostId>& unheard() const { return unheard_; }

  /// Whose word counts for the gate of their phase no more, since a host behind it has not begun.
  [[nodiscard]] const std::set<HostId>& discounted() const { return discounted_; }

  /// How many of the first phases there are until none behind them has a host but silent ones; 1 at
  /// least, where there are phases.
  [[nodiscard]] std::size_t live_phases() const { return live_phases_; }

 private:
  std::set<HostId> discounted_;
  std::set<HostId> silent_;
  std::set<HostId> unheard_;
  std::size_t live_phases_ = 0;
};

}  // namespace twoseal
