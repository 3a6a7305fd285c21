// The life of changes from request to end: one server and the agents of three hosts, all real, in
// one process, with a clock that is moved by hand.
#include <algorithm>

#include <doctest/doctest.h>

#include "base/limits.h"
#include "policy/plan_request.h"
#include "tests/support/memory_crash.h"
#include "tests/support/rollout.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace
using test::crashes;
using test::TestAgent;
using test::TestServer;

namespace {

constexpr const char* kFile = "/srv/web/web-motd";

class Spine : public test::Rollout {
 public:
  // Finn stops everything in the scope of `change` for ten minutes.
  void stop(const LiveChange& change) {
    Stop stop;
    stop.by = ActorId::parse("p:finn").value();
    stop.from = server.clock.now();
    stop.to = stop.from + 600;
    stop.id = Name::parse("storm-" + std::to_string(stop.from)).value();
    stop.nonce = sha256(stop.id.text()).bytes().substr(0, limits::kNonceSize);
    stop.org = server.organisation.org;
    stop.target.scope = change.change.scope;
    const LiveSigned raised = server.organisation.sign_object(
        "finn", Act::sign, ObjType::stop, codec::encode(stop), server.clock.now());
    REQUIRE(server.submit(raised, "finn").status == 200);
  }

  // Eve asks one host to take `change` back.
  void ask_back(const LiveChange& change, std::size_t host) {
    Rollback rollback;
    rollback.change = change.digest;
    rollback.hosts = std::vector<HostId>{agents[host]->id()};
    rollback.nonce =
        sha256(std::to_string(server.clock.now())).bytes().substr(0, limits::kNonceSize);
    rollback.org = server.organisation.org;
    const LiveSigned asked = server.organisation.sign_object(
        "eve", Act::rollback, ObjType::rollback, codec::encode(rollback), server.clock.now());
    REQUIRE(server.submit(asked, "eve").status == 200);
  }
};

constexpr const char* kJournal = "/var/lib/twoseal/agent/journal";

// Turns a bit in the last but one report that the journal of `agent` notes.
void damage_journal(TestAgent& agent) {
  Bytes bytes = agent.system->files().text(kJournal);
  const std::string_view what = "\"reported\"";
  const std::size_t last = bytes.rfind(what);
  const std::size_t at = bytes.rfind(what, last - 1);
  REQUIRE(at < last);
  bytes[at] = static_cast<char>(octet(bytes, at) ^ 1U);
  agent.system->files().put(kJournal, std::make_shared<const Bytes>(bytes), 0600);
}

// How many results of `host` the log has.
std::size_t results_of(const TestServer& server, const HostId& host) {
  const Store& store = *server.parts->store;
  const auto entries = store.entries(0, store.head()->size).value();
  return static_cast<std::size_t>(
      std::count_if(entries.begin(), entries.end(), [&](const StoredEntry& one) {
        return codec::decode<LedgerEntry>(one.bytes).value().by.text() == host.text();
      }));
}

}  // namespace

TEST_CASE("a change is planned, approved, released and applied phase by phase") {
  Spine spine;
  const LiveChange change = spine.plan(spine.server.organisation.make_change("one"));
  spine.approve(change);
  CHECK(spine.state_of(change) == "approved");
  spine.step_all();
  CHECK(spine.outcomes(change) == "none none none");
  spine.release(change, "canary");
  spine.step_all(2);
  CHECK(spine.outcomes(change) == "ok none none");
  CHECK(spine.agents[0]->text(kFile) == "welcome to one\n");
  CHECK(spine.agents[1]->text(kFile) == "none");
  CHECK(spine.state_of(change) == "rolling");
  spine.server.clock.advance(301);
  REQUIRE(spine.server.parts->tick());
  spine.step_all();
  CHECK(spine.outcomes(change) == "ok ok ok");
  CHECK(spine.agents[2]->text(kFile) == "welcome to one\n");
  CHECK(spine.state_of(change) == "done");
  for (const auto& one : spine.agents) {
    CHECK(one->agent().waiting_mail() == 0);
  }
  const HttpResponse lines =
      spine.server.call("GET", "/v1/changes/CHG-1/log", spine.server.log_in("omar"));
  CHECK(lines.body.find("ok: ") != std::string::npos);
}

