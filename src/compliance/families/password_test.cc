#include <doctest/doctest.h>

#include "compliance/families/family.h"
#include "tests/support/oval_run.h"

using namespace twoseal;        // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::scap;  // NOLINT(google-build-using-namespace)
using test::FilesOfHost;
using test::OneTest;

namespace {

using Texts = std::vector<std::string>;

OneTest accounts(const FilesOfHost& files, const std::string& name) {
  return OneTest(files,
                 "unix:password",
                 "",
                 "<unix:password_object id='o'><unix:username " + name +
                     "</unix:username></unix:password_object>");
}

}  // namespace

TEST_CASE("accounts show their fields, and lines that are none are passed over") {
  FilesOfHost files;
  files.write("/etc/passwd",
              "root:x:0:0:root,,:/root:/bin/sh\n"
              "# comment:x:0:0::/:\n"
              "broken:x:zero:0::/:/bin/sh\n"
              "short:x:1\n"
              "\n"
              "bin:x:2:3::/bin:\n");
  OneTest all = accounts(files, "operation='pattern match'>.*");
  CHECK(all.all(EntityName::username) == Texts{"root", "bin"});
  CHECK(all.all(EntityName::user_id) == Texts{"0", "2"});
  CHECK(all.all(EntityName::group_id) == Texts{"0", "3"});
  CHECK(all.all(EntityName::home_dir) == Texts{"/root", "/bin"});
  CHECK(all.all(EntityName::login_shell) == Texts{"/bin/sh", ""});
  CHECK(all.all(EntityName::gcos) == Texts{"root,,", ""});
  CHECK(all.all(EntityName::last_login) == Texts{"not collected", "not collected"});
  CHECK(accounts(files, ">bin").count() == 1);
  CHECK(accounts(files, ">nobody").flag() == Flag::does_not_exist);
}

TEST_CASE("what the C library takes for an account is one") {
  FilesOfHost files;
  files.write("/etc/passwd",
              "eve:x:0:0::/root\n"
              "mal:x:0:0::/:/bin/sh:\n"
              "bob:x:+0:0::/:/bin/sh\n"
              "  tab:x:0:0::/:/bin/sh\n"
              "few:x:0:0\n"
              "last:x:0:0:::/bin/sh");
  OneTest all = accounts(files, "operation='pattern match'>.*");
  CHECK(all.all(EntityName::username) == Texts{"eve", "mal", "bob", "tab", "few", "last"});
  CHECK(all.all(EntityName::user_id) == Texts{"0", "0", "0", "0", "0", "0"});
  CHECK(all.all(EntityName::login_shell) ==
        Texts{"", "/bin/sh:", "/bin/sh", "/bin/sh", "", "/bin/sh"});
}

TEST_CASE("a line of any length is one account") {
  FilesOfHost files;
  files.write("/etc/passwd",
              "long:x:0:0:" + std::string(100'000, 'g') + ":/:/bin/sh\nz:x:1:1::/:\n");
  CHECK(accounts(files, "operation='pattern match'>.*").all(EntityName::username) ==
        Texts{"long", "z"});
}

TEST_CASE("without a file there is no account, and a name that cannot be compared is an error") {
  FilesOfHost files;
  CHECK(accounts(files, ">root").flag() == Flag::does_not_exist);
  files.write("/etc/passwd", "root:x:0:0::/root:/bin/sh\n");
  CHECK(accounts(files, "operation='pattern match'>(").flag() == Flag::error);
  CHECK(accounts(files, "operation='less than'>z").flag() == Flag::error);
}
