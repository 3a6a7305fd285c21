// What only a host in memory does: faults, crashes, a loss of power, and the host of the demo.
#include "system/memory/memory_system.h"

#include <algorithm>
#include <malloc.h>

#include <doctest/doctest.h>

#include "crypto/hash.h"
#include "system/memory/debian_host.h"
#include "tests/support/memory_crash.h"
#include "tests/support/test_hosts.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace
using test::crashes;

namespace {

constexpr UnixSeconds kNow = 1'800'000'000;

struct Debian {
  ManualClock clock{kNow};
  std::unique_ptr<MemorySystem> host = make_debian_host("web1.example.org", clock);

  Result<void> act(UnitAct act, const std::string& unit) {
    return host->services().act(act, unit, 90);
  }

  UnitState state(const std::string& unit) {
    return host->services().states({&unit, 1}).value()[0];
  }

  std::optional<InstalledPackage> package(const std::string& name) {
    const auto packages = host->packages().installed().value();
    for (const InstalledPackage& package : packages) {
      if (package.name == name) {
        return package;
      }
    }
    return std::nullopt;
  }

  Result<PackageClosure> plan(PackageWish wish) { return host->packages().plan({&wish, 1}); }

  // Fetches and makes what `wish` needs.
  Result<void> fulfil(const PackageWish& wish) {
    TWOSEAL_TRY(const PackageClosure closure, plan(wish));
    TWOSEAL_TRY_VOID(host->packages().fetch(closure.install, "/var/lib/twoseal/packages"));
    return host->packages().change(
        closure.install, "/var/lib/twoseal/packages", closure.remove, {});
  }

  void write(const std::string& path, BytesView bytes) { host->files().put(path, bytes); }
};

std::unique_ptr<MemorySystem> host_with_file(Clock& clock) {
  auto host = std::make_unique<MemorySystem>(clock);
  host->files().put("/a", "old");
  return host;
}

// One change of each kind, in one go.
Result<void> change_much(MemorySystem& host) {
  const auto bytes = std::make_shared<const Bytes>("new");
  const std::vector<FileChange> changes = {
      {.act = FileAct::write, .path = "/a", .bytes = bytes, .before = *host.files().look("/a")},
      {.act = FileAct::write, .path = "/b", .bytes = bytes},
      {.act = FileAct::make_directory, .path = "/d", .mode = 0755},
      {.act = FileAct::make_symlink, .path = "/l", .bytes = bytes}};
  return host.files().apply(changes);
}

// Runs `act` with a crash at each step in turn, on a new host each time, until it gets through.
void crash_everywhere(const auto& make, const auto& act, const auto& judge) {
  for (std::uint64_t step = 1; step < 100; ++step) {
    CAPTURE(step);
    auto made = make();
    made->crash_after(step);
    const bool crashed = crashes([&] {
      const Result<void> done = act(*made);
      CHECK(done.has_value());
    });
    made->crash_after(0);
    judge(*made, crashed);
    if (!crashed) {
      CHECK(step > 1);
      return;
    }
  }
  FAIL("it never gets through");
}

}  // namespace

TEST_CASE("a crash at any step leaves each file old or new, and temporary files to sweep") {
  ManualClock clock(kNow);
  std::size_t swept = 0;
  const auto judge = [&](MemorySystem& host, bool crashed) {
    const std::vector<std::string> paths = {"/a"};
    swept += sweep_temporaries(host.files(), paths).value();
    const Bytes a = host.files().text("/a");
    CHECK((a == "new" || (crashed && a == "old")));
    const auto b = host.files().look("/b").value();
    CHECK((b ? host.files().text("/b") == "new" && a == "new" : crashed));
    CHECK((host.files().look("/l").value().has_value() || crashed));
    host.lose_power();
    CHECK(host.files().text("/a") == a);
  };
  crash_everywhere([&] { return host_with_file(clock); }, change_much, judge);
  CHECK(swept > 3);
}

