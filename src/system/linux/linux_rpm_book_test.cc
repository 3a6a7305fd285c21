#include "system/linux/linux_rpm_book.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

#include "tests/support/temporary_directory.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

constexpr const char* kSpec = R"(Name: hello
Version: 1.2
Release: 3
Epoch: 4
Summary: a package
License: none
BuildArch: noarch
%description
a package
%install
mkdir -p %{buildroot}/etc
printf x > %{buildroot}/etc/hello.conf
ln -s hello.conf %{buildroot}/etc/hello.link
%files
%config %attr(0640, root, root) /etc/hello.conf
/etc/hello.link
)";

// A root in which rpm itself has installed a package that rpmbuild made.
class RootWithRpm {
 public:
  RootWithRpm() {
    std::ofstream(directory_.file("hello.spec")) << kSpec;
    std::filesystem::create_directories(root() + "/var/lib/rpm");
    run("rpmbuild -bb --quiet --define '_topdir " + directory_.file("build") + "' " +
        directory_.file("hello.spec"));
    run("rpm --root " + root() + " --dbpath /var/lib/rpm -i --nodeps " + directory_.file("build") +
        "/RPMS/noarch/hello-1.2-3.noarch.rpm");
  }

  [[nodiscard]] std::string root() const { return directory_.file("root"); }

 private:
  static void run(const std::string& command) {
    REQUIRE_MESSAGE(std::system((command + " >/dev/null 2>&1").c_str()) == 0, command);
  }

  TemporaryDirectory directory_;
};

}  // namespace

TEST_CASE("packages and files are read as rpm itself wrote them") {
  const RootWithRpm made;
  LinuxRpmBook book(made.root());
  const auto packages = book.packages("/var/lib/rpm");
  REQUIRE_MESSAGE(packages.has_value(), (packages ? "" : packages.error().what));
  REQUIRE(packages->size() == 1);
  const RpmPackage& package = packages->front();
  CHECK(package.name == "hello");
  CHECK(package.arch == "noarch");
  CHECK(package.epoch == 4);
  CHECK(package.version == "1.2");
  CHECK(package.release == "3");
  CHECK(package.signer == "0");
  const auto files = book.files("/var/lib/rpm", package);
  REQUIRE(files.has_value());
  REQUIRE(files->size() == 2);
  const RpmFile& file = files->front();
  CHECK(file.path == "/etc/hello.conf");
  CHECK(file.mode == 0100640);
  CHECK(file.user == "root");
  CHECK(file.size == 1);
  CHECK(file.algorithm == "SHA-256");
  CHECK(file.digest == "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881");
  CHECK((file.flags & rpm_file_flag::kConfiguration) != 0);
  CHECK(file.is_installed);
  CHECK(files->back().link == "hello.conf");
}

TEST_CASE("reading makes no database where there is none") {
  const TemporaryDirectory directory;
  std::filesystem::create_directories(directory.file("var/lib/rpm"));
  LinuxRpmBook book(directory.file(""));
  const auto packages = book.packages("/var/lib/rpm");
  CHECK_FALSE(packages.has_value());
  CHECK(std::filesystem::is_empty(directory.file("var/lib/rpm")));
}
