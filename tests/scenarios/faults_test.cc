// What may go wrong while changes are on their way, with a real server and the real agents of hosts
// in memory: each answer has its code, nothing that was acknowledged is lost, and each host ends
// wholly new or wholly old and says which. The list of all faults is docs/faults.md.
#include <filesystem>
#include <limits>
#include <thread>

#include <doctest/doctest.h>

#include "resources/operate.h"
#include "resources/plan_state.h"
#include "storage/sqlite/sqlite_store.h"
#include "system/linux/linux_system.h"
#include "tests/support/rollout.h"
#include "tests/support/temporary_directory.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace
using test::Rollout;
using test::TestAgent;

namespace {

constexpr const char* kFile = "/srv/web/web-motd";

std::string code_of(const HttpResponse& response) {
  const ErrorInfo* info = find_error(test::json_field(response.body, "type"));
  return info != nullptr ? std::string(info->name) : std::to_string(response.status);
}

// A refusal that a person can act upon: code, cause and next step.
void check_refused(const HttpResponse& response, const std::string& code) {
  CAPTURE(response.body);
  CHECK(code_of(response) == code);
  for (const char* part : {"title", "detail", "next"}) {
    CHECK(!test::json_field(response.body, part).empty());
  }
}

// The disk of a server, which outlives its process.
class ServerDisk {
 public:
  ServerStore open_fresh() const {
    return open_sqlite_server_store(path(), OpenMode::fresh).value();
  }

  // As if the process had been killed: what it has not written is gone, and so is all that it would
  // have tidied up at its end.
  void kill(test::TestServer& server) {
    const std::string old = path();
    ++lives_;
    for (const char* suffix : {"", "-wal"}) {
      std::filesystem::copy_file(old + suffix, path() + suffix);
    }
    server.stop();
  }

  void start(test::TestServer& server) const {
    server.start(open_sqlite_server_store(path(), OpenMode::existing).value());
  }

 private:
  std::string path() const { return directory_.file("store-" + std::to_string(lives_) + ".db"); }

  TemporaryDirectory directory_;
  int lives_ = 0;
};

std::size_t results_in_log(const test::TestServer& server) {
  const Store& store = *server.parts->store;
  const auto entries = store.entries(0, store.head()->size).value();
  return static_cast<std::size_t>(
      std::count_if(entries.begin(), entries.end(), [](const StoredEntry& one) {
        return codec::decode<LedgerEntry>(one.bytes).value().by.text().starts_with("h:");
      }));
}

constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();

// Not one octet more goes onto this disk.
void fill(MemoryFiles& files) {
  files.set_capacity(kUnlimited);
  files.set_capacity(kUnlimited - files.free_space("/").value());
}

// The word of the only host about the plan that it was asked for.
PlanRefusal refusal_to(Rollout& rollout, const Digest& request) {
  const HttpResponse answers = rollout.server.call(
      "GET", "/v1/plan-requests/" + request.hex() + "/answers", rollout.server.log_in("eve"));
  const auto files = codec::read_archive(answers.body).value();
  REQUIRE(files.size() == 1);
  REQUIRE(files.begin()->first.starts_with("refusals/"));
  return codec::decode<PlanRefusal>(files.begin()->second).value();
}

}  // namespace

// --- the server ---------------------------------------------------------------------------------

