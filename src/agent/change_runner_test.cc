#include "agent/change_runner.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "tests/support/memory_crash.h"
#include "tests/support/test_runner.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace
using test::crashes;
using test::kMixed;
using test::Runner;
using test::tcp_check;

namespace {

constexpr const char* kSsh =
    "- {setting: /etc/ssh/sshd_config, key: MaxAuthTries, value: \"4\", then: reload ssh}\n";
}  // namespace

TEST_CASE("a change is applied, healthy, and remembered") {
  Runner agent;
  const RunOrder order = agent.order(kSsh);
  agent.prober.on_ssh_banner = [] { return Result<std::string>("SSH-2.0-x"); };
  agent.prober.on_gateway = [] { return Result<void>(); };
  CHECK(agent.begin(order) == "ok");
  CHECK(agent.host.text("/etc/ssh/sshd_config").find("MaxAuthTries 4\n") != std::string::npos);
  CHECK(agent.book->memory().applied.size() == 1);
  CHECK(agent.book->memory().used.front().change == order.digest);
  CHECK(agent.book->scope(*order.change.scope)->base == order.digest);
  agent.start();
  CHECK(agent.book->scope(*order.change.scope)->base == order.digest);
  CHECK(Runner::told(agent.runner->recover()) == "going on");
}

TEST_CASE("a health check may take its time, and then the change is taken back to the byte") {
  Runner agent;
  const std::string before = agent.picture();
  CHECK(agent.begin(agent.order(kMixed, {tcp_check(10)})) == "going on");
  CHECK(agent.picture() != before);
  CHECK(agent.runner->busy());
  agent.host.clock.advance(5);
  CHECK(Runner::told(agent.runner->advance(false)) == "going on");
  agent.host.clock.advance(5);
  CHECK(Runner::told(agent.runner->advance(false)) == "rolled-back");
  CHECK(agent.picture() == before);
  CHECK_FALSE(agent.runner->busy());
  CHECK(agent.book->memory().applied.empty());
}

TEST_CASE("a change that could lock people out goes back unless somebody can reach the host") {
  Runner agent;
  const std::string before = agent.picture();
  CHECK(agent.begin(agent.order(kSsh)) == "going on");
  agent.host.clock.advance(kDeadManSeconds - 1);
  CHECK(Runner::told(agent.runner->advance(false)) == "going on");
  agent.host.clock.advance(1);
  CHECK(Runner::told(agent.runner->advance(false)) == "rolled-back");
  CHECK(agent.picture() == before);

  CHECK(agent.begin(agent.order(kSsh)) == "going on");
  CHECK(Runner::told(agent.runner->advance(true)) == "ok");
}