TEST_CASE("hosts begin in the second in which the phase before them has soaked") {
  Spine spine;
  LiveChange change = spine.server.organisation.make_change("one");
  change.change.phases->front().soak = 5;
  change = spine.plan(spine.server.organisation.finish(change));
  spine.approve(change);
  spine.release(change, "canary");
  spine.step_all(2);
  CHECK(spine.outcomes(change) == "ok none none");
  spine.server.clock.advance(4);
  REQUIRE(spine.server.parts->tick());
  spine.step_all();
  CHECK(spine.outcomes(change) == "ok none none");
  spine.server.clock.advance(1);
  REQUIRE(spine.server.parts->tick());
  spine.step_all();
  CHECK(spine.outcomes(change) == "ok ok ok");
}

TEST_CASE("hosts begin in the second in which the window opens") {
  Spine spine;
  LiveChange change = spine.server.organisation.make_change("one");
  change.change.window.not_before = spine.server.clock.now() + 20;
  change = spine.plan(spine.server.organisation.finish(change));
  spine.approve(change);
  spine.release(change, "canary");
  spine.step_all();
  CHECK(spine.outcomes(change) == "none none none");
  spine.server.clock.advance(20);
  REQUIRE(spine.server.parts->tick());
  spine.step_all();
  CHECK(spine.outcomes(change) == "ok none none");
}

TEST_CASE("a change that makes one host ill is taken back wherever it was applied") {
  Spine spine;
  const LiveChange first = spine.apply_everywhere("one");
  REQUIRE(spine.state_of(first) == "done");
  LiveChange change = spine.server.organisation.make_change("two");
  HealthCheck check;
  check.kind = HealthKind::tcp;
  check.port = 80;
  check.within = 5;
  change.change.health = {check};
  for (const auto& one : spine.agents) {
    one->prober.on_tcp = [](const std::string&, std::uint16_t) { return Result<void>(); };
  }
  spine.agents[2]->prober.on_tcp = [](const std::string&, std::uint16_t) {
    return Result<void>(fail(Errc::unreachable, "nobody listens"));
  };
  change = spine.plan(spine.server.organisation.finish(change));
  spine.approve(change);
  spine.release(change, "canary");
  spine.step_all(2);
  CHECK(spine.outcomes(change) == "ok none none");
  spine.server.clock.advance(301);
  REQUIRE(spine.server.parts->tick());
  for (int i = 0; i < 3 && spine.outcome(change, 2) == "none"; ++i) {
    CHECK(spine.agents[2]->step() == "");
    spine.server.clock.advance(6);
  }
  CHECK(spine.outcomes(change) == "ok none rolled-back");
  CHECK(spine.state_of(change) == "rolling");  // the canary has to take it back still
  for (int i = 0; i < 3; ++i) {
    spine.step_all();
    spine.server.clock.advance(6);
  }
  CHECK(spine.outcomes(change) == "rolled-back refused:W2 rolled-back");  // one had not begun
  for (const auto& one : spine.agents) {
    CHECK(one->text(kFile) == "welcome to one\n");
  }
  CHECK(spine.state_of(change) == "rolled-back");
}

TEST_CASE("a stop holds hosts back that have not begun, and they go on when it is over") {
  Spine spine;
  const LiveChange change = spine.plan(spine.server.organisation.make_change("one"));
  spine.approve(change);
  spine.release(change, "canary");
  spine.stop(change);
  spine.step_all(3);
  CHECK(spine.agents[0]->text(kFile) == "none");
  CHECK(spine.outcomes(change) == "none none none");
  const auto& log = spine.agents[0]->log;
  CHECK(std::count_if(log.begin(), log.end(), [](const std::string& line) {
          return line.starts_with("waiting: TS-2175 stop storm-");
        }) == 1);
  const HttpResponse lines =
      spine.server.call("GET", "/v1/changes/CHG-1/log", spine.server.log_in("omar"));
  CHECK(lines.body.find("waiting: TS-2175 ") != std::string::npos);
  spine.server.clock.advance(601);
  REQUIRE(spine.server.parts->tick());
  spine.server.settle();
  spine.step_all(2);
  CHECK(spine.outcomes(change) == "ok none none");
}

