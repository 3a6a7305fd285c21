// decide_quorum() against the slow reading of its rules, for every small case: at most 4 people, 3
// roles and 4 votes, every flag.
//
// The full product of all flags of four votes has more than 10^17 members, so it is swept along
// four planes, each complete in itself: who can fill what (one plain vote per person), the flags of
// a person who votes twice, the flags of two people, and four votes of any people in the order of
// time. A last sweep draws from the whole product with a fixed seed. Votes that differ only in the
// names of their people are tried once.
#include <algorithm>
#include <array>
#include <random>
#include <string>

#include <doctest/doctest.h>

#include "base/check.h"
#include "crypto/hash.h"
#include "tests/reference/quorum_model.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

constexpr std::uint64_t kCasesMin = 1'000'000;

template <class T>
std::vector<T> ids(const std::vector<std::string>& texts) {
  std::vector<T> result;
  for (const std::string& text : texts) {
    result.push_back(T::parse(text).value());
  }
  return result;
}

const std::vector<ActorId> kPeople = ids<ActorId>({"p:ann", "p:bob", "p:cat", "p:dan"});
const std::vector<RoleId> kRoles = ids<RoleId>({"red", "green", "blue"});

std::string describe(const QuorumQuestion& question) {
  std::string text;
  for (const auto& [role, n] : question.need) {
    text += std::to_string(n) + " " + role.text() + ", ";
  }
  text += "min_local " + std::to_string(question.min_local) + ", people_min " +
          std::to_string(question.people_min) + (question.need_uv ? ", need_uv" : "") +
          (question.no_sync ? ", no_sync" : "") + "\n";
  for (const ActorId& person : question.disqualified) {
    text += person.text() + " is disqualified\n";
  }
  for (const Vote& vote : question.votes) {
    text += vote.by.text() + (vote.approves ? " approves" : " rejects") + " as '" +
            vote.role.text() + "' at " + std::to_string(vote.at) + ", holds";
    for (const RoleId& role : vote.held) {
      text += " " + role.text();
    }
    text += std::string(vote.valid ? "" : ", invalid") + (vote.withdrawn ? ", withdrawn" : "") +
            (vote.aged ? ", aged" : "") + (vote.local ? ", local" : "") +
            (vote.user_verified ? ", uv" : "") + (vote.backup_eligible ? ", be" : "") + "\n";
  }
  return text;
}

std::set<ActorId> as_set(const std::vector<ActorId>& people) {
  return {people.begin(), people.end()};
}

std::set<Digest> digests(const QuorumQuestion& question, const std::vector<std::size_t>& votes) {
  std::set<Digest> result;
  for (const std::size_t i : votes) {
    result.insert(question.votes[i].digest);
  }
  return result;
}

bool same(const QuorumQuestion& a_question,
          const QuorumAnswer& a,
          const QuorumQuestion& b_question,
          const QuorumAnswer& b) {
  return a.outcome == b.outcome && as_set(a.opponents) == as_set(b.opponents) &&
         a.opponents.size() == b.opponents.size() && a.counting.size() == b.counting.size() &&
         digests(a_question, a.counting) == digests(b_question, b.counting);
}

/// Asks both, counts, and remembers the first difference.
class Comparison {
 public:
  void ask(const QuorumQuestion& question) {
    ++cases_;
    const QuorumAnswer ours = decide_quorum(question);
    const QuorumAnswer theirs = reference::quorum(question);
    outcomes_[static_cast<std::size_t>(ours.outcome)] += 1;
    if (!same(question, ours, question, theirs)) {
      differ(question, "another answer than the reference");
    } else if (ours.outcome == QuorumOutcome::met && !reference::is_witness(question, ours.used)) {
      differ(question, "the people used do not fill the places");
    }
    if (cases_ % 5 == 0 && question.votes.size() > 1) {
      ask_shuffled(question, ours);
    }
  }

  [[nodiscard]] std::uint64_t cases() const { return cases_; }

  [[nodiscard]] bool agrees() const { return differences_ == 0; }

