#include "agent/health.h"

#include <doctest/doctest.h>

#include "tests/support/test_hosts.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

HealthCheck check_of(HealthKind kind) {
  HealthCheck check;
  check.kind = kind;
  check.within = 60;
  return check;
}

class Desk {
 public:
  /// Why the host is not healthy; empty when it is.
  std::string asked(const HealthCheck& check) {
    const auto healthy = check_health(check, host.system, prober);
    if (healthy) {
      return "";
    }
    CHECK(healthy.error().code == Errc::unhealthy);
    return healthy.error().what;
  }

  MemoryHost host;
  MemoryProber prober;
};

}  // namespace

TEST_CASE("a port is asked on this machine alone") {
  Desk desk;
  HealthCheck check = check_of(HealthKind::tcp);
  check.port = 5432;
  CHECK(health_name(check) == "tcp 5432");
  CHECK(desk.asked(check).starts_with("tcp 5432: "));
  desk.prober.on_tcp = [](const std::string& where, std::uint16_t port) {
    return where == "127.0.0.1" && port == 5432 ? Result<void>()
                                                : Result<void>(fail(Errc::unreachable, "closed"));
  };
  CHECK(desk.asked(check).empty());
  check.port = 5433;
  CHECK(desk.asked(check) == "tcp 5433: closed");
}

TEST_CASE("a page is healthy with the status that is expected, 200 when none is named") {
  Desk desk;
  HealthCheck check = check_of(HealthKind::http);
  check.url = "http://localhost/health";
  CHECK(health_name(check) == "http http://localhost/health");
  CHECK(desk.asked(check).starts_with("http http://localhost/health: "));
  int status = 200;
  desk.prober.on_http_status = [&](const std::string& url) {
    CHECK(url == "http://localhost/health");
    return Result<int>(status);
  };
  CHECK(desk.asked(check).empty());
  status = 503;
  CHECK(desk.asked(check) == "http http://localhost/health: status 503, expected 200");
  check.expect = 503;
  CHECK(desk.asked(check).empty());
  status = 200;
  CHECK(desk.asked(check) == "http http://localhost/health: status 200, expected 503");
}

TEST_CASE("a service is healthy when it is active; a failed or an unknown one is not") {
  Desk desk;
  HealthCheck check = check_of(HealthKind::service);
  check.name = "web.service";
  CHECK(health_name(check) == "service web.service");
  CHECK(desk.asked(check) == "service web.service: it is not active");
  desk.host.system.files().put("/etc/systemd/system/web.service",
                               "[Service]\nExecStart=/bin/true\n");
  REQUIRE(desk.host.system.services().reload_definitions().has_value());
  CHECK(desk.asked(check) == "service web.service: it is not active");
  desk.host.system.services().put_failed("web.service");
  CHECK(desk.asked(check) == "service web.service: it is not active");
  desk.host.system.services().put_active("web.service");
  CHECK(desk.asked(check).empty());
  desk.host.system.services().set_absent(true);
  CHECK(desk.asked(check).starts_with("service web.service: "));
}

TEST_CASE("a command is healthy when it ends with 0 in time, confined and soon") {
  Desk desk;
  HealthCheck check = check_of(HealthKind::command);
  check.argv = std::vector<std::string>{"/usr/bin/check", "--all"};
  CHECK(health_name(check) == "command /usr/bin/check --all");
  CHECK(desk.asked(check).starts_with("command /usr/bin/check --all: "));
  ProgramEnd end;
  std::int64_t seconds = 0;
  desk.host.system.processes().answer({"/usr/bin/check"}, [&](const Program& program) {
    CHECK(program.confinement == Confinement::health);
    seconds = program.seconds_max;
    return Result<ProgramEnd>(end);
  });
  CHECK(desk.asked(check).empty());
  CHECK(seconds == 10);
  check.within = 3;
  end.output = "a secret of this host";
  end.exit = 2;
  CHECK(desk.asked(check) == "command /usr/bin/check --all: it ended with 2");
  CHECK(seconds == 3);
  end.timed_out = true;
  CHECK(desk.asked(check) == "command /usr/bin/check --all: it did not end in time");
}

TEST_CASE("a check that names nothing still has a name") {
  CHECK(health_name(check_of(HealthKind::tcp)) == "tcp 0");
  CHECK(health_name(check_of(HealthKind::http)) == "http ");
  CHECK(health_name(check_of(HealthKind::service)) == "service ");
  CHECK(health_name(check_of(HealthKind::command)) == "command");
}
