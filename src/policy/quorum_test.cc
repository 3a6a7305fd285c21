#include "policy/quorum.h"

#include <algorithm>

#include <doctest/doctest.h>

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

RoleId role(std::string_view text) {
  return RoleId::parse(text).value();
}

ActorId person(std::string_view text) {
  return ActorId::parse("p:" + std::string(text)).value();
}

// An approval by `name`, who holds `held`.
Vote approval(std::string_view name, std::set<RoleId> held) {
  Vote vote;
  vote.by = person(name);
  vote.held = std::move(held);
  vote.digest = Digest::parse("sha256:" + std::string(64, name[0] <= 'f' ? name[0] : 'f')).value();
  return vote;
}

const RoleId kSecurity = role("security-lead");
const RoleId kEngineering = role("engineering-lead");

QuorumQuestion two_leads(std::vector<Vote> votes) {
  QuorumQuestion question;
  question.need = {{kSecurity, 1}, {kEngineering, 1}};
  question.people_min = 2;
  question.votes = std::move(votes);
  return question;
}

QuorumOutcome outcome(const QuorumQuestion& question) {
  return decide_quorum(question).outcome;
}

}  // namespace

TEST_CASE("two leads suffice, one does not, one in both roles does not") {
  CHECK(outcome(two_leads({approval("ann", {kSecurity}), approval("bo", {kEngineering})})) ==
        QuorumOutcome::met);
  CHECK(outcome(two_leads({approval("ann", {kSecurity})})) == QuorumOutcome::short_of_people);
  CHECK(outcome(two_leads({approval("ann", {kSecurity, kEngineering})})) ==
        QuorumOutcome::short_of_people);
  CHECK(outcome(two_leads({})) == QuorumOutcome::short_of_people);
}

TEST_CASE("somebody who could fill either role gives way") {
  const auto question =
      two_leads({approval("ann", {kSecurity, kEngineering}), approval("bo", {kSecurity})});
  const QuorumAnswer answer = decide_quorum(question);
  CHECK(answer.outcome == QuorumOutcome::met);
  CHECK(answer.used.size() == 2);
}

TEST_CASE("a signed role is the only one that a vote fills") {
  auto ann = approval("ann", {kSecurity, kEngineering});
  ann.role = kSecurity;
  auto bo = approval("bo", {kSecurity});
  CHECK(outcome(two_leads({ann, bo})) == QuorumOutcome::short_of_people);
  bo.held = {kEngineering};
  CHECK(outcome(two_leads({ann, bo})) == QuorumOutcome::met);
}

TEST_CASE("author and executor do not count, nor a vote that was withdrawn") {
  auto question = two_leads({approval("ann", {kSecurity}), approval("bo", {kEngineering})});
  question.disqualified = {person("bo")};
  CHECK(outcome(question) == QuorumOutcome::short_of_people);
  question.disqualified.clear();
  question.votes[0].withdrawn = true;
  CHECK(outcome(question) == QuorumOutcome::short_of_people);
}

TEST_CASE("the newest standing vote of a person counts") {
  auto yes = approval("ann", {kSecurity});
  auto no = yes;
  no.approves = false;
  no.at = 1;
  const auto bo = approval("bo", {kEngineering});
  const QuorumAnswer against = decide_quorum(two_leads({yes, no, bo}));
  CHECK(against.outcome == QuorumOutcome::short_of_people);
  CHECK(against.opponents == std::vector{person("ann")});
  yes.at = 2;
  CHECK(decide_quorum(two_leads({yes, no, bo})).opponents.empty());
  CHECK(outcome(two_leads({no, yes, bo})) == QuorumOutcome::met);
  no.held.clear();
  no.at = 3;
  CHECK(decide_quorum(two_leads({no, bo})).opponents.empty());
}

TEST_CASE("local people are preferred so that min_local is met when it can be") {
  auto question = two_leads(
      {approval("ann", {kSecurity}), approval("bo", {kEngineering}), approval("zoe", {kSecurity})});
  question.min_local = 1;
  CHECK(outcome(question) == QuorumOutcome::short_of_people);
  question.votes[2].local = true;
  const QuorumAnswer answer = decide_quorum(question);
  CHECK(answer.outcome == QuorumOutcome::met);
  CHECK(std::find(answer.used.begin(), answer.used.end(), 2) != answer.used.end());
  CHECK(shortfall_text(question, answer).find("p:zoe (local)") != std::string::npos);
}

TEST_CASE("flags strike out votes that lack them") {
  auto question = two_leads({approval("ann", {kSecurity}), approval("bo", {kEngineering})});
  question.need_uv = true;
  question.votes[0].user_verified = true;
  CHECK(outcome(question) == QuorumOutcome::short_of_people);
  question.votes[1].user_verified = true;
  CHECK(outcome(question) == QuorumOutcome::met);
  question.no_sync = true;
  question.votes[1].backup_eligible = true;
  CHECK(outcome(question) == QuorumOutcome::short_of_people);
}

TEST_CASE("what is missing is told apart: too old, not valid, not there") {
  auto question = two_leads({approval("ann", {kSecurity}), approval("bo", {kEngineering})});
  question.votes[0].aged = true;
  CHECK(outcome(question) == QuorumOutcome::short_by_age);
  question.votes[1].valid = false;
  CHECK(outcome(question) == QuorumOutcome::short_by_validity);
  question.votes[1].approves = false;
  CHECK(outcome(question) == QuorumOutcome::short_of_people);
}

TEST_CASE("further people of a needed role fill up to the least number of people") {
  auto question = two_leads({approval("ann", {kSecurity}), approval("bo", {kEngineering})});
  question.people_min = 3;
  CHECK(outcome(question) == QuorumOutcome::short_of_people);
  question.votes.push_back(approval("cy", {}));
  CHECK(outcome(question) == QuorumOutcome::short_of_people);
  question.votes.push_back(approval("di", {kEngineering}));
  CHECK(outcome(question) == QuorumOutcome::met);
  CHECK(shortfall_text(question, decide_quorum(question)).find("3 in all") != std::string::npos);
  CHECK(shortfall_text(two_leads({}), decide_quorum(two_leads({}))).ends_with("none"));
}
