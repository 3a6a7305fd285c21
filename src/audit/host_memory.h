// What a log says that changes have done to one host.
#pragma once

#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/id.h"
#include "model/agent_state.h"
#include "model/ledger_entry.h"

namespace twoseal {

/// How a change ended on a host. `nothing`: there was nothing to do.
enum class RunEnd : std::uint8_t { done, undone, failed, interrupted, nothing };

/// How `outcome` of a result ends a run; nothing when the host did not begin one.
[[nodiscard]] std::optional<RunEnd> run_end(std::string_view outcome);

/// The event that records a result with `outcome`.
[[nodiscard]] Event event_of_outcome(std::string_view outcome);

/// The newest run of one change. Places in the log: `entry` of its newest result, `release` of the
/// release that it went by, 0 when it needed none. `at`: the host's word for when. `ended`: it was
/// done or had failed at some time.
struct Run {
  std::int64_t entry = 0;
  std::int64_t release = 0;
  UnixSeconds at = 0;
  RunEnd end = RunEnd::done;
  bool ended = false;
};

class HostMemory {
 public:
  /// nullptr when `change` never ran here.
  [[nodiscard]] const Run* find(const Digest& change) const;

  /// Whether a result that ends with `end` belongs to the run of `change` that is known already,
  /// and is no run of its own: one that was interrupted before it ended goes on, others may only
  /// fail or be undone.
  [[nodiscard]] bool continues(const Digest& change, RunEnd end) const;

  /// `before`: what the plan of `change` built on; `scope` holds it again when it was undone.
  void take(const Digest& change,
            const Run& run,
            const ScopeId& scope,
            const std::optional<Digest>& before);

  /// The change that was last applied to `scope`, null when none was; nothing when the log does not
  /// tell: after a failure, and when there was nothing to do.
  [[nodiscard]] std::optional<std::optional<Digest>> base_of(const ScopeId& scope) const;

  /// One more run by auto rule `rule` (or `emergency`) on `day`. Only the newest days are kept.
  void count(const Name& rule, std::int64_t day);

  /// What was counted on `day`.
  [[nodiscard]] std::vector<DayCount> counts(std::int64_t day) const;

 private:
  std::map<Digest, Run> runs_;
  std::map<ScopeId, std::optional<std::optional<Digest>>> bases_;
  std::map<Name, std::map<std::int64_t, std::int64_t>> counts_;  ///< runs by rule and day
};

}  // namespace twoseal
