// What the results of a phase say about the one behind it. docs/formats/decision.md, step 17. Over
// plain values, so that who only looks on tells the same as who decides.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/id.h"
#include "model/change.h"

namespace twoseal {

/// The newest results of different hosts of a phase, counted.
struct GateTally {
  std::int64_t ok = 0;
  std::int64_t failed = 0;
  std::int64_t stale = 0;   ///< these shrink the phase
  UnixSeconds last_ok = 0;  ///< the later of result and entry time

  /// Counts one host. `at`: the later of the result's time and its entry's.
  void count(std::string_view outcome, UnixSeconds at);
};

enum class GateAnswer {
  open,
  soaks,      ///< enough are ok, and the time has not passed
  undecided,  ///< too few have answered
  closed,     ///< for good: too many failed
};

/// Answers for a phase behind an `auto` gate, at the time `lo`.
[[nodiscard]] GateAnswer judge_auto_gate(const Phase& phase,
                                         const GateTally& tally,
                                         UnixSeconds lo);

/// When the soak of the phase ends, as far as its results tell.
[[nodiscard]] inline UnixSeconds soak_end(const Phase& phase, const GateTally& tally) {
  return tally.last_ok + phase.soak;
}

}  // namespace twoseal