TEST_CASE("a host tells once for each release why it does not take a change, also over a restart") {
  Spine spine;
  const LiveChange change = spine.plan(spine.server.organisation.make_change("one"));
  spine.approve(change);
  TestAgent& agent = *spine.agents[0];
  agent.system->files().erase("/srv/web");
  FileChange link{.act = FileAct::make_symlink, .path = "/srv/web"};
  link.bytes = std::make_shared<const Bytes>("/var/lib/twoseal/agent");
  REQUIRE(agent.system->files().apply({&link, 1}));
  for (std::size_t releases = 1; releases <= 2; ++releases) {
    spine.release(change, "canary");
    spine.step_all(2);
    CHECK(spine.outcome(change, 0) == "refused:C5");
    CHECK(results_of(spine.server, agent.id()) == releases);
    agent.restart(spine.server);
    spine.step_all(2);
    CHECK(results_of(spine.server, agent.id()) == releases);
    spine.server.clock.advance(601);
    REQUIRE(spine.server.parts->tick());
    spine.server.settle();
  }
}

TEST_CASE("a refusal that the server did not hear of is not told twice after a restart") {
  Spine spine;
  const LiveChange change = spine.plan(spine.server.organisation.make_change("one"));
  spine.approve(change);
  spine.release(change, "canary");
  TestAgent& agent = *spine.agents[0];
  agent.system->files().put(kFile, "somebody else's\n");
  agent.before_request = [&](const HttpRequest& request) {
    agent.is_cut_off = agent.is_cut_off || request.path == "/v1/results";
  };
  CHECK(agent.step() != "");
  agent.before_request = nullptr;
  agent.is_cut_off = false;
  agent.restart(spine.server);
  spine.step_all(3);
  CHECK(results_of(spine.server, agent.id()) == 1);
}

TEST_CASE("what ended is told once, and not anew at each start") {
  Spine spine;
  const LiveChange change = spine.apply_everywhere("one");
  TestAgent& agent = *spine.agents[0];
  CHECK(results_of(spine.server, agent.id()) == 1);
  for (int i = 0; i < 2; ++i) {
    agent.restart(spine.server);
    CHECK(agent.agent().waiting_mail() == 0);
    spine.step_all();
    CHECK(results_of(spine.server, agent.id()) == 1);
  }
  CHECK(spine.outcome(change, 0) == "ok");
}

TEST_CASE("the reports of a host count on after a restart, so that the server takes them") {
  Spine spine;
  spine.apply_everywhere("one");
  TestAgent& agent = *spine.agents[0];
  const auto newest = [&] {
    const auto report = spine.server.parts->registry->newest_report(agent.id());
    return report ? report->counter : 0;
  };
  std::int64_t before = newest();
  for (int i = 0; i < 3; ++i) {
    agent.restart(spine.server);
    spine.server.clock.advance(601);
    REQUIRE(spine.server.parts->tick());
    spine.step_all();
    CHECK(newest() > before);
    before = newest();
  }
}

TEST_CASE("what a host did while the server was away for days is taken when it is back") {
  Spine spine;
  const LiveChange change = spine.plan(spine.server.organisation.make_change("one"));
  spine.approve(change);
  spine.release(change, "canary");
  TestAgent& agent = *spine.agents[0];
  agent.before_request = [&](const HttpRequest& request) {
    agent.is_cut_off = agent.is_cut_off || request.path == "/v1/results";
  };
  CHECK(agent.step() != "");
  CHECK(agent.agent().waiting_mail() == 1);
  spine.server.clock.advance(2 * limits::kDay);
  CHECK(agent.step() != "");
  agent.before_request = nullptr;
  agent.is_cut_off = false;
  REQUIRE(spine.server.parts->tick());
  spine.step_all();
  CHECK(agent.agent().waiting_mail() == 0);
  CHECK(spine.outcome(change, 0) == "ok");
}

