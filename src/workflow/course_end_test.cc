// How a change ends whose hosts do not all carry it out: they refuse, are retired, or took it back
// by themselves.
#include <doctest/doctest.h>

#include "tests/support/course_town.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace
using test::code_of;
using test::Town;
using test::why;

namespace {

LiveChange with_gates(Town& town, GateKind kind, std::optional<std::int64_t> n = {}) {
  LiveChange change = town.organisation.make_change("one");
  for (Phase& phase : *change.change.phases) {
    phase.gate = {std::nullopt, kind, n};
  }
  return town.organisation.finish(change);
}

}  // namespace

TEST_CASE("a host that refused behind the last gate of owners is asked again by another release") {
  Town town(3);
  const LiveChange change = with_gates(town, GateKind::owner, 1);
  town.do_canary(change);
  REQUIRE_DONE(town.vote("noor", Act::signoff, change.digest));
  REQUIRE_DONE(town.release("eve", change.digest, "rest"));
  REQUIRE_DONE(town.result("prod-2", change.digest, "rest", "ok"));
  REQUIRE_DONE(town.result("prod-3", change.digest, "rest", "refused:W5"));
  town.clock.advance(1);
  REQUIRE_DONE(town.vote("noor", Act::signoff, change.digest));
  CHECK(town.state_of(change.digest) == "rolling");
  const NextStep next = town.desk.course(change.digest)->next;
  CHECK(next.what == "release");
  CHECK(next.phase.text() == "rest");
  town.clock.advance(1);
  REQUIRE_DONE(town.release("eve", change.digest, "rest"));
  CHECK(town.host_of(change.digest, "prod-3").state == "running");
  REQUIRE_DONE(town.result("prod-3", change.digest, "rest", "ok"));
  CHECK(town.desk.course(change.digest)->next.what == "sign-off");
  REQUIRE_DONE(town.vote("noor", Act::signoff, change.digest));
  CHECK(town.state_of(change.digest) == "done");
  town.check_rebuilt();
}

TEST_CASE("a host that refused behind the last gate of a person is asked again too") {
  Town town(3);
  const LiveChange change = with_gates(town, GateKind::person);
  town.do_canary(change);
  REQUIRE_DONE(town.release("eve", change.digest, "rest"));
  REQUIRE_DONE(town.result("prod-2", change.digest, "rest", "ok"));
  REQUIRE_DONE(town.result("prod-3", change.digest, "rest", "refused:W5"));
  CHECK(town.state_of(change.digest) == "rolling");
  CHECK(town.desk.course(change.digest)->next.what == "release");
  CHECK(town.desk.course(change.digest)->next.phase.text() == "rest");
  town.clock.advance(1);
  REQUIRE_DONE(town.release("eve", change.digest, "rest"));
  REQUIRE_DONE(town.result("prod-3", change.digest, "rest", "ok"));
  CHECK(town.state_of(change.digest) == "done");
}

TEST_CASE("a release by which nobody would begin is refused") {
  Town town(3);
  SUBCASE("since every host of its phase has ended well") {
    const LiveChange change = with_gates(town, GateKind::person);
    town.do_canary(change);
    const auto refused = town.release("finn", change.digest, "canary");
    CHECK(code_of(refused) == "wrong_state");
    CHECK(why(refused).find("no host of phase canary would begin") == 0);
  }
  SUBCASE("since its hosts took it back by themselves") {
    const LiveChange change = with_gates(town, GateKind::person);
    REQUIRE_DONE(town.approved(change));
    REQUIRE_DONE(town.release("eve", change.digest, "canary"));
    REQUIRE_DONE(town.result("prod-1", change.digest, "canary", "rolled-back"));
    CHECK(town.state_of(change.digest) == "rolled-back");
    CHECK(code_of(town.release("finn", change.digest, "canary")) == "wrong_state");
  }
  SUBCASE("since the gate that they closed stays closed, also when others were asked back") {
    const LiveChange change = town.organisation.make_change("one");
    town.do_canary(change);
    town.clock.advance(301);
    REQUIRE_DONE(town.result("prod-2", change.digest, "rest", "ok"));
    REQUIRE_DONE(town.result("prod-3", change.digest, "rest", "rolled-back"));
    const auto asked = town.ask_back("amara", change.digest);
    REQUIRE_DONE(asked);
    town.clock.advance(1);
    const auto early = town.release_after(change.digest, "canary", asked->index);
    CHECK(code_of(early) == "wrong_state");
    CHECK(why(early).find("are taking it back still") != std::string::npos);
    town.take_back(change);
    CHECK(town.state_of(change.digest) == "rolled-back");
    const auto refused = town.release_after(change.digest, "canary", asked->index);
    CHECK(code_of(refused) == "wrong_state");
    CHECK(why(refused).find("by themselves no release begins again") != std::string::npos);
    CHECK(refused.error().next.find("--remainder") != std::string::npos);
  }
}

