#include "compliance/sql/sql_checks.h"

#include <doctest/doctest.h>

#include "tests/support/oval_run.h"

using namespace twoseal;        // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::scap;  // NOLINT(google-build-using-namespace)

namespace {

constexpr std::int64_t kNow = 1'700'000'000;

// One question on a host of two accounts.
class Asked {
 public:
  explicit Asked(std::string_view sql, std::map<std::string, std::vector<std::string>> wanted = {})
      : check_{"c", sql, {}, {}, {"/etc/one"}},
        checks_(files_.host(), std::span(&check_, 1), std::move(wanted), kNow) {
    files_.write("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nmal:x:0:0::/:\n");
    files_.write("/etc/shadow", "root:!:1::::::\nmal:!:1::::::\n");
  }

  SqlAnswer answer() { return checks_.ask(check_); }

  SqlAnswer needing(Text value) {
    check_.needs = {value};
    return checks_.ask(check_);
  }

  [[nodiscard]] SqlChecks& checks() { return checks_; }

  [[nodiscard]] test::FilesOfHost& files() { return files_; }

 private:
  test::FilesOfHost files_;
  SqlCheck check_;
  SqlChecks checks_;
};

RuleResult result(std::string_view sql) {
  return Asked(sql).answer().result;
}

}  // namespace

TEST_CASE("no row is a pass, and each row a finding") {
  CHECK(result("SELECT 1 WHERE 0") == RuleResult::pass);
  Asked asked(
      "SELECT 'root alone' AS expected, name AS found, '/etc/passwd' AS path, uid + 2 AS line "
      "FROM accounts WHERE uid = 0 AND name <> 'root'");
  const SqlAnswer answer = asked.answer();
  CHECK(answer.result == RuleResult::fail);
  CHECK(answer.findings == std::vector<SqlFinding>{{"root alone", "mal", "/etc/passwd", 2}});
}

TEST_CASE("a question that is none, or that would change something, is an error and no pass") {
  for (const char* sql : {"SELEC 1",
                          "SELECT nothing FROM accounts",
                          "SELECT * FROM sqlite_schema WHERE 0; DROP TABLE accounts",
                          "DELETE FROM accounts",
                          "ATTACH '/tmp/x' AS x",
                          "PRAGMA page_size",
                          "SELECT load_extension('x')",
                          "CREATE TABLE x (y)",
                          ""}) {
    CAPTURE(sql);
    const SqlAnswer answer = Asked(sql).answer();
    CHECK(answer.result != RuleResult::pass);
    CHECK(answer.findings.size() <= 1);
  }
}

TEST_CASE("a question that goes on for ever is cut off") {
  const SqlAnswer answer =
      Asked(
          "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n "
          "WHERE x < 0")
          .answer();
  CHECK(answer.result == RuleResult::error);
  CHECK(answer.why.find("interrupted") != std::string::npos);
}

TEST_CASE("a table that cannot be filled makes the answer an error, or not to be had here") {
  Asked asked("SELECT 1 FROM accounts WHERE 0");
  std::filesystem::remove(asked.files().real("/etc/shadow"));
  asked.files().make_directory("/etc/shadow");
  CHECK(asked.answer().result == RuleResult::error);
  CHECK(result("SELECT 1 FROM units WHERE 0") == RuleResult::notchecked);
  CHECK(result("SELECT 1 FROM packages WHERE 0") == RuleResult::error);
}

TEST_CASE("without a value that it needs nobody can judge") {
  Asked without("SELECT 1 WHERE 0");
  const SqlAnswer answer = without.needing("servers");
  CHECK(answer.result == RuleResult::notchecked);
  CHECK(answer.why.find("--value servers=") != std::string::npos);
  Asked empty("SELECT 1 WHERE 0", {{"servers", {""}}});
  CHECK(empty.needing("servers").result == RuleResult::notchecked);
  Asked with("SELECT value AS found FROM wanted WHERE id = 'servers'", {{"servers", {"a"}}});
  CHECK(with.needing("servers").findings[0].found == "a");
}

TEST_CASE("findings are bounded") {
  Asked asked(
      "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 5000) "
      "SELECT x AS found FROM n");
  CHECK(asked.answer().findings.size() == kSqlFindingsMax);
}

TEST_CASE("a table is read again once something happened to where it comes from") {
  Asked asked("SELECT name AS found FROM accounts WHERE uid = 0 AND name <> 'root'");
  CHECK(asked.answer().findings.size() == 1);
  CHECK(asked.checks().sources() == std::vector<std::string>{"/etc/passwd", "/etc/shadow"});
  asked.files().write("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n");
  CHECK(asked.answer().findings.size() == 1);
  const std::vector<std::string> other = {"/etc/group", "/etc/passwd-"};
  CHECK_FALSE(asked.checks().touch(other));
  const std::vector<std::string> paths = {"/etc/passwd"};
  CHECK(asked.checks().touch(paths));
  CHECK(asked.answer().result == RuleResult::pass);
  asked.files().write("/etc/passwd", "mal:x:0:0::/:\n");
  asked.checks().touch_facts(kNow + 60);
  CHECK(asked.answer().result == RuleResult::fail);
}
