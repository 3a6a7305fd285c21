#include "system/unit_files.h"

#include <doctest/doctest.h>

#include "tests/support/test_hosts.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

constexpr const char* kLibrary = "/usr/lib/systemd/system/";
constexpr const char* kLocal = "/etc/systemd/system/";

struct Units {
  MemoryHost host;

  void define(const std::string& unit, BytesView text) {
    host.system.files().put(kLibrary + unit, text);
  }

  void link(const std::string& name, const std::string& target) {
    host.system.files().put_symlink(kLocal + name, target);
  }

  UnitEnablement enablement(const std::string& unit) {
    return UnitFiles(host.files()).enablement(unit).value();
  }
};

constexpr BytesView kWanted =
    "[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n";

}  // namespace

TEST_CASE("the section Install is read as systemd reads it") {
  const UnitInstall install = parse_unit_install(
      "[Unit]\nAlias=none.service\n[Install]\n# WantedBy=x\n;Alias=y\nnonsense\n"
      " WantedBy = a.target  b.target\nWantedBy=c.target\nRequiredBy=d.target\n"
      "Alias=e.service\nAlias=\nAlias=f.service\n[Other]\nWantedBy=g.target");
  CHECK(install.wanted_by == std::vector<std::string>{"a.target", "b.target", "c.target"});
  CHECK(install.required_by == std::vector<std::string>{"d.target"});
  CHECK(install.aliases == std::vector<std::string>{"f.service"});
  CHECK(parse_unit_install("").empty());
  CHECK(parse_unit_install("[Install]\nAlso=a.socket\n").empty());
}

TEST_CASE("names of units have a suffix and an alphabet") {
  for (const char* name : {"ssh.service", "getty@tty1.service", "a\\x2db.mount", "x:y.timer"}) {
    CHECK(is_unit_name(name));
  }
  for (const char* name :
       {"", "ssh", ".service", "ssh.conf", "a/b.service", "a b.service", "@.service"}) {
    CHECK_FALSE(is_unit_name(name));
  }
  CHECK_FALSE(is_unit_name(std::string(250, 'a') + ".service"));
  CHECK(template_of_unit("getty@tty1.service") == "getty@.service");
  CHECK_FALSE(template_of_unit("getty@.service").has_value());
  CHECK_FALSE(template_of_unit("ssh.service").has_value());
}

TEST_CASE("a unit is enabled by a link, else judged by its definition") {
  Units units;
  CHECK(units.enablement("none.service") == UnitEnablement::absent);
  units.define("a.service", kWanted);
  CHECK(units.enablement("a.service") == UnitEnablement::disabled);
  units.link("multi-user.target.wants/a.service", "/usr/lib/systemd/system/a.service");
  CHECK(units.enablement("a.service") == UnitEnablement::enabled);
  units.define("b.service", kWanted);
  units.link("x.target.requires/b.service", "/usr/lib/systemd/system/b.service");
  CHECK(units.enablement("b.service") == UnitEnablement::enabled);
  units.define("c.service", "[Service]\nExecStart=/bin/true\n");
  CHECK(units.enablement("c.service") == UnitEnablement::fixed);
  units.define("d.service", "[Install]\nAlias=dd.service\n");
  CHECK(units.enablement("d.service") == UnitEnablement::disabled);
  units.link("dd.service", "/usr/lib/systemd/system/d.service");
  CHECK(units.enablement("d.service") == UnitEnablement::enabled);
  CHECK(units.enablement("dd.service") == UnitEnablement::fixed);
}

TEST_CASE("a link to nothing, or an empty file, masks a unit") {
  Units units;
  units.define("a.service", kWanted);
  units.link("multi-user.target.wants/a.service", "/usr/lib/systemd/system/a.service");
  units.link("a.service", "/dev/null");
  CHECK(units.enablement("a.service") == UnitEnablement::masked);
  units.define("b.service", "");
  CHECK(units.enablement("b.service") == UnitEnablement::masked);
}

TEST_CASE("the definition of the administrator goes before that of the package") {
  Units units;
  units.define("a.service", kWanted);
  units.host.system.files().put(std::string(kLocal) + "a.service", "[Service]\n");
  CHECK(units.enablement("a.service") == UnitEnablement::fixed);
  CHECK(UnitFiles(units.host.files()).find("a.service").value()->path ==
        "/etc/systemd/system/a.service");
}

TEST_CASE("an instance is defined by its template") {
  Units units;
  units.define("getty@.service", "[Install]\nWantedBy=getty.target\n");
  CHECK(units.enablement("getty@tty1.service") == UnitEnablement::disabled);
  units.link("getty.target.wants/getty@tty1.service", "/usr/lib/systemd/system/getty@.service");
  CHECK(units.enablement("getty@tty1.service") == UnitEnablement::enabled);
  CHECK(units.enablement("getty@tty2.service") == UnitEnablement::disabled);
  CHECK(units.enablement("getty@.service") == UnitEnablement::enabled);
}

TEST_CASE("a definition that is linked from elsewhere is read there") {
  Units units;
  units.host.system.files().put("/opt/a.service", kWanted);
  units.link("a.service", "/opt/a.service");
  CHECK(units.enablement("a.service") == UnitEnablement::disabled);
}

TEST_CASE("what cannot be read is an error and not an absence") {
  Units units;
  units.define("a.service", kWanted);
  units.host.system.fail_next(
      MemoryVerb::read, "/usr/lib/systemd/system/a.service", Errc::io_failed);
  CHECK(code_of(UnitFiles(units.host.files()).enablement("a.service")) == Errc::io_failed);
  units.host.system.fail_next(MemoryVerb::list, "/etc/systemd/system", Errc::no_permission);
  CHECK(code_of(UnitFiles(units.host.files()).enablement("a.service")) == Errc::no_permission);
}
