#include "policy/quorum.h"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "policy/matching.h"

namespace twoseal {
namespace {

// What a vote must be to take part.
enum class Counting { strict, with_aged, with_all };

class Quorum {
 public:
  explicit Quorum(const QuorumQuestion& question) : question_(question) {}

  // The votes that fill all places, or nothing.
  [[nodiscard]] std::vector<std::size_t> find(Counting counting) const {
    const std::vector<std::size_t> people = usable(counting);
    const Matching matching = match(places_for(people), people.size());
    std::vector<std::size_t> used;
    std::int64_t local = 0;
    for (const std::size_t index : matching.candidate_of) {
      if (index == Matching::kUnfilled) {
        return {};
      }
      used.push_back(people[index]);
      local += is_local(question_.votes[people[index]]) ? 1 : 0;
    }
    return local >= question_.min_local ? used : std::vector<std::size_t>();
  }

  // Indices of votes that may be used, local ones first, then by person.
  [[nodiscard]] std::vector<std::size_t> usable(Counting counting) const {
    std::vector<std::size_t> people;
    for (const std::size_t i : standing(counting)) {
      const Vote& vote = question_.votes[i];
      const bool flags = !vote.valid || ((!question_.need_uv || vote.user_verified) &&
                                         (!question_.no_sync || !vote.backup_eligible));
      const bool needed = std::any_of(question_.need.begin(),
                                      question_.need.end(),
                                      [&](const auto& need) { return fits(vote, need.first); });
      if (vote.approves && flags && needed && !question_.disqualified.contains(vote.by) &&
          (counting != Counting::strict || !vote.aged)) {
        people.push_back(i);
      }
    }
    std::stable_partition(
        people.begin(), people.end(), [&](std::size_t i) { return is_local(question_.votes[i]); });
    return people;
  }

  [[nodiscard]] std::vector<ActorId> opponents() const {
    std::vector<ActorId> list;
    for (const std::size_t i : standing(Counting::strict)) {
      const Vote& vote = question_.votes[i];
      if (!vote.approves && !vote.held.empty()) {
        list.push_back(vote.by);
      }
    }
    return list;
  }

 private:
  // The last vote of each person, by person.
  [[nodiscard]] std::vector<std::size_t> standing(Counting counting) const {
    const auto rank = [&](std::size_t i) {
      return std::tuple(question_.votes[i].at, question_.votes[i].digest);
    };
    std::map<ActorId, std::size_t> last;
    for (std::size_t i = 0; i < question_.votes.size(); ++i) {
      const Vote& vote = question_.votes[i];
      if (vote.withdrawn || !(vote.valid || (counting == Counting::with_all && vote.approves))) {
        continue;
      }
      const auto [held, fresh] = last.emplace(vote.by, i);
      if (!fresh && rank(i) > rank(held->second)) {
        held->second = i;
      }
    }
    std::vector<std::size_t> votes;
    for (const auto& [by, index] : last) {
      votes.push_back(index);
    }
    return votes;
  }

  // What is wrong with a vote that is not valid may be its key or its role, so it is taken for a
  // local one, and for one that may fill the role it names.
  [[nodiscard]] static bool is_local(const Vote& vote) { return vote.local || !vote.valid; }

  [[nodiscard]] static bool fits(const Vote& vote, const RoleId& role) {
    return vote.role.empty() ? vote.held.contains(role)
                             : vote.role == role && (!vote.valid || vote.held.contains(role));
  }

  [[nodiscard]] std::vector<Place> places_for(const std::vector<std::size_t>& people) const {
    std::vector<Place> places;
    for (const auto& [role, n] : question_.need) {
      Place place;
      for (std::size_t i = 0; i < people.size(); ++i) {
        if (fits(question_.votes[people[i]], role)) {
          place.push_back(i);
        }
      }
      places.insert(places.end(), static_cast<std::size_t>(n), place);
    }
    Place any(people.size());
    std::iota(any.begin(), any.end(), std::size_t{0});
    places.resize(std::max(places.size(), question_.people_min), any);
    return places;
  }

  const QuorumQuestion& question_;
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