TEST_CASE("a server that is killed behind every step of a rollout has all that it acknowledged") {
  ServerDisk disk;
  Rollout rollout(2, disk.open_fresh());
  const auto kill = [&] {
    disk.kill(rollout.server);
    disk.start(rollout.server);
  };
  const LiveChange draft = rollout.server.organisation.make_change("one");
  const Digest request = test::ask_for_plans(rollout.server, draft, rollout.hosts());
  kill();
  rollout.step_all();
  CHECK(rollout.server.parts->plans.answers_to(request) == 2);
  kill();
  const LiveChange change = test::with_plans(rollout.server, draft, request);
  rollout.author(change);
  kill();
  REQUIRE(rollout.vote("amara", change).status == 200);
  kill();
  REQUIRE(rollout.vote("bo", change).status == 200);
  kill();
  CHECK(rollout.state_of(change) == "approved");
  rollout.release(change);
  kill();
  CHECK(rollout.agents[0]->step() == "");
  kill();
  CHECK(rollout.outcomes(change) == "ok none");
  rollout.pass(301);
  kill();
  CHECK(rollout.agents[1]->step() == "");
  kill();
  CHECK(rollout.outcomes(change) == "ok ok");
  CHECK(rollout.state_of(change) == "done");
  CHECK(rollout.agents[1]->text(kFile) == "welcome to one\n");
  CHECK(results_in_log(rollout.server) == 2);
}

TEST_CASE("a hundred hosts end wholly new though the server is away for a minute in their midst") {
  constexpr std::size_t kHosts = 100;
  constexpr std::size_t kHeard = 40;    // said how it ended before the server went
  constexpr std::size_t kUnheard = 60;  // up to here: applied, and could not say so any more
  ServerDisk disk;
  Rollout rollout(kHosts, disk.open_fresh());
  const LiveChange change = rollout.released(rollout.server.organisation.make_change("one"));
  CHECK(rollout.agents[0]->step() == "");
  rollout.pass(301);
  for (std::size_t host = 1; host < kUnheard; ++host) {
    TestAgent& agent = *rollout.agents[host];
    if (host >= kHeard) {
      agent.before_request = [&](const HttpRequest& request) {
        agent.is_cut_off = agent.is_cut_off || request.path == "/v1/results";
      };
    }
    CHECK(agent.step().substr(0, 7) == (host < kHeard ? "" : "TS-5001"));
  }
  disk.kill(rollout.server);
  for (int i = 0; i < 12; ++i) {
    rollout.server.clock.advance(5);
    for (std::size_t host = 0; host < kHosts; ++host) {
      TestAgent& agent = *rollout.agents[host];
      CHECK(agent.step().substr(0, 7) == "TS-5001");
      CHECK(agent.text(kFile) == (host < kUnheard ? "welcome to one\n" : "none"));
    }
  }
  disk.start(rollout.server);
  for (const auto& agent : rollout.agents) {
    agent->before_request = nullptr;
    agent->is_cut_off = false;
  }
  CHECK(results_in_log(rollout.server) == kHeard);
  rollout.step_all(2);
  for (std::size_t host = 0; host < kHosts; ++host) {
    CHECK(rollout.outcome(change, host) == "ok");
    CHECK(rollout.agents[host]->text(kFile) == "welcome to one\n");
    CHECK(rollout.agents[host]->agent().waiting_mail() == 0);
  }
  CHECK(results_in_log(rollout.server) == kHosts);
  CHECK(rollout.state_of(change) == "done");
}

TEST_CASE("approvals that race each other stand once each, and count one for each person") {
  Rollout rollout;
  const LiveChange change = rollout.plan("one");
  rollout.author(change);
  std::vector<LiveSigned> votes;
  for (const char* who : {"amara", "bo", "amara", "bo", "amara", "bo"}) {
    // The first four are two statements, sent twice each; then each says the same a second later.
    const UnixSeconds at = rollout.server.clock.now() - (votes.size() < 4 ? 1 : 0);
    votes.push_back(
        rollout.server.organisation.sign(who, Act::approve, ObjType::change, change.digest, at));
  }
  std::vector<Result<Submitted>> said(votes.size(), fail(Errc::internal, "not yet"));
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < votes.size(); ++i) {
      threads.emplace_back(
          [&, i] { said[i] = rollout.server.parts->desk.submit(votes[i].record, {}); });
    }
  }
  std::set<std::uint64_t> places;
  for (const auto& one : said) {
    REQUIRE(one);
    places.insert(one->index);
  }
  CHECK(places.size() == 4);
  CHECK(said[0]->repeated != said[2]->repeated);
  rollout.server.settle();
  CHECK(rollout.state_of(change) == "approved");
  rollout.release(change);
  rollout.step_all();
  CHECK(rollout.outcomes(change) == "ok none none");
}

