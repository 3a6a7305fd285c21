// match() against trying every choice of candidates: all bipartite graphs of up to 4 places and 4
// candidates, and graphs of up to 7 and 7 drawn with a fixed seed.
#include "policy/matching.h"

#include <algorithm>
#include <bit>
#include <random>
#include <set>

#include <doctest/doctest.h>

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

/// Whether the candidates of `chosen` (bits) can fill different places, by trying each place for
/// the first of them, then for the rest.
bool can_all_be_used(const std::vector<Place>& places, unsigned chosen, unsigned taken = 0) {
  if (chosen == 0) {
    return true;
  }
  const auto candidate = static_cast<std::size_t>(std::countr_zero(chosen));
  for (std::size_t place = 0; place < places.size(); ++place) {
    const bool fits =
        std::find(places[place].begin(), places[place].end(), candidate) != places[place].end();
    if (fits && (taken >> place) % 2 == 0 &&
        can_all_be_used(places, chosen & (chosen - 1), taken | (1U << place))) {
      return true;
    }
  }
  return false;
}

/// What is wrong with the answer; empty when nothing is.
std::string fault(const std::vector<Place>& places, std::size_t candidates) {
  const Matching matching = match(places, candidates);
  unsigned used = 0;
  if (matching.candidate_of.size() != places.size()) {
    return "an answer for each place";
  }
  for (std::size_t place = 0; place < places.size(); ++place) {
    const std::size_t candidate = matching.candidate_of[place];
    if (candidate == Matching::kUnfilled) {
      continue;
    }
    if (std::find(places[place].begin(), places[place].end(), candidate) == places[place].end()) {
      return "a candidate in a place that it may not fill";
    }
    if ((used >> candidate) % 2 != 0) {
      return "a candidate in two places";
    }
    used |= 1U << candidate;
  }
  if (matching.filled != static_cast<std::size_t>(std::popcount(used))) {
    return "the number of places filled";
  }
  for (unsigned chosen = 0; chosen < (1U << candidates); ++chosen) {
    if (std::popcount(chosen) < std::popcount(used) || !can_all_be_used(places, chosen)) {
      continue;
    }
    if (std::popcount(chosen) > std::popcount(used)) {
      return "more places can be filled";
    }
    for (std::size_t k = 1; k <= candidates; ++k) {
      const unsigned first = (1U << k) - 1;
      if (std::popcount(chosen & first) > std::popcount(used & first)) {
        return "more of the first " + std::to_string(k) + " candidates can be used";
      }
    }
  }
  return {};
}

std::vector<Place> graph(std::size_t places, std::size_t candidates, std::uint64_t edges) {
  std::vector<Place> result(places);
  for (Place& place : result) {
    for (std::size_t candidate = 0; candidate < candidates; ++candidate, edges /= 2) {
      if (edges % 2 != 0) {
        place.push_back(candidate);
      }
    }
  }
  return result;
}

}  // namespace

TEST_CASE("every graph of up to four places and four candidates is matched as well as possible") {
  std::size_t graphs = 0;
  for (std::size_t places = 0; places <= 4; ++places) {
    for (std::size_t candidates = 0; candidates <= 4; ++candidates) {
      for (std::uint64_t edges = 0; edges < (1U << (places * candidates)); ++edges, ++graphs) {
        const std::string what = fault(graph(places, candidates, edges), candidates);
        REQUIRE_MESSAGE(what.empty(),
                        what << ": " << places << " x " << candidates << ", edges " << edges);
      }
    }
  }
  CHECK(graphs == 74'963);
}

TEST_CASE("graphs of up to seven places and seven candidates are matched as well as possible") {
  constexpr std::uint64_t kSeed = 20261123;
  std::mt19937_64 random(kSeed);
  for (int i = 0; i < 20'000; ++i) {
    const std::size_t places = 1 + random() % 7;
    const std::size_t candidates = 1 + random() % 7;
    const std::uint64_t dense = random() % 2 == 0 ? ~std::uint64_t{0} : random();
    const std::uint64_t some = random();
    const std::uint64_t others = random();
    const std::uint64_t edges = some & others & dense;
    const std::string what = fault(graph(places, candidates, edges), candidates);
    REQUIRE_MESSAGE(what.empty(),
                    what << ": seed " << kSeed << ", graph " << i << ", " << places << " x "
                         << candidates << ", edges " << edges);
  }
}

TEST_CASE("the order in which a place lists its candidates does not matter") {
  std::mt19937_64 random(7);
  for (int i = 0; i < 2'000; ++i) {
    std::vector<Place> places = graph(4, 5, random());
    const auto used = [&] {
      const Matching matching = match(places, 5);
      return std::set<std::size_t>(matching.candidate_of.begin(), matching.candidate_of.end());
    };
    const auto before = used();
    for (Place& place : places) {
      std::shuffle(place.begin(), place.end(), random);
    }
    std::shuffle(places.begin(), places.end(), random);
    REQUIRE(used() == before);
  }
}
