// What becomes of a change that somebody asks back: who is asked, what stands, and how it is
// released again.
#include "workflow/taking_back.h"

#include <doctest/doctest.h>

#include "tests/support/course_town.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace
using test::code_of;
using test::Town;
using test::why;

TEST_CASE("a change that was done and is taken back is rolled back, and may be done again") {
  Town town;
  const LiveChange change = town.organisation.make_change("one");
  town.finish(change);
  town.clock.advance(1);
  const auto asked = town.ask_back("amara", change.digest);
  REQUIRE_DONE(asked);
  CHECK(town.state_of(change.digest) == "rolling");
  CHECK(town.desk.tick().value() == 0);
  REQUIRE_DONE(town.taken_back("prod-1", change.digest, "canary"));
  CHECK(town.state_of(change.digest) == "rolling");
  REQUIRE_DONE(town.taken_back("prod-2", change.digest, "rest"));
  CHECK(town.state_of(change.digest) == "rolled-back");
  CHECK(town.desk.tick().value() == 0);
  town.check_rebuilt();
  town.clock.advance(1);
  CHECK(code_of(town.release("eve", change.digest, "canary")) == "wrong_state");
  REQUIRE_DONE(town.release_after(change.digest, "canary", asked->index));
  CHECK(town.state_of(change.digest) == "rolling");
  CHECK(town.desk.course(change.digest)->hosts[0].state == "running");
  CHECK(town.desk.course(change.digest)->hosts[1].state == "waiting");
  REQUIRE_DONE(town.result("prod-1", change.digest, "canary", "ok"));
  CHECK(town.state_of(change.digest) == "rolling");
  town.clock.advance(301);
  CHECK(town.desk.course(change.digest)->hosts[1].state == "running");
  REQUIRE_DONE(town.result("prod-2", change.digest, "rest", "ok"));
  REQUIRE_DONE(town.desk.tick());
  CHECK(town.state_of(change.digest) == "done");
  town.check_rebuilt();
}

TEST_CASE(
    "a change that a host does not take back stands there and has failed, until it is asked "
    "again") {
  Town town;
  const LiveChange change = town.organisation.make_change("one");
  town.finish(change);
  town.clock.advance(1);
  const auto asked = town.ask_back("amara", change.digest);
  REQUIRE_DONE(asked);
  CHECK(town.desk.course(change.digest)->hosts[0].going_back);
  REQUIRE_DONE(town.result("prod-1", change.digest, "canary", "refused:W3"));
  CHECK(town.state_of(change.digest) == "rolling");
  REQUIRE_DONE(town.taken_back("prod-2", change.digest, "rest"));
  CHECK(town.state_of(change.digest) == "failed");
  const HostCourse host = town.desk.course(change.digest)->hosts[0];
  CHECK(host.state == "refused:W3");
  CHECK(host.stands);
  CHECK_FALSE(host.going_back);
  town.check_rebuilt();
  town.clock.advance(1);
  SUBCASE("and takes it back") {
    REQUIRE_DONE(town.ask_back("bo", change.digest));
    CHECK(town.state_of(change.digest) == "rolling");
    CHECK(town.desk.course(change.digest)->hosts[0].going_back);
    CHECK(town.desk.course(change.digest)->hosts[0].state == "ok");
    REQUIRE_DONE(town.taken_back("prod-1", change.digest, "canary"));
    CHECK(town.state_of(change.digest) == "rolled-back");
  }
  SUBCASE("or released again, where it has nothing to do") {
    REQUIRE_DONE(town.release_after(change.digest, "canary", asked->index));
    CHECK(town.desk.course(change.digest)->hosts[0].state == "ok");
    REQUIRE_DONE(town.refresh());
    CHECK(town.code_on("prod-2", change.digest) == "permit");
    REQUIRE_DONE(town.result("prod-2", change.digest, "rest", "ok"));
    CHECK(town.state_of(change.digest) == "done");
  }
  town.check_rebuilt();
}

