// LinuxPackages against a real apt and dpkg, with the two versions of testbed-hello.
#include <doctest/doctest.h>

#include "tests/testbed/real_host.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace
using test::code_of;

namespace {

constexpr const char* kFetched = "/var/lib/tst-packages";
constexpr const char* kConfig = "/etc/testbed-hello.conf";

// Without testbed-hello before and after.
class PackageHost {
 public:
  PackageHost() { clean(); }

  PackageHost(const PackageHost&) = delete;
  PackageHost& operator=(const PackageHost&) = delete;

  ~PackageHost() { clean(); }

  Result<PackageClosure> plan(const std::optional<std::string>& version = {}, bool absent = false) {
    const PackageWish wish{.name = "testbed-hello", .version = version, .absent = absent};
    return packages().plan({&wish, 1});
  }

  // Plans, fetches and does.
  Result<void> change(const std::optional<std::string>& version, bool absent = false) {
    TWOSEAL_TRY(const PackageClosure closure, plan(version, absent));
    TWOSEAL_TRY_VOID(packages().fetch(closure.install, kFetched));
    return packages().change(closure.install, kFetched, closure.remove, {});
  }

  std::optional<InstalledPackage> there() {
    const auto installed = packages().installed();
    REQUIRE(installed.has_value());
    for (const InstalledPackage& one : *installed) {
      if (one.name == "testbed-hello") {
        return one;
      }
    }
    return std::nullopt;
  }

  Packages& packages() { return host.machine.packages(); }

  test::RealHost host;

 private:
  void clean() {
    host.shell(
        "dpkg --purge --force-hold --force-remove-reinstreq testbed-hello 2>/dev/null; rm -rf " +
        std::string(kFetched));
  }
};

}  // namespace

TEST_CASE("a plan names the newest file with the digest that it has") {
  PackageHost apt;
  const PackageClosure closure = apt.plan().value();
  REQUIRE(closure.install.size() == 1);
  const PackageFile& file = closure.install.front();
  CHECK(file.version == "1.1");
  CHECK(file.arch == "all");
  const std::string path = "/srv/repo/testbed-hello_1.1_all.deb";
  CHECK(apt.host.shell("sha256sum " + path).substr(0, 64) == file.digest.hex());
  CHECK(apt.host.shell("stat -c %s " + path) == std::to_string(file.size) + "\n");
  CHECK(apt.plan("1.0").value().install.at(0).version == "1.0");
  CHECK(code_of(apt.plan("9.9")) == Errc::no_such_package);
  const PackageWish unknown{.name = "twoseal-no-such"};
  CHECK(code_of(apt.packages().plan({&unknown, 1})) == Errc::no_such_package);
  CHECK_FALSE(apt.there().has_value());
}

TEST_CASE("a package is installed, upgraded and downgraded to what was asked for") {
  PackageHost apt;
  REQUIRE(apt.change("1.0").has_value());
  CHECK(apt.there().value().version == "1.0");
  CHECK(apt.host.shell("testbed-hello") == "hello 1.0\n");
  // Any version will do, so nothing is to be done.
  CHECK(apt.plan().value().install.empty());
  const PackageClosure upgrade = apt.plan("1.1").value();
  REQUIRE(upgrade.replaced.size() == 1);
  CHECK(upgrade.replaced.front().version == "1.0");
  REQUIRE(apt.change("1.1").has_value());
  CHECK(apt.host.shell("testbed-hello; cat /etc/testbed-hello.conf") ==
        "hello 1.1\ngreeting = hello from 1.1\n");
  REQUIRE(apt.change("1.0").has_value());
  CHECK(apt.there().value().version == "1.0");
  CHECK(apt.there().value().status == PackageStatus::configured);
}

TEST_CASE("configuration that was changed by hand is kept") {
  PackageHost apt;
  REQUIRE(apt.change("1.0").has_value());
  apt.host.write(kConfig, "greeting = mine\n");
  REQUIRE(apt.change("1.1").has_value());
  CHECK(apt.there().value().version == "1.1");
  CHECK(apt.host.text(kConfig) == "greeting = mine\n");
}