TEST_CASE(
    "wherever an agent is killed, the server hears what became of the change, and it is true") {
  std::uint64_t steps = 0;
  for (std::uint64_t step = 0; step <= steps; ++step) {
    CAPTURE(step);
    Spine spine;
    const LiveChange change = spine.plan(spine.server.organisation.make_change("one"));
    spine.approve(change);
    spine.release(change, "canary");
    TestAgent& agent = *spine.agents[0];
    const std::uint64_t before = agent.system->mutations();
    agent.system->crash_after(step);
    crashes([&] { agent.step(); });
    agent.system->crash_after(0);
    if (step == 0) {
      steps = agent.system->mutations() - before;
      REQUIRE(steps > 10);
    }
    agent.restart(spine.server);
    spine.step_all(2);
    CHECK(agent.agent().waiting_mail() == 0);
    const bool is_new = agent.text(kFile) == "welcome to one\n";
    CHECK(spine.outcome(change, 0) == (is_new ? "ok" : "rolled-back"));
  }
}

TEST_CASE("a rollback statement takes a change back where it stands") {
  Spine spine;
  const LiveChange change = spine.apply_everywhere("one");
  REQUIRE(spine.outcomes(change) == "ok ok ok");
  spine.ask_back(change, 1);
  spine.step_all();
  CHECK(spine.outcomes(change) == "ok rolled-back ok");
  CHECK(spine.agents[1]->text(kFile) == "none");
  CHECK(spine.agents[0]->text(kFile) == "welcome to one\n");
}

TEST_CASE("a request that one host carried out is named by its result, and no other follows it") {
  Spine spine;
  const LiveChange change = spine.apply_everywhere("one");
  spine.ask_back(change, 1);
  spine.step_all();
  REQUIRE(spine.outcomes(change) == "ok rolled-back ok");
  const auto facts = spine.server.parts->view.change(change.digest);
  const RecordedAct asked = facts->rollbacks.front().act;
  CHECK(facts->outcome_of(spine.agents[1]->id())->rollback ==
        static_cast<std::int64_t>(asked.index));
  const LiveSigned withdrawn = spine.server.organisation.sign(
      "eve", Act::withdraw, ObjType::statement, asked.statement, spine.server.clock.now());
  REQUIRE(spine.server.submit(withdrawn, "eve").status == 200);
  spine.pass(11);
  spine.step_all(2);
  CHECK(spine.outcomes(change) == "ok rolled-back ok");
  CHECK(spine.agents[0]->text(kFile) == "welcome to one\n");
  CHECK(spine.agents[2]->text(kFile) == "welcome to one\n");
}

TEST_CASE("a host that is asked to take a change back before its turn comes never begins") {
  Spine spine;
  const LiveChange change = spine.released(spine.server.organisation.make_change("one"));
  spine.ask_back(change, 1);
  spine.step_all();
  spine.pass(301);
  spine.step_all(2);
  CHECK(spine.outcomes(change) == "ok refused:W2 ok");
  CHECK(spine.agents[1]->text(kFile) == "none");
}

TEST_CASE("a host whose undo is over says so, once for each time that it is asked") {
  Spine spine;
  LiveChange change = spine.server.organisation.make_change("one");
  change.change.rollback.within = 400;
  change = spine.released(spine.server.organisation.finish(change));
  spine.step_all();
  spine.pass(301);
  spine.step_all();
  REQUIRE(spine.outcomes(change) == "ok ok ok");
  TestAgent& agent = *spine.agents[1];
  spine.pass(500);
  REQUIRE(agent.agent().advance());  // closes what is over
  spine.ask_back(change, 1);
  spine.step_all(2);  // a report is in the way first
  const auto refusal = [&] {
    return spine.server.parts->view.change(change.digest)->outcome_of(agent.id())->refused_back;
  };
  REQUIRE(refusal());
  CHECK(refusal()->outcome == "refused:B3");
  CHECK(spine.outcomes(change) == "ok ok ok");
  CHECK(agent.text(kFile) == "welcome to one\n");
  const std::size_t results = results_of(spine.server, agent.id());
  spine.step_all();
  CHECK(results_of(spine.server, agent.id()) == results);
  spine.server.clock.advance(1);
  spine.ask_back(change, 1);
  spine.step_all();
  CHECK(results_of(spine.server, agent.id()) == results + 1);
}

