// Through the runner, as runs are taken back on a host.
#include "agent/run_undo.h"

#include <doctest/doctest.h>

#include "agent/kept_state.h"
#include "tests/support/memory_crash.h"
#include "tests/support/test_runner.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace
using test::crashes;
using test::kMixed;
using test::Runner;
using test::tcp_check;

namespace {

// Applies a change of its own scope, which sets one key of sshd.
RunOrder set_key(Runner& agent, const std::string& key, const std::string& value) {
  RunOrder order = agent.order("- {setting: /etc/ssh/sshd_config, key: " + key + ", value: \"" +
                               value + "\"}\n");
  order.change.scope = ScopeId::parse(key == "MaxAuthTries" ? "tries" : "grace").value();
  order.digest = sha256(codec::encode(order.change));
  CHECK(agent.begin(order) == "going on");  // until somebody reaches the host
  CHECK(Runner::told(agent.runner->advance(true)) == "ok");
  return order;
}

std::string taken_back(Runner& agent, const RunOrder& order, std::int64_t at) {
  return Runner::told(agent.runner->take_back(order.digest, "p:mia asked", at));
}

// A change whose way back is a state of its own.
RunOrder with_way_back(Runner& agent, const std::string& items, const std::string& back) {
  RunOrder order = agent.order(items);
  order.change.rollback.kind = RollbackKind::state;
  order.change.rollback.state = sha256("way back");
  order.digest = sha256(codec::encode(order.change));
  order.way_back = pack_state(agent.host.state(back), agent.host.inputs, *agent.host.host).value();
  return order;
}

}  // namespace

TEST_CASE("an applied change is taken back when somebody asks, once, and not behind another") {
  Runner agent;
  const std::string before = agent.picture();
  const RunOrder first = agent.order(kMixed);
  agent.begin(first);
  CHECK(Runner::told(agent.runner->advance(true)) == "ok");
  CHECK(Runner::told(agent.runner->take_back(first.digest, "p:mia asked", 17)) == "rolled-back");
  CHECK(agent.picture() == before);
  CHECK(agent.book->memory().used.front().rolled_back == 17);
  CHECK(agent.book->memory().applied.back().rolled_back);
  CHECK(Runner::told(agent.runner->take_back(first.digest, "again", 18)) == "going on");

  const RunOrder second = agent.order(kMixed);
  agent.begin(second);
  agent.runner->advance(true).value();
  const RunOrder third = agent.order("- {file: /opt/app/b, content: x}\n");
  CHECK(agent.begin(third) == "ok");
  CHECK(Runner::told(agent.runner->take_back(second.digest, "late", 20)) == "refused:W3");
}

TEST_CASE("of two changes in one file each can be taken back alone, in any order") {
  Runner agent;
  const std::string path = "/etc/ssh/sshd_config";
  const std::string before = agent.host.text(path);
  const RunOrder tries = set_key(agent, "MaxAuthTries", "3");
  const std::string with_tries = agent.host.text(path);
  const RunOrder grace = set_key(agent, "LoginGraceTime", "30");
  SUBCASE("the first one first") {
    CHECK(taken_back(agent, tries, 17) == "rolled-back");
    CHECK(agent.host.text(path).find("LoginGraceTime 30") != std::string::npos);
    CHECK(agent.host.text(path).find("MaxAuthTries 3") == std::string::npos);
    CHECK(taken_back(agent, grace, 18) == "rolled-back");
  }
  SUBCASE("the last one first") {
    CHECK(taken_back(agent, grace, 17) == "rolled-back");
    CHECK(agent.host.text(path) == with_tries);
    CHECK(taken_back(agent, tries, 18) == "rolled-back");
  }
  SUBCASE("also by another process") {
    agent.start();
    CHECK(taken_back(agent, tries, 17) == "rolled-back");
    agent.start();
    CHECK(taken_back(agent, grace, 18) == "rolled-back");
  }
  CHECK(agent.host.text(path) == before);
}