TEST_CASE("what hosts did by a release that was withdrawn since is released again") {
  Town town;
  const LiveChange change = with_gates(town, GateKind::person);
  REQUIRE_DONE(town.approved(change));
  const auto released = town.release("eve", change.digest, "canary");
  REQUIRE_DONE(released);
  REQUIRE_DONE(town.result("prod-1", change.digest, "canary", "ok"));
  REQUIRE_DONE(town.withdraw("eve", released->statement));
  CHECK(town.desk.course(change.digest)->next.phase.text() == "canary");
  REQUIRE_DONE(town.release("eve", change.digest, "canary"));
  CHECK(town.desk.course(change.digest)->next.phase.text() == "rest");
}

TEST_CASE("a change that each of its hosts was asked to take back is rolled back as a whole") {
  Town town;
  const LiveChange change = town.organisation.make_change("one");
  town.finish(change);
  town.clock.advance(1);
  REQUIRE_DONE(town.ask_back("amara", change.digest, {"prod-1"}));
  REQUIRE_DONE(town.taken_back("prod-1", change.digest, "canary"));
  CHECK(town.state_of(change.digest) == "done");
  town.clock.advance(1);
  const auto asked = town.ask_back("amara", change.digest, {"prod-2"});
  REQUIRE_DONE(asked);
  CHECK(town.state_of(change.digest) == "rolling");
  REQUIRE_DONE(town.taken_back("prod-2", change.digest, "rest"));
  CHECK(town.state_of(change.digest) == "rolled-back");
  CHECK(town.desk.tick().value() == 0);
  town.check_rebuilt();
  town.clock.advance(1);
  CHECK(code_of(town.release("eve", change.digest, "canary")) == "wrong_state");
  REQUIRE_DONE(town.release_after(change.digest, "canary", asked->index));
  CHECK(town.host_of(change.digest, "prod-1").state == "running");
  CHECK(town.code_on("prod-1", change.digest) == "permit");
}

TEST_CASE("who asked for one host of a change that is done back may withdraw that") {
  Town town;
  const LiveChange change = town.organisation.make_change("one");
  town.finish(change);
  const auto asked = town.ask_back("amara", change.digest, {"prod-1"});
  REQUIRE_DONE(asked);
  CHECK(town.host_of(change.digest, "prod-1").going_back);
  REQUIRE_DONE(town.withdraw("amara", asked->statement));
  CHECK_FALSE(town.host_of(change.digest, "prod-1").going_back);
  CHECK(town.state_of(change.digest) == "done");
  town.check_rebuilt();
}

TEST_CASE("a change that found nothing to do is rolled back by saying so") {
  Town town;
  const LiveChange change = town.organisation.make_change("one");
  REQUIRE_DONE(town.approved(change));
  REQUIRE_DONE(town.release("eve", change.digest, "canary"));
  REQUIRE_DONE(town.result("prod-1", change.digest, "canary", "nochange"));
  town.clock.advance(301);
  REQUIRE_DONE(town.result("prod-2", change.digest, "rest", "nochange"));
  REQUIRE_DONE(town.desk.tick());
  REQUIRE(town.state_of(change.digest) == "done");
  REQUIRE_DONE(town.ask_back("amara", change.digest));
  CHECK(town.state_of(change.digest) == "rolled-back");
}