TEST_CASE("the log may grow while a host fetches what it was told of") {
  Spine spine;
  const LiveChange change = spine.plan(spine.server.organisation.make_change("one"));
  spine.approve(change);
  spine.release(change, "canary");
  int others = 0;
  spine.agents[0]->before_request = [&](const HttpRequest& request) {
    if (request.path.starts_with("/v1/work/changes/")) {
      const LiveChange other =
          spine.server.organisation.make_change("other", "scope-" + std::to_string(++others));
      const LiveSigned one = spine.server.organisation.author(other, spine.server.clock.now());
      REQUIRE(spine.server.submit(one, "leo").status == 200);
    }
  };
  spine.step_all();
  CHECK(others == 1);
  CHECK(spine.outcomes(change) == "ok none none");
}

TEST_CASE("a key for logging in alone asks no host for a plan") {
  Spine spine;
  const LiveOrganisation& organisation = spine.server.organisation;
  const UnixSeconds now = spine.server.clock.now();
  PlanRequest request;
  request.hosts = {spine.agents[0]->id()};
  request.nonce = Bytes(16, 'n');
  request.not_after = now + 600;
  request.org = organisation.org;
  request.scope = ScopeId::parse("web-motd").value();
  request.state = sha256("state");
  const Bytes bytes = codec::encode(request);
  const auto judged = [&](const std::string& who) {
    const LiveSigned asked =
        organisation.sign_object(who, Act::plan, ObjType::plan_request, bytes, now);
    return check_plan_request(*spine.agents[0]->agent().documents().facts(),
                              sha256(bytes),
                              request,
                              parse_record(asked.record, "").value(),
                              now);
  };
  CHECK(judged("eve"));
  CHECK(judged("eve-login").error().code == Errc::bad_signature);
}

TEST_CASE("a host with nothing to do waits, and is woken by what concerns it") {
  Spine spine;
  spine.step_all(2);
  TestServer& server = spine.server;
  int passes = 0;
  const LiveHost& host = server.organisation.host("prod-1");
  Contact contact;
  const auto& documents = *server.parts->timekeeper.newest();
  contact.agent = "test";
  contact.boot = "boot";
  contact.checkpoint = documents.fresh.log;
  contact.org = server.organisation.org;
  contact.policy = documents.fresh.policy;
  contact.restrictions = documents.fresh.restrictions;
  contact.roster = documents.fresh.roster;
  contact.assignment = documents.documents->host(host.id)->versions.back();
  contact.wait = 50;
  HttpRequest request;
  request.method = "POST";
  request.path = "/v1/contact";
  request.body = codec::encode(contact);
  const LiveChange change = spine.plan(server.organisation.make_change("one"));
  spine.approve(change);
  spine.step_all();
  const auto client =
      server.client(*server.agents, server.peer_of(host), [&](std::chrono::milliseconds wait) {
        CHECK(wait == std::chrono::seconds(50));
        ++passes;
        spine.release(change, "canary");
      });
  const auto answer = client->call(request, std::chrono::minutes(1));
  REQUIRE(answer);
  CHECK(passes == 1);
  const auto files = codec::read_archive(answer->body).value();
  const auto work = codec::decode<WorkList>(files.at("work.json")).value();
  CHECK(work.work == std::vector<Work>{{change.digest, WorkKind::apply}});
}