TEST_CASE("after a crash and a loss of power nothing of an unsynced change is there") {
  ManualClock clock(kNow);
  const auto judge = [&](MemorySystem& host, bool crashed) {
    host.lose_power();
    CHECK(host.files().text("/a") == (crashed ? "old" : "new"));
    CHECK(host.files().list("/", 10).value().size() == (crashed ? 1 : 4));
  };
  crash_everywhere([&] { return host_with_file(clock); }, change_much, judge);
}

TEST_CASE("a loss of power takes unsynced names from the newest on") {
  ManualClock clock(kNow);
  MemorySystem host(clock);
  const auto bytes = std::make_shared<const Bytes>("new");
  const std::vector<FileChange> changes = {
      {.act = FileAct::make_directory, .path = "/one", .mode = 0755},
      {.act = FileAct::make_directory, .path = "/two", .mode = 0755}};
  host.crash_after(4);
  CHECK_THROWS_AS(static_cast<void>(host.files().apply(changes)), MemoryCrash);
  CHECK(host.files().look("/one").value().has_value());
  host.lose_power(4);
  CHECK(host.files().look("/one").value().has_value());
}

TEST_CASE("what was appended after the last sync goes with the power") {
  ManualClock clock(kNow);
  MemorySystem host(clock);
  const auto file = host.files().append_to("/journal").value();
  REQUIRE(file->append("synced\n").has_value());
  REQUIRE(file->sync().has_value());
  REQUIRE(file->append("lost\n").has_value());
  CHECK(host.files().text("/journal") == "synced\nlost\n");
  host.lose_power();
  CHECK(host.files().text("/journal") == "synced\n");
  host.crash_after(1);
  const auto again = host.files().append_to("/journal").value();
  CHECK_THROWS_AS(static_cast<void>(again->append("half")), MemoryCrash);
  CHECK(host.files().text("/journal") == "synced\nha");
}

TEST_CASE("a failed sync is told as such") {
  ManualClock clock(kNow);
  MemorySystem host(clock);
  const auto file = host.files().append_to("/journal").value();
  host.fail_next(MemoryVerb::sync, "/journal", Errc::sync_failed);
  CHECK(code_of(file->sync()) == Errc::sync_failed);
  host.fail_next(MemoryVerb::sync, "/a", Errc::sync_failed);
  const FileChange change{.path = "/a", .bytes = std::make_shared<const Bytes>("x")};
  CHECK(code_of(host.files().apply({&change, 1})) == Errc::sync_failed);
}

TEST_CASE("a full disk and a read-only place refuse what would write") {
  Debian made;
  MemoryFiles& files = made.host->files();
  const FileChange change{.path = "/etc/new", .bytes = std::make_shared<const Bytes>(1000, 'x')};
  files.set_capacity(100);
  CHECK(files.free_space("/").value() == 0);
  CHECK(code_of(files.apply({&change, 1})) == Errc::disk_full);
  CHECK(code_of(files.append_to("/var/log").value()->append("x")) == Errc::disk_full);
  files.set_capacity(1'000'000);
  files.set_read_only("/etc", true);
  CHECK(code_of(files.apply({&change, 1})) == Errc::no_permission);
  files.set_read_only("/etc", false);
  CHECK(files.apply({&change, 1}).has_value());
  CHECK(files.list("/etc", 100).value().size() < 40);
}

