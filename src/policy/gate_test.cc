// What the gate of a phase says, at each edge. Whole decisions with gates are among the vectors.
#include "policy/gate.h"

#include <doctest/doctest.h>

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

Phase phase_of(std::size_t hosts, std::int64_t failed_max, std::int64_t soak) {
  Phase phase;
  phase.hosts.resize(hosts);
  phase.gate.failed_max = failed_max;
  phase.soak = soak;
  return phase;
}

GateTally tally_of(std::initializer_list<std::string_view> outcomes) {
  GateTally tally;
  for (const auto outcome : outcomes) {
    tally.count(outcome, 1'000);
  }
  return tally;
}

}  // namespace

TEST_CASE("outcomes are counted as ok, failed or stale, and refusals not at all") {
  const GateTally tally = tally_of({"ok",
                                    "nochange",
                                    "failed",
                                    "rolled-back",
                                    "interrupted",
                                    "stale",
                                    "refused:C4",
                                    "refused:W5"});
  CHECK(tally.ok == 2);
  CHECK(tally.failed == 3);
  CHECK(tally.stale == 2);
  CHECK(tally.last_ok == 1'000);
}

TEST_CASE("a gate opens when enough hosts are well and their soak is over") {
  const Phase phase = phase_of(3, 1, 60);
  CHECK(judge_auto_gate(phase, tally_of({"ok"}), 5'000) == GateAnswer::undecided);
  CHECK(judge_auto_gate(phase, tally_of({"ok", "ok"}), 1'059) == GateAnswer::soaks);
  CHECK(judge_auto_gate(phase, tally_of({"ok", "ok"}), 1'060) == GateAnswer::open);
  CHECK(judge_auto_gate(phase, tally_of({"ok", "ok", "failed"}), 1'060) == GateAnswer::open);
  CHECK(judge_auto_gate(phase, tally_of({"ok", "failed", "failed"}), 1'060) == GateAnswer::closed);
  CHECK(soak_end(phase, tally_of({"ok"})) == 1'060);
}

TEST_CASE("stale hosts shrink a phase, and none of them opens it") {
  const Phase phase = phase_of(2, 0, 0);
  CHECK(judge_auto_gate(phase, tally_of({"ok", "stale"}), 1'000) == GateAnswer::open);
  CHECK(judge_auto_gate(phase, tally_of({"stale", "refused:C4"}), 1'000) == GateAnswer::undecided);
}