TEST_CASE("drift has a line in the log of the host, once, and one when it is over") {
  Spine spine;
  spine.apply_everywhere("one");
  TestAgent& agent = *spine.agents[0];
  agent.system->files().put(kFile, "somebody else's\n");
  const auto said = [&](const std::string& line) {
    return std::count(agent.log.begin(), agent.log.end(), line);
  };
  for (int i = 0; i < 2; ++i) {
    spine.pass(601);
    spine.step_all();
  }
  CHECK(said("drift: scope web-motd: file:/srv/web/web-motd") == 1);
  agent.system->files().put(kFile, std::make_shared<const Bytes>("welcome to one\n"), 0644);
  spine.pass(601);
  spine.step_all();
  CHECK(said("scope web-motd is as its change left it again") == 1);
}

TEST_CASE("a host with a damaged journal stays in contact, says why, and takes no change") {
  Spine spine;
  spine.apply_everywhere("one");
  for (int i = 0; i < 2; ++i) {
    spine.pass(601);
    spine.step_all();
  }
  const LiveChange change = spine.plan(spine.server.organisation.make_change("two"));
  spine.approve(change);
  TestAgent& agent = *spine.agents[0];
  damage_journal(agent);
  const Bytes journal = agent.system->files().text(kJournal);
  const auto newest = [&] { return *spine.server.parts->registry->newest_report(agent.id()); };
  std::int64_t before = newest().counter;
  for (int i = 0; i < 2; ++i) {
    agent.restart(spine.server);
    CHECK(agent.log.back().starts_with("ALERT TS-2191 a record has another check sum (journal "));
    CHECK(agent.log.back().find("joins anew") != std::string::npos);
    spine.release(change, "canary");
    spine.pass(601);
    spine.step_all(2);
    CHECK(spine.outcome(change, 0) == "refused:J1");
    CHECK(newest().counter > before);
    before = newest().counter;
  }
  const Bytes report = read_blob(*spine.server.parts->store, newest().blob).value();
  const ScopeReport scope = codec::decode<AgentReport>(report)->scopes.at(0);
  CHECK(scope.state == ScopeCondition::failed);
  CHECK(scope.drift.at(0).diff.at(0).node == "TS-2191");
  CHECK(agent.text(kFile) == "welcome to one\n");
  CHECK(agent.system->files().text(kJournal) == journal);
  const Digest request = test::ask_for_plans(spine.server, change, {agent.id()});
  CHECK(agent.step() == "");
  const HttpResponse answers = spine.server.call(
      "GET", "/v1/plan-requests/" + request.hex() + "/answers", spine.server.log_in("eve"));
  const auto files = codec::read_archive(answers.body).value();
  REQUIRE(files.size() == 1);
  CHECK(files.begin()->second.find("TS-2191") != std::string::npos);
}

TEST_CASE("a host with a damaged journal says once that it takes nothing back") {
  Spine spine;
  const LiveChange change = spine.apply_everywhere("one");
  for (int i = 0; i < 2; ++i) {
    spine.pass(601);
    spine.step_all();
  }
  TestAgent& agent = *spine.agents[0];
  damage_journal(agent);
  agent.restart(spine.server);
  spine.ask_back(change, 0);
  spine.step_all(2);
  const auto size = spine.server.parts->view.point().size;
  for (int i = 0; i < 3; ++i) {
    spine.pass(11);
    spine.step_all();
  }
  const auto facts = spine.server.parts->view.change(change.digest);
  REQUIRE(facts->outcome_of(agent.id())->refused_back);
  CHECK(facts->outcome_of(agent.id())->refused_back->outcome == "refused:J1");
  CHECK(spine.server.parts->view.point().size == size);
  CHECK(agent.text(kFile) == "welcome to one\n");
}

TEST_CASE("a host that never began says so once when it is asked to take a change back") {
  Spine spine;
  const LiveChange change = spine.plan(spine.server.organisation.make_change("one"));
  spine.approve(change);
  spine.release(change, "canary");
  spine.ask_back(change, 0);
  CHECK(spine.state_of(change) == "rolling");
  spine.step_all(2);
  CHECK(spine.outcome(change, 0) == "refused:W2");
  const auto size = spine.server.parts->view.point().size;
  for (int i = 0; i < 3; ++i) {
    spine.pass(11);
    spine.step_all();
  }
  CHECK(spine.server.parts->view.point().size == size);
}