TEST_CASE("of two releases that race each other a phase begins once") {
  Rollout rollout;
  const LiveChange change = rollout.plan("one");
  rollout.approve(change);
  const std::vector<LiveSigned> releases = {rollout.release_of(change, "canary", "eve"),
                                            rollout.release_of(change, "canary", "finn")};
  std::vector<Result<Submitted>> said(2, fail(Errc::internal, "not yet"));
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < 2; ++i) {
      threads.emplace_back([&, i] {
        said[i] = rollout.server.parts->desk.submit(releases[i].record, releases[i].objects);
      });
    }
  }
  CHECK(said[0].has_value());
  CHECK(said[1].has_value());
  rollout.server.settle();
  rollout.step_all(2);
  CHECK(rollout.outcomes(change) == "ok none none");
  CHECK(results_in_log(rollout.server) == 1);
}

// --- people -------------------------------------------------------------------------------------

TEST_CASE("who wrote a change does not approve it, and is told who may") {
  Rollout rollout;
  const LiveChange change = rollout.plan("one");
  rollout.author(change);
  check_refused(rollout.vote("leo", change), "refuse_s3");
  CHECK(rollout.state_of(change) == "in-review");
}

TEST_CASE("an approval of an older version does not count, and names the newer one") {
  Rollout rollout;
  const LiveChange first = rollout.plan("one");
  rollout.author(first);
  REQUIRE(rollout.vote("amara", first).status == 200);
  LiveChange second = first;
  second.change.why = "visitors asked for it twice";
  second = rollout.server.organisation.finish(second);
  rollout.author(second);
  const HttpResponse late = rollout.vote("bo", first);
  check_refused(late, "superseded");
  CHECK(late.body.find(second.digest.hex()) != std::string::npos);
  REQUIRE(rollout.vote("bo", second).status == 200);
  CHECK(rollout.state_of(second) == "in-review");  // Amara approved other bytes
  REQUIRE(rollout.vote("amara", second).status == 200);
  CHECK(rollout.state_of(second) == "approved");
}

