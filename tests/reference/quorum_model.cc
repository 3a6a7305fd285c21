#include "tests/reference/quorum_model.h"

#include <algorithm>
#include <functional>
#include <optional>

namespace twoseal::reference {
namespace {

/// Which of the votes are taken as if nothing were wrong with them.
enum class Lenience { none, aged, aged_and_invalid };

// A place to fill: one role, or any needed role.
using PlaceRole = std::optional<RoleId>;

std::vector<PlaceRole> places_of(const QuorumQuestion& question) {
  std::vector<PlaceRole> places;
  for (const auto& [role, n] : question.need) {
    for (std::int64_t i = 0; i < n; ++i) {
      places.emplace_back(role);
    }
  }
  while (places.size() < question.people_min) {
    places.emplace_back(std::nullopt);
  }
  return places;
}

bool is_needed(const QuorumQuestion& question, const RoleId& role) {
  const auto need = question.need.find(role);
  return need != question.need.end() && need->second > 0;
}

// Whether `vote` may stand in a place that asks for `role`.
bool fills_role(const QuorumQuestion& question, const Vote& vote, const RoleId& role) {
  return is_needed(question, role) &&
         (vote.role.empty() ? vote.held.contains(role) : vote.role == role);
}

bool fills_any(const QuorumQuestion& question, const Vote& vote) {
  return std::any_of(question.need.begin(), question.need.end(), [&](const auto& need) {
    return fills_role(question, vote, need.first);
  });
}

bool fits(const QuorumQuestion& question, const Vote& vote, const PlaceRole& place) {
  return place ? fills_role(question, vote, *place) : fills_any(question, vote);
}

// Whether a later vote of the same person stands instead of this one.
bool is_later(const Vote& a, const Vote& b) {
  return a.at != b.at ? a.at > b.at : a.digest > b.digest;
}

// Whether the vote is there at all. With lenience, approvals that are not valid are as well.
bool is_cast(const Vote& vote, Lenience lenience) {
  return !vote.withdrawn &&
         (vote.valid || (lenience == Lenience::aged_and_invalid && vote.approves));
}

// Indices of the votes that stand: the last one of each person.
std::vector<std::size_t> standing(const QuorumQuestion& question, Lenience lenience) {
  std::vector<std::size_t> result;
  for (std::size_t i = 0; i < question.votes.size(); ++i) {
    const Vote& vote = question.votes[i];
    const bool superseded =
        std::any_of(question.votes.begin(), question.votes.end(), [&](const Vote& other) {
          return other.by == vote.by && is_cast(other, lenience) && is_later(other, vote);
        });
    if (is_cast(vote, lenience) && !superseded) {
      result.push_back(i);
    }
  }
  return result;
}

// Nothing is known of the signature of a vote that is not valid, so nothing is held against it.
bool has_flags(const QuorumQuestion& question, const Vote& vote) {
  return !vote.valid || ((!question.need_uv || vote.user_verified) &&
                         (!question.no_sync || !vote.backup_eligible));
}

std::vector<std::size_t> usable(const QuorumQuestion& question, Lenience lenience) {
  std::vector<std::size_t> result;
  for (const std::size_t i : standing(question, lenience)) {
    const Vote& vote = question.votes[i];
    if (vote.approves && !question.disqualified.contains(vote.by) &&
        (!vote.aged || lenience != Lenience::none) && has_flags(question, vote) &&
        fills_any(question, vote)) {
      result.push_back(i);
    }
  }
  return result;
}

bool has_locals(const QuorumQuestion& question, const std::vector<std::size_t>& used) {
  return std::count_if(used.begin(), used.end(), [&](std::size_t i) {
           return question.votes[i].local || !question.votes[i].valid;
         }) >= question.min_local;
}

// Tries every assignment of different votes out of `pool` to `places`, one place after the other.
std::optional<std::vector<std::size_t>> fill(const QuorumQuestion& question,
                                             const std::vector<PlaceRole>& places,
                                             const std::vector<std::size_t>& pool) {
  std::vector<std::size_t> used;
  const std::function<bool()> next = [&]() -> bool {
    if (used.size() == places.size()) {
      return has_locals(question, used);
    }
    for (const std::size_t i : pool) {
      if (std::find(used.begin(), used.end(), i) == used.end() &&
          fits(question, question.votes[i], places[used.size()])) {
        used.push_back(i);
        if (next()) {
          return true;
        }
        used.pop_back();
      }
    }
    return false;
  };
  return next() ? std::optional(used) : std::nullopt;
}

std::optional<std::vector<std::size_t>> met(const QuorumQuestion& question, Lenience lenience) {
  return fill(question, places_of(question), usable(question, lenience));
}

}  // namespace

QuorumAnswer quorum(const QuorumQuestion& question) {
  QuorumAnswer answer;
  answer.counting = usable(question, Lenience::none);
  for (const std::size_t i : standing(question, Lenience::none)) {
    const Vote& vote = question.votes[i];
    const bool holds = std::any_of(vote.held.begin(), vote.held.end(), [&](const RoleId& role) {
      return is_needed(question, role);
    });
    if (!vote.approves && holds) {
      answer.opponents.push_back(vote.by);
    }
  }
  if (auto used = met(question, Lenience::none)) {
    answer.outcome = QuorumOutcome::met;
    answer.used = *std::move(used);
  } else if (met(question, Lenience::aged)) {
    answer.outcome = QuorumOutcome::short_by_age;
  } else if (met(question, Lenience::aged_and_invalid)) {
    answer.outcome = QuorumOutcome::short_by_validity;
  }
  return answer;
}

bool is_witness(const QuorumQuestion& question, const std::vector<std::size_t>& used) {
  const auto places = places_of(question);
  const auto pool = usable(question, Lenience::none);
  std::set<ActorId> people;
  for (const std::size_t i : used) {
    if (std::find(pool.begin(), pool.end(), i) == pool.end() ||
        !people.insert(question.votes[i].by).second) {
      return false;
    }
  }
  return used.size() == places.size() && fill(question, places, used).has_value();
}

}  // namespace twoseal::reference
