#include "agent/enforcer.h"

#include <doctest/doctest.h>

#include "base/limits.h"
#include "tests/support/memory_crash.h"
#include "tests/support/resource_host.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace
using test::crashes;
using test::ResourceHost;

namespace {

constexpr const char* kMotd = "- {file: /etc/motd, content: \"welcome\\n\", mode: \"0644\"}\n";

// An agent that applied changes to a host in memory and looks after them.
class Desk {
 public:
  Desk() { start(); }

  /// What a new process would see.
  void start() {
    enforcer.reset();
    book.reset();
    home = std::make_unique<AgentHome>(host.host->files(), "/var/lib/twoseal/agent");
    REQUIRE(home->prepare());
    auto opened = RunBook::open(host.host->files(), home->path("journal"));
    REQUIRE(opened);
    book = *std::move(opened);
    enforcer.emplace(Enforcer::Parts{*host.host, *home, *book, sha256("org")});
  }

  /// Applies `items` as the change of `scope`, by name.
  Digest apply(const std::string& scope,
               const std::string& items,
               Enforce enforce = Enforce::report,
               const std::string& change = "one") {
    const Digest digest = sha256(change + scope);
    State state = host.state(items);
    state.scope = ScopeId::parse(scope).value();
    state.enforce = enforce;
    REQUIRE(enforcer->keep(digest, state, host.inputs));
    REQUIRE(host.apply(items));
    RunBegun begun;
    begun.change = digest;
    begun.phase = Name::parse("canary").value();
    begun.scope = state.scope;
    begun.undo_until = 1;
    if (const ScopeState* before = book->scope(state.scope)) {
      begun.base = before->base;
    }
    REQUIRE(book->write(begun));
    REQUIRE(book->write(RunEnded{1, digest, "ok", std::nullopt}));
    return digest;
  }

