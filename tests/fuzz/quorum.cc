// Matching of people to places, and the quorum on top of it, against models that try every way.
// The first octet chooses.
#include "policy/quorum.h"

#include <algorithm>
#include <functional>
#include <tuple>

#include "base/check.h"
#include "crypto/hash.h"
#include "policy/matching.h"
#include "tests/fuzz/choices.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a program of one namespace

namespace {

// Calls `seen` with every way to give each place a candidate of its own, or none.
void each_way(const std::vector<Place>& places,
              std::vector<std::size_t>& taken,
              const std::function<void(const std::vector<std::size_t>&)>& seen) {
  if (taken.size() == places.size()) {
    seen(taken);
    return;
  }
  const Place& place = places[taken.size()];
  taken.push_back(Matching::kUnfilled);
  each_way(places, taken, seen);
  for (const std::size_t candidate : place) {
    taken.pop_back();
    const bool free = std::ranges::find(taken, candidate) == taken.end();
    taken.push_back(candidate);
    if (free) {
      each_way(places, taken, seen);
    }
  }
  taken.pop_back();
}

std::size_t used_below(const std::vector<std::size_t>& taken, std::size_t k) {
  return static_cast<std::size_t>(
      std::ranges::count_if(taken, [&](std::size_t candidate) { return candidate < k; }));
}

void check_matching(fuzz::Choices& choices) {
  const std::size_t candidates = choices.below(6);
  std::vector<Place> places(choices.below(5));
  for (Place& place : places) {
    const std::uint8_t who = choices.octet();
    for (std::size_t i = 0; i < candidates; ++i) {
      if ((who >> i & 1U) != 0) {
        place.push_back(i);
      }
    }
  }
  const Matching matching = match(places, candidates);
  check(matching.candidate_of.size() == places.size(), "every place has an answer");
  std::vector<std::size_t> best(candidates + 1, 0);
  bool possible = false;
  std::vector<std::size_t> taken;
  each_way(places, taken, [&](const std::vector<std::size_t>& way) {
    possible |= way == matching.candidate_of;
    for (std::size_t k = 0; k <= candidates; ++k) {
      best[k] = std::max(best[k], used_below(way, k));
    }
  });
  check(possible, "each place is filled by one who may, and nobody twice");
  check(matching.filled == used_below(matching.candidate_of, candidates),
        "filled places are counted");
  for (std::size_t k = 0; k <= candidates; ++k) {
    check(used_below(matching.candidate_of, k) == best[k], "no way uses more of the first ones");
  }
}

// --- Quorum -----------------------------------------------------------------------------------

const std::vector<RoleId>& roles() {
  static const std::vector<RoleId> kRoles = {RoleId::parse("security-lead").value(),
                                             RoleId::parse("engineering-lead").value(),
                                             RoleId::parse("it-manager").value()};
  return kRoles;
}

ActorId person(std::size_t number) {
  return ActorId::parse("p:" + std::string(1, static_cast<char>('a' + number))).value();
}

Vote chosen_vote(const QuorumQuestion& question, std::size_t number, fuzz::Choices& choices) {
  Vote vote;
  const std::uint8_t who = choices.octet();
  const std::uint8_t what = choices.octet();
  const std::uint8_t flags = choices.octet();
  vote.by = person(who % 5);
  vote.at = (who >> 4U) % 3;
  vote.approves = (what & 3U) != 3;
  for (std::size_t i = 0; i < roles().size(); ++i) {
    if ((what >> (2 + i) & 1U) != 0 && question.need.contains(roles()[i])) {
      vote.held.insert(roles()[i]);
    }
  }
  const std::size_t role = what >> 5U;
  if (role < roles().size()) {
    vote.role = roles()[role];
  }
  vote.digest = sha256(std::to_string(number));
  vote.valid = (flags & 1U) == 0;
  vote.withdrawn = (flags & 6U) == 6;
  vote.aged = (flags & 8U) != 0;
  vote.local = (flags & 16U) != 0;
  vote.user_verified = (flags & 32U) != 0;
  vote.backup_eligible = (flags & 64U) != 0;
  return vote;
}

QuorumQuestion chosen_question(fuzz::Choices& choices) {
  QuorumQuestion question;
  const std::uint8_t need = choices.octet();
  for (std::size_t i = 0; i < roles().size(); ++i) {
    if (const std::int64_t n = (need >> (2 * i)) & 3U; n == 1 || n == 2) {
      question.need[roles()[i]] = n;
    }
  }
  const std::uint8_t rest = choices.octet();
  question.min_local = rest & 3U;
  question.people_min = 1 + (rest >> 2U & 3U);
  question.need_uv = (rest & 16U) != 0;
  question.no_sync = (rest & 32U) != 0;
  if ((rest & 64U) != 0) {
    question.disqualified.insert(person(choices.below(5)));
  }
  const std::size_t votes = choices.below(7);
  for (std::size_t i = 0; i < votes; ++i) {
    question.votes.push_back(chosen_vote(question, i, choices));
  }
  return question;
}

// The quorum as docs/formats/decision.md words it in steps 13 and 15, trying every way.
class Model {
 public:
  Model(const QuorumQuestion& question, bool invalid, bool aged)
      : question_(question), invalid_(invalid), aged_(aged) {}