TEST_CASE("a verb fails once when it was made to fail") {
  Debian made;
  made.host->fail_next(MemoryVerb::read, "/etc/passwd", Errc::io_failed);
  CHECK(made.host->files().read("/etc/group", 10'000).has_value());
  CHECK(code_of(made.host->files().read("/etc/passwd", 10'000)) == Errc::io_failed);
  CHECK(made.host->files().read("/etc/passwd", 10'000).has_value());
}

TEST_CASE("somebody else's lock of the accounts is respected") {
  Debian made;
  made.host->files().hold_account_lock(true);
  CHECK(code_of(made.host->files().lock_accounts()) == Errc::try_again);
  made.host->files().hold_account_lock(false);
  const auto lock = made.host->files().lock_accounts().value();
  CHECK(code_of(made.host->files().lock_accounts()) == Errc::try_again);
}

TEST_CASE("services start, stop, restart and reload, and say since when they run") {
  Debian made;
  const std::int64_t since = made.state("ssh.service").active_since;
  CHECK(made.state("ssh.service") ==
        UnitState{"ssh.service", true, UnitActivity::active, UnitEnablement::enabled, since});
  REQUIRE(made.act(UnitAct::reload, "ssh.service").has_value());
  const std::int64_t reloaded = made.state("ssh.service").active_since;
  CHECK(reloaded > since);
  REQUIRE(made.act(UnitAct::start, "ssh.service").has_value());
  CHECK(made.state("ssh.service").active_since == reloaded);
  REQUIRE(made.act(UnitAct::restart, "ssh.service").has_value());
  CHECK(made.state("ssh.service").active_since > reloaded);
  REQUIRE(made.act(UnitAct::stop, "ssh.service").has_value());
  CHECK(made.state("ssh.service").activity == UnitActivity::inactive);
  CHECK(code_of(made.act(UnitAct::reload, "ssh.service")) == Errc::unit_failed);
  CHECK(made.host->services().count("ssh.service", UnitAct::reload) == 1);
  CHECK(made.host->services().count("ssh.service", UnitAct::restart) == 1);
}

TEST_CASE("units fail as they were told to") {
  Debian made;
  made.host->services().behave("nginx.service", {.start_fails = true});
  CHECK(code_of(made.act(UnitAct::restart, "nginx.service")) == Errc::unit_failed);
  CHECK(made.state("nginx.service").activity == UnitActivity::failed);
  made.host->services().behave("cron.service", {.stop_hangs = true});
  CHECK(code_of(made.act(UnitAct::stop, "cron.service")) == Errc::unit_failed);
  CHECK(made.state("cron.service").activity == UnitActivity::changing);
  made.host->services().behave("ssh.service", {.reload_fails = true});
  CHECK(code_of(made.act(UnitAct::reload, "ssh.service")) == Errc::unit_failed);
  CHECK(code_of(made.act(UnitAct::reload, "systemd-timesyncd.service")) == Errc::unit_failed);
  CHECK(code_of(made.act(UnitAct::start, "none.service")) == Errc::unit_failed);
  CHECK_FALSE(made.state("none.service").loaded);
  made.host->services().set_absent(true);
  const std::string unit = "ssh.service";
  CHECK(code_of(made.host->services().states({&unit, 1})) == Errc::service_manager_failed);
}

TEST_CASE("enablement is links in the tree of files") {
  Debian made;
  const std::string link = "/etc/systemd/system/multi-user.target.wants/nginx.service";
  REQUIRE(made.act(UnitAct::disable, "nginx.service").has_value());
  CHECK(made.state("nginx.service").enablement == UnitEnablement::disabled);
  CHECK_FALSE(made.host->files().look(link).value().has_value());
  REQUIRE(made.act(UnitAct::enable, "nginx.service").has_value());
  CHECK(made.state("nginx.service").enablement == UnitEnablement::enabled);
  CHECK(made.host->files().read_link(link).value() == "/usr/lib/systemd/system/nginx.service");
  REQUIRE(made.act(UnitAct::mask, "nginx.service").has_value());
  CHECK(made.state("nginx.service").enablement == UnitEnablement::masked);
  CHECK(made.state("nginx.service").activity == UnitActivity::active);
  REQUIRE(made.act(UnitAct::stop, "nginx.service").has_value());
  CHECK(code_of(made.act(UnitAct::start, "nginx.service")) == Errc::unit_failed);
  REQUIRE(made.act(UnitAct::unmask, "nginx.service").has_value());
  CHECK(made.act(UnitAct::start, "nginx.service").has_value());
  CHECK(code_of(made.act(UnitAct::enable, "systemd-journald.service")) == Errc::unit_failed);
  CHECK(made.state("systemd-journald.service").enablement == UnitEnablement::fixed);
}

TEST_CASE("a changed definition counts after the definitions were read again") {
  Debian made;
  const std::string path = "/etc/systemd/system/backup.service";
  made.write(path, "[Service]\nExecStart=/bin/true\n");
  REQUIRE(made.act(UnitAct::start, "backup.service").has_value());
  CHECK(code_of(made.act(UnitAct::reload, "backup.service")) == Errc::unit_failed);
  made.write(path, "[Service]\nExecStart=/bin/true\nExecReload=/bin/true\n");
  CHECK(code_of(made.act(UnitAct::reload, "backup.service")) == Errc::unit_failed);
  REQUIRE(made.host->services().reload_definitions().has_value());
  CHECK(made.act(UnitAct::reload, "backup.service").has_value());
  CHECK(made.host->services().definition_reloads() == 1);
}

TEST_CASE("ssh does not reload with a configuration that sshd refuses") {
  Debian made;
  const Program test{.arguments = {"/usr/sbin/sshd", "-t"}};
  CHECK(made.host->processes().run(test).value().exit == 0);
  made.write("/etc/ssh/sshd_config", "MaxAuthTries four\n");
  CHECK(made.host->processes().run(test).value().output == "Bad number 'four' for MaxAuthTries\n");
  CHECK(code_of(made.act(UnitAct::reload, "ssh.service")) == Errc::unit_failed);
  CHECK(made.state("ssh.service").activity == UnitActivity::active);
  CHECK(made.host->services().count("ssh.service", UnitAct::reload) == 0);
  CHECK(code_of(made.act(UnitAct::restart, "ssh.service")) == Errc::unit_failed);
  CHECK(made.state("ssh.service").activity == UnitActivity::failed);
  CHECK(sshd_complaint("# fine\nPort 22\n").empty());
  CHECK(sshd_complaint("Prot 22") == "Bad configuration option: Prot");
  CHECK(sshd_complaint("Port") == "Port missing argument.");
}

TEST_CASE("a plan names what comes along, what is replaced and what goes") {
  Debian made;
  CHECK(made.plan({.name = "openssl"}).value().install.empty());
  const auto upgrade = made.plan({.name = "openssl", .version = "3.0.16-1~deb12u1"}).value();
  REQUIRE(upgrade.install.size() == 2);
  CHECK(upgrade.install[0].name == "openssl");
  CHECK(upgrade.install[1].name == "libssl3");
  CHECK(upgrade.replaced[1].version == "3.0.15-1~deb12u1");
  CHECK(made.plan({.name = "cron", .absent = true}).value().remove[0].name == "cron");
  CHECK(code_of(made.plan({.name = "libssl3", .absent = true})) == Errc::package_failed);
  CHECK(code_of(made.plan({.name = "none"})) == Errc::no_such_package);
  CHECK(code_of(made.plan({.name = "cron", .version = "9"})) == Errc::no_such_package);
}

TEST_CASE("what came whole goes whole; configuration that was there before stays") {
  Debian made;
  const auto closure = made.plan({.name = "telnet"}).value();
  CHECK(closure.whole == std::vector<std::string>{"telnet"});
  REQUIRE(made.fulfil({.name = "cron", .absent = true}).has_value());
  REQUIRE(made.package("cron")->status == PackageStatus::leftover);
  const auto again = made.plan({.name = "cron"}).value();
  CHECK(again.whole.empty());
  CHECK(again.replaced.empty());
  REQUIRE(made.fulfil({.name = "cron"}).has_value());
  const InstalledPackage cron = *made.package("cron");
  const std::vector<std::string> purge = {"cron"};
  REQUIRE(made.host->packages().change({}, "/p", {&cron, 1}, purge).has_value());
  CHECK_FALSE(made.package("cron").has_value());
}

TEST_CASE("packages are installed, put back and removed") {
  Debian made;
  REQUIRE(made.fulfil({.name = "nginx", .version = "1.22.1-9+deb12u1"}).has_value());
  CHECK(made.package("nginx")->version == "1.22.1-9+deb12u1");
  CHECK(made.host->services().count("nginx.service", UnitAct::restart) == 1);
  REQUIRE(made.fulfil({.name = "nginx", .version = "1.22.1-9"}).has_value());
  CHECK(made.package("nginx")->version == "1.22.1-9");
  const auto file = made.host->packages().find_file(*made.package("nginx")).value();
  CHECK(file->digest == sha256("invented package nginx 1.22.1-9 amd64\n"));
  REQUIRE(made.fulfil({.name = "nginx", .absent = true}).has_value());
  CHECK(made.package("nginx")->status == PackageStatus::leftover);
  CHECK(made.state("nginx.service").activity == UnitActivity::inactive);
  CHECK(made.host->files().look("/etc/nginx/nginx.conf").value().has_value());
  REQUIRE(made.fulfil({.name = "telnet"}).has_value());
  CHECK(made.package("telnet")->arch == "all");
}

TEST_CASE("a configuration file that was changed by hand is kept") {
  Debian made;
  made.write("/etc/nginx/nginx.conf", "mine\n");
  REQUIRE(made.fulfil({.name = "nginx", .version = "1.22.1-9+deb12u1"}).has_value());
  CHECK(made.host->files().text("/etc/nginx/nginx.conf") == "mine\n");
}

TEST_CASE("nothing is installed under somebody's lock or from a damaged file") {
  Debian made;
  const auto closure = made.plan({.name = "telnet"}).value();
  MemoryPackages& packages = made.host->packages();
  CHECK(code_of(packages.change(closure.install, "/packages", {}, {})) == Errc::package_failed);
  REQUIRE(packages.fetch(closure.install, "/packages").has_value());
  packages.hold_lock(true);
  CHECK(code_of(packages.change(closure.install, "/packages", {}, {})) == Errc::package_locked);
  packages.hold_lock(false);
  made.write("/packages/telnet_0.17+2.4-2+deb12u1_all.deb", "other");
  CHECK(code_of(packages.change(closure.install, "/packages", {}, {})) == Errc::package_failed);
  CHECK_FALSE(made.package("telnet").has_value());
  REQUIRE(packages.fetch(closure.install, "/packages").has_value());
  CHECK(packages.change(closure.install, "/packages", {}, {}).has_value());
  const PackageFile gone{.name = "gone", .version = "1", .arch = "all"};
  CHECK(code_of(packages.fetch({&gone, 1}, "/packages")) == Errc::package_failed);
}

TEST_CASE("a hold stands in the status of the package") {
  Debian made;
  REQUIRE(made.host->packages().set_hold("cron", true).has_value());
  CHECK(made.package("cron")->hold);
  REQUIRE(made.host->packages().set_hold("nginx", true).has_value());
  REQUIRE(made.fulfil({.name = "nginx", .version = "1.22.1-9+deb12u1"}).has_value());
  CHECK(made.package("nginx")->hold);
  CHECK(made.host->files().text("/var/lib/dpkg/status").find("hold ok installed") != Bytes::npos);
  REQUIRE(made.host->packages().set_hold("cron", false).has_value());
  CHECK_FALSE(made.package("cron")->hold);
  CHECK(code_of(made.host->packages().set_hold("none", true)) == Errc::package_failed);
}

TEST_CASE("a crash in an installation leaves a package old, broken or new") {
  ManualClock clock(kNow);
  const PackageWish wish{.name = "openssl", .version = "3.0.16-1~deb12u1"};
  bool broken = false;
  const auto act = [&](MemorySystem& host) -> Result<void> {
    TWOSEAL_TRY(const PackageClosure closure, host.packages().plan({&wish, 1}));
    TWOSEAL_TRY_VOID(host.packages().fetch(closure.install, "/p"));
    return host.packages().change(closure.install, "/p", {}, {});
  };
  const auto judge = [&](MemorySystem& host, bool crashed) {
    const auto packages = host.packages().installed().value();
    for (const InstalledPackage& package : packages) {
      broken = broken || package.status == PackageStatus::broken;
      CHECK((crashed || package.status == PackageStatus::configured));
    }
    CHECK(act(host).has_value());
  };
  crash_everywhere([&] { return make_debian_host("web1", clock); }, act, judge);
  CHECK(broken);
}

TEST_CASE("programs are functions, by their whole arguments or by name") {
  Debian made;
  MemoryProcesses& processes = made.host->processes();
  processes.answer({"check"}, 3, "0123456789");
  processes.answer({"check", "all"}, 4);
  CHECK(processes.run({.arguments = {"check", "one"}}).value().exit == 3);
  CHECK(processes.run({.arguments = {"check", "all"}}).value().exit == 4);
  CHECK(processes.run({.arguments = {"check"}, .output_max = 3}).value().output == "789");
  CHECK(processes.run({.arguments = {"/bin/true"}}).value().exit == 0);
  CHECK(processes.run({.arguments = {"false"}}).value().exit == 1);
  CHECK(code_of(processes.run({.arguments = {"none"}})) == Errc::program_failed);
  CHECK(code_of(processes.run({})) == Errc::program_failed);
  CHECK(processes.history().front() == "check one");
}

TEST_CASE("kernel settings are set unless the kernel refuses") {
  Debian made;
  MemoryKernel& kernel = made.host->kernel();
  CHECK(kernel.setting("net.ipv4.ip_forward").value() == "0");
  REQUIRE(kernel.set_setting("net/ipv4/ip_forward", "1").has_value());
  CHECK(kernel.setting("net.ipv4.ip_forward").value() == "1");
  CHECK_FALSE(kernel.setting("net.ipv4.none").value().has_value());
  CHECK_FALSE(kernel.setting("../etc").value().has_value());
  CHECK(code_of(kernel.set_setting("net.ipv4.none", "1")) == Errc::no_input);
  CHECK(code_of(kernel.set_setting("kernel.version", "1")) == Errc::no_permission);
  kernel.refuse("vm.swappiness", "500");
  CHECK(code_of(kernel.set_setting("vm.swappiness", "500")) == Errc::kernel_refused);
}

TEST_CASE("after a reboot what is enabled runs and settings are as at boot") {
  Debian made;
  const std::string boot = made.host->boot_id();
  CHECK(boot.size() == 36);
  REQUIRE(made.host->kernel().set_setting("net.ipv4.ip_forward", "1").has_value());
  REQUIRE(made.act(UnitAct::disable, "nginx.service").has_value());
  REQUIRE(made.act(UnitAct::stop, "cron.service").has_value());
  made.host->reboot();
  CHECK(made.host->boot_id() != boot);
  CHECK(made.host->kernel().setting("net.ipv4.ip_forward").value() == "0");
  CHECK(made.state("nginx.service").activity == UnitActivity::inactive);
  CHECK(made.state("cron.service").activity == UnitActivity::active);
}

TEST_CASE("a thousand hosts share what they have in common") {
  ManualClock clock(kNow);
  const auto first = make_debian_host("first", clock);
  const std::size_t before = ::mallinfo2().uordblks;
  std::vector<std::unique_ptr<MemorySystem>> hosts;
  for (int i = 0; i < 100; ++i) {
    hosts.push_back(make_debian_host("web" + std::to_string(i), clock));
  }
  const std::size_t used = (::mallinfo2().uordblks - before) / hosts.size();
  MESSAGE("octets of a host: " << used);
#ifndef __SANITIZE_ADDRESS__
  CHECK(used < std::size_t{64} * 1024);
#endif
  CHECK(hosts[7]->facts().at("hostname") == FactValue(std::string("web7")));
  CHECK(hosts[7]->boot_id() != hosts[8]->boot_id());
}
