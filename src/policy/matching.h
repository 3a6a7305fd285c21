// Filling places with different people: bipartite matching, one to one.
#pragma once

#include <cstddef>
#include <vector>

namespace twoseal {

/// Whom a place may be filled by: indices of candidates.
using Place = std::vector<std::size_t>;

/// A matching of places to candidates.
struct Matching {
  std::vector<std::size_t> candidate_of;  ///< [place]; kUnfilled when nobody is left for it
  std::size_t filled = 0;

  static constexpr std::size_t kUnfilled = static_cast<std::size_t>(-1);
};

/// Fills as many places as possible with different candidates, and among all ways to do so one that
/// uses as many as possible of those who come first: for every k, no other way uses more of the
/// first k candidates. Put those who should be used (local approvals) first.
///
/// Candidates are brought in one after the other along augmenting paths. An augmenting path never
/// lets go of a candidate it already uses, and the sets of candidates that can be used together
/// form a matroid (Edmonds and Fulkerson, 1965), so the greedy order is optimal.
[[nodiscard]] Matching match(const std::vector<Place>& places, std::size_t candidates);

}  // namespace twoseal