  /// What would be reported, as the server reads it.
  std::vector<ScopeReport> look() {
    auto found = enforcer->look_at_all();
    REQUIRE(found);
    AgentReport report;
    report.boot = "boot";
    report.counter = 1;
    report.host = HostId::parse("h:" + std::string(32, 'a')).value();
    report.nonce = Bytes(16, 'n');
    report.org = sha256("org");
    report.scopes = *std::move(found);
    const Bytes bytes = codec::encode(report);
    CHECK(bytes.size() < std::size_t{1'500} * 1'000);
    const auto read = codec::decode<AgentReport>(bytes);
    REQUIRE_MESSAGE(read, read.error().what);
    return read->scopes;
  }

  ScopeReport look_at_one() {
    const auto all = look();
    REQUIRE(all.size() == 1);
    return all.front();
  }

  void write(const std::string& path, const Bytes& bytes) {
    host.host->files().put(path, std::make_shared<const Bytes>(bytes), 0644);
  }

  ResourceHost host;
  std::unique_ptr<AgentHome> home;
  std::unique_ptr<RunBook> book;
  std::optional<Enforcer> enforcer;
};

std::string names(const ScopeReport& report) {
  std::string text;
  for (const DriftedResource& one : report.drift) {
    text += one.res + " ";
  }
  return text;
}

}  // namespace

TEST_CASE("a scope that is as its change left it is ok") {
  Desk desk;
  const Digest change = desk.apply("motd", kMotd);
  const ScopeReport report = desk.look_at_one();
  CHECK(report.state == ScopeCondition::ok);
  CHECK(report.change == change);
  CHECK(report.scope.text() == "motd");
}

TEST_CASE("drift is told with what the change left and what is there, and left alone") {
  Desk desk;
  desk.apply("motd", kMotd);
  desk.write("/etc/motd", "hacked\n");
  const ScopeReport report = desk.look_at_one();
  CHECK(report.state == ScopeCondition::drift);
  REQUIRE(names(report) == "file:/etc/motd ");
  CHECK(report.drift[0].diff[0].old_value == "welcome");
  CHECK(report.drift[0].diff[0].new_value == "hacked");
  CHECK(desk.host.text("/etc/motd") == "hacked\n");
}

TEST_CASE("where the change says so, drift is put back") {
  Desk desk;
  desk.apply("motd", kMotd, Enforce::repair);
  desk.host.host->files().erase("/etc/motd");
  const ScopeReport report = desk.look_at_one();
  CHECK(report.state == ScopeCondition::repaired);
  CHECK(names(report) == "file:/etc/motd ");
  CHECK(desk.host.text("/etc/motd") == "welcome\n");
}

TEST_CASE("what cannot be put back is told as failed") {
  Desk desk;
  desk.apply("motd", kMotd, Enforce::repair);
  desk.write("/etc/motd", "hacked\n");
  desk.host.host->fail_next(MemoryVerb::write, "/etc/motd", Errc::io_failed);
  CHECK(desk.look_at_one().state == ScopeCondition::failed);
  CHECK(desk.host.text("/etc/motd") == "hacked\n");
}

TEST_CASE("templates and sources are kept as they were, labels and blobs are not asked again") {
  Desk desk;
  desk.host.sources["motd.txt"] = "from a file\n";
  desk.host.inputs.labels["role"] = "web";
  const std::string items =
      "- {file: /etc/a, template: \"role {{ label.role }}\\n\", mode: \"0644\"}\n"
      "- {file: /etc/b, source: motd.txt, mode: \"0644\"}\n";
  desk.apply("all", items, Enforce::repair);
  desk.host.inputs = {};
  CHECK(desk.look_at_one().state == ScopeCondition::ok);
  desk.write("/etc/a", "x");
  desk.write("/etc/b", "x");
  CHECK(desk.look_at_one().state == ScopeCondition::repaired);
  CHECK(desk.host.text("/etc/a") == "role web\n");
  CHECK(desk.host.text("/etc/b") == "from a file\n");
}

TEST_CASE("what a template or a source needs must be there before the change begins") {
  Desk desk;
  State unknown = desk.host.state("- {file: /etc/a, template: \"{{ label.none }}\"}\n");
  CHECK(desk.enforcer->keep(sha256("c"), unknown, desk.host.inputs).error().code ==
        Errc::unknown_fact);
  desk.host.sources["a.txt"] = "text";
  const State source = desk.host.state("- {file: /etc/a, source: a.txt}\n");
  CHECK(desk.enforcer->keep(sha256("c"), source, {}).error().code == Errc::refuse_c1);
}

TEST_CASE("commands are never repeated, and handlers are no drift of their own") {
  Desk desk;
  desk.apply(
      "ssh",
      "- {setting: /etc/ssh/sshd_config, key: MaxAuthTries, value: \"4\", then: reload ssh}\n"
      "- {command: c, run: /bin/true}\n");
  CHECK(desk.look_at_one().state == ScopeCondition::ok);
  const auto ran = desk.host.host->processes().history().size();
  REQUIRE(desk.host.apply("- {setting: /etc/ssh/sshd_config, key: MaxAuthTries, value: \"6\"}\n"));
  CHECK(names(desk.look_at_one()) == "setting:/etc/ssh/sshd_config#MaxAuthTries ");
  CHECK(desk.host.host->processes().history().size() == ran);
}

TEST_CASE("scopes are told in their order, whichever came first") {
  Desk desk;
  desk.apply("zeta", "- {file: /etc/z, content: z}\n");
  desk.apply("alpha", "- {file: /etc/b, content: b}\n- {file: /etc/a, content: a}\n");
  desk.write("/etc/a", "x");
  desk.write("/etc/b", "x");
  const auto all = desk.look();
  REQUIRE(all.size() == 2);
  CHECK(names(all[0]) == "file:/etc/a file:/etc/b ");
  CHECK(all[1].state == ScopeCondition::ok);
}

TEST_CASE("much drift is told within what a report may hold, and the rest is counted") {
  Desk desk;
  std::string items;
  for (int i = 0; i < 130; ++i) {
    items += "- {file: /etc/many/" + std::to_string(i) + ", content: x}\n";
  }
  desk.host.host->files().put_directory("/etc/many");
  desk.apply("many", items);
  for (int i = 0; i < 130; ++i) {
    desk.write("/etc/many/" + std::to_string(i), Bytes(30'000, 'y'));
  }
  const ScopeReport report = desk.look_at_one();
  CHECK(report.drift.size() == 100);
  CHECK(report.more == 30);
}

TEST_CASE("a file that differs in very many places is named, without its lines") {
  Desk desk;
  std::string before;
  std::string after;
  for (int i = 0; i < 600; ++i) {
    before += std::to_string(i) + "\n";
    after += (i % 2 == 0 ? std::to_string(i) : "other") + "\n";
  }
  desk.host.sources["list"] = before;
  desk.apply("list", "- {file: /etc/list, source: list, mode: \"0644\"}\n");
  desk.write("/etc/list", after);
  const ScopeReport report = desk.look_at_one();
  CHECK(report.state == ScopeCondition::drift);
  CHECK(names(report) == "file:/etc/list ");
}

TEST_CASE("what not everybody may read is named, without its content") {
  Desk desk;
  desk.apply("key", "- {file: /etc/key, content: secret, mode: \"0600\"}\n");
  desk.host.host->files().put("/etc/key", std::make_shared<const Bytes>("stolen"), 0600);
  const ScopeReport report = desk.look_at_one();
  REQUIRE(names(report) == "file:/etc/key ");
  CHECK(report.drift[0].hidden);
  CHECK(report.drift[0].diff.empty());
}

TEST_CASE("over a damaged journal nothing is put back, and a report says why and what is seen") {
  Desk desk;
  desk.apply("motd", kMotd, Enforce::repair);
  desk.book->distrust({Errc::refuse_j1, "a record has another check sum"});
  ScopeReport report = desk.look_at_one();
  CHECK(report.state == ScopeCondition::failed);
  CHECK(names(report) == "motd ");
  desk.write("/etc/motd", "hacked\n");
  report = desk.look_at_one();
  CHECK(report.state == ScopeCondition::failed);
  CHECK(names(report) == "file:/etc/motd motd ");
  CHECK(report.drift[1].diff[0].node == "TS-2191");
  CHECK(desk.host.text("/etc/motd") == "hacked\n");
}

TEST_CASE("what a change wanted is J1 when it is gone, cut or damaged, and told as failed") {
  Desk desk;
  const Digest change = desk.apply("motd", kMotd, Enforce::repair);
  const std::string path = desk.home->path("scopes/" + change.hex());
  const Bytes whole = desk.host.text(path);
  desk.write("/etc/motd", "hacked\n");
  const auto failed = [&] {
    const ScopeReport report = desk.look_at_one();
    CHECK(report.state == ScopeCondition::failed);
    CHECK(report.drift[0].diff[0].node == "TS-2191");
    CHECK(desk.host.text("/etc/motd") == "hacked\n");
  };
  desk.host.host->files().erase(path);
  failed();
  for (std::size_t at = 0; at < whole.size(); at += 7) {
    CAPTURE(at);
    desk.host.host->files().put(path, whole.substr(0, at));
    failed();
    Bytes damaged = whole;
    damaged[at] = static_cast<char>(octet(damaged, at) ^ 1U);
    desk.host.host->files().put(path, damaged);
    failed();
  }
  desk.host.host->files().put(path, whole);
  CHECK(desk.look_at_one().state == ScopeCondition::repaired);
}

TEST_CASE("a host that cannot be looked at is told as failed") {
  Desk desk;
  desk.apply("motd", kMotd);
  desk.host.host->fail_next(MemoryVerb::read, "/etc/motd", Errc::io_failed);
  desk.write("/etc/motd", "hacked\n");
  CHECK(desk.look_at_one().state == ScopeCondition::failed);
}

TEST_CASE("a resource that cannot be looked at does not hide what became of the others") {
  Desk desk;
  desk.apply("both",
             "- {file: /opt/x, content: x}\n- {file: /etc/motd, content: \"welcome\\n\"}\n",
             Enforce::repair);
  desk.write("/etc/motd", "hacked\n");
  desk.host.host->files().put("/opt/x", Bytes(kManagedFileMax + 1, 'x'));
  const ScopeReport report = desk.look_at_one();
  CHECK(report.state == ScopeCondition::failed);
  CHECK(names(report) == "file:/etc/motd file:/opt/x ");
  CHECK(report.drift[1].diff[0].node == "TS-1002");
  CHECK(desk.host.text("/etc/motd") == "welcome\n");  // that one is put back
}

TEST_CASE("a scope that stands at no change is not looked at") {
  Desk desk;
  const Digest change = desk.apply("motd", kMotd);
  REQUIRE(desk.book->write(RunMoved{change, std::nullopt, RunStage::undoing, "asked", {}}));
  REQUIRE(desk.book->write(RunEnded{2, change, "rolled-back", std::nullopt}));
  CHECK(desk.look().empty());
}

TEST_CASE("what no scope stands at and no run could go back to is erased") {
  Desk desk;
  const Digest first = desk.apply("motd", kMotd, Enforce::report, "first");
  const Digest second = desk.apply("motd", kMotd, Enforce::report, "second");
  REQUIRE(desk.enforcer->erase_old());
  CHECK(desk.home->list("scopes").value().size() == 2);
  REQUIRE(desk.book->write(RunClosed{first}));
  REQUIRE(desk.enforcer->erase_old());
  CHECK(desk.home->list("scopes").value().size() == 2);  // the second could go back to it
  REQUIRE(desk.book->write(RunClosed{second}));
  REQUIRE(desk.enforcer->erase_old());
  CHECK(desk.home->list("scopes").value() == std::vector<std::string>{second.hex()});
}

TEST_CASE("a repair is journalled before it begins, and told though a crash came between") {
  const std::string items =
      "- {file: /etc/a, content: a}\n- {file: /etc/b, content: b}\n- {file: /etc/c, content: c}\n";
  bool crashed = true;
  int told_late = 0;
  for (std::uint64_t step = 1; crashed; ++step) {
    CAPTURE(step);
    Desk desk;
    desk.apply("all", items, Enforce::repair);
    for (const char* path : {"/etc/a", "/etc/b", "/etc/c"}) {
      desk.write(path, "hacked");
    }
    desk.host.host->crash_after(step);
    crashed = crashes([&] { desk.enforcer->look_at_all().value(); });
    desk.host.host->crash_after(0);
    desk.start();
    const ScopeReport report = desk.look_at_one();
    CHECK(report.state == ScopeCondition::repaired);
    CHECK(names(report) == "file:/etc/a file:/etc/b file:/etc/c ");
    CHECK(desk.host.text("/etc/b") == "b");
    told_late += crashed ? 1 : 0;
    REQUIRE(desk.book->write(ReportMade{1}));
    CHECK(desk.look_at_one().state == ScopeCondition::ok);
  }
  CHECK(told_late > 3);
}

TEST_CASE("a repair that cannot be journalled is not begun") {
  Desk desk;
  desk.apply("motd", kMotd, Enforce::repair);
  desk.write("/etc/motd", "hacked\n");
  desk.host.host->fail_next(MemoryVerb::append, desk.home->path("journal"), Errc::disk_full);
  CHECK(desk.look_at_one().state == ScopeCondition::drift);
  CHECK(desk.host.text("/etc/motd") == "hacked\n");
  desk.host.host->fail_next(MemoryVerb::sync, desk.home->path("journal"), Errc::sync_failed);
  CHECK(desk.enforcer->look_at_all().error().code == Errc::sync_failed);
  CHECK(desk.host.text("/etc/motd") == "hacked\n");
}

TEST_CASE("what was put back of an older change is not told of a newer one") {
  Desk desk;
  const Digest first = desk.apply("motd", kMotd, Enforce::repair, "first");
  REQUIRE(desk.book->write(
      RepairBegun{1, first, 0, {"file:/etc/motd"}, ScopeId::parse("motd").value()}));
  desk.apply("motd", kMotd, Enforce::repair, "second");
  CHECK(desk.look_at_one().state == ScopeCondition::ok);
}