TEST_CASE("each phase of a change that was taken back is released again, and names that") {
  Town town;
  LiveChange change = town.organisation.make_change("one");
  for (Phase& phase : *change.change.phases) {
    phase.gate = {std::nullopt, GateKind::person, std::nullopt};
  }
  change = town.organisation.finish(change);
  REQUIRE_DONE(town.approved(change));
  for (const auto& [phase, host] : {std::pair("canary", "prod-1"), {"rest", "prod-2"}}) {
    REQUIRE_DONE(town.release("eve", change.digest, phase));
    REQUIRE_DONE(town.result(host, change.digest, phase, "ok"));
  }
  REQUIRE(town.state_of(change.digest) == "done");
  town.clock.advance(1);
  const auto asked = town.ask_back("amara", change.digest);
  REQUIRE_DONE(asked);
  town.take_back(change);
  CHECK(town.state_of(change.digest) == "rolled-back");
  REQUIRE_DONE(town.release_after(change.digest, "canary", asked->index));
  CHECK(town.desk.course(change.digest)->hosts[0].state == "running");
  CHECK(town.desk.course(change.digest)->hosts[1].state == "waiting");
  CHECK(code_of(town.release_after(change.digest, "rest", asked->index)) == "W4");
  REQUIRE_DONE(town.result("prod-1", change.digest, "canary", "ok"));
  CHECK(town.state_of(change.digest) == "rolling");
  const NextStep next = town.desk.course(change.digest)->next;
  CHECK(next.what == "release");
  CHECK(next.phase.text() == "rest");
  town.clock.advance(1);
  CHECK(code_of(town.release("eve", change.digest, "rest")) == "wrong_state");
  REQUIRE_DONE(town.release_after(change.digest, "rest", asked->index));
  CHECK(town.desk.course(change.digest)->hosts[1].state == "running");
  CHECK(town.code_on("prod-2", change.digest) == "permit");
  REQUIRE_DONE(town.result("prod-2", change.digest, "rest", "ok"));
  CHECK(town.state_of(change.digest) == "done");
  town.check_rebuilt();
}

TEST_CASE("a host that failed and whose change stands is asked to take it back, and refuses once") {
  Town town;
  LiveChange change = town.organisation.make_change("one");
  change.change.rollback.auto_on.clear();
  change = town.organisation.finish(change);
  REQUIRE_DONE(town.approved(change));
  REQUIRE_DONE(town.release("eve", change.digest, "canary"));
  REQUIRE_DONE(town.result("prod-1", change.digest, "canary", "failed"));
  CHECK(town.state_of(change.digest) == "failed");
  REQUIRE_DONE(town.ask_back("amara", change.digest));
  CHECK(town.state_of(change.digest) == "rolling");
  REQUIRE_DONE(town.result("prod-1", change.digest, "canary", "refused:B3"));
  CHECK(town.state_of(change.digest) == "failed");
  CHECK_FALSE(town.desk.course(change.digest)->hosts[0].going_back);
  town.check_rebuilt();
}

TEST_CASE("a change that is noted as done after somebody asked for it back is not done") {
  Town town;
  const LiveChange change = town.organisation.make_change("one");
  town.finish(change);
  REQUIRE_DONE(town.ask_back("amara", change.digest));
  EntryDraft late;
  late.entry.by = ActorId::parse("server").value();
  late.entry.ev = Event::done;
  late.entry.obj = change.digest;
  late.entry.org = town.organisation.org;
  REQUIRE_DONE(town.sequencer.append(std::move(late)));
  const std::uint64_t size = town.view.point().size;
  REQUIRE_DONE(town.view.take(town.store->entries(size, 1).value(), size));
  town.take_back(change);
  CHECK(town.state_of(change.digest) == "rolled-back");
  CHECK_FALSE(town.view.change(change.digest)->marks.contains(Event::done));
  town.check_rebuilt();
}

TEST_CASE("who asks for a change back before a host has begun ends it") {
  Town town;
  const LiveChange change = town.organisation.make_change("one");
  REQUIRE_DONE(town.approved(change));
  REQUIRE_DONE(town.release("eve", change.digest, "canary"));
  REQUIRE_DONE(town.ask_back("amara", change.digest));
  // It may be at work without having said so.
  CHECK(town.state_of(change.digest) == "rolling");
  HostCourse canary = town.desk.course(change.digest)->hosts[0];
  CHECK(canary.state == "running");
  CHECK(canary.going_back);
  CHECK(town.desk.course(change.digest)->hosts[1].state == "skipped");
  SUBCASE("as it says") {
    REQUIRE_DONE(town.result("prod-1", change.digest, "canary", "refused:W2"));
    CHECK(town.state_of(change.digest) == "rolled-back");
    CHECK(town.desk.course(change.digest)->hosts[0].state == "refused:W2");
  }
  SUBCASE("unless it had, and ends first") {
    REQUIRE_DONE(town.result("prod-1", change.digest, "canary", "ok"));
    CHECK(town.state_of(change.digest) == "rolling");
    canary = town.desk.course(change.digest)->hosts[0];
    CHECK(canary.state == "ok");
    CHECK(canary.going_back);
    REQUIRE_DONE(town.taken_back("prod-1", change.digest, "canary"));
    CHECK(town.state_of(change.digest) == "rolled-back");
  }
  town.check_rebuilt();
}

