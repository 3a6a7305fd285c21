#include "policy/matching.h"

namespace twoseal {
namespace {

class Matcher {
 public:
  Matcher(const std::vector<Place>& places, std::size_t candidates)
      : may_fill_(candidates), taken_(places.size(), Matching::kUnfilled) {
    for (std::size_t place = 0; place < places.size(); ++place) {
      for (const std::size_t candidate : places[place]) {
        may_fill_[candidate].push_back(place);
      }
    }
  }

  // Gives `candidate` a place, moving others to other places where needed.
  bool bring_in(std::size_t candidate) {
    visited_.assign(taken_.size(), false);
    return seat(candidate);
  }

  [[nodiscard]] const std::vector<std::size_t>& taken() const { return taken_; }

 private:
  bool seat(std::size_t candidate) {
    for (const std::size_t place : may_fill_[candidate]) {
      if (visited_[place]) {
        continue;
      }
      visited_[place] = true;
      if (taken_[place] == Matching::kUnfilled || seat(taken_[place])) {
        taken_[place] = candidate;
        return true;
      }
    }
    return false;
  }

  std::vector<std::vector<std::size_t>> may_fill_;
  std::vector<std::size_t> taken_;
  std::vector<bool> visited_;
};

}  // namespace

Matching match(const std::vector<Place>& places, std::size_t candidates) {
  Matcher matcher(places, candidates);
  Matching matching;
  for (std::size_t candidate = 0; candidate < candidates; ++candidate) {
    matching.filled += matcher.bring_in(candidate) ? 1 : 0;
  }
  matching.candidate_of = matcher.taken();
  return matching;
}

}  // namespace twoseal