TEST_CASE("a change whose first host is retired fails, and says why") {
  Town town;
  const LiveChange change = town.organisation.make_change("one");
  REQUIRE_DONE(town.approved(change));
  SUBCASE("before it was released, which is refused") {
    town.retire("prod-1");
    CHECK(code_of(town.release("eve", change.digest, "canary")) == "wrong_state");
    CHECK(town.host_of(change.digest, "prod-1").state == "retired");
  }
  SUBCASE("while it is waited for and may be at work") {
    REQUIRE_DONE(town.release("eve", change.digest, "canary"));
    CHECK(town.state_of(change.digest) == "rolling");
    town.clock.advance(1);
    town.retire("prod-1");
    CHECK(town.host_of(change.digest, "prod-1").state == "unheard");
    CHECK(town.host_of(change.digest, "prod-2").state == "waiting");
  }
  CHECK(town.state_of(change.digest) == "failed");
  CHECK(town.host_of(change.digest, "prod-1").retired);
  CHECK_FALSE(town.host_of(change.digest, "prod-2").retired);
  CHECK(town.desk.course(change.digest)->next.what == "plan-again");
}

TEST_CASE("a change ends without a host of its last phase that was retired before it began") {
  Town town(3);
  const LiveChange change = town.organisation.make_change("one");
  town.do_canary(change);
  town.retire("prod-3");
  town.clock.advance(301);
  CHECK(town.state_of(change.digest) == "rolling");
  REQUIRE_DONE(town.result("prod-2", change.digest, "rest", "ok"));
  town.clock.advance(301);
  CHECK(town.state_of(change.digest) == "done");
  CHECK(town.desk.tick().value() == 1);
  CHECK(town.host_of(change.digest, "prod-3").state == "retired");
  town.check_rebuilt();
  SUBCASE("also when it took the change back before, and it is released anew") {
    const auto asked = town.ask_back("amara", change.digest);
    REQUIRE_DONE(asked);
    town.take_back(change);
    CHECK(town.state_of(change.digest) == "rolled-back");
    town.clock.advance(1);
    town.retire("prod-2");
    REQUIRE_DONE(town.release_after(change.digest, "canary", asked->index));
    REQUIRE_DONE(town.result("prod-1", change.digest, "canary", "ok"));
    CHECK(town.host_of(change.digest, "prod-2").state == "retired");
    CHECK(town.state_of(change.digest) == "verifying");
    town.clock.advance(301);
    CHECK(town.state_of(change.digest) == "done");
  }
}

TEST_CASE("a change whose last phase has none but retired hosts ends with the one before") {
  Town town;
  LiveChange change;
  SUBCASE("behind an automatic gate") {
    change = town.organisation.make_change("one");
  }
  SUBCASE("behind one of a person") {
    change = with_gates(town, GateKind::person);
  }
  SUBCASE("behind one of owners") {
    change = with_gates(town, GateKind::owner, 1);
  }
  const GateKind kind = (*change.change.phases)[0].gate.kind;
  REQUIRE_DONE(town.approved(change));
  REQUIRE_DONE(town.release("eve", change.digest, "canary"));
  town.retire("prod-2");
  REQUIRE_DONE(town.result("prod-1", change.digest, "canary", "ok"));
  const std::string next = kind == GateKind::owner       ? "sign-off"
                           : kind == GateKind::automatic ? "wait"
                                                         : "none";
  CHECK(town.desk.course(change.digest)->next.what == next);
  if (kind == GateKind::owner) {
    REQUIRE_DONE(town.vote("noor", Act::signoff, change.digest));
  }
  town.clock.advance(301);
  CHECK(town.state_of(change.digest) == "done");
}