  [[nodiscard]] std::string text() const {
    return std::to_string(cases_) + " cases (" + std::to_string(outcomes_[0]) + " met, " +
           std::to_string(outcomes_[1]) + " short by age, " + std::to_string(outcomes_[2]) +
           " by validity, " + std::to_string(outcomes_[3]) + " of people), " +
           std::to_string(differences_) + " differ\n" + first_;
  }

 private:
  void ask_shuffled(const QuorumQuestion& question, const QuorumAnswer& ours) {
    QuorumQuestion other = question;
    std::shuffle(other.votes.begin(), other.votes.end(), random_);
    const QuorumAnswer theirs = decide_quorum(other);
    if (!same(question, ours, other, theirs) ||
        (theirs.outcome == QuorumOutcome::met && !reference::is_witness(other, theirs.used))) {
      differ(question, "the order of the votes changes the answer");
    }
  }

  void differ(const QuorumQuestion& question, const std::string& how) {
    if (differences_++ == 0) {
      first_ = how + ":\n" + describe(question);
    }
  }

  std::uint64_t cases_ = 0;
  std::uint64_t differences_ = 0;
  std::array<std::uint64_t, 4> outcomes_{};
  std::string first_;
  std::mt19937_64 random_{7};
};

/// What one vote may fill: a signed role, or any of the held ones.
struct Claim {
  RoleId role;
  std::set<RoleId> held;
};

std::set<RoleId> subset(unsigned bits) {
  std::set<RoleId> roles;
  for (std::size_t i = 0; i < kRoles.size(); ++i) {
    if ((bits >> i) % 2 != 0) {
      roles.insert(kRoles[i]);
    }
  }
  return roles;
}

// Empty role with each held set, and each role with each held set that has it (a valid vote names a
// role that its person held).
std::vector<Claim> all_claims() {
  std::vector<Claim> claims;
  for (unsigned held = 0; held < 8; ++held) {
    claims.push_back({RoleId(), subset(held)});
    for (std::size_t role = 0; role < kRoles.size(); ++role) {
      if ((held >> role) % 2 != 0) {
        claims.push_back({kRoles[role], subset(held)});
      }
    }
  }
  return claims;
}

Vote vote_of(std::size_t person, const Claim& claim, std::size_t number) {
  static const std::vector<Digest> kDigests = {sha256("0"), sha256("1"), sha256("2"), sha256("3")};
  Vote vote;
  vote.by = kPeople[person];
  vote.role = claim.role;
  vote.held = claim.held;
  vote.digest = kDigests[number];
  return vote;
}

void set_flags(Vote& vote, unsigned flags) {
  vote.approves = (flags & 1U) == 0;
  vote.valid = (flags & 2U) == 0;
  vote.withdrawn = (flags & 4U) != 0;
  vote.aged = (flags & 8U) != 0;
  vote.local = (flags & 16U) != 0;
  vote.user_verified = (flags & 32U) != 0;
  vote.backup_eligible = (flags & 64U) != 0;
}

// `held` lists needed roles only.
void keep_needed(QuorumQuestion& question) {
  for (Vote& vote : question.votes) {
    std::erase_if(vote.held, [&](const RoleId& role) { return !question.need.contains(role); });
  }
}

std::map<RoleId, std::int64_t> need_of(unsigned red, unsigned green, unsigned blue) {
  std::map<RoleId, std::int64_t> need;
  const std::array<unsigned, 3> n = {red, green, blue};
  for (std::size_t i = 0; i < n.size(); ++i) {
    if (n[i] > 0) {
      need[kRoles[i]] = n[i];
    }
  }
  return need;
}

std::vector<std::map<RoleId, std::int64_t>> needs(unsigned total_max) {
  std::vector<std::map<RoleId, std::int64_t>> result;
  for (unsigned code = 1; code < 125; ++code) {
    const unsigned red = code % 5;
    const unsigned green = code / 5 % 5;
    const unsigned blue = code / 25;
    // Roles are alike, so descending numbers are enough where all claims are tried.
    if (red + green + blue <= total_max && red >= green && green >= blue) {
      result.push_back(need_of(red, green, blue));
    }
  }
  return result;
}

