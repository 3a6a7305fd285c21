#include "tests/hostile/vectors_over_wire.h"

#include <doctest/doctest.h>

#include "base/check.h"
#include "cli/vectors/cases.h"
#include "tests/attacks/attack_vectors.h"
#include "tests/hostile/directory_server.h"

namespace twoseal::hostile {
namespace {

// Whether the agent only waits: what is missing may come yet, and stops and freezes end, so nobody
// is told of a refusal.
bool is_waited_for(const Expectation& expected) {
  const bool is_halted = expected.code == "W5" || expected.code == "W6";
  return is_halted ||
         (expected.exit == static_cast<int>(Exit::pending) && expected.code.starts_with('W'));
}

// Vectors that bring the host's own plan say nothing here: a real agent makes its own.
bool is_about_own_plan(std::string_view name) {
  return name.starts_with("c4-") || name.starts_with("s6-plan-");
}

void over_wire(std::string_view name, const std::string& code) {
  CAPTURE(name);
  const vectors::Case* one = vectors::find_case(name);
  REQUIRE(one != nullptr);
  const Files files = one->files();
  if (!load_inputs(files).value().host) {
    return;  // a person carries it out; no agent is asked
  }
  const vectors::World world;
  VectorHost host(files, world);
  host.victim.repels(is_waited_for(one->expected) ? "" : code);
}

}  // namespace

void vectors_over_wire(int attack) {
  const attacks::AttackVectors& vectors = attacks::vectors_of_attack(attack);
  for (const std::string_view name : vectors.refused) {
    if (is_about_own_plan(name)) {
      continue;
    }
    over_wire(name, vectors::find_case(name)->expected.code);
  }
  for (const std::string_view name : vectors.permitted) {
    over_wire(name, "C4");
  }
}

}  // namespace twoseal::hostile