TEST_CASE("of a host that may have begun before it was retired nobody knows what became") {
  Town town(3);
  const LiveChange change = town.organisation.make_change("one");
  town.do_canary(change);
  town.clock.advance(301);
  REQUIRE_DONE(town.result("prod-2", change.digest, "rest", "ok"));
  town.retire("prod-3");
  CHECK(town.host_of(change.digest, "prod-3").state == "unheard");
  CHECK(town.state_of(change.digest) == "failed");
  CHECK(town.desk.tick().value() == 0);
  REQUIRE_DONE(town.ask_back("amara", change.digest));
  town.take_back(change);
  CHECK(town.state_of(change.digest) == "failed");
}

TEST_CASE("a host that took the change back by itself begins by no release, whatever was asked") {
  Town town;
  const LiveChange change = with_gates(town, GateKind::person);
  REQUIRE_DONE(town.approved(change));
  REQUIRE_DONE(town.release("eve", change.digest, "canary"));
  const auto asked = town.ask_back("amara", change.digest);
  REQUIRE_DONE(asked);
  SUBCASE("while somebody asked it to") {
    REQUIRE_DONE(town.result("prod-1", change.digest, "canary", "rolled-back"));
  }
  SUBCASE("and refuses since") {
    REQUIRE_DONE(town.result("prod-1", change.digest, "canary", "rolled-back"));
    REQUIRE_DONE(town.result("prod-1", change.digest, "canary", "refused:W2"));
  }
  town.clock.advance(1);
  CHECK(town.state_of(change.digest) == "rolled-back");
  const auto kept = town.release_after(change.digest, "canary", asked->index);
  REQUIRE_DONE(kept);  // it says that what was asked back may stay
  CHECK(town.host_of(change.digest, "prod-1").state != "running");
  town.clock.advance(1);
  CHECK(code_of(town.release_after(change.digest, "canary", asked->index)) == "wrong_state");
}

TEST_CASE("a host that is asked to take a change back does not end it for the one beside it") {
  Town town(3);
  const LiveChange change = town.organisation.make_change("one");
  town.do_canary(change);
  town.clock.advance(301);
  REQUIRE_DONE(town.result("prod-2", change.digest, "rest", "ok"));
  REQUIRE_DONE(town.ask_back("amara", change.digest, {"prod-2"}));
  REQUIRE_DONE(town.taken_back("prod-2", change.digest, "rest"));
  CHECK(town.state_of(change.digest) == "rolling");
  CHECK(town.host_of(change.digest, "prod-3").state == "running");
  REQUIRE_DONE(town.result("prod-3", change.digest, "rest", "ok"));
  CHECK(town.state_of(change.digest) == "failed");
}

TEST_CASE("a request that was carried out and withdrawn takes no other host with it") {
  Town town;
  const LiveChange change = town.organisation.make_change("one");
  town.finish(change);
  const auto asked = town.ask_back("amara", change.digest, {"prod-1"});
  REQUIRE_DONE(asked);
  REQUIRE_DONE(town.taken_back("prod-1", change.digest, "canary"));
  REQUIRE_DONE(town.withdraw("amara", asked->statement));
  CHECK(town.state_of(change.digest) == "done");
  CHECK_FALSE(town.host_of(change.digest, "prod-2").going_back);
  REQUIRE_DONE(town.refresh());
  CHECK_FALSE(town.is_taken_back_on("prod-2", change.digest));
}

TEST_CASE("a host that is asked to take a change back before its turn comes does not begin") {
  Town town;
  const LiveChange change = with_gates(town, GateKind::person);
  REQUIRE_DONE(town.approved(change));
  REQUIRE_DONE(town.release("eve", change.digest, "canary"));
  REQUIRE_DONE(town.ask_back("amara", change.digest, {"prod-2"}));
  REQUIRE_DONE(town.result("prod-1", change.digest, "canary", "ok"));
  CHECK(town.host_of(change.digest, "prod-2").state == "skipped");
  const auto refused = town.release("eve", change.digest, "rest");
  CHECK(code_of(refused) == "wrong_state");
}