// Calls `use` with every ascending choice of `count` numbers below `limit`, repeats allowed.
template <class Use>
void multisets(std::size_t count, std::size_t limit, std::vector<std::size_t>& chosen, Use use) {
  if (chosen.size() == count) {
    use();
    return;
  }
  for (std::size_t i = chosen.empty() ? 0 : chosen.back(); i < limit; ++i) {
    chosen.push_back(i);
    multisets(count, limit, chosen, use);
    chosen.pop_back();
  }
}

/// Who cast each of four votes.
using FourPeople = std::array<unsigned, 4>;

/// Whether each new person takes the next name.
bool is_named_in_order(const FourPeople& who) {
  unsigned seen = 0;
  for (const unsigned person : who) {
    if (person > seen) {
      return false;
    }
    if (person == seen) {
      ++seen;
    }
  }
  return true;
}

/// `code`: a digit to base 8 per vote, which says its flags; `mode`: 0 to 23, the rest.
QuorumQuestion question_in_time(const FourPeople& who, unsigned code, unsigned mode) {
  // Approve or reject, sound or wrong in one way.
  constexpr std::array<unsigned, 8> kFlags = {0, 1, 2, 4, 8, 16, 1 | 8, 2 | 4};
  QuorumQuestion question;
  question.need = mode % 2 != 0 ? need_of(1, 1, 0) : need_of(2, 0, 0);
  question.min_local = mode / 2 % 2;
  question.people_min = 1 + mode / 4 % 3;
  for (std::size_t i = 0, rest = code; i < who.size(); ++i, rest /= 8) {
    question.votes.push_back(vote_of(who[i], {RoleId(), subset(i == 3 ? 2 : 3)}, i));
    set_flags(question.votes.back(), kFlags[rest % 8]);
    question.votes.back().at = mode < 12 ? static_cast<UnixSeconds>(i / 2) : 9;
  }
  keep_needed(question);
  return question;
}

void report(const std::string& sweep, const Comparison& comparison) {
  MESSAGE(sweep << ": " << comparison.text());
  CHECK(comparison.agrees());
}

std::uint64_t& cases_so_far() {
  static std::uint64_t cases = 0;
  return cases;
}

}  // namespace

TEST_CASE("who can fill what: one plain vote of each of four people, every need") {
  // A vote that names a role fills the same place whatever else its person holds, so one claim for
  // each role and one for each held set are all there are.
  std::vector<Claim> claims;
  for (unsigned held = 0; held < 8; ++held) {
    claims.push_back({RoleId(), subset(held)});
  }
  for (const RoleId& role : kRoles) {
    claims.push_back({role, {role}});
  }
  Comparison comparison;
  std::vector<std::size_t> chosen;
  for (const auto& need : needs(4)) {
    multisets(4, claims.size() * 2, chosen, [&] {
      QuorumQuestion question;
      question.need = need;
      for (std::size_t person = 0; person < chosen.size(); ++person) {
        question.votes.push_back(vote_of(person, claims[chosen[person] / 2], person));
        question.votes.back().local = chosen[person] % 2 != 0;
      }
      keep_needed(question);
      for (const std::int64_t min_local : {0, 1, 2}) {
        for (const std::size_t people_min : {1U, 2U, 3U, 4U}) {
          question.min_local = min_local;
          question.people_min = people_min;
          comparison.ask(question);
        }
      }
    });
  }
  report("fill", comparison);
  cases_so_far() += comparison.cases();
}

TEST_CASE("the flags of one person who votes twice") {
  Comparison comparison;
  const std::array<Claim, 3> claims = {
      Claim{RoleId(), subset(3)}, Claim{kRoles[0], subset(1)}, Claim{RoleId(), {}}};
  for (unsigned flags = 0; flags < 128 * 128; ++flags) {
    for (unsigned mode = 0; mode < 3 * 3 * 3 * 8; ++mode) {
      QuorumQuestion question;
      question.need = need_of(1, 1, 0);
      question.need.erase(kRoles[mode / 27 % 2]);
      question.votes = {vote_of(0, claims[mode % 3], 0), vote_of(0, claims[mode / 3 % 3], 1)};
      set_flags(question.votes[0], flags % 128);
      set_flags(question.votes[1], flags / 128);
      question.votes[mode / 9 % 3 % 2].at = mode / 9 % 3 == 2 ? 0 : 1;
      question.need_uv = mode / 54 % 2 != 0;
      question.no_sync = mode / 108 % 2 != 0;
      question.min_local = question.need_uv ? 0 : 1;
      keep_needed(question);
      comparison.ask(question);
    }
  }
  report("twice", comparison);
  cases_so_far() += comparison.cases();
}

