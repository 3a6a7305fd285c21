// Whole courses of changes, through the desk: what is let in, where it leads, and that a host would
// say the same.
#include <atomic>
#include <thread>

#include <doctest/doctest.h>

#include "tests/support/course_town.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace
using test::code_of;
using test::Town;
using test::why;

TEST_CASE("a change goes from its author to done, and each host permits in its turn") {
  Town town;
  const LiveChange change = town.organisation.make_change("one");
  REQUIRE_DONE(town.submit(town.organisation.author(change, town.clock.now())));
  const auto facts = town.view.change(1);
  REQUIRE(facts != nullptr);
  CHECK(facts->digest == change.digest);
  CHECK(facts->version == 1);
  CHECK(town.state_of(change.digest) == "in-review");
  auto course = town.desk.course(change.digest).value();
  CHECK(course.next.what == "approve");
  REQUIRE(course.needs.size() == 2);
  CHECK(course.needs[0].role.text() == "engineering-lead");
  CHECK(course.needs[0].could.size() == 2);
  REQUIRE(course.barred.size() == 1);
  CHECK(course.barred[0].by.text() == "p:leo");
  CHECK(course.hosts.size() == 2);
  CHECK(course.hosts[0].state == "waiting");

  REQUIRE_DONE(town.vote("amara", Act::approve, change.digest, "security-lead"));
  course = town.desk.course(change.digest).value();
  CHECK(course.next.roles.size() == 1);
  REQUIRE_DONE(town.vote("bo", Act::approve, change.digest));
  CHECK(town.state_of(change.digest) == "approved");
  CHECK(town.desk.course(change.digest)->next.what == "release");
  CHECK(town.code_on("prod-1", change.digest).starts_with("S5"));

  REQUIRE_DONE(town.release("eve", change.digest, "canary"));
  CHECK(town.state_of(change.digest) == "rolling");
  CHECK(town.code_on("prod-1", change.digest) == "permit");
  CHECK(town.code_on("prod-2", change.digest).starts_with("W4"));
  CHECK(town.desk.course(change.digest)->hosts[0].state == "running");

  REQUIRE_DONE(town.result("prod-1", change.digest, "canary", "ok"));
  course = town.desk.course(change.digest).value();
  CHECK(course.phases[0].gate == PhaseGate::soaks);
  CHECK(course.next.what == "wait");
  CHECK(course.next.until == town.clock.now() + 300);
  CHECK(code_of(town.release("eve", change.digest, "rest")) == "W4");
  town.clock.advance(301);
  CHECK(town.code_on("prod-2", change.digest) == "permit");
  REQUIRE_DONE(town.release("eve", change.digest, "rest"));
  CHECK(town.code_on("prod-2", change.digest) == "permit");
  REQUIRE_DONE(town.result("prod-2", change.digest, "rest", "nochange"));
  CHECK(town.state_of(change.digest) == "done");
  CHECK(town.desk.tick().value() == 1);
  CHECK(town.desk.tick().value() == 0);
  CHECK(town.view.change(change.digest)->marks.contains(Event::done));
  CHECK(town.view.moving().empty());
  CHECK(code_of(town.vote("noor", Act::approve, change.digest)) == "wrong_state");
  town.check_rebuilt();
}

TEST_CASE("who may not approve is told so, and nothing is recorded") {
  Town town;
  const LiveChange change = town.organisation.make_change("one");
  REQUIRE_DONE(town.submit(town.organisation.author(change, town.clock.now())));
  const std::uint64_t size = town.view.point().size;
  CHECK(code_of(town.vote("leo", Act::approve, change.digest)) == "S3");
  CHECK(code_of(town.vote("omar", Act::approve, change.digest)) == "S3");
  CHECK(code_of(town.vote("amara", Act::approve, change.digest, "engineering-lead")) ==
        "bad_signature");
  CHECK(code_of(town.vote("amara", Act::approve, sha256("another"))) == "not_found");
  LiveSigned forged =
      town.organisation.sign("bo", Act::approve, ObjType::change, change.digest, kLiveStart);
  forged.record =
      town.organisation.sign("amara", Act::approve, ObjType::change, change.digest, kLiveStart)
          .record;
  std::string stolen = forged.record;
  const auto at = stolen.find("\"stmt\"");
  stolen[at + 12] = stolen[at + 12] == 'A' ? 'B' : 'A';
  CHECK_FALSE(town.desk.submit(stolen, {}).has_value());
  CHECK(town.view.point().size == size);
}