TEST_CASE("a phase whose hosts took the change back opens nothing by an older release") {
  Town town;
  const LiveChange change = with_gates(town, GateKind::person);
  town.do_canary(change);
  REQUIRE_DONE(town.release("eve", change.digest, "rest"));
  REQUIRE_DONE(town.result("prod-2", change.digest, "rest", "ok"));
  const auto asked = town.ask_back("amara", change.digest);
  REQUIRE_DONE(asked);
  town.take_back(change);
  town.clock.advance(1);
  CHECK(code_of(town.release_after(change.digest, "rest", asked->index)) == "W4");
}

TEST_CASE("a host that could not take a change back for a request takes no other with it") {
  Town town;
  const LiveChange change = town.organisation.make_change("one");
  town.finish(change);
  const auto asked = town.ask_back("amara", change.digest, {"prod-1"});
  REQUIRE_DONE(asked);
  REQUIRE_DONE(town.taken_back("prod-1", change.digest, "canary", "interrupted"));
  REQUIRE_DONE(town.refresh());
  CHECK_FALSE(town.is_taken_back_on("prod-2", change.digest));
  REQUIRE_DONE(town.withdraw("amara", asked->statement));
  CHECK(town.state_of(change.digest) == "done");
  CHECK_FALSE(town.host_of(change.digest, "prod-2").going_back);
  REQUIRE_DONE(town.refresh());
  CHECK_FALSE(town.is_taken_back_on("prod-2", change.digest));
}

TEST_CASE("the word of a host that is retired since opens no gate, here nor on hosts") {
  Town town;
  const LiveChange change = town.organisation.make_change("one");
  town.do_canary(change);
  town.retire("prod-1");
  town.clock.advance(301);
  CHECK(town.code_on("prod-2", change.digest).starts_with("W4"));
  CHECK(town.desk.course(change.digest)->phases[0].gate == PhaseGate::waiting);
  CHECK(town.host_of(change.digest, "prod-1").state == "ok");
  CHECK(town.host_of(change.digest, "prod-2").state == "waiting");
  CHECK(town.state_of(change.digest) == "failed");
  CHECK(code_of(town.release("eve", change.digest, "canary")) == "wrong_state");
}

TEST_CASE("a change that a gate took back has failed where nobody knows whether a host has it") {
  Town town(3);
  const LiveChange change = town.organisation.make_change("one");
  town.do_canary(change);
  town.clock.advance(301);
  REQUIRE_DONE(town.result("prod-2", change.digest, "rest", "rolled-back"));
  town.retire("prod-3");
  CHECK(town.host_of(change.digest, "prod-3").state == "unheard");
  REQUIRE_DONE(town.result("prod-1", change.digest, "canary", "rolled-back"));
  CHECK(town.state_of(change.digest) == "failed");
}

TEST_CASE("of two lists that retire the same host the second goes away with the first") {
  Town town;
  const std::vector<LiveHost> before = town.organisation.hosts;
  const auto first = town.list_without("prod-2");
  town.organisation.hosts = before;
  town.clock.advance(1);
  const auto second = town.list_without("prod-2");
  REQUIRE_DONE(town.submit(first[0]));
  REQUIRE_DONE(town.submit(second[0]));
  CHECK(town.view.documents()->waiting.size() == 2);
  REQUIRE_DONE(town.submit(first[1]));
  CHECK(town.view.documents()->waiting.empty());
  town.check_rebuilt();
}

TEST_CASE("a gate that let a host begin is past, whoever is retired then") {
  Town town;
  LiveChange change;
  SUBCASE("of a person") {
    change = with_gates(town, GateKind::person);
  }
  SUBCASE("of numbers") {
    change = town.organisation.make_change("one");
  }
  const bool by_person = (*change.change.phases)[0].gate.kind == GateKind::person;
  town.do_canary(change);
  town.clock.advance(301);
  if (by_person) {
    REQUIRE_DONE(town.release("eve", change.digest, "rest"));
  }
  town.clock.advance(1);
  town.retire("prod-1");
  CHECK(town.state_of(change.digest) == "rolling");
  CHECK(town.host_of(change.digest, "prod-2").state == "running");
  REQUIRE_DONE(town.result("prod-2", change.digest, "rest", "ok"));
  town.clock.advance(301);
  CHECK(town.state_of(change.digest) == "done");
  CHECK(town.desk.course(change.digest)->next.what == "none");
}