TEST_CASE("a kill while a change is taken out of a shared file is carried on from there") {
  const std::string path = "/etc/ssh/sshd_config";
  int carried_on = 0;
  for (std::uint64_t step = 1; step < 40; ++step) {
    CAPTURE(step);
    Runner agent;
    const RunOrder tries = set_key(agent, "MaxAuthTries", "3");
    const RunOrder grace = set_key(agent, "LoginGraceTime", "30");
    agent.host.host->crash_after(step);
    crashes([&] { taken_back(agent, tries, 17); });
    agent.host.host->crash_after(0);
    agent.start();
    const auto recovered = agent.runner->recover();
    REQUIRE(recovered);
    carried_on += *recovered ? 1 : 0;
    CHECK_MESSAGE((!*recovered || (*recovered)->outcome == "rolled-back"),
                  (*recovered ? (*recovered)->outcome + " " + (*recovered)->detail : ""));
    taken_back(agent, tries, 18);
    CHECK(agent.host.text(path).find("MaxAuthTries 3") == std::string::npos);
    CHECK(agent.host.text(path).find("LoginGraceTime 30") != std::string::npos);
    CHECK(taken_back(agent, grace, 19) == "rolled-back");
  }
  CHECK(carried_on > 0);
}

TEST_CASE("on a full disk a change is taken out of a shared file with the room that was kept") {
  const std::string path = "/etc/ssh/sshd_config";
  for (std::uint64_t room = 0; room < 1'500; room += 50) {
    CAPTURE(room);
    Runner agent;
    const RunOrder tries = set_key(agent, "MaxAuthTries", "3");
    set_key(agent, "LoginGraceTime", "30");
    MemoryFiles& files = agent.host.host->files();
    files.set_capacity(UINT64_MAX / 2);
    files.set_capacity(UINT64_MAX / 2 - files.free_space("/").value() + room);
    CHECK(taken_back(agent, tries, 17) == "rolled-back");
    CHECK(agent.host.text(path).find("MaxAuthTries 3") == std::string::npos);
    CHECK(agent.host.text(path).find("LoginGraceTime 30") != std::string::npos);
  }
}

TEST_CASE("what was noted of an undo and is damaged stops it, and the file stays") {
  Runner agent;
  const std::string path = "/etc/ssh/sshd_config";
  const RunOrder tries = set_key(agent, "MaxAuthTries", "3");
  set_key(agent, "LoginGraceTime", "30");
  const std::string text = agent.host.text(path);
  for (const char* noted : {"0\n", "x a b\n", "0 a b c\n", "\n"}) {
    CAPTURE(noted);
    Runner other;
    const RunOrder one = set_key(other, "MaxAuthTries", "3");
    set_key(other, "LoginGraceTime", "30");
    REQUIRE(other.home->write(PartialUndo::file_of(one.digest), noted));
    CHECK(taken_back(other, one, 17) == "interrupted");
    CHECK(other.host.text(path) == text);
  }
  REQUIRE(agent.home->write(PartialUndo::file_of(tries.digest), "0 a b\n"));
  CHECK(taken_back(agent, tries, 17) == "interrupted");
  CHECK(agent.host.text(path) == text);
}

TEST_CASE(
    "a change whose own lines somebody changed since is not taken back, and nothing is lost") {
  Runner agent;
  const std::string path = "/etc/ssh/sshd_config";
  const RunOrder tries = set_key(agent, "MaxAuthTries", "3");
  std::string text = agent.host.text(path);
  text.replace(text.find("MaxAuthTries 3"), 14, "MaxAuthTries 9");
  agent.host.host->files().put(path, text);
  CHECK(taken_back(agent, tries, 17) == "interrupted");
  CHECK(agent.host.text(path) == text);
}

TEST_CASE("a file that a change manages whole is taken back whole or not at all") {
  Runner agent;
  const RunOrder order = agent.order("- {file: /etc/motd, content: \"a\\nb\\n\"}\n");
  CHECK(agent.begin(order) == "ok");
  agent.host.host->files().put("/etc/motd", "a\nb\nc\n");
  CHECK(taken_back(agent, order, 17) == "interrupted");
  CHECK(agent.host.text("/etc/motd") == "a\nb\nc\n");
}