TEST_CASE("only an executor releases, in the order of the phases, and who released is barred") {
  Town town;
  const LiveChange change = town.organisation.make_change("one");
  REQUIRE_DONE(town.submit(town.organisation.author(change, town.clock.now())));
  CHECK(code_of(town.release("eve", change.digest, "canary")) == "S3");
  REQUIRE_DONE(town.vote("amara", Act::approve, change.digest));
  REQUIRE_DONE(town.vote("bo", Act::approve, change.digest));
  CHECK(code_of(town.release("eve", change.digest, "rest")) == "W4");
  CHECK(code_of(town.release("eve", change.digest, "other")) == "W4");
  LiveSigned by_bo = town.make_release("bo", change.digest, "canary");
  CHECK(code_of(town.submit(by_bo)) == "bad_signature");
  LiveSigned without_role = town.make_release("bo", change.digest, "canary");
  without_role = town.organisation.sign_object(
      "bo", Act::release, ObjType::release, without_role.objects.front(), town.clock.now());
  CHECK(code_of(town.submit(without_role)) == "S5");
  REQUIRE_DONE(town.release("eve", change.digest, "canary"));
  CHECK(town.desk.course(change.digest)->barred.size() == 2);
}

TEST_CASE("a change whose approvals are hidden by its release is refused") {
  Town town;
  const LiveChange change = town.organisation.make_change("one");
  REQUIRE_DONE(town.approved(change));
  const LiveSigned full = town.make_release("eve", change.digest, "canary");
  Release release = codec::decode<Release>(full.objects.front()).value();
  const auto approvals = town.view.change(change.digest)->acts;
  std::erase(release.stmts, approvals.back().statement);
  const LiveSigned less = town.organisation.sign_object(
      "eve", Act::release, ObjType::release, codec::encode(release), town.clock.now(), "executor");
  CHECK(code_of(town.submit(less)) == "S3");
}

TEST_CASE("an emergency waits for one lead with a local key, and for nobody else") {
  Town town;
  LiveChange change = town.organisation.make_change("one");
  change.change.kind = ChangeKind::emergency;
  change.change.window.not_after = change.change.window.not_before + 3'600;
  change = town.organisation.finish(change);
  REQUIRE_DONE(town.submit(town.organisation.author(change, town.clock.now())));
  const auto course = town.desk.course(change.digest);
  REQUIRE_DONE(course);
  REQUIRE(course->needs.size() == 2);
  CHECK(course->needs[0].role.text() == "engineering-lead");
  CHECK(course->needs[1].role.text() == "security-lead");
  CHECK(course->needs_any);
  CHECK(course->min_local == 1);
  CHECK(course->people_min == 1);
  CHECK(course->next.what == "approve");
  REQUIRE_DONE(town.vote("bo", Act::approve, change.digest));
  CHECK(town.state_of(change.digest) == "in-review");  // his key asks nobody
  REQUIRE_DONE(town.vote("amara", Act::approve, change.digest));
  CHECK(town.state_of(change.digest) == "approved");
}

