#include "system/linux/linux_rpm_book.h"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

#include "tests/support/library_leaks.h"
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

  // As somebody else does it, while a book may have the database open.
  void change(const std::string& sql) const {
    run("sqlite3 " + root() + "/var/lib/rpm/rpmdb.sqlite \"" + sql + "\"");
  }

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

TEST_CASE("a database with a damaged package is an error, not one package less") {
  const RootWithRpm made;
  made.change("INSERT INTO Packages SELECT 7, blob FROM Packages");
  made.change("INSERT INTO Name SELECT key, 7, 0 FROM Name");
  LinuxRpmBook whole(made.root());
  CHECK(whole.packages("/var/lib/rpm")->size() == 2);
  made.change("UPDATE Packages SET blob = zeroblob(length(blob)) WHERE hnum = 7");
  LinuxRpmBook book(made.root());
  const auto packages = book.packages("/var/lib/rpm");
  REQUIRE_FALSE(packages.has_value());
  CHECK(packages.error().what == "of 2 packages of rpm 1 can be read");
}

TEST_CASE("a database without packages is an error, as one without its tables is") {
  const RootWithRpm made;
  made.change("DELETE FROM Packages; DELETE FROM Name");
  LinuxRpmBook empty(made.root());
  const auto packages = empty.packages("/var/lib/rpm");
  REQUIRE_FALSE(packages.has_value());
  CHECK(packages.error().what == "the database of rpm has no packages");
  made.change("DROP TABLE Packages");
  const test::LibraryLeaks library;  // librpm forgets to close such a database
  LinuxRpmBook without(made.root());
  CHECK_FALSE(without.packages("/var/lib/rpm").has_value());
}

TEST_CASE("a database is read again when somebody has written to it") {
  const RootWithRpm made;
  LinuxRpmBook book(made.root());
  REQUIRE(book.packages("/var/lib/rpm")->size() == 1);
  made.change("INSERT INTO Packages SELECT 7, blob FROM Packages");
  made.change("INSERT INTO Name SELECT key, 7, 0 FROM Name");
  CHECK(book.packages("/var/lib/rpm")->size() == 2);
  CHECK(book.files("/var/lib/rpm", {.number = 7})->size() == 2);
}

TEST_CASE("a database to which nobody has written is read once") {
  const RootWithRpm made;
  LinuxRpmBook book(made.root());
  REQUIRE(book.packages("/var/lib/rpm")->size() == 1);
  const std::string path = made.root() + "/var/lib/rpm/rpmdb.sqlite";
  const auto then = std::filesystem::last_write_time(path);
  std::filesystem::copy_file(path, path + ".kept");
  std::fstream(path) << std::string(std::filesystem::file_size(path), '\0');
  std::filesystem::last_write_time(path, then);
  CHECK(book.packages("/var/lib/rpm")->size() == 1);
  // librpm loses memory when it closes a database that was damaged while it was open.
  std::fstream(path) << std::ifstream(path + ".kept", std::ios::binary).rdbuf();
}