TEST_CASE("what somebody put in the way of taking back is told, and the rest is taken back") {
  Runner agent;
  const std::string hosts = agent.host.text("/etc/hosts");
  const HealthCheck check{.kind = HealthKind::tcp, .port = 9, .within = 20};
  const RunOrder order = agent.order(
      "- {directory: /opt/app}\n- {file: /etc/hosts, content: new}\n"
      "- {file: /opt/app/a, content: new}\n- {file: /etc/motd, content: new}\n",
      {check});
  bool restarted = false;
  CHECK(agent.begin(order) == "going on");
  auto& files = agent.host.host->files();
  SUBCASE("a link where a directory was") {
    files.erase("/opt/app/a");
    files.erase("/opt/app");
    files.put_symlink("/opt/app", "/srv", 1'000);
  }
  SUBCASE("more than a managed file may hold") {
    files.put("/opt/app/a", Bytes(kManagedFileMax + 1, 'x'));
  }
  SUBCASE("also after a start") {
    files.put("/opt/app/a", Bytes(kManagedFileMax + 1, 'x'));
    agent.start();
    restarted = true;
  }
  agent.host.clock.advance(21);
  const auto ended = restarted ? agent.runner->recover() : agent.runner->advance(false);
  REQUIRE_MESSAGE(ended.has_value(), (ended ? "" : ended.error().what));
  REQUIRE(ended->has_value());
  CHECK((*ended)->outcome == "interrupted");
  CHECK((*ended)->detail.find("/opt/app") != std::string::npos);
  CHECK(agent.host.text("/etc/hosts") == hosts);
  CHECK_FALSE(agent.runner->busy());
}

TEST_CASE(
    "what was put in the way of taking back and is mended is taken back when somebody asks anew") {
  Runner agent;
  const std::string before = agent.host.text("/etc/hosts");
  const RunOrder order = agent.order("- {file: /etc/hosts, content: new}\n");
  CHECK(agent.begin(order) == "ok");
  auto& files = agent.host.host->files();
  files.put("/etc/hosts", "mine");
  CHECK(Runner::told(agent.runner->take_back(order.digest, "p:dana asked", 7)) == "interrupted");
  CHECK(Runner::told(agent.runner->take_back(order.digest, "p:dana asked", 7)) == "going on");
  files.put("/etc/hosts", "new");
  CHECK(Runner::told(agent.runner->take_back(order.digest, "p:dana asked", 7)) == "going on");
  agent.start();
  CHECK(Runner::told(agent.runner->take_back(order.digest, "p:bo asked", 9)) == "rolled-back");
  CHECK(agent.host.text("/etc/hosts") == before);
}

TEST_CASE("a first run whose way back was in the way is taken back when that is mended") {
  Runner agent;
  const std::string before = agent.host.text("/etc/hosts");
  const HealthCheck check{.kind = HealthKind::tcp, .port = 9, .within = 20};
  const RunOrder order = agent.order("- {file: /etc/hosts, content: new}\n", {check});
  CHECK(agent.begin(order) == "going on");
  auto& files = agent.host.host->files();
  files.put("/etc/hosts", "mine");
  agent.host.clock.advance(21);
  CHECK(Runner::told(agent.runner->advance(false)) == "interrupted");
  REQUIRE(agent.runner->close_old());
  files.put("/etc/hosts", "new");
  CHECK(Runner::told(agent.runner->take_back(order.digest, "p:dana asked", 7)) == "rolled-back");
  CHECK(agent.host.text("/etc/hosts") == before);
}

TEST_CASE("a change that failed and stands is taken back when somebody asks") {
  Runner agent;
  const std::string before = agent.picture();
  RunOrder order = agent.order(kMixed, {tcp_check(1)});
  order.change.rollback.auto_on = {Name::parse("verify").value()};
  order.digest = sha256(codec::encode(order.change));
  agent.prober.on_tcp = [](auto&&...) { return Result<void>(fail(Errc::unreachable, "no")); };
  agent.begin(order);
  agent.host.clock.advance(2);
  CHECK(Runner::told(agent.runner->advance(true)) == "failed");
  CHECK(agent.picture() != before);
  REQUIRE(agent.runner->close_old());
  CHECK(Runner::told(agent.runner->take_back(order.digest, "p:mia asked", 17)) == "rolled-back");
  CHECK(agent.picture() == before);
  CHECK(agent.book->memory().used.front().rolled_back == 17);
  CHECK(agent.book->memory().applied.empty());
}

TEST_CASE("taking back leaves the reserve of the disk alone while there is room") {
  Runner agent;
  const RunOrder order = agent.order(kMixed);
  agent.begin(order);
  agent.runner->advance(true).value();
  CHECK(Runner::told(agent.runner->take_back(order.digest, "asked", 5)) == "rolled-back");
  CHECK(agent.host.exists(agent.home->path("reserve")));
}

TEST_CASE("on a full disk a change is taken back to the byte, with the room that was kept for it") {
  Runner agent;
  const std::string before = agent.picture();
  const RunOrder order = agent.order(kMixed);
  agent.begin(order);
  agent.runner->advance(true).value();
  MemoryFiles& files = agent.host.host->files();
  files.set_capacity(UINT64_MAX / 2);
  const std::uint64_t used = UINT64_MAX / 2 - files.free_space("/").value();
  for (std::uint64_t room = 0; room < 1'500; room += 150) {
    CAPTURE(room);
    Runner other;
    const RunOrder one = other.order(kMixed);
    other.begin(one);
    other.runner->advance(true).value();
    other.host.host->files().set_capacity(used + room);
    CHECK(Runner::told(other.runner->take_back(one.digest, "asked", 5)) == "rolled-back");
    CHECK(other.picture() == before);
    CHECK_FALSE(other.host.exists(other.home->path("reserve")));
    REQUIRE(other.home->keep_reserve());
    CHECK_FALSE(other.host.exists(other.home->path("reserve")));
    other.host.host->files().set_capacity(used + 2 * kReserveSize);
    REQUIRE(other.home->keep_reserve());
    CHECK(other.host.exists(other.home->path("reserve")));
  }
}

TEST_CASE("a change whose way back is a state is taken back by that state") {
  Runner agent;
  const RunOrder order = with_way_back(agent,
                                       "- {file: /etc/motd, content: \"new\\n\"}\n",
                                       "- {file: /etc/motd, content: \"out of order\\n\"}\n"
                                       "- {service: cron, running: false}\n");
  SUBCASE("when somebody asks") {
    CHECK(agent.begin(order) == "ok");
    CHECK(Runner::told(agent.runner->take_back(order.digest, "p:dana asked", 7)) == "rolled-back");
  }
  SUBCASE("when it is not healthy") {
    RunOrder ill = order;
    ill.change.health = {tcp_check(5)};
    ill.digest = sha256(codec::encode(ill.change));
    agent.prober.on_tcp = [](auto&&...) { return Result<void>(fail(Errc::unreachable, "no")); };
    CHECK(agent.begin(ill) == "going on");
    agent.host.clock.advance(6);
    CHECK(Runner::told(agent.runner->advance(true)) == "rolled-back");
  }
  CHECK(agent.host.text("/etc/motd") == "out of order\n");
  CHECK(agent.host.host->services()
            .states(std::vector<std::string>{"cron.service"})
            ->front()
            .activity == UnitActivity::inactive);
}

TEST_CASE("a command without undo is no hindrance where the way back is a state") {
  Runner agent;
  agent.host.host->processes().answer({"/usr/bin/rebuild"}, 0);
  const RunOrder order = with_way_back(agent,
                                       "- {command: rebuild, run: [/usr/bin/rebuild]}\n",
                                       "- {file: /etc/motd, content: \"back\\n\"}\n");
  CHECK(agent.begin(order) == "ok");
  CHECK(Runner::told(agent.runner->take_back(order.digest, "p:dana asked", 7)) == "rolled-back");
  CHECK(agent.host.text("/etc/motd") == "back\n");
}

TEST_CASE("a kill in the midst of such a way back is carried on from there") {
  const auto prepare = [](Runner& agent) {
    const RunOrder order = with_way_back(agent,
                                         "- {file: /etc/motd, content: \"new\\n\"}\n",
                                         "- {file: /etc/motd, content: \"back\\n\"}\n"
                                         "- {file: /etc/issue, content: \"back\\n\"}\n");
    CHECK(agent.begin(order) == "ok");
    return order.digest;
  };
  Runner sample;
  const Digest whole = prepare(sample);
  const auto before = sample.host.host->mutations();
  sample.runner->take_back(whole, "asked", 7).value();
  const auto steps = sample.host.host->mutations() - before;
  for (std::uint64_t step = 1; step <= steps; ++step) {
    CAPTURE(step);
    Runner agent;
    const Digest change = prepare(agent);
    agent.host.host->crash_after(step);
    crashes([&] { agent.runner->take_back(change, "asked", 7).value(); });
    agent.host.host->crash_after(0);
    agent.start();
    const auto ended = agent.runner->recover();
    REQUIRE(ended.has_value());
    if (!*ended && !agent.book->memory().applied.back().rolled_back) {
      CHECK(Runner::told(agent.runner->take_back(change, "asked", 7)) == "rolled-back");
    }
    CHECK(agent.host.text("/etc/motd") == "back\n");
    CHECK(agent.host.text("/etc/issue") == "back\n");
    CHECK(agent.book->memory().used.front().rolled_back == 7);
  }
}

TEST_CASE("a way back that is damaged is told, and the host is left as it is") {
  Runner agent;
  const RunOrder order = with_way_back(
      agent, "- {file: /etc/motd, content: \"new\\n\"}\n", "- {file: /etc/motd, absent: true}\n");
  CHECK(agent.begin(order) == "ok");
  REQUIRE(agent.home->write("changes/" + order.digest.hex() + ".back", "damaged").has_value());
  CHECK(Runner::told(agent.runner->take_back(order.digest, "p:dana asked", 7)) == "interrupted");
  CHECK(agent.host.text("/etc/motd") == "new\n");
}

TEST_CASE("a kill in the midst of taking back is carried on from there") {
  Runner sample;
  const std::string old_picture = sample.picture();
  const RunOrder order = sample.order(kMixed);
  sample.begin(order);
  sample.runner->advance(true).value();
  const auto before = sample.host.host->mutations();
  sample.runner->take_back(order.digest, "asked", 5).value();
  const auto steps = sample.host.host->mutations() - before;
  for (std::uint64_t step = 1; step <= steps; ++step) {
    Runner agent;
    const RunOrder one = agent.order(kMixed);
    agent.begin(one);
    agent.runner->advance(true).value();
    agent.host.host->crash_after(step);
    crashes([&] { agent.runner->take_back(one.digest, "asked", 5).value(); });
    agent.host.host->crash_after(0);
    agent.start();
    const auto ended = agent.runner->recover();
    REQUIRE(ended);
    if (!*ended && !agent.book->memory().applied.back().rolled_back) {
      // It had not begun yet: asked again, it is done.
      CHECK(Runner::told(agent.runner->take_back(one.digest, "asked", 5)) == "rolled-back");
    }
    CHECK_MESSAGE(agent.picture() == old_picture, step);
    CHECK_MESSAGE(agent.book->memory().used.front().rolled_back == 5, step);
  }
}

TEST_CASE("what took a change back can be read at the next start, whatever was said about it") {
  Runner agent;
  const std::string before = agent.picture();
  agent.host.host->fail_next(MemoryVerb::act, "cron.service", Errc::unit_failed);
  CHECK(agent.begin(agent.order(kMixed)) == "rolled-back");
  agent.start();
  const RunOrder order = agent.order(kMixed);
  agent.begin(order);
  agent.runner->advance(true).value();
  std::string why = "asked\x1b\xff by ";
  for (int i = 0; i < 600; ++i) {
    why += "\xc3\xa9";
  }
  CHECK(Runner::told(agent.runner->take_back(order.digest, why, 5)) == "rolled-back");
  agent.start();
  CHECK(agent.picture() == before);
}

TEST_CASE("a command is taken back only when it may have run") {
  constexpr const char* kCommands =
      "- {file: /opt/a, content: x}\n"
      "- {command: first, run: /bin/first, undo: /bin/unfirst}\n"
      "- {command: second, run: /bin/second, undo: /bin/unsecond}\n";
  Runner agent;
  for (const char* name : {"/bin/unfirst", "/bin/second", "/bin/unsecond"}) {
    agent.host.host->processes().answer({name}, 0);
  }
  agent.host.host->processes().answer({"/bin/first"}, 1);
  CHECK(agent.begin(agent.order(kCommands)) == "rolled-back");
  CHECK(agent.host.host->processes().history() ==
        std::vector<std::string>{"/bin/first", "/bin/unfirst"});
  CHECK_FALSE(agent.host.exists("/opt/a"));
}
