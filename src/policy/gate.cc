#include "policy/gate.h"

#include <algorithm>

namespace twoseal {

void GateTally::count(std::string_view outcome, UnixSeconds at) {
  if (outcome == "ok" || outcome == "nochange") {
    ++ok;
    last_ok = std::max(last_ok, at);
  }
  failed += outcome == "failed" || outcome == "rolled-back" || outcome == "interrupted" ? 1 : 0;
  stale += outcome == "stale" || outcome == "refused:C4" ? 1 : 0;
}

GateAnswer judge_auto_gate(const Phase& phase, const GateTally& tally, UnixSeconds lo) {
  const std::int64_t failed_max = *phase.gate.failed_max;
  const auto size = static_cast<std::int64_t>(phase.hosts.size()) - tally.stale;
  if (tally.failed > failed_max) {
    return GateAnswer::closed;
  }
  if (tally.ok < 1 || tally.ok < size - failed_max) {
    return GateAnswer::undecided;
  }
  return lo < soak_end(phase, tally) ? GateAnswer::soaks : GateAnswer::open;
}

}  // namespace twoseal
