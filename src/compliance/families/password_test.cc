#include <fstream>
#include <utmp.h>

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

namespace {

// Writes when somebody last logged in, as login(1) does.
void log_in(const FilesOfHost& files, unsigned user, std::int32_t at) {
  lastlog entry = {};
  entry.ll_time = at;
  std::fstream file(files.real("/var/log/lastlog"),
                    std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(static_cast<std::streamoff>(user) * static_cast<std::streamoff>(sizeof entry));
  file.write(reinterpret_cast<const char*>(&entry), sizeof entry);
}

}  // namespace

TEST_CASE("the last login of an account is that of its number") {
  FilesOfHost files;
  files.write("/etc/passwd",
              "root:x:0:0::/:/bin/sh\n"
              "bin:x:2:2::/:/bin/sh\n"
              "late:x:9:9::/:/bin/sh\n"
              "far:x:4294967294:9::/:/bin/sh\n");
  const auto all = [&] {
    return accounts(files, "operation='pattern match'>.*").all(EntityName::last_login);
  };
  // Nobody has logged in: no entry, or an empty one.
  files.write("/var/log/lastlog", "");
  CHECK(all() == Texts{"does not exist", "does not exist", "does not exist", "does not exist"});
  log_in(files, 2, 1'700'000'000);
  CHECK(all() == Texts{"does not exist", "1700000000", "does not exist", "does not exist"});
  log_in(files, 4294967294, 1'700'000'001);
  CHECK(all() == Texts{"does not exist", "1700000000", "does not exist", "1700000001"});
}

TEST_CASE("where log-ins are kept in the other log, nobody has never logged in") {
  FilesOfHost files;
  files.write("/etc/passwd", "root:x:0:0::/:/bin/sh\n");
  files.write("/var/log/lastlog", "");
  files.write("/var/lib/lastlog/lastlog2.db", "");
  CHECK(accounts(files, ">root").all(EntityName::last_login) == Texts{"not collected"});
}

TEST_CASE("a last login that is cut off or cannot be read is an error, and is never a pass") {
  FilesOfHost files;
  files.write("/etc/passwd", "root:x:0:0::/:/bin/sh\n");
  files.write("/var/log/lastlog", std::string(17, 'a'));
  CHECK(accounts(files, ">root").all(EntityName::last_login) == Texts{"error"});
  FilesOfHost odd;
  odd.write("/etc/passwd", "root:x:0:0::/:/bin/sh\n");
  odd.make_directory("/var/log/lastlog");
  OneTest judged(odd,
                 "unix:password",
                 "check='all'",
                 "<unix:password_object id='o'><unix:username>root</unix:username>"
                 "</unix:password_object>",
                 "<unix:password_state id='s'><unix:last_login datatype='int' operation='less than'"
                 ">1</unix:last_login></unix:password_state>");
  CHECK(judged.all(EntityName::last_login) == Texts{"error"});
  CHECK(judged.verdict() == Verdict::error);
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
