#include <doctest/doctest.h>

#include "compliance/families/family.h"
#include "tests/support/oval_run.h"

using namespace twoseal;        // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::scap;  // NOLINT(google-build-using-namespace)
using test::FilesOfHost;
using test::OneTest;

namespace {

using Texts = std::vector<std::string>;

OneTest ages(const FilesOfHost& files, const std::string& name) {
  return OneTest(files,
                 "unix:shadow",
                 "",
                 "<unix:shadow_object id='o'><unix:username " + name +
                     "</unix:username></unix:shadow_object>");
}

}  // namespace

TEST_CASE("ages are numbers, and -1 where nothing is said") {
  FilesOfHost files;
  files.write("/etc/shadow", "root:$6$x$y:19700:0:99999:7:30:20000:\nbin:*:::::::\nshort:*:1\n");
  OneTest root = ages(files, ">root");
  CHECK(root.all(EntityName::chg_lst) == Texts{"19700"});
  CHECK(root.all(EntityName::chg_allow) == Texts{"0"});
  CHECK(root.all(EntityName::chg_req) == Texts{"99999"});
  CHECK(root.all(EntityName::exp_warn) == Texts{"7"});
  CHECK(root.all(EntityName::exp_inact) == Texts{"30"});
  CHECK(root.all(EntityName::exp_date) == Texts{"20000"});
  OneTest bin = ages(files, ">bin");
  CHECK(bin.all(EntityName::chg_lst) == Texts{"-1"});
  CHECK(bin.all(EntityName::flag) == Texts{"18446744073709551615"});
  CHECK(ages(files, ">short").flag() == Flag::does_not_exist);
}

TEST_CASE("the method of a password is told by how it begins") {
  const std::pair<std::string, Texts> rows[] = {{"$1$a$b", {"MD5"}},
                                                {"$2a$a", {"Blowfish"}},
                                                {"$5$a$b", {"SHA-256"}},
                                                {"$6$a$b", {"SHA-512"}},
                                                {"$y$j9T$a", {}},
                                                {"*", {"DES"}},
                                                {"!", {"DES"}},
                                                {"", {"DES"}},
                                                {"_a", {"BSDi"}}};
  for (const auto& [password, method] : rows) {
    FilesOfHost files;
    files.write("/etc/shadow", "a:" + password + ":1:2:3:4:5:6:\n");
    CHECK(ages(files, ">a").all(EntityName::encrypt_method) == method);
  }
}

TEST_CASE("the old form without ages, and numbers with a sign, are those of accounts") {
  FilesOfHost files;
  files.write("/etc/shadow", "eve::19000:0:99999\nbob:*:19000:0:+99999:7:::\n# no:*:1:2:3:::: \n");
  OneTest all = ages(files, "operation='pattern match'>.*");
  CHECK(all.all(EntityName::username) == Texts{"eve", "bob"});
  CHECK(all.all(EntityName::password) == Texts{"", "*"});
  CHECK(all.all(EntityName::chg_req) == Texts{"99999", "99999"});
  CHECK(all.all(EntityName::exp_warn) == Texts{"-1", "7"});
}

TEST_CASE("a file of ages that cannot be read is an error") {
  FilesOfHost files;
  files.make_directory("/etc/shadow");
  CHECK(ages(files, ">root").flag() == Flag::error);
}