TEST_CASE("what a person dates an hour ahead is refused by the clock, an hour behind is taken") {
  Rollout rollout;
  const LiveChange change = rollout.plan("one");
  rollout.author(change);
  const auto vote_at = [&](UnixSeconds ahead) {
    return rollout.server.submit(
        rollout.server.organisation.sign("amara",
                                         Act::approve,
                                         ObjType::change,
                                         change.digest,
                                         rollout.server.clock.now() + ahead),
        "amara");
  };
  check_refused(vote_at(3'600), "clock_differs");
  CHECK(vote_at(-3'600).status == 200);
}

// --- hosts --------------------------------------------------------------------------------------

TEST_CASE("a host whose clock is an hour ahead says so, and what it did waits until it is set") {
  Rollout rollout(1);
  TestAgent& agent = *rollout.agents[0];
  const LiveChange draft = rollout.server.organisation.make_change("one");
  agent.clock.ahead = 3'600;
  const Digest request = test::ask_for_plans(rollout.server, draft, rollout.hosts());
  CHECK(agent.step().substr(0, 7) == "TS-5111");
  CHECK(refusal_to(rollout, request).code == "TS-5111");
  agent.clock.ahead = 0;
  const LiveChange change = rollout.released(rollout.server.organisation.make_change("two"));
  agent.clock.ahead = 3'600;
  CHECK(agent.step().substr(0, 7) == "TS-5111");
  CHECK(agent.text(kFile) == "welcome to two\n");
  CHECK(agent.agent().waiting_mail() > 0);
  CHECK(rollout.outcomes(change) == "none");
  agent.clock.ahead = 0;
  rollout.step_all(2);
  CHECK(rollout.outcomes(change) == "ok");
  CHECK(agent.agent().waiting_mail() == 0);
}

TEST_CASE("a host whose clock is an hour behind plans nothing, and carries out what is approved") {
  Rollout rollout(1);
  TestAgent& agent = *rollout.agents[0];
  const LiveChange change = rollout.plan("one");
  rollout.approve(change);
  rollout.release(change);
  rollout.pass(2 * 3'600);  // its window opened an hour ago by any clock
  agent.clock.ahead = -3'600;
  const Digest request = test::ask_for_plans(
      rollout.server, rollout.server.organisation.make_change("two"), rollout.hosts());
  rollout.step_all(2);
  CHECK(refusal_to(rollout, request).code == "TS-5111");
  CHECK(rollout.outcomes(change) == "ok");
}

TEST_CASE("a host by whose clock the window is not open yet notes why it waits, once") {
  Rollout rollout(1);
  const LiveChange change = rollout.released(rollout.server.organisation.make_change("one"));
  rollout.agents[0]->clock.ahead = -3'600;
  rollout.step_all(3);
  CHECK(rollout.outcomes(change) == "none");
  const Bytes lines = rollout.lines_of(change);
  const std::size_t first = lines.find("waiting: TS-2171 ");
  CHECK(first != Bytes::npos);
  CHECK(lines.find("waiting: ", first + 1) == Bytes::npos);
  rollout.agents[0]->clock.ahead = 0;
  rollout.step_all(2);
  CHECK(rollout.outcomes(change) == "ok");
}

TEST_CASE("what a host cannot plan it refuses with the code, to the person who asked") {
  struct Case {
    const char* items;
    std::function<void(MemorySystem&)> edit;
    const char* code;
    const char* says;
  };

  const auto nothing = [](MemorySystem&) {};
  const Case cases[] = {
      {"- {file: /srv/web/x, content: y}\n",
       [](MemorySystem& host) { host.files().put_other("/srv/web/x"); },
       "TS-4102",
       "a device, socket or pipe stands there"},
      {"- {file: /srv/web/x, template: \"{{ fact.nonsense }}\"}\n", nothing, "TS-4103", "nonsense"},
      {"- {package: no-such-package}\n", nothing, "TS-4007", "package:no-such-package"},
      {"- {package: openssl, version: \"99\"}\n", nothing, "TS-4007", "version 99 is not offered"},
      {"- {file: /srv/none/x, content: y}\n", nothing, "TS-1101", "/srv/none does not exist"},
      {"- {file: /srv/web/x, content: y, owner: nobody-here}\n", nothing, "TS-4104", "nobody-here"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.items);
    Rollout rollout(1);
    one.edit(*rollout.agents[0]->system);
    const Digest request =
        test::ask_for_plans(rollout.server, rollout.draft("one", one.items), rollout.hosts());
    rollout.step_all();
    const PlanRefusal refusal = refusal_to(rollout, request);
    CHECK(refusal.code == one.code);
    CHECK(refusal.what.find(one.says) != std::string::npos);
    CHECK(!find_error(refusal.code)->next.empty());
  }
}

TEST_CASE("what the kernel shows as files is not written as files") {
  LinuxSystem system("/");
  const Bytes before = system.files().read("/proc/version", 4'096).value().bytes;
  const auto compiled = authoring::compile_state(
      {"scope: kernel\nset: [{file: /proc/version, content: mine}]\n", "test.yaml"},
      sha256("org"),
      [](std::string_view) { return Result<Bytes>(fail(Errc::no_input, "no such source")); });
  const auto plan = plan_state(compiled->state, system, {});
  REQUIRE(plan);
  Operator worker(system, "/var/lib/twoseal/packages");
  const auto done = worker.perform(plan->steps.at(0).operations);
  REQUIRE(!done);
  CHECK(error_code_text(done.error().code) == "TS-1109");
  CHECK(system.files().read("/proc/version", 4'096).value().bytes == before);
}

TEST_CASE("a host whose disk is full begins nothing, says so, and goes on when there is room") {
  Rollout rollout(1);
  TestAgent& agent = *rollout.agents[0];
  const LiveChange change = rollout.released(rollout.server.organisation.make_change("one"));
  // The disk fills up while the host fetches what it is to do.
  agent.before_request = [&](const HttpRequest& request) {
    if (request.path.starts_with("/v1/work/changes/")) {
      fill(agent.system->files());
    }
  };
  rollout.step_all(2);
  CHECK(agent.text(kFile) == "none");
  CHECK(rollout.outcomes(change) == "refused:B3");
  CHECK(results_in_log(rollout.server) == 1);
  CHECK(rollout.lines_of(change).find("TS-1104") != std::string::npos);
  agent.before_request = nullptr;
  agent.system->files().set_capacity(kUnlimited);
  const LiveChange next = rollout.apply_everywhere("two");
  CHECK(rollout.outcomes(next) == "ok");
  CHECK(agent.text(kFile) == "welcome to two\n");
}

TEST_CASE("on a disk that is full before a host hears of a change it still says how that ends") {
  Rollout rollout(1);
  TestAgent& agent = *rollout.agents[0];
  const LiveChange change = rollout.released(rollout.server.organisation.make_change("one"));
  fill(agent.system->files());
  rollout.step_all(2);
  const bool is_new = agent.text(kFile) == "welcome to one\n";
  CHECK(rollout.outcomes(change) == (is_new ? "ok" : "refused:B3"));
  CHECK(agent.agent().waiting_mail() == 0);
}

TEST_CASE("on a read-only file system a change is taken back, and the host names the place") {
  Rollout rollout(1);
  const LiveChange change = rollout.released(rollout.server.organisation.make_change("one"));
  rollout.agents[0]->system->files().set_read_only("/srv", true);
  rollout.step_all(2);
  CHECK(rollout.outcomes(change) == "rolled-back");
  CHECK(rollout.agents[0]->text(kFile) == "none");
  CHECK(rollout.lines_of(change).find("rolled-back: TS-1108 is on a read-only file system") !=
        std::string::npos);
  CHECK(rollout.state_of(change) == "rolled-back");
}

TEST_CASE("a service that hangs on its stop ends a change as interrupted, and stays so") {
  Rollout rollout(1);
  const LiveChange change =
      rollout.released(rollout.draft("one", "- {service: cron, running: false}\n"));
  rollout.agents[0]->system->services().behave("cron.service", {.stop_hangs = true});
  rollout.step_all(4);
  CHECK(rollout.outcomes(change) == "interrupted");
  const Bytes lines = rollout.lines_of(change);
  CHECK(lines.find("unit:cron.service is neither as before nor as after") != std::string::npos);
  CHECK(lines.find("could not be taken back wholly: TS-4002 unit:cron.service is neither") !=
        std::string::npos);
  CHECK(results_in_log(rollout.server) == 1);
  CHECK(rollout.state_of(change) == "failed");
}

TEST_CASE("while somebody else holds the packages a change is taken back") {
  Rollout rollout(1);
  TestAgent& agent = *rollout.agents[0];
  LiveChange draft = rollout.draft("one", "- {package: nginx, version: 1.22.1-9+deb12u1}\n");
  draft.change.risks = {Name::parse("maintainer-scripts").value()};
  draft.change.effects = {Name::parse("package").value()};
  const LiveChange change = rollout.released(draft);
  const Bytes before = agent.system->files().text("/var/lib/dpkg/status");
  agent.system->packages().hold_lock(true);
  rollout.step_all(3);
  CHECK(rollout.outcomes(change) == "rolled-back");
  CHECK(rollout.lines_of(change).find("TS-4008") != std::string::npos);
  CHECK(agent.system->files().text("/var/lib/dpkg/status") == before);
}
