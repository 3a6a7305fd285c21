// Other changes that are open and would touch the same on the same hosts. Whichever is carried out
// first makes the other one stale there, so who proposes and who approves should know.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "cli/client/planning.h"

namespace twoseal::cli {

struct Conflict {
  std::string number;  ///< `CHG-9`: the server's word, as the next two
  std::string state;
  std::string author;
  std::vector<std::string> hosts;    ///< names of those that both are for
  std::vector<std::string> touched;  ///< identities of what both touch there
};

/// What the steps of plan classes touch, by host: identities of resources.
using Touched = std::map<HostId, std::set<std::string>>;

/// Of a plan with its classes. A class that is not among `classes` touches nothing.
[[nodiscard]] Touched touched_in(const Plan& plan, const std::map<Digest, PlanClass>& classes);

/// What both touch on each host that is in both, by its host: the same resource, or the same file.
[[nodiscard]] Touched touched_by_both(const Touched& ours, const Touched& theirs);

/// Looks at the changes that are in review, approved or under way among the newest 5,000, but for
/// those of the same author and scope, which this one replaces. `unread`: those whose plan could
/// not be read, with the reason. Errors of a call.
[[nodiscard]] Result<std::vector<Conflict>> find_conflicts(Client& client,
                                                           const DraftedChange& drafted,
                                                           const GatheredPlan& gathered,
                                                           std::vector<std::string>& unread);

/// A line for each: `conflict  CHG-9 (in-review, p:leo) touches file:/etc/hosts on web-01 too`.
[[nodiscard]] std::string conflicts_text(const std::vector<Conflict>& conflicts);

}  // namespace twoseal::cli
