#include <doctest/doctest.h>

#include "compliance/families/family.h"
#include "tests/support/memory_rpm_book.h"
#include "tests/support/oval_run.h"

using namespace twoseal;        // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::scap;  // NOLINT(google-build-using-namespace)
using test::FilesOfHost;
using test::MemoryRpmBook;
using test::OneTest;

namespace {

using Texts = std::vector<std::string>;

OneTest packages(const FilesOfHost& files, const std::string& name, const std::string& more = {}) {
  return OneTest(files,
                 "linux:rpminfo",
                 "",
                 "<linux:rpminfo_object id='o'>" + more + "<linux:name " + name +
                     "</linux:name></linux:rpminfo_object>");
}

}  // namespace

TEST_CASE("packages of rpm show their names, versions and who signed them") {
  FilesOfHost files;
  files.write("/var/lib/rpm/rpmdb.sqlite");
  MemoryRpmBook book({{"bash", "x86_64", std::nullopt, "5.1", "6.el9", "199e2f91fd431d51", 1},
                      {"gpg-pubkey", "", 2, "fd431d51", "4ae0493b", "0", 2}});
  files.host().rpms = &book;
  OneTest all = packages(files, "operation='pattern match'>.*");
  CHECK(all.all(EntityName::name) == Texts{"bash", "gpg-pubkey"});
  CHECK(all.all(EntityName::arch) == Texts{"x86_64", "(none)"});
  CHECK(all.all(EntityName::epoch) == Texts{"(none)", "2"});
  CHECK(all.all(EntityName::evr) == Texts{"0:5.1-6.el9", "2:fd431d51-4ae0493b"});
  CHECK(all.all(EntityName::signature_keyid) == Texts{"199e2f91fd431d51", "0"});
  CHECK(all.all(EntityName::extended_name)[0] == "bash-0:5.1-6.el9.x86_64");
  CHECK(packages(files, ">bash").count() == 1);
  CHECK(packages(files, ">telnet").flag() == Flag::does_not_exist);
}

TEST_CASE("paths of a package are shown when they are asked for") {
  FilesOfHost files;
  files.write("/usr/lib/sysimage/rpm/rpmdb.sqlite");
  MemoryRpmBook book({{"bash", "x86_64", std::nullopt, "5.1", "6.el9", "0", 1}});
  RpmFile file;
  file.path = "/bin/bash";
  book.files_of["bash"] = {file};
  files.host().rpms = &book;
  CHECK(packages(files, ">bash", "<linux:behaviors filepaths='true'/>").all(EntityName::filepath) ==
        Texts{"/bin/bash"});
  CHECK(packages(files, ">bash").all(EntityName::filepath).empty());
}

TEST_CASE("without a database rpm is not applicable, and one that cannot be read is an error") {
  FilesOfHost files;
  MemoryRpmBook book({});
  files.host().rpms = &book;
  CHECK(packages(files, ">bash").flag() == Flag::not_applicable);
  files.write("/var/lib/rpm/Packages");
  CHECK(packages(files, ">bash").flag() == Flag::does_not_exist);
  book.broken = true;
  CHECK(packages(files, ">bash").flag() == Flag::error);
  files.host().rpms = nullptr;
  CHECK(packages(files, ">bash").flag() == Flag::not_collected);
}

TEST_CASE("a database of rpm that is a link, or has one beside it, is an error") {
  FilesOfHost files;
  MemoryRpmBook book({{"bash", "x86_64", std::nullopt, "5.1", "6.el9", "0", 1}});
  files.host().rpms = &book;
  files.write("/elsewhere/rpmdb.sqlite");
  SUBCASE("the database") {
    files.write("/var/lib/rpm/.rpm.lock");
    files.link("/var/lib/rpm/rpmdb.sqlite", "/elsewhere/rpmdb.sqlite");
  }
  SUBCASE("one that leads nowhere in this root") {
    files.write("/var/lib/rpm/.rpm.lock");
    files.link("/var/lib/rpm/rpmdb.sqlite", "/nowhere/rpmdb.sqlite");
  }
  SUBCASE("its log") {
    files.write("/var/lib/rpm/rpmdb.sqlite");
    files.link("/var/lib/rpm/rpmdb.sqlite-wal", "/elsewhere/rpmdb.sqlite");
  }
  SUBCASE("its lock") {
    files.write("/var/lib/rpm/rpmdb.sqlite");
    files.link("/var/lib/rpm/.rpm.lock", "/elsewhere/rpmdb.sqlite");
  }
  CHECK(packages(files, ">telnet").flag() == Flag::error);
  CHECK(packages(files, ">bash").flag() == Flag::error);
}
