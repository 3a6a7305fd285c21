#include "system/dpkg_status.h"

#include <doctest/doctest.h>

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

std::string paragraph(const std::string& name,
                      const std::string& status,
                      const std::string& version = "1.0-1",
                      const std::string& arch = "amd64") {
  return "Package: " + name + "\nStatus: " + status +
         "\nPriority: optional\nArchitecture: " + arch + "\nVersion: " + version +
         "\nDescription: what it is\n more of it\n .\n Package: none\n\n";
}

std::vector<InstalledPackage> parsed(const std::string& text) {
  return parse_dpkg_status(text).value();
}

std::string refused(const std::string& text) {
  const auto result = parse_dpkg_status(text);
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().code == Errc::package_failed);
  return result.error().where + " " + result.error().what;
}

}  // namespace

TEST_CASE("packages are read with version, architecture, status and hold, in order") {
  const auto packages = parsed(paragraph("zsh", "install ok installed", "5.9-4+b5") +
                               paragraph("cron", "hold ok installed") +
                               paragraph("libc6", "install ok installed", "2.36-9", "i386") +
                               paragraph("libc6", "install ok installed", "2.36-9"));
  REQUIRE(packages.size() == 4);
  CHECK(packages[0] == InstalledPackage{"cron", "1.0-1", "amd64", PackageStatus::configured, true});
  CHECK(packages[1].arch == "amd64");
  CHECK(packages[2].arch == "i386");
  CHECK(packages[3] ==
        InstalledPackage{"zsh", "5.9-4+b5", "amd64", PackageStatus::configured, false});
}

TEST_CASE("every status of dpkg has its meaning") {
  const auto status = [](const std::string& text) {
    return parsed(paragraph("cron", text)).at(0).status;
  };
  CHECK(status("install ok installed") == PackageStatus::configured);
  CHECK(status("deinstall ok config-files") == PackageStatus::leftover);
  CHECK(status("install reinstreq installed") == PackageStatus::broken);
  for (const char* broken :
       {"half-installed", "unpacked", "half-configured", "triggers-awaited", "triggers-pending"}) {
    CHECK(status(std::string("install ok ") + broken) == PackageStatus::broken);
  }
  CHECK(parsed(paragraph("cron", "purge ok not-installed")).empty());
  CHECK(parsed("Package: cron\nStatus: unknown ok not-installed\n").empty());
}

TEST_CASE("odd but well-formed input is read") {
  CHECK(parsed("").empty());
  CHECK(parsed("\n\n\n").empty());
  CHECK(parsed("package:cron\nSTATUS:  install   ok\tinstalled \nversion:1\narchitecture:all")
            .at(0) == InstalledPackage{"cron", "1", "all", PackageStatus::configured, false});
  // What only begins like a field is another one.
  const auto one = parsed(paragraph("cron", "install ok installed") + "\n\n" +
                          "Package: vim\nStatus: install ok installed\nVersions: 9\nVersion: 2\n"
                          "Architecture: amd64\nArchitectures: none\n");
  CHECK(one.at(1).version == "2");
}

TEST_CASE("what dpkg does not write is refused with its line") {
  const std::string good = paragraph("cron", "install ok installed");
  CHECK(refused(good + "Status: install ok installed\n") ==
        "/var/lib/dpkg/status:11 a package without a name");
  CHECK(refused(paragraph("Cron", "install ok installed")).ends_with("without a name"));
  CHECK(refused(paragraph("cron", "install ok")).ends_with("unknown status"));
  CHECK(refused(paragraph("cron", "install ok gone")).ends_with("unknown status"));
  CHECK(refused(paragraph("cron", "install ok installed now")).ends_with("unknown status"));
  CHECK(
      refused(paragraph("cron", "install ok installed", "")).ends_with("version or architecture"));
  CHECK(refused("Package: cron\nnonsense\n").ends_with("no field"));
  CHECK(refused("Package: cron\n: x\n").ends_with("no field"));
  CHECK(refused(std::string("Package: cron\nX: \0\n", 19)).ends_with("no field"));
}

TEST_CASE("names, versions and architectures have their alphabets") {
  CHECK(is_package_name("g++-12"));
  CHECK(is_package_name("0ad"));
  for (const char* name : {"", "a", "-a", "Cron", "a b", "a=1", "a/b", "a_b", "a:i386"}) {
    CAPTURE(name);
    CHECK_FALSE(is_package_name(name));
  }
  CHECK(is_package_version("1:9.2p1-2+deb12u5~bpo1"));
  for (const char* version : {"", "a1", "-1", "1 2", "1/2", "1=2", "1;2"}) {
    CAPTURE(version);
    CHECK_FALSE(is_package_version(version));
  }
  CHECK(is_package_arch("kfreebsd-amd64"));
  CHECK_FALSE(is_package_arch(""));
  CHECK_FALSE(is_package_arch("amd_64"));
}