TEST_CASE("a rejected change is not released, and a withdrawn rejection frees it") {
  Town town;
  const LiveChange change = town.organisation.make_change("one");
  REQUIRE_DONE(town.approved(change));
  const auto rejected = town.vote("noor", Act::reject, change.digest);
  REQUIRE_DONE(rejected);
  CHECK(town.state_of(change.digest) == "rejected");
  CHECK(town.desk.course(change.digest)->opponents.front().text() == "p:noor");
  CHECK(code_of(town.release("eve", change.digest, "canary")) == "S3");
  const auto take_back = [&](const std::string& who) {
    return town.submit(town.organisation.sign(
        who, Act::withdraw, ObjType::statement, rejected->statement, town.clock.now()));
  };
  CHECK(code_of(take_back("bo")) == "nothing_to_sign");
  REQUIRE_DONE(take_back("noor"));
  CHECK(town.state_of(change.digest) == "approved");
  town.clock.advance(1);
  CHECK(code_of(take_back("noor")) == "nothing_to_sign");
  REQUIRE_DONE(town.release("eve", change.digest, "canary"));
  CHECK(town.code_on("prod-1", change.digest) == "permit");
  town.check_rebuilt();
}

TEST_CASE("an author takes a change back, and its next one has a number of its own") {
  Town town;
  const LiveChange change = town.organisation.make_change("one");
  const auto authored = town.submit(town.organisation.author(change, town.clock.now()));
  REQUIRE_DONE(authored);
  REQUIRE_DONE(town.submit(town.organisation.sign(
      "leo", Act::withdraw, ObjType::statement, authored->statement, town.clock.now())));
  CHECK(town.state_of(change.digest) == "withdrawn");
  CHECK(code_of(town.vote("bo", Act::approve, change.digest)) == "wrong_state");
  const LiveChange second = town.organisation.make_change("two");
  REQUIRE_DONE(town.submit(town.organisation.author(second, town.clock.now())));
  CHECK(town.view.change(second.digest)->number == 2);
  town.check_rebuilt();
}

TEST_CASE("an edited change is the next version, and the older one takes no approvals") {
  Town town;
  const LiveChange first = town.organisation.make_change("one");
  REQUIRE_DONE(town.submit(town.organisation.author(first, town.clock.now())));
  REQUIRE_DONE(town.vote("bo", Act::approve, first.digest));
  const LiveChange second = town.organisation.make_change("two");
  REQUIRE_DONE(town.submit(town.organisation.author(second, town.clock.now())));
  const auto facts = town.view.change(second.digest);
  CHECK(facts->number == 1);
  CHECK(facts->version == 2);
  CHECK(facts->replaces == first.digest);
  CHECK(town.view.change(first.digest)->replaced_by == second.digest);
  CHECK(town.view.change(1)->digest == second.digest);
  CHECK(town.view.change(1, 1)->digest == first.digest);
  CHECK(town.view.change(1, 3) == nullptr);
  CHECK(code_of(town.vote("amara", Act::approve, first.digest)) == "superseded");
  LiveChange other_author = town.organisation.make_change("three");
  other_author.change.author = ActorId::parse("p:lea").value();
  other_author = town.organisation.finish(other_author);
  REQUIRE_DONE(town.submit(town.organisation.author(other_author, town.clock.now())));
  CHECK(town.view.change(other_author.digest)->number == 2);
  CHECK(town.view.changes(0, 10).size() == 2);
  CHECK(town.view.changes(2, 10).size() == 1);
  town.check_rebuilt();
}

TEST_CASE("somebody else's author statement is refused") {
  Town town;
  const LiveChange change = town.organisation.make_change("one");
  LiveSigned by_lea =
      town.organisation.sign("lea", Act::author, ObjType::change, change.digest, town.clock.now());
  by_lea.objects = change.objects;
  CHECK(code_of(town.submit(by_lea)) == "S1");
}

TEST_CASE("a change that nobody releases expires, once") {
  Town town;
  const LiveChange change = town.organisation.make_change("one");
  REQUIRE_DONE(town.approved(change));
  town.clock.set(change.change.window.not_after);
  CHECK(town.desk.tick().value() == 0);
  town.clock.advance(1);
  CHECK(town.state_of(change.digest) == "expired");
  CHECK(town.desk.tick().value() == 1);
  CHECK(town.desk.tick().value() == 0);
  CHECK(town.view.moving().empty());
  CHECK(code_of(town.vote("noor", Act::approve, change.digest)) == "W1");
  CHECK(code_of(town.release("eve", change.digest, "canary")) == "W1");
  town.check_rebuilt();
}

