#include "compliance/sql/fact_tables.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "tests/support/oval_run.h"

using namespace twoseal;        // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::scap;  // NOLINT(google-build-using-namespace)

namespace {

constexpr std::int64_t kNow = 1'700'000'000;

std::string text_of(const FactCell& cell) {
  if (const auto* const number = std::get_if<std::int64_t>(&cell)) {
    return std::to_string(*number);
  }
  const auto* const text = std::get_if<std::string>(&cell);
  return text == nullptr ? "-" : *text;
}

// Rows of a table, columns with `|` between them; the problem in the place of all of them.
std::vector<std::string> rows_of(FactTables& tables, std::string_view table) {
  std::vector<std::string> rows;
  const auto problem = tables.fill(table, [&](const FactRow& row) {
    std::string text;
    for (const FactCell& cell : row) {
      text += (text.empty() ? "" : "|") + text_of(cell);
    }
    rows.push_back(std::move(text));
  });
  if (problem) {
    return {std::string(word_of(problem->result)) + ": " + problem->why};
  }
  return rows;
}

std::vector<std::string> rows_of(const test::FilesOfHost& files,
                                 std::string_view table,
                                 const SqlCheck& check = {}) {
  FactTables tables(files.host(), std::span(&check, 1), {}, kNow);
  return rows_of(tables, table);
}

using Rows = std::vector<std::string>;

}  // namespace

TEST_CASE("accounts show how their password stands, and never what it is") {
  test::FilesOfHost files;
  files.write("/etc/passwd",
              "root:x:0:0:root:/root:/bin/sh\nopen:x:1:1::/:\nshut:x:2:2::/:/bin/false\n"
              "old:$1$abc:3:3::/:\nlost:x:4:4::/:\n");
  files.write("/etc/shadow", "root:$6$salt$hash:1::::::\nopen::1::::::\nshut:!*:1::::::\n");
  const Rows rows = rows_of(files, "accounts");
  CHECK(rows == Rows{"root|0|0|/root|/bin/sh|set",
                     "open|1|1|/||none",
                     "shut|2|2|/|/bin/false|locked",
                     "old|3|3|/||set",
                     "lost|4|4|/||-"});
}

TEST_CASE("settings of several forms are keys with values, and comments are left out") {
  test::FilesOfHost files;
  files.write("/etc/chrony/conf.d/b.conf", "# no\nserver\ta.example iburst\n! no\n  pool b\n");
  files.write("/etc/chrony/conf.d/a.conf", "\n; no\n[Time]\nNTP = c d\n// no\nalone\n");
  files.write("/etc/chrony/conf.d/c.txt", "server no\n");
  files.write("/etc/nsswitch.conf", "passwd:\tfiles sss\nAPT::Periodic \"1\";\n");
  const SqlCheck check{
      "c", "", {}, {}, {"/etc/chrony/conf.d/*.conf", "/etc/nsswitch.conf", "/gone"}};
  CHECK(rows_of(files, "settings", check) ==
        Rows{"/etc/chrony/conf.d/a.conf|4|Time|NTP|c d",
             "/etc/chrony/conf.d/a.conf|6|Time|alone|",
             "/etc/chrony/conf.d/b.conf|2||server|a.example iburst",
             "/etc/chrony/conf.d/b.conf|3||!|no",
             "/etc/chrony/conf.d/b.conf|4||pool|b",
             "/etc/nsswitch.conf|1||passwd|files sss",
             "/etc/nsswitch.conf|2||APT::Periodic|\"1\";"});
}

TEST_CASE("what is there of the files that a check names is shown") {
  test::FilesOfHost files;
  files.write("/bin/a", "12");
  files.set_mode("/bin/a", 04755);
  const SqlCheck check{"c", "", {}, {"/bin/a", "/bin/b"}, {}};
  const Rows rows = rows_of(files, "files", check);
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].starts_with("/bin/a|regular|2541|"));
}

TEST_CASE("units are enabled by links, also where nothing runs") {
  test::FilesOfHost files;
  files.write("/lib/a.service");
  files.write("/lib/b.socket");
  files.link("/etc/systemd/system/multi-user.target.wants/a.service", "/lib/a.service");
  files.link("/etc/systemd/system/multi-user.target.wants/gone.service", "/lib/gone.service");
  files.link("/etc/systemd/system/x.service.requires/b.socket", "/lib/b.socket");
  files.write("/etc/systemd/system/c.service");
  Rows rows = rows_of(files, "enabled_units");
  std::sort(rows.begin(), rows.end());
  CHECK(rows == Rows{"a.service|/etc/systemd/system/multi-user.target.wants/a.service",
                     "b.socket|/etc/systemd/system/x.service.requires/b.socket"});
  CHECK(rows_of(files, "units") ==
        Rows{"notchecked: the units of this host: only a running host can tell"});
}

TEST_CASE("facts are those of os-release and of the moment") {
  test::FilesOfHost files;
  files.write("/usr/lib/os-release", "NAME=x\nID=debian\nVERSION_ID=\"12\"\n");
  CHECK(rows_of(files, "facts") ==
        Rows{"os.id|debian", "os.version|12", "now|1700000000", "running|0"});
}

TEST_CASE("packages of a host without any that is known are an error, not an empty table") {
  test::FilesOfHost files;
  CHECK(rows_of(files, "packages")[0].starts_with("error: the packages of this host: "));
  files.write(
      "/var/lib/dpkg/status",
      "Package: aide\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1:2-3\n\n");
  CHECK(rows_of(files, "packages")[0] == "aide|1:2-3|amd64");
}

TEST_CASE("what cannot be read makes the whole table impossible to ask") {
  test::FilesOfHost files;
  files.make_directory("/etc/group");
  CHECK(rows_of(files, "groups")[0].starts_with("error: "));
  CHECK(rows_of(files, "mounts")[0].starts_with("notchecked: "));
  CHECK(rows_of(files, "nothing") == Rows{"error: there is no table of this name"});
}

TEST_CASE("groups show their members, and values what the profile chose") {
  test::FilesOfHost files;
  files.write("/etc/group", "sudo:x:27:a,b\nempty:x:x:\nbroken\n");
  CHECK(rows_of(files, "groups") == Rows{"sudo|27|a,b", "empty|-|"});
  FactTables tables(files.host(), {}, {{"servers", {"a", "b"}}}, kNow);
  CHECK(rows_of(tables, "wanted") == Rows{"servers|a", "servers|b"});
}

TEST_CASE("a path with a star is watched as the directory that it is in") {
  test::FilesOfHost files;
  const SqlCheck check{"c", "", {}, {"/bin/a"}, {"/etc/d/*.conf", "/etc/one"}};
  const FactTables tables(files.host(), std::span(&check, 1), {}, kNow);
  CHECK(tables.sources("settings") == Rows{"/etc/d", "/etc/one"});
  CHECK(tables.sources("files") == Rows{"/bin/a"});
  CHECK(tables.sources("processes").empty());
}