TEST_CASE("a host that failed and is retired since takes no other with it") {
  Town town;
  const LiveChange change = town.organisation.make_change("one");
  town.do_canary(change);
  town.clock.advance(301);
  REQUIRE_DONE(town.result("prod-2", change.digest, "rest", "failed"));
  CHECK(town.host_of(change.digest, "prod-1").going_back);
  town.retire("prod-2");
  CHECK_FALSE(town.host_of(change.digest, "prod-1").going_back);
  CHECK_FALSE(town.is_taken_back_on("prod-1", change.digest));
  CHECK(town.state_of(change.digest) == "failed");
}

TEST_CASE("a host takes part until enough people have signed that it is retired") {
  Town town;
  const LiveChange change = town.organisation.make_change("one");
  REQUIRE_DONE(town.approved(change));
  const auto lists = town.list_without("prod-2");
  REQUIRE_DONE(town.submit(lists[0]));
  town.clock.advance(10);
  REQUIRE_DONE(town.release("eve", change.digest, "canary"));
  REQUIRE_DONE(town.result("prod-1", change.digest, "canary", "ok"));
  town.clock.advance(301);
  REQUIRE_DONE(town.submit(lists[1]));
  CHECK(town.host_of(change.digest, "prod-2").state == "unheard");
  CHECK(town.state_of(change.digest) == "failed");
}

TEST_CASE("a phase in the middle that has none but retired hosts ends the change") {
  Town town(3);
  LiveChange change;
  SUBCASE("behind a gate of a person") {
    change = with_gates(town, GateKind::person);
  }
  SUBCASE("behind an automatic gate") {
    change = town.organisation.make_change("one");
  }
  Phase last = change.change.phases->back();
  last.name = Name::parse("last").value();
  last.hosts = {town.organisation.host("prod-3").id};
  std::erase(change.change.phases->back().hosts, last.hosts.front());
  change.change.phases->push_back(last);
  change = town.organisation.finish(change);
  REQUIRE_DONE(town.approved(change));
  REQUIRE_DONE(town.release("eve", change.digest, "canary"));
  town.retire("prod-2");
  REQUIRE_DONE(town.result("prod-1", change.digest, "canary", "ok"));
  town.clock.advance(301);
  CHECK(town.state_of(change.digest) == "failed");
  CHECK(town.desk.course(change.digest)->next.what == "plan-again");
}

TEST_CASE("one host asked back and the other retired end a change") {
  Town town(3);
  const LiveChange change = town.organisation.make_change("one");
  town.do_canary(change);
  town.clock.advance(301);
  REQUIRE_DONE(town.result("prod-2", change.digest, "rest", "ok"));
  const auto asked = town.ask_back("amara", change.digest, {"prod-2"});
  REQUIRE_DONE(asked);
  REQUIRE_DONE(town.taken_back("prod-2", change.digest, "rest"));
  CHECK(town.state_of(change.digest) == "rolling");
  town.retire("prod-3");
  CHECK(town.state_of(change.digest) == "failed");
  const auto refused = town.release("eve", change.digest, "rest");
  CHECK(code_of(refused) == "wrong_state");
  CHECK(refused.error().next.find("--again") != std::string::npos);
  REQUIRE_DONE(town.release_after(change.digest, "rest", asked->index));
  CHECK(town.host_of(change.digest, "prod-2").state == "running");
}