  // Whether the votes at `used`, one per place, are an answer.
  [[nodiscard]] bool holds(const std::vector<std::size_t>& used) const {
    std::int64_t local = 0;
    for (const std::size_t index : used) {
      const Vote& vote = question_.votes[index];
      local += vote.local || !vote.valid ? 1 : 0;
    }
    return local >= question_.min_local;
  }

  [[nodiscard]] std::vector<Place> places() const {
    std::vector<Place> places;
    Place any;
    for (std::size_t i = 0; i < question_.votes.size(); ++i) {
      if (counts(i)) {
        any.push_back(i);
      }
    }
    for (const auto& [role, n] : question_.need) {
      Place place;
      for (const std::size_t i : any) {
        if (may_fill(question_.votes[i], role)) {
          place.push_back(i);
        }
      }
      places.insert(places.end(), static_cast<std::size_t>(n), place);
    }
    while (places.size() < question_.people_min) {
      places.push_back(any);
    }
    return places;
  }

  [[nodiscard]] bool is_met() const {
    bool met = false;
    const std::vector<Place> all = places();
    std::vector<std::size_t> taken;
    each_way(all, taken, [&](const std::vector<std::size_t>& way) {
      met |= std::ranges::find(way, Matching::kUnfilled) == way.end() && holds(way);
    });
    return met;
  }

  [[nodiscard]] bool counts(std::size_t index) const {
    const Vote& vote = question_.votes[index];
    const bool fills = std::ranges::any_of(
        question_.need, [&](const auto& need) { return may_fill(vote, need.first); });
    return vote.approves && stands(index) && (aged_ || !vote.aged) && fills &&
           !question_.disqualified.contains(vote.by) &&
           (!vote.valid || ((!question_.need_uv || vote.user_verified) &&
                            (!question_.no_sync || !vote.backup_eligible)));
  }

  [[nodiscard]] bool stands(std::size_t index) const {
    const Vote& vote = question_.votes[index];
    return takes_part(vote) && std::ranges::none_of(question_.votes, [&](const Vote& other) {
             return takes_part(other) && other.by == vote.by &&
                    std::tuple(other.at, other.digest) > std::tuple(vote.at, vote.digest);
           });
  }

 private:
  [[nodiscard]] bool takes_part(const Vote& vote) const {
    return !vote.withdrawn && (vote.valid || (invalid_ && vote.approves));
  }

  static bool may_fill(const Vote& vote, const RoleId& role) {
    if (vote.role.empty()) {
      return vote.held.contains(role);
    }
    return vote.role == role && (vote.held.contains(role) || !vote.valid);
  }

  const QuorumQuestion& question_;
  bool invalid_;
  bool aged_;
};

void check_quorum(fuzz::Choices& choices) {
  const QuorumQuestion question = chosen_question(choices);
  const QuorumAnswer answer = decide_quorum(question);
  const Model strict(question, false, false);
  const QuorumOutcome expected =
      strict.is_met()                         ? QuorumOutcome::met
      : Model(question, false, true).is_met() ? QuorumOutcome::short_by_age
      : Model(question, true, true).is_met()  ? QuorumOutcome::short_by_validity
                                              : QuorumOutcome::short_of_people;
  check(answer.outcome == expected, "the outcome is that of the slow model");
  if (answer.outcome == QuorumOutcome::met) {
    const std::vector<Place> places = strict.places();
    check(answer.used.size() == places.size(), "every place is filled");
    for (std::size_t i = 0; i < places.size(); ++i) {
      check(std::ranges::find(places[i], answer.used[i]) != places[i].end(), "by one who may");
    }
    std::set<ActorId> people;
    for (const std::size_t index : answer.used) {
      people.insert(question.votes[index].by);
    }
    check(people.size() == places.size() && strict.holds(answer.used),
          "by different people, enough of them local");
  } else {
    check(answer.used.empty(), "who is not needed is not named");
  }
  std::set<std::size_t> counting(answer.counting.begin(), answer.counting.end());
  for (std::size_t i = 0; i < question.votes.size(); ++i) {
    check(counting.contains(i) == strict.counts(i), "those who count are those of the model");
    const Vote& vote = question.votes[i];
    const bool opposes = !vote.approves && strict.stands(i) && !vote.held.empty();
    check(!opposes || std::ranges::find(answer.opponents, vote.by) != answer.opponents.end(),
          "who rejects last is an opponent");
  }
  check(!shortfall_text(question, answer).empty(), "what is missing can be told");
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name that libFuzzer asks for
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Choices choices(data, size);
  if (choices.flag()) {
    check_quorum(choices);
  } else {
    check_matching(choices);
  }
  return 0;
}