TEST_CASE("a hold is set, seen by apt, kept over a change, and taken away") {
  PackageHost apt;
  CHECK(code_of(apt.packages().set_hold("testbed-hello", true)) == Errc::package_failed);
  REQUIRE(apt.change("1.0").has_value());
  REQUIRE(apt.packages().set_hold("testbed-hello", true).has_value());
  CHECK(apt.there().value().hold);
  CHECK(apt.host.shell("apt-mark showhold") == "testbed-hello\n");
  apt.host.shell("apt-get -qq -y upgrade");
  CHECK(apt.there().value().version == "1.0");
  REQUIRE(apt.change("1.1").has_value());
  CHECK(apt.there().value().version == "1.1");
  CHECK(apt.there().value().hold);
  REQUIRE(apt.packages().set_hold("testbed-hello", false).has_value());
  CHECK(apt.host.shell("apt-mark showhold").empty());
}

TEST_CASE("a removed package leaves its configuration and can come back") {
  PackageHost apt;
  REQUIRE(apt.change("1.1").has_value());
  const auto file = apt.packages().find_file(apt.there().value()).value();
  REQUIRE(file.has_value());
  CHECK(file->version == "1.1");
  REQUIRE(apt.change({}, true).has_value());
  CHECK(apt.there().value().status == PackageStatus::leftover);
  CHECK(apt.host.exists(kConfig));
  CHECK(apt.plan({}, true).value().remove.empty());
  REQUIRE(apt.change({}).has_value());
  CHECK(apt.there().value().status == PackageStatus::configured);
}

TEST_CASE("a fetched file is kept, one that was damaged is fetched again and never installed") {
  PackageHost apt;
  const PackageClosure closure = apt.plan("1.1").value();
  REQUIRE(apt.packages().fetch(closure.install, kFetched).has_value());
  const std::string path = std::string(kFetched) + "/" + package_file_name(closure.install.front());
  const auto first = apt.host.machine.files().look(path).value().value();
  CHECK(apt.host.machine.files().look(kFetched).value()->mode == 0700);
  REQUIRE(apt.packages().fetch(closure.install, kFetched).has_value());
  CHECK(apt.host.machine.files().look(path).value()->inode == first.inode);
  apt.host.write(path, "not a package");
  CHECK(code_of(apt.packages().change(closure.install, kFetched, {}, {})) == Errc::package_failed);
  CHECK_FALSE(apt.there().has_value());
  REQUIRE(apt.packages().fetch(closure.install, kFetched).has_value());
  REQUIRE(apt.packages().change(closure.install, kFetched, {}, {}).has_value());
  CHECK(apt.there().value().version == "1.1");
}

TEST_CASE("a change that would take along what nobody named is refused") {
  PackageHost apt;
  const PackageWish wish{.name = "dbus", .version = {}, .absent = true};
  CHECK(code_of(apt.packages().plan({&wish, 1})) == Errc::package_failed);
  const InstalledPackage dbus{.name = "dbus", .version = "1", .arch = "amd64"};
  CHECK(code_of(apt.packages().change({}, kFetched, {&dbus, 1}, {})) == Errc::package_failed);
  apt.host.shell("dpkg-query -W dbus libpam-systemd");
}

TEST_CASE("what an installation brought goes with its configuration when it is undone") {
  PackageHost apt;
  const PackageClosure closure = apt.plan("1.0").value();
  CHECK(closure.whole == std::vector<std::string>{"testbed-hello"});
  REQUIRE(apt.packages().fetch(closure.install, kFetched).has_value());
  REQUIRE(apt.packages().change(closure.install, kFetched, {}, {}).has_value());
  const InstalledPackage there = apt.there().value();
  REQUIRE(apt.packages().change({}, kFetched, {&there, 1}, closure.whole).has_value());
  CHECK_FALSE(apt.there().has_value());
  // Configuration that was there before stays.
  REQUIRE(apt.change("1.0").has_value());
  REQUIRE(apt.change({}, true).has_value());
  CHECK(apt.there()->status == PackageStatus::leftover);
  CHECK(apt.plan("1.0")->whole.empty());
  CHECK(apt.plan("1.0")->replaced.empty());
}

TEST_CASE("a package as a resource: pinned and held, and back as it was") {
  PackageHost apt;
  test::RealHost& host = apt.host;
  REQUIRE(apt.change("1.0").has_value());
  const auto made = host.apply("- {package: testbed-hello, version: \"1.1\", hold: true}\n");
  REQUIRE_MESSAGE(made.has_value(), made.error().what);
  CHECK(apt.there().value().version == "1.1");
  CHECK(apt.there().value().hold);
  REQUIRE(host.undo().has_value());
  CHECK(apt.there().value().version == "1.0");
  CHECK_FALSE(apt.there().value().hold);
}