TEST_CASE(
    "a phase whose hosts were all asked back before their turn ends the change, until it is "
    "released anew") {
  Town town;
  const LiveChange change = with_gates(town, GateKind::person);
  REQUIRE_DONE(town.approved(change));
  REQUIRE_DONE(town.release("eve", change.digest, "canary"));
  const auto asked = town.ask_back("amara", change.digest, {"prod-2"});
  REQUIRE_DONE(asked);
  REQUIRE_DONE(town.result("prod-1", change.digest, "canary", "ok"));
  CHECK(town.state_of(change.digest) == "failed");
  const auto refused = town.release("eve", change.digest, "rest");
  CHECK(refused.error().next.find("--again") != std::string::npos);
  town.clock.advance(1);
  REQUIRE_DONE(town.release_after(change.digest, "rest", asked->index));
  CHECK(town.code_on("prod-2", change.digest) == "permit");
  REQUIRE_DONE(town.result("prod-2", change.digest, "rest", "ok"));
  CHECK(town.state_of(change.digest) == "done");
}

TEST_CASE("owners who signed off before hosts took the change back have not seen that") {
  Town town;
  const LiveChange change = with_gates(town, GateKind::owner, 1);
  town.do_canary(change);
  REQUIRE_DONE(town.vote("noor", Act::signoff, change.digest));
  const auto asked = town.ask_back("amara", change.digest);
  REQUIRE_DONE(asked);
  REQUIRE_DONE(town.taken_back("prod-1", change.digest, "canary"));
  town.clock.advance(1);
  CHECK(code_of(town.release_after(change.digest, "rest", asked->index)) == "W4");
  REQUIRE_DONE(town.release_after(change.digest, "canary", asked->index));
  REQUIRE_DONE(town.result("prod-1", change.digest, "canary", "ok"));
  CHECK(code_of(town.release_after(change.digest, "rest", asked->index)) == "W4");
  REQUIRE_DONE(town.vote("noor", Act::signoff, change.digest));
  REQUIRE_DONE(town.release_after(change.digest, "rest", asked->index));
  REQUIRE_DONE(town.result("prod-2", change.digest, "rest", "ok"));
  CHECK(town.state_of(change.digest) == "verifying");
  town.clock.advance(1);
  REQUIRE_DONE(town.vote("noor", Act::signoff, change.digest));
  CHECK(town.state_of(change.digest) == "done");
}

TEST_CASE(
    "sign-offs count since the release that serves a phase, also when that is of one before") {
  Town town;
  LiveChange change = town.organisation.make_change("one");
  change.change.phases->back().gate = {std::nullopt, GateKind::owner, 1};
  change = town.organisation.finish(change);
  REQUIRE_DONE(town.approved(change));
  REQUIRE_DONE(town.release("eve", change.digest, "canary"));
  REQUIRE_DONE(town.vote("noor", Act::signoff, change.digest));
  REQUIRE_DONE(town.result("prod-1", change.digest, "canary", "refused:W5"));
  town.clock.advance(1);
  REQUIRE_DONE(town.release("eve", change.digest, "canary"));
  CHECK(town.desk.course(change.digest)->phases[1].sign_offs == 0);
  CHECK(town.desk.course(change.digest)->phases[1].gate == PhaseGate::waiting);
}

TEST_CASE("what is back everywhere is not asked back once more") {
  Town town;
  const LiveChange change = town.organisation.make_change("one");
  town.finish(change);
  REQUIRE_DONE(town.ask_back("amara", change.digest));
  town.take_back(change);
  town.clock.advance(1);
  CHECK(code_of(town.ask_back("amara", change.digest)) == "nothing_to_sign");
}

TEST_CASE("a change stands on a host that was retired since, and has failed to be taken back") {
  Town town;
  const LiveChange change = town.organisation.make_change("one");
  town.finish(change);
  town.retire("prod-2");
  REQUIRE_DONE(town.ask_back("amara", change.digest));
  REQUIRE_DONE(town.taken_back("prod-1", change.digest, "canary"));
  CHECK(town.state_of(change.digest) == "failed");
  const HostCourse host = town.host_of(change.digest, "prod-2");
  CHECK(host.state == "ok");
  CHECK(host.stands);
  CHECK(host.retired);
  CHECK_FALSE(host.going_back);
}