TEST_CASE("an approved change whose window has not opened is scheduled") {
  Town town;
  LiveChange change = town.organisation.make_change("one");
  change.change.window.not_before = kLiveStart + 3'600;
  change = town.organisation.finish(change);
  REQUIRE_DONE(town.submit(town.organisation.author(change, town.clock.now())));
  CHECK(town.desk.tick().value() == 0);
  REQUIRE_DONE(town.vote("amara", Act::approve, change.digest));
  REQUIRE_DONE(town.vote("bo", Act::approve, change.digest));
  CHECK(town.state_of(change.digest) == "scheduled");
  CHECK(town.desk.course(change.digest)->next.until == kLiveStart + 3'600);
  CHECK(town.desk.tick().value() == 1);
  CHECK(town.desk.tick().value() == 0);
  town.clock.advance(3'600);
  CHECK(town.state_of(change.digest) == "approved");
  town.check_rebuilt();
}

TEST_CASE("too many failures close the gate, and the next try is a version of its number") {
  Town town;
  const LiveChange change = town.organisation.make_change("one");
  REQUIRE_DONE(town.approved(change));
  REQUIRE_DONE(town.release("eve", change.digest, "canary"));
  REQUIRE_DONE(town.result("prod-1", change.digest, "canary", "failed"));
  CHECK(town.state_of(change.digest) == "rolling");  // it takes the change back
  CHECK(town.desk.course(change.digest)->phases[0].gate == PhaseGate::closed);
  CHECK(town.desk.course(change.digest)->hosts[1].state == "skipped");
  CHECK(code_of(town.release("eve", change.digest, "rest")) == "W4");
  CHECK(town.code_on("prod-2", change.digest).starts_with("W4"));
  REQUIRE_DONE(town.result("prod-1", change.digest, "canary", "rolled-back"));
  CHECK(town.state_of(change.digest) == "rolled-back");
  CHECK(town.desk.course(change.digest)->next.what == "plan-again");
  const LiveChange second = town.organisation.make_change("two");
  REQUIRE_DONE(town.submit(town.organisation.author(second, town.clock.now())));
  CHECK(town.view.change(second.digest)->version == 2);
  town.check_rebuilt();
}

TEST_CASE("a change that is rolling well keeps its number") {
  Town town;
  const LiveChange change = town.organisation.make_change("one");
  town.do_canary(change);
  const LiveChange second = town.organisation.make_change("two");
  REQUIRE_DONE(town.submit(town.organisation.author(second, town.clock.now())));
  CHECK(town.view.change(second.digest)->number == 2);
}

TEST_CASE("a rollback is asked for by an executor or a needed role, after something began") {
  Town town;
  const LiveChange change = town.organisation.make_change("one");
  REQUIRE_DONE(town.approved(change));
  const auto ask = [&](const std::string& who) {
    Rollback rollback;
    rollback.change = change.digest;
    rollback.nonce = sha256("rollback " + who).bytes().substr(0, 16);
    rollback.org = town.organisation.org;
    return town.submit(town.organisation.sign_object(
        who, Act::rollback, ObjType::rollback, codec::encode(rollback), town.clock.now()));
  };
  CHECK(code_of(ask("eve")) == "wrong_state");
  REQUIRE_DONE(town.release("eve", change.digest, "canary"));
  REQUIRE_DONE(town.result("prod-1", change.digest, "canary", "ok"));
  CHECK(code_of(ask("omar")) == "S5");
  const auto asked = ask("amara");
  REQUIRE_DONE(asked);
  CHECK(town.state_of(change.digest) == "rolling");  // until the host has taken it back
  REQUIRE_DONE(town.taken_back("prod-1", change.digest, "canary"));
  CHECK(town.state_of(change.digest) == "rolled-back");
  town.check_rebuilt();
  SUBCASE("a release that names it lets the change run again") {
    town.clock.advance(1);
    REQUIRE_DONE(town.submit(town.make_release(
        "eve", change.digest, "canary", static_cast<std::int64_t>(asked->index))));
    REQUIRE_DONE(town.result("prod-1", change.digest, "canary", "ok"));
    CHECK(town.state_of(change.digest) == "rolling");
    town.check_rebuilt();
  }
}

TEST_CASE("a change on hosts that moved on is stale while none was touched") {
  Town town;
  const LiveChange change = town.organisation.make_change("one");
  REQUIRE_DONE(town.approved(change));
  REQUIRE_DONE(town.release("eve", change.digest, "canary"));
  REQUIRE_DONE(town.result("prod-1", change.digest, "canary", "stale"));
  CHECK(town.state_of(change.digest) == "stale");
  CHECK(town.desk.course(change.digest)->hosts[0].state == "stale");
  CHECK(code_of(town.result("prod-1", change.digest, "rest", "ok")) == "C2");
  CHECK(code_of(town.result("test-1", change.digest, "canary", "ok")) == "C2");
}

TEST_CASE("of two hosts in a phase one that is stale does not end the change for the other") {
  Town town(3);
  const LiveChange change = town.organisation.make_change("one");
  town.do_canary(change);
  town.clock.advance(301);
  REQUIRE_DONE(town.result("prod-2", change.digest, "rest", "stale"));
  CHECK(town.state_of(change.digest) == "rolling");
  REQUIRE_DONE(town.result("prod-3", change.digest, "rest", "ok"));
  CHECK(town.state_of(change.digest) == "done");
  CHECK(town.desk.course(change.digest)->next.what == "plan-again");  // for the one that is left
}

TEST_CASE("a host that refuses ends the change, until a further release asks it again") {
  Town town;
  const LiveChange change = town.organisation.make_change("one");
  REQUIRE_DONE(town.approved(change));
  REQUIRE_DONE(town.release("eve", change.digest, "canary"));
  REQUIRE_DONE(town.result("prod-1", change.digest, "canary", "refused:B3"));
  CHECK(town.state_of(change.digest) == "failed");
  CHECK(town.desk.course(change.digest)->next.what == "plan-again");
  CHECK(town.desk.course(change.digest)->hosts[0].state == "refused:B3");
  town.check_rebuilt();
  SUBCASE("by the next version of its author") {
    const LiveChange next = town.organisation.make_change("two");
    REQUIRE_DONE(town.submit(town.organisation.author(next, town.clock.now())));
    CHECK(town.view.change(next.digest)->version == 2);
  }
  SUBCASE("or by a release") {
    REQUIRE_DONE(town.release("eve", change.digest, "canary"));
    CHECK(town.state_of(change.digest) == "rolling");
    CHECK(town.desk.course(change.digest)->hosts[0].state == "running");
    REQUIRE_DONE(town.result("prod-1", change.digest, "canary", "ok"));
    CHECK(town.state_of(change.digest) == "rolling");
    town.check_rebuilt();
  }
}

TEST_CASE("a stop holds a release back until it is lifted") {
  Town town;
  const LiveChange change = town.organisation.make_change("one");
  REQUIRE_DONE(town.approved(change));
  Stop stop;
  stop.by = ActorId::parse("p:finn").value();
  stop.from = town.clock.now();
  stop.to = stop.from + 3'600;
  stop.id = Name::parse("storm").value();
  stop.nonce = Bytes(16, 's');
  stop.org = town.organisation.org;
  stop.target.scope = change.change.scope;
  const Bytes bytes = codec::encode(stop);
  REQUIRE_DONE(town.refresh());
  const auto before = town.timekeeper.newest();
  REQUIRE_DONE(town.submit(
      town.organisation.sign_object("finn", Act::sign, ObjType::stop, bytes, town.clock.now())));
  town.wait_for_checkpoint();
  CHECK(town.timekeeper.renew_if_due().value());
  CHECK(town.timekeeper.newest()->fresh.stops != before->fresh.stops);
  CHECK(town.view.documents()->active_stops(town.clock.now()).size() == 1);
  CHECK(code_of(town.release("eve", change.digest, "canary")) == "W5");
  const auto lift = [&](const std::string& who) {
    return town.submit(
        town.organisation.sign(who, Act::lift, ObjType::stop, sha256(bytes), town.clock.now()));
  };
  CHECK(code_of(lift("finn")) == "bad_signature");  // not a local key
  REQUIRE_DONE(lift("amara"));
  CHECK(code_of(town.release("eve", change.digest, "canary")) == "W5");
  REQUIRE_DONE(lift("dana"));
  CHECK(town.view.documents()->active_stops(town.clock.now()).empty());
  REQUIRE_DONE(town.release("eve", change.digest, "canary"));
  CHECK(town.code_on("prod-1", change.digest) == "permit");
  town.check_rebuilt();
}

TEST_CASE("who only looks on, or names another as its raiser, raises no stop and lifts none") {
  Town town;
  const auto stop_by = [&](const std::string& raiser, const std::string& signer) {
    Stop stop;
    stop.by = ActorId::parse("p:" + raiser).value();
    stop.from = town.clock.now();
    stop.to = stop.from + 3'600;
    stop.id = Name::parse("storm").value();
    stop.nonce = Bytes(16, 's');
    stop.org = town.organisation.org;
    stop.target.org = town.organisation.org;
    return town.organisation.sign_object(
        signer, Act::sign, ObjType::stop, codec::encode(stop), town.clock.now());
  };
  const auto result = town.submit(stop_by("omar", "omar"));
  CHECK(code_of(result) == "not_allowed");
  CHECK(why(result).starts_with("p:omar holds no role"));
  CHECK(code_of(town.submit(stop_by("amara", "eve"))) == "not_allowed");
  REQUIRE_DONE(town.submit(stop_by("eve", "eve")));
}

TEST_CASE("an active stop reaches the hosts with the fresh") {
  Town town;
  const LiveChange change = town.organisation.make_change("one");
  REQUIRE_DONE(town.approved(change));
  REQUIRE_DONE(town.release("eve", change.digest, "canary"));
  Stop stop;
  stop.by = ActorId::parse("p:amara").value();
  stop.from = town.clock.now();
  stop.to = stop.from + 3'600;
  stop.id = Name::parse("storm").value();
  stop.nonce = Bytes(16, 's');
  stop.org = town.organisation.org;
  stop.target.org = town.organisation.org;
  REQUIRE_DONE(town.submit(town.organisation.sign_object(
      "amara", Act::sign, ObjType::stop, codec::encode(stop), town.clock.now())));
  CHECK(town.code_on("prod-1", change.digest).starts_with("W5"));
}

TEST_CASE("owners open a gate of their kind by signing off") {
  Town town;
  LiveChange change = town.organisation.make_change("one");
  for (Phase& phase : *change.change.phases) {
    phase.gate = {std::nullopt, GateKind::owner, 1};
  }
  change = town.organisation.finish(change);
  REQUIRE_DONE(town.approved(change));
  CHECK(code_of(town.vote("noor", Act::signoff, change.digest)) == "nothing_to_sign");
  REQUIRE_DONE(town.release("eve", change.digest, "canary"));
  REQUIRE_DONE(town.result("prod-1", change.digest, "canary", "ok"));
  CHECK(town.desk.course(change.digest)->next.what == "sign-off");
  CHECK(town.desk.course(change.digest)->next.who.front().text() == "p:noor");
  REQUIRE_DONE(town.vote("noor", Act::signoff, change.digest));
  REQUIRE_DONE(town.release("eve", change.digest, "rest"));
  CHECK(town.code_on("prod-2", change.digest) == "permit");
  REQUIRE_DONE(town.result("prod-2", change.digest, "rest", "ok"));
  CHECK(town.state_of(change.digest) == "verifying");
  CHECK(town.desk.tick().value() == 0);
  town.clock.advance(1);
  REQUIRE_DONE(town.vote("noor", Act::signoff, change.digest));
  CHECK(town.state_of(change.digest) == "done");
  town.check_rebuilt();
}

TEST_CASE("a gate of kind person opens by the release of the next phase") {
  Town town;
  LiveChange change = town.organisation.make_change("one");
  for (Phase& phase : *change.change.phases) {
    phase.gate = {std::nullopt, GateKind::person, std::nullopt};
  }
  change = town.organisation.finish(change);
  REQUIRE_DONE(town.approved(change));
  REQUIRE_DONE(town.release("eve", change.digest, "canary"));
  CHECK(code_of(town.release("eve", change.digest, "rest")) == "W4");
  REQUIRE_DONE(town.result("prod-1", change.digest, "canary", "ok"));
  CHECK(town.desk.course(change.digest)->next.what == "release");
  REQUIRE_DONE(town.release("eve", change.digest, "rest"));
  CHECK(town.code_on("prod-2", change.digest) == "permit");
  REQUIRE_DONE(town.result("prod-2", change.digest, "rest", "ok"));
  CHECK(town.state_of(change.digest) == "done");
}

TEST_CASE("the same statement twice gives one entry and the same answer") {
  Town town;
  const LiveChange change = town.organisation.make_change("one");
  const LiveSigned authored = town.organisation.author(change, town.clock.now());
  const auto first = town.submit(authored);
  REQUIRE_DONE(first);
  const std::uint64_t size = town.view.point().size;
  const auto second = town.submit(authored);
  REQUIRE_DONE(second);
  CHECK(second->index == first->index);
  CHECK(second->at == first->at);
  CHECK(second->change == change.digest);
  CHECK(second->repeated);
  CHECK(town.view.point().size == size);
}

TEST_CASE("equal statements at once make one entry, different ones all get in") {
  Town town;
  const LiveChange change = town.organisation.make_change("one");
  REQUIRE_DONE(town.submit(town.organisation.author(change, town.clock.now())));
  const std::uint64_t size = town.view.point().size;
  std::atomic<int> moved = 0;
  town.desk.on_change([&](const Digest& digest) { moved += digest == change.digest ? 1 : 0; });
  std::vector<LiveSigned> votes;
  for (const char* who : {"amara", "bo", "noor"}) {
    votes.push_back(town.organisation.sign(
        who, Act::approve, ObjType::change, change.digest, town.clock.now()));
  }
  std::atomic<int> answered = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 12; ++i) {
      threads.emplace_back(
          [&, i] { answered += town.submit(votes[static_cast<std::size_t>(i) % 3]) ? 1 : 0; });
    }
  }
  CHECK(answered == 12);
  CHECK(town.view.point().size == size + 3);
  CHECK(moved >= 1);
  CHECK(town.state_of(change.digest) == "approved");
  town.check_rebuilt();
}

TEST_CASE("reports that wait are named by one entry") {
  Town town;
  CHECK(town.desk.tick().value() == 0);
  for (int i = 0; i < 3; ++i) {
    const Digest digest = sha256("report " + std::to_string(i));
    REQUIRE_DONE(town.registry->put_report(
        {town.organisation.hosts[static_cast<std::size_t>(i)].id, 1, digest, kLiveStart, digest}));
  }
  const std::uint64_t size = town.view.point().size;
  CHECK(town.desk.tick().value() == 1);
  CHECK(town.desk.tick().value() == 0);
  CHECK(town.view.point().size == size + 1);
  town.check_rebuilt();
}
