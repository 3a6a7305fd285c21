#include "policy/quorum.h"

#include <algorithm>
#include <tuple>

#include "policy/matching.h"

namespace twoseal {
namespace {

// What a vote must be to take part.
enum class Counting { strict, with_aged, with_all };

class Quorum {
 public:
  explicit Quorum(const QuorumQuestion& question) : question_(question) {
    std::map<ActorId, std::size_t> standing;
    for (std::size_t i = 0; i < question.votes.size(); ++i) {
      const Vote& vote = question.votes[i];
      if (!vote.valid || vote.withdrawn) {
        continue;
      }
      const auto [held, fresh] = standing.emplace(vote.by, i);
      if (!fresh && rank(i) > rank(held->second)) {
        held->second = i;
      }
    }
    for (const auto& [by, index] : standing) {
      standing_.push_back(index);
    }
  }

  // The votes that fill all places, or nothing.
  [[nodiscard]] std::vector<std::size_t> find(Counting counting) const {
    const std::vector<std::size_t> people = usable(counting);
    const std::vector<Place> places = places_for(people);
    const Matching matching = match(places, people.size());
    std::vector<std::size_t> used;
    std::int64_t local = 0;
    for (const std::size_t index : matching.candidate_of) {
      if (index == Matching::kUnfilled) {
        return {};
      }
      used.push_back(people[index]);
      local += is_local(people[index], counting) ? 1 : 0;
    }
    return local >= question_.min_local ? used : std::vector<std::size_t>();
  }

  // Indices of votes that may be used, local ones first, then by person.
  [[nodiscard]] std::vector<std::size_t> usable(Counting counting) const {
    std::vector<std::size_t> people;
    std::set<ActorId> taken;
    for (const std::size_t i : standing_) {
      const Vote& vote = question_.votes[i];
      const bool flags = (!question_.need_uv || vote.user_verified) &&
                         (!question_.no_sync || !vote.backup_eligible);
      if (flags && (counting != Counting::strict || !vote.aged)) {
        add(people, taken, i);
      }
    }
    for (std::size_t i = 0; counting == Counting::with_all && i < question_.votes.size(); ++i) {
      if (!question_.votes[i].valid && !question_.votes[i].withdrawn) {
        add(people, taken, i);
      }
    }
    std::sort(people.begin(), people.end(), [&](std::size_t a, std::size_t b) {
      return std::tuple(!is_local(a, counting), question_.votes[a].by) <
             std::tuple(!is_local(b, counting), question_.votes[b].by);
    });
    return people;
  }

  [[nodiscard]] std::vector<ActorId> opponents() const {
    std::vector<ActorId> list;
    for (const std::size_t i : standing_) {
      const Vote& vote = question_.votes[i];
      if (!vote.approves && !vote.held.empty()) {
        list.push_back(vote.by);
      }
    }
    return list;
  }

 private:
  [[nodiscard]] std::tuple<UnixSeconds, Digest> rank(std::size_t index) const {
    return {question_.votes[index].at, question_.votes[index].digest};
  }

  void add(std::vector<std::size_t>& people, std::set<ActorId>& taken, std::size_t index) const {
    const Vote& vote = question_.votes[index];
    if (vote.approves && !question_.disqualified.contains(vote.by) &&
        taken.insert(vote.by).second) {
      people.push_back(index);
    }
  }

  // What is wrong with a vote that is not valid may be its key, so its display is given to it.
  [[nodiscard]] bool is_local(std::size_t index, Counting counting) const {
    const Vote& vote = question_.votes[index];
    return vote.local || (counting == Counting::with_all && !vote.valid);
  }

  [[nodiscard]] bool fits(std::size_t index, const RoleId& role) const {
    const Vote& vote = question_.votes[index];
    return (vote.role.empty() || vote.role == role) && vote.held.contains(role);
  }

  [[nodiscard]] std::vector<Place> places_for(const std::vector<std::size_t>& people) const {
    std::vector<Place> places;
    std::set<std::size_t> any;
    for (const auto& [role, n] : question_.need) {
      Place place;
      for (std::size_t i = 0; i < people.size(); ++i) {
        if (fits(people[i], role)) {
          place.push_back(i);
          any.insert(i);
        }
      }
      places.insert(places.end(), static_cast<std::size_t>(n), place);
    }
    places.resize(std::max(places.size(), question_.people_min), Place(any.begin(), any.end()));
    return places;
  }

  const QuorumQuestion& question_;
  std::vector<std::size_t> standing_;
};

}  // namespace

QuorumAnswer decide_quorum(const QuorumQuestion& question) {
  const Quorum quorum(question);
  QuorumAnswer answer;
  answer.opponents = quorum.opponents();
  answer.counting = quorum.usable(Counting::strict);
  answer.used = quorum.find(Counting::strict);
  if (!answer.used.empty()) {
    answer.outcome = QuorumOutcome::met;
  } else if (!quorum.find(Counting::with_aged).empty()) {
    answer.outcome = QuorumOutcome::short_by_age;
  } else if (!quorum.find(Counting::with_all).empty()) {
    answer.outcome = QuorumOutcome::short_by_validity;
  }
  return answer;
}

std::string shortfall_text(const QuorumQuestion& question, const QuorumAnswer& answer) {
  std::string text = "needed are different people for";
  std::size_t places = 0;
  for (const auto& [role, n] : question.need) {
    text += " " + role.text() + (n > 1 ? " x" + std::to_string(n) : "");
    places += static_cast<std::size_t>(n);
  }
  text += ", " + std::to_string(std::max(places, question.people_min)) + " in all";
  if (question.min_local > 0) {
    text += ", " + std::to_string(question.min_local) + " of them with a local key";
  }
  text += "; counting are";
  for (const std::size_t index : answer.counting) {
    const Vote& vote = question.votes[index];
    text += " " + vote.by.text() + (vote.local ? " (local)" : "");
  }
  return text + (answer.counting.empty() ? " none" : "");
}

}  // namespace twoseal