TEST_CASE("a host whose journal is gone takes no change, says so, and its reports are taken") {
  Spine spine;
  spine.apply_everywhere("one");
  spine.pass(601);
  spine.step_all();
  TestAgent& agent = *spine.agents[0];
  SUBCASE("after it was damaged") {
    damage_journal(agent);
    agent.restart(spine.server);
    spine.step_all();
  }
  SUBCASE("from one day to the next") {}
  agent.system->files().erase(kJournal);
  agent.restart(spine.server);
  REQUIRE(agent.agent().book().damage());
  CHECK(agent.log.back().starts_with("ALERT TS-2191 the journal is gone"));
  const std::size_t lines = agent.log.size();
  spine.pass(601);
  spine.step_all();
  CHECK(agent.log.size() == lines);  // the server takes its report
  CHECK(spine.server.parts->contacts.of(agent.id())->looks_on == "TS-2191");
}

TEST_CASE("a host whose held documents are damaged looks on, says so, and takes no change") {
  Spine spine;
  spine.apply_everywhere("one");
  spine.pass(601);
  spine.step_all(2);
  const LiveChange change = spine.plan(spine.server.organisation.make_change("two"));
  spine.approve(change);
  TestAgent& agent = *spine.agents[0];
  const std::string held = "/var/lib/twoseal/agent/held/documents";
  const Bytes half = agent.system->files().text(held).substr(1'000);
  agent.system->files().put(held, half);
  for (int i = 0; i < 2; ++i) {
    agent.restart(spine.server);
    CHECK(agent.log.back().starts_with("ALERT TS-2191 the documents that were held"));
    spine.release(change, "canary");
    spine.pass(601);
    spine.step_all(2);
    CHECK(spine.outcome(change, 0) == "refused:J1");
    CHECK(agent.system->files().text(held) == half);  // for whoever looks into it
  }
  CHECK(agent.text(kFile) == "welcome to one\n");
}

TEST_CASE("an agent that starts again goes on counting its reports") {
  Spine spine;
  TestAgent& agent = *spine.agents[0];
  agent.restart(spine.server);
  CHECK(agent.step() == "");
  CHECK(agent.agent().waiting_mail() == 0);
  CHECK(spine.server.parts->registry->newest_report(agent.id())->counter == 2);
}

TEST_CASE("a report that the server does not take does not hold up what comes behind it") {
  Spine spine;
  TestAgent& agent = *spine.agents[0];
  for (int i = 0; i < 2; ++i) {
    spine.pass(601);
    spine.step_all();
  }
  agent.system->files().erase("/var/lib/twoseal/agent/journal");
  agent.system->files().put("/var/lib/twoseal/agent/held/reports", "1\n");  // an older copy of it
  agent.restart(spine.server);
  CHECK(agent.step() == "");
  CHECK(agent.agent().waiting_mail() == 0);
  CHECK(agent.log.back().starts_with("the server does not take "));
  CHECK(agent.log.back().find(" has sent report ") != std::string::npos);
}

TEST_CASE("a host that could not look after a state says so when it is asked for its plan") {
  Spine spine;
  const LiveChange first = spine.apply_everywhere("one");
  REQUIRE(spine.outcomes(first) == "ok ok ok");
  LiveChange other = spine.server.organisation.make_change("two", "another-scope");
  State state = codec::decode<State>(first.objects[1]).value();
  state.scope = *other.change.scope;
  other.objects[1] = codec::encode(state);
  const Digest request = test::ask_for_plans(spine.server, other, {spine.agents[0]->id()});
  spine.step_all();
  const HttpResponse answers = spine.server.call(
      "GET", "/v1/plan-requests/" + request.hex() + "/answers", spine.server.log_in("eve"));
  const auto files = codec::read_archive(answers.body).value();
  REQUIRE(files.size() == 1);
  CHECK(files.begin()->first.starts_with("refusals/"));
  CHECK(files.begin()->second.find("is owned by scope web-motd") != std::string::npos);
}
