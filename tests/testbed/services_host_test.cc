// LinuxServices against a real systemd.
#include <chrono>

#include <doctest/doctest.h>

#include "tests/testbed/real_host.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace
using test::code_of;

namespace {

using Seconds = std::chrono::duration<double>;

constexpr std::string_view kSleeper = "[Service]\nExecStart=/bin/sleep infinity\n";
constexpr std::string_view kInstall = "[Install]\nWantedBy=multi-user.target\n";

// A unit of this name as long as the block lasts.
class UnitHost {
 public:
  UnitHost(const std::string& name, std::string_view definition) : unit_(name + ".service") {
    host_.write(path(), Bytes(definition));
    REQUIRE(services().reload_definitions().has_value());
  }

  UnitHost(const UnitHost&) = delete;
  UnitHost& operator=(const UnitHost&) = delete;

  ~UnitHost() {
    host_.shell("systemctl kill -s KILL " + unit_ + " 2>/dev/null || true");
    host_.shell("systemctl stop " + unit_ + " 2>/dev/null; systemctl disable " + unit_ +
                " 2>/dev/null; rm -f " + path() +
                "; systemctl daemon-reload; "
                "systemctl reset-failed " +
                unit_ + " 2>/dev/null || true");
  }

  Result<void> act(UnitAct act, std::int64_t seconds = 20) {
    return services().act(act, unit_, seconds);
  }

  UnitState state() { return services().states({&unit_, 1}).value().front(); }

  Services& services() { return host_.machine.services(); }

  test::RealHost& host() { return host_; }

  [[nodiscard]] std::string path() const { return "/etc/systemd/system/" + unit_; }

 private:
  test::RealHost host_;
  std::string unit_;
};

}  // namespace

TEST_CASE("a unit starts, restarts and stops, and its time tells when") {
  UnitHost unit("tst-basic", kSleeper);
  CHECK(unit.state().loaded);
  CHECK(unit.state().activity == UnitActivity::inactive);
  CHECK(unit.state().active_since == 0);
  REQUIRE(unit.act(UnitAct::start).has_value());
  const UnitState first = unit.state();
  CHECK(first.activity == UnitActivity::active);
  CHECK(first.active_since > 0);
  REQUIRE(unit.act(UnitAct::start).has_value());
  CHECK(unit.state().active_since == first.active_since);
  REQUIRE(unit.act(UnitAct::restart).has_value());
  CHECK(unit.state().active_since > first.active_since);
  REQUIRE(unit.act(UnitAct::stop).has_value());
  CHECK(unit.state().activity == UnitActivity::inactive);
  REQUIRE(unit.act(UnitAct::stop).has_value());
}

TEST_CASE("a reload moves the time of a unit, a reload of all definitions does not") {
  UnitHost unit("tst-reload", std::string(kSleeper) + "ExecReload=/bin/true\n");
  CHECK(code_of(unit.act(UnitAct::reload)) == Errc::unit_failed);
  REQUIRE(unit.act(UnitAct::start).has_value());
  const std::int64_t started = unit.state().active_since;
  REQUIRE(unit.services().reload_definitions().has_value());
  CHECK(unit.state().active_since == started);
  REQUIRE(unit.act(UnitAct::reload).has_value());
  CHECK(unit.state().active_since > started);
  CHECK(unit.state().activity == UnitActivity::active);
}

TEST_CASE("a reload that the unit does not know, or that fails, is an error") {
  UnitHost without("tst-no-reload", kSleeper);
  REQUIRE(without.act(UnitAct::start).has_value());
  CHECK(code_of(without.act(UnitAct::reload)) == Errc::unit_failed);
  UnitHost failing("tst-bad-reload", std::string(kSleeper) + "ExecReload=/bin/false\n");
  REQUIRE(failing.act(UnitAct::start).has_value());
  CHECK(code_of(failing.act(UnitAct::reload)) == Errc::unit_failed);
  CHECK(failing.state().activity == UnitActivity::active);
}

TEST_CASE("a stop that hangs is told in time, and goes on without us") {
  UnitHost unit("tst-hang",
                "[Service]\nRuntimeDirectory=tst-hang\n"
                "ExecStart=/bin/sh -c 'trap \"\" TERM; touch /run/tst-hang/deaf; "
                "sleep infinity & wait; while :; do sleep 1; done'\n"
                "ExecStartPost=/bin/sh -c 'until [ -e /run/tst-hang/deaf ]; do sleep 0.05; done'\n"
                "TimeoutStopSec=120\nKillMode=mixed\n");
  REQUIRE(unit.act(UnitAct::start).has_value());
  const auto begin = std::chrono::steady_clock::now();
  const auto stopped = unit.act(UnitAct::stop, 1);
  const Seconds taken = std::chrono::steady_clock::now() - begin;
  CHECK(code_of(stopped) == Errc::unit_failed);
  CHECK(taken.count() >= 1.0);
  CHECK(taken.count() < 5.0);
  CHECK(unit.state().activity == UnitActivity::changing);
  unit.host().shell("systemctl kill -s KILL tst-hang.service; sleep 0.5");
  CHECK(unit.state().activity != UnitActivity::changing);
}