TEST_CASE("a person's word keeps the change that it names, once") {
  Runner agent;
  const RunOrder first = agent.order(kSsh);
  CHECK(agent.begin(first) == "going on");
  REQUIRE(agent.home->write("confirm", sha256("another change").text()));
  CHECK(Runner::told(agent.runner->advance(false)) == "going on");
  REQUIRE(agent.home->write("confirm", first.digest.text() + "\n"));
  CHECK(Runner::told(agent.runner->advance(false)) == "ok");
  CHECK(agent.home->read("confirm", 4'096).value() == std::nullopt);
}

TEST_CASE("a step that fails takes everything back") {
  Runner agent;
  const std::string before = agent.picture();
  agent.host.host->fail_next(MemoryVerb::act, "cron.service", Errc::unit_failed);
  CHECK(agent.begin(agent.order(kMixed)) == "rolled-back");
  CHECK(agent.picture() == before);
}

TEST_CASE("what changed since the plan is stale, and nothing is written") {
  Runner agent;
  const RunOrder order = agent.order(kMixed);
  REQUIRE(agent.host.apply("- {file: /etc/hosts, line: somebody else}\n"));
  const std::string before = agent.picture();
  CHECK(agent.begin(order) == "stale");
  CHECK(agent.picture() == before);
  CHECK(agent.book->memory().used.empty());
}

TEST_CASE("what may not begin any more between plan and intent is refused") {
  Runner agent;
  RunOrder order = agent.order(kMixed);
  order.objection = [] { return Objection{{Errc::refuse_w1, "it is over"}, false}; };
  const std::string before = agent.picture();
  CHECK(agent.begin(order) == "refused:W1");
  CHECK(agent.picture() == before);
  CHECK(agent.book->memory().used.empty());
}

TEST_CASE("what is stopped between plan and intent waits, and begins when it is stopped no more") {
  Runner agent;
  RunOrder order = agent.order(kMixed);
  order.objection = [] { return Objection{{Errc::refuse_w5, "a stop"}, true}; };
  const std::string before = agent.picture();
  CHECK(agent.begin(order) == "waits for TS-2175 a stop");
  CHECK(agent.picture() == before);
  CHECK_FALSE(agent.runner->busy());
  CHECK(agent.book->memory().used.empty());
  order.objection = [] { return std::optional<Objection>(); };
  CHECK(agent.begin(order) == "going on");
  CHECK(agent.picture() != before);
}

TEST_CASE("a command without undo cannot promise to be restored") {
  Runner agent;
  RunOrder order = agent.order("- {command: c, run: /bin/true}\n");
  CHECK(agent.begin(order) == "refused:B3");
  order.change.rollback.kind = RollbackKind::procedure;
  order.change.rollback.blob = sha256("what people do");
  order.change.rollback.auto_on.clear();
  order.digest = sha256(codec::encode(order.change));
  CHECK(agent.begin(order) == "ok");
}

TEST_CASE("on a full disk no change begins, and the host is left as it is") {
  Runner agent;
  const RunOrder order = agent.order(kMixed);
  const std::string before = agent.picture();
  MemoryFiles& files = agent.host.host->files();
  files.set_capacity(UINT64_MAX / 2);
  files.set_capacity(UINT64_MAX / 2 - files.free_space("/").value());
  CHECK(agent.begin(order) == "refused:B3");
  CHECK(agent.picture() == before);
  CHECK(agent.book->memory().used.empty());
  CHECK(agent.host.exists(agent.home->path("reserve")));
}

TEST_CASE("undo ends with its time, and what was kept for it is erased") {
  Runner agent;
  const RunOrder order = agent.order("- {file: /etc/hosts, line: x}\n");
  CHECK(agent.begin(order) == "ok");
  CHECK(agent.home->list("undo").value().size() == 2);
  REQUIRE(agent.runner->close_old());
  CHECK(agent.home->list("undo").value().size() == 2);
  agent.host.clock.advance(86'401);
  CHECK(Runner::told(agent.runner->take_back(order.digest, "late", 1)) == "refused:B3");
  REQUIRE(agent.runner->close_old());
  CHECK(agent.home->list("undo").value().empty());
  CHECK(agent.book->scope(*order.change.scope)->base == order.digest);
}

TEST_CASE("what a change that did not begin had kept for its undo is erased") {
  Runner agent;
  RunOrder order = agent.order(kMixed);
  order.objection = [] { return Objection{{Errc::refuse_w1, "it is over"}, false}; };
  CHECK(agent.begin(order) == "refused:W1");
  CHECK_FALSE(agent.home->list("changes").value().empty());
  CHECK_FALSE(agent.home->list("undo").value().empty());
  REQUIRE(agent.runner->close_old());
  CHECK(agent.home->list("changes").value().empty());
  CHECK(agent.home->list("undo").value().empty());
}

TEST_CASE("package files are kept for a run and its undo, and for nothing else") {
  Runner agent;
  const std::string before = agent.picture();
  const RunOrder order =
      agent.order("- {package: openssl, version: \"3.0.16-1~deb12u1\"}\n- {package: telnet}\n");
  CHECK(agent.begin(order) == "ok");
  const auto kept = agent.home->list("packages").value();
  REQUIRE_FALSE(kept.empty());
  agent.host.host->files().put(agent.home->path("packages/other_1_amd64.deb"), "of an old run");
  agent.host.host->files().put(agent.home->path("packages/lock"), "");
  REQUIRE(agent.runner->close_old());
  auto left = kept;
  left.emplace_back("lock");
  std::sort(left.begin(), left.end());
  CHECK(agent.home->list("packages").value() == left);
  CHECK(Runner::told(agent.runner->take_back(order.digest, "asked", 5)) == "rolled-back");
  CHECK(agent.picture() == before);
  REQUIRE(agent.runner->close_old());
  CHECK(agent.home->list("packages").value() == std::vector<std::string>{"lock"});
}

TEST_CASE("wherever the agent is killed, the host ends wholly new or wholly old, and says which") {
  Runner sample;
  const std::string old_picture = sample.picture();
  const RunOrder order = sample.order(kMixed);
  const auto before = sample.host.host->mutations();
  sample.begin(order);
  sample.runner->advance(true).value();
  const auto steps = sample.host.host->mutations() - before;
  const std::string new_picture = sample.picture();
  REQUIRE(steps > 30);
  int finished = 0;
  int undone = 0;
  for (std::uint64_t step = 1; step <= steps; ++step) {
    Runner agent;
    const RunOrder one = agent.order(kMixed);
    agent.host.host->crash_after(step);
    crashes([&] {
      agent.begin(one);
      agent.runner->advance(true).value();
    });
    agent.host.host->crash_after(0);
    agent.start();
    auto ended = agent.runner->recover();
    REQUIRE(ended);
    if (!*ended) {
      ended = agent.runner->advance(true);
      REQUIRE(ended);
    }
    const std::string picture = agent.picture();
    const bool is_new = picture == new_picture;
    CHECK_MESSAGE((is_new || picture == old_picture), step);
    const ScopeState* scope = agent.book->scope(*one.change.scope);
    const bool says_new = scope != nullptr && scope->base == one.digest;
    CHECK_MESSAGE(says_new == is_new, step);
    if (*ended) {
      CHECK_MESSAGE((*ended)->outcome == std::string(is_new ? "ok" : "rolled-back"), step);
    }
    finished += is_new ? 1 : 0;
    undone += is_new ? 0 : 1;
  }
  CHECK(finished > 0);
  CHECK(undone > 0);
}

TEST_CASE("an operation in the journal that cannot be read is J1, and the host is left alone") {
  Runner agent;
  const RunOrder order = agent.order(kMixed);
  CHECK(agent.begin(order) == "going on");
  RunBegun begun = agent.book->find(order.digest)->begun;
  begun.operations[2] = KeptOperation{};
  agent.host.host->files().erase(agent.home->path("journal"));
  REQUIRE(Journal::open(agent.host.host->files(), agent.home->path("journal"))
              .value()
              ->append(encode_record(begun)));
  const std::string before = agent.picture();
  agent.start();
  CHECK(Runner::told(agent.runner->recover()) ==
        "TS-2191 an operation of a run cannot be read: " + order.digest.text());
  CHECK(agent.picture() == before);
}