TEST_CASE("a host that could not take a change back is asked again when somebody asks anew") {
  Town town;
  const LiveChange change = town.organisation.make_change("one");
  town.finish(change);
  REQUIRE_DONE(town.ask_back("amara", change.digest));
  REQUIRE_DONE(town.result("prod-1", change.digest, "canary", "interrupted"));
  REQUIRE_DONE(town.taken_back("prod-2", change.digest, "rest"));
  CHECK(town.state_of(change.digest) == "failed");
  CHECK_FALSE(town.desk.course(change.digest)->hosts[0].going_back);
  town.clock.advance(1);
  REQUIRE_DONE(town.ask_back("bo", change.digest));
  CHECK(town.state_of(change.digest) == "rolling");
  CHECK(town.desk.course(change.digest)->hosts[0].going_back);
  SUBCASE("and takes it back") {
    REQUIRE_DONE(town.taken_back("prod-1", change.digest, "canary"));
    CHECK(town.state_of(change.digest) == "rolled-back");
  }
  SUBCASE("and refuses, once") {
    REQUIRE_DONE(town.result("prod-1", change.digest, "canary", "refused:B3"));
    CHECK(town.state_of(change.digest) == "failed");
    CHECK_FALSE(town.desk.course(change.digest)->hosts[0].going_back);
  }
  town.check_rebuilt();
}

TEST_CASE("hosts that a second release let begin are waited for when it is asked back again") {
  Town town;
  const LiveChange change = town.organisation.make_change("one");
  town.finish(change);
  town.begin_again(change);
  town.clock.advance(1);
  REQUIRE_DONE(town.ask_back("bo", change.digest));
  CHECK(town.state_of(change.digest) == "rolling");
  CHECK(town.desk.course(change.digest)->hosts[0].going_back);
  CHECK(town.desk.course(change.digest)->hosts[0].state == "running");
  REQUIRE_DONE(town.result("prod-1", change.digest, "canary", "ok"));
  CHECK(town.state_of(change.digest) == "rolling");
  REQUIRE_DONE(town.taken_back("prod-1", change.digest, "canary"));
  REQUIRE_DONE(town.result("prod-2", change.digest, "rest", "refused:W2"));
  CHECK(town.state_of(change.digest) == "rolled-back");
  town.check_rebuilt();
}

TEST_CASE("every word by which a host was touched is kept, so that what it decided from stays") {
  Town town;
  const LiveChange change = town.organisation.make_change("one");
  town.finish(change);
  const auto size = town.view.point().size;
  town.begin_again(change);
  REQUIRE_DONE(town.result("prod-1", change.digest, "canary", "refused:W5"));
  REQUIRE_DONE(town.result("prod-1", change.digest, "canary", "ok"));
  const auto facts = town.view.change(change.digest);
  const HostId host = town.organisation.host("prod-1").id;
  CHECK(facts->outcome_of(host)->outcome == "ok");
  CHECK(facts->outcome_of(host)->earlier->outcome == "rolled-back");
  CHECK(facts->outcome_of(host)->earlier->earlier->outcome == "ok");
  CHECK(facts_before(*facts, size).outcome_of(host)->outcome == "ok");
  town.check_rebuilt();
}

TEST_CASE("an author who takes a change back that is under way does not hide what goes on") {
  Town town;
  const LiveChange change = town.organisation.make_change("one");
  const auto authored = town.submit(town.organisation.author(change, town.clock.now()));
  REQUIRE_DONE(authored);
  REQUIRE_DONE(town.vote("amara", Act::approve, change.digest));
  REQUIRE_DONE(town.vote("bo", Act::approve, change.digest));
  REQUIRE_DONE(town.release("eve", change.digest, "canary"));
  REQUIRE_DONE(town.result("prod-1", change.digest, "canary", "ok"));
  REQUIRE_DONE(town.withdraw("leo", authored->statement));
  CHECK(town.state_of(change.digest) == "rolling");
  town.clock.advance(301);
  REQUIRE_DONE(town.result("prod-2", change.digest, "rest", "ok"));
  REQUIRE_DONE(town.desk.tick());
  CHECK(town.state_of(change.digest) == "done");
  town.check_rebuilt();
}

TEST_CASE("nothing that was said about a change that is done is taken back") {
  Town town;
  const LiveChange change = town.organisation.make_change("one");
  town.finish(change);
  const Digest release = town.view.change(change.digest)->releases.front().act.statement;
  CHECK(code_of(town.withdraw("eve", release)) == "wrong_state");
}
