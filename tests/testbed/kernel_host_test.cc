// Kernel settings and programs in a host of its own network, and the confinement of health checks.
#include <doctest/doctest.h>

#include "tests/testbed/real_host.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace
using test::code_of;
using test::RealHost;

namespace {

ProgramEnd confined(RealHost& host, const std::string& script) {
  const auto end = host.machine.processes().run(
      {.arguments = {"sh", "-c", script}, .confinement = Confinement::health});
  REQUIRE_MESSAGE(end.has_value(), end.error().what);
  return *end;
}

}  // namespace

TEST_CASE("a setting of the network is set, read back by sysctl, and put back") {
  RealHost host;
  const Bytes before = host.shell("sysctl -n net.ipv4.ip_forward");
  const std::string value = before == "0\n" ? "1" : "0";
  REQUIRE(host.apply("- {sysctl: net.ipv4.ip_forward, value: \"" + value + "\"}\n").has_value());
  CHECK(host.shell("sysctl -n net.ipv4.ip_forward") == value + "\n");
  CHECK(host.text("/etc/sysctl.d/90-twoseal.conf") == "net.ipv4.ip_forward = " + value + "\n");
  REQUIRE(host.undo().has_value());
  CHECK(host.shell("sysctl -n net.ipv4.ip_forward") == before);
  CHECK_FALSE(host.exists("/etc/sysctl.d/90-twoseal.conf"));
}

TEST_CASE("a setting of several numbers, and one with a dot in its name") {
  RealHost host;
  const auto range = host.machine.kernel().setting("net.ipv4.ip_local_port_range").value();
  REQUIRE(range.has_value());
  REQUIRE(host.machine.kernel().set_setting("net.ipv4.ip_local_port_range", "30000\t40000"));
  CHECK(host.machine.kernel().setting("net.ipv4.ip_local_port_range").value() == "30000\t40000");
  REQUIRE(host.machine.kernel().set_setting("net.ipv4.ip_local_port_range", *range));
  CHECK(host.machine.kernel().setting("net/ipv4/conf/eth0/rp_filter").value().has_value());
}

TEST_CASE("what the kernel does not take is refused with its reason") {
  RealHost host;
  Kernel& kernel = host.machine.kernel();
  CHECK(code_of(kernel.set_setting("net.ipv4.ip_local_port_range", "5 1")) == Errc::kernel_refused);
  CHECK(code_of(kernel.set_setting("net.ipv4.ip_forward", "many")) == Errc::kernel_refused);
  CHECK(code_of(kernel.set_setting("net.ipv4.no_such", "1")) == Errc::no_input);
  // The machine's own: a host may not change them.
  CHECK(code_of(kernel.set_setting("kernel.panic", "1")) == Errc::no_permission);
}

TEST_CASE("a health check cannot write, gains nothing by sudo, and leaves nothing running") {
  RealHost host;
  CHECK(confined(host, "id -un").output == "nobody\n");
  for (const char* place : {"/tmp", "/var/tmp", "/run", "/dev/shm", "/root", "/etc"}) {
    CAPTURE(place);
    CHECK(confined(host, "touch " + std::string(place) + "/tst-health").exit != 0);
    CHECK_FALSE(host.exists(std::string(place) + "/tst-health"));
  }
  CHECK(confined(host, "sudo -n id").exit != 0);
  CHECK(confined(host, "su root -c id </dev/null").exit != 0);
  CHECK(confined(host, "grep -c '^NoNewPrivs:.1$' /proc/self/status").output == "1\n");
  CHECK(confined(host, "setsid sleep 977 & exit 0").exit == 0);
  CHECK(host.shell("pgrep -fc '^sleep 977' || true") == "0\n");
  // What it may: look, and ask the network.
  CHECK(confined(host, "cat /etc/hostname >/dev/null && systemctl is-active ssh.service").output ==
        "active\n");
}