TEST_CASE("a start that hangs is told in time") {
  UnitHost unit("tst-slow", "[Service]\nType=oneshot\nExecStart=/bin/sleep 60\n");
  CHECK(code_of(unit.act(UnitAct::start, 1)) == Errc::unit_failed);
  CHECK(unit.state().activity == UnitActivity::changing);
}

TEST_CASE("a unit whose program fails has failed") {
  UnitHost unit("tst-fail", "[Service]\nType=oneshot\nExecStart=/bin/false\n");
  const auto started = unit.act(UnitAct::start);
  CHECK(code_of(started) == Errc::unit_failed);
  CHECK(unit.state().activity == UnitActivity::failed);
}

TEST_CASE("a unit is enabled and disabled on disk") {
  UnitHost unit("tst-enable", std::string(kSleeper) + std::string(kInstall));
  CHECK(unit.state().enablement == UnitEnablement::disabled);
  REQUIRE(unit.act(UnitAct::enable).has_value());
  CHECK(unit.state().enablement == UnitEnablement::enabled);
  CHECK(unit.state().activity == UnitActivity::inactive);
  unit.host().shell("systemctl is-enabled tst-enable.service");
  REQUIRE(unit.act(UnitAct::enable).has_value());
  REQUIRE(unit.act(UnitAct::disable).has_value());
  CHECK(unit.state().enablement == UnitEnablement::disabled);
}

TEST_CASE("what has nothing to enable cannot be enabled") {
  UnitHost unit("tst-fixed", kSleeper);
  CHECK(unit.state().enablement == UnitEnablement::fixed);
  CHECK(code_of(unit.act(UnitAct::enable)) == Errc::unit_failed);
}

TEST_CASE("a packaged unit is masked and unmasked; masked it does not start") {
  test::RealHost host;
  Services& services = host.machine.services();
  const std::string unit = "cron.service";
  const auto state = [&] { return services.states({&unit, 1}).value().front(); };
  REQUIRE(services.act(UnitAct::stop, unit, 20).has_value());
  REQUIRE(services.act(UnitAct::mask, unit, 20).has_value());
  CHECK(state().enablement == UnitEnablement::masked);
  CHECK(host.machine.files().read_link("/etc/systemd/system/cron.service").value() == "/dev/null");
  CHECK(code_of(services.act(UnitAct::start, unit, 20)) == Errc::unit_failed);
  REQUIRE(services.act(UnitAct::unmask, unit, 20).has_value());
  CHECK(state().enablement == UnitEnablement::enabled);
  REQUIRE(services.act(UnitAct::start, unit, 20).has_value());
  CHECK(state().activity == UnitActivity::active);
}

TEST_CASE("a definition of the host's own is not masked by force") {
  UnitHost unit("tst-own", kSleeper);
  CHECK(code_of(unit.act(UnitAct::mask)) == Errc::unit_failed);
  CHECK(unit.host().text(unit.path()) == kSleeper);
}

TEST_CASE("units that nobody defines are absent and cannot be started") {
  test::RealHost host;
  const std::string unit = "tst-no-such.service";
  const UnitState state = host.machine.services().states({&unit, 1}).value().front();
  CHECK_FALSE(state.loaded);
  CHECK(state.activity == UnitActivity::inactive);
  CHECK(state.enablement == UnitEnablement::absent);
  CHECK(code_of(host.machine.services().act(UnitAct::start, unit, 5)) == Errc::unit_failed);
}

TEST_CASE("a service as a resource: stopped, disabled, and back as it was") {
  test::RealHost host;
  const std::string unit = "cron.service";
  const auto state = [&] { return host.machine.services().states({&unit, 1}).value().front(); };
  REQUIRE(state().activity == UnitActivity::active);
  REQUIRE(host.apply("- {service: cron, running: false, enabled: false}\n").has_value());
  CHECK(state().activity == UnitActivity::inactive);
  CHECK(state().enablement == UnitEnablement::disabled);
  CHECK(host.plan("- {service: cron, running: false, enabled: false}\n").value().empty());
  REQUIRE(host.undo().has_value());
  CHECK(state().activity == UnitActivity::active);
  CHECK(state().enablement == UnitEnablement::enabled);
}