TEST_CASE("the flags of two people and who is disqualified") {
  Comparison comparison;
  for (unsigned flags = 0; flags < 128 * 128; ++flags) {
    for (unsigned mode = 0; mode < 2 * 2 * 3 * 3 * 3; ++mode) {
      QuorumQuestion question;
      question.need = mode / 36 == 2 ? need_of(2, 0, 0) : need_of(1, mode / 36 % 2, 0);
      question.people_min = 2;
      question.votes = {vote_of(0, {RoleId(), subset(3)}, 0),
                        vote_of(1, {kRoles[0], subset(1)}, 1)};
      set_flags(question.votes[0], flags % 128);
      set_flags(question.votes[1], flags / 128);
      question.need_uv = mode % 2 != 0;
      question.no_sync = mode / 2 % 2 != 0;
      question.min_local = mode / 4 % 3;
      if (mode / 12 % 3 != 0) {
        question.disqualified.insert(kPeople[mode / 12 % 3 - 1]);
      }
      keep_needed(question);
      comparison.ask(question);
    }
  }
  report("two people", comparison);
  cases_so_far() += comparison.cases();
}

TEST_CASE("four votes of any people in the order of time") {
  Comparison comparison;
  for (unsigned people = 0; people < 256; ++people) {
    const FourPeople who = {people % 4, people / 4 % 4, people / 16 % 4, people / 64 % 4};
    if (!is_named_in_order(who)) {
      continue;
    }
    for (unsigned code = 0; code < 8 * 8 * 8 * 8; ++code) {
      for (unsigned mode = 0; mode < 24; ++mode) {
        comparison.ask(question_in_time(who, code, mode));
      }
    }
  }
  report("in time", comparison);
  cases_so_far() += comparison.cases();
}

TEST_CASE("a draw from the whole product") {
  constexpr std::uint64_t kSeed = 20261123;
  std::mt19937_64 random(kSeed);
  const auto below = [&](std::uint64_t limit) { return static_cast<unsigned>(random() % limit); };
  const std::vector<Claim> claims = all_claims();
  Comparison comparison;
  for (std::uint64_t i = 0; i < 500'000; ++i) {
    QuorumQuestion question;
    while (question.need.empty()) {
      const unsigned blue = below(2);
      const unsigned green = below(3);
      const unsigned red = below(3);
      question.need = need_of(red, green, blue);
    }
    question.min_local = below(3);
    question.people_min = 1 + below(4);
    question.need_uv = below(4) == 0;
    question.no_sync = below(4) == 0;
    for (const ActorId& person : kPeople) {
      if (below(8) == 0) {
        question.disqualified.insert(person);
      }
    }
    for (std::size_t vote = below(5); vote > 0; --vote) {
      const Claim& claim = claims[below(claims.size())];
      const unsigned person = below(4);
      question.votes.push_back(vote_of(person, claim, vote - 1));
      // Mostly sound votes, so that quorums are met.
      const unsigned some = below(128);
      const unsigned others = below(128);
      const unsigned possible = below(2) == 0 ? 127U : 112U;
      set_flags(question.votes.back(), some & others & possible);
      question.votes.back().at = below(3);
    }
    keep_needed(question);
    comparison.ask(question);
  }
  MESSAGE("seed " << kSeed);
  report("draw", comparison);
  cases_so_far() += comparison.cases();
}

TEST_CASE("at least a million cases were compared") {
  MESSAGE(cases_so_far() << " cases compared");
  CHECK(cases_so_far() >= kCasesMin);
}
