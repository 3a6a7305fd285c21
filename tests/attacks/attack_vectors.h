// Which vectors show which attack of docs/attacks.md: one table for the test of decisions and for
// the one that sends them to a real agent.
#pragma once

#include <string_view>
#include <vector>

namespace twoseal::attacks {

/// `refused`: each ends in the code that its name begins with. `permitted`: the honest neighbours.
struct AttackVectors {
  int attack = 0;
  std::vector<std::string_view> refused;
  std::vector<std::string_view> permitted;
};

/// Stops the process for an attack that no vector shows.
[[nodiscard]] const AttackVectors& vectors_of_attack(int attack);

}  // namespace twoseal::attacks
