#include "compliance/report/finding.h"

#include <doctest/doctest.h>

#include "tests/support/checked_host.h"

namespace twoseal::scap {
namespace {

std::string first_sentence(const CheckedHost& checked, std::string_view rule) {
  const std::vector<FindingLine> lines =
      findings_of(checked.assessment(), checked.outcome(rule), 10);
  return lines.empty() ? "" : sentence_of(lines.front());
}

}  // namespace

TEST_CASE("a wrong value is told with its line, and what was expected of it") {
  const CheckedHost checked("etc/app.conf", "# comment\nPermitRootLogin yes\n");
  const RuleOutcome& outcome = checked.outcome("root_login");
  CHECK(outcome.result == RuleResult::fail);
  const auto lines = findings_of(checked.assessment(), outcome, 10);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].expected == "PermitRootLogin … matches ^no$");
  CHECK(lines[0].found == "yes");
  CHECK(lines[0].where == "/etc/app.conf:2");
  CHECK(lines[0].file == "/etc/app.conf");
  CHECK(lines[0].line == 2);
  CHECK(lines[0].verdict == Verdict::no);
}

TEST_CASE("what is missing is told with the pattern that nothing matches") {
  const CheckedHost checked("etc/app.conf", "# comment\n");
  const auto lines = findings_of(checked.assessment(), checked.outcome("root_login"), 10);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].expected == "a match that matches ^no$");
  CHECK(lines[0].found == "nothing that matches ^PermitRootLogin (\\S+)$");
  CHECK(lines[0].where == "/etc/app.conf");
  CHECK(lines[0].line == 0);
}

TEST_CASE("a rule that passed has no findings") {
  const CheckedHost checked("etc/app.conf", "PermitRootLogin no\n");
  CHECK(checked.outcome("root_login").result == RuleResult::pass);
  CHECK(findings_of(checked.assessment(), checked.outcome("root_login"), 10).empty());
}

TEST_CASE("of the mode of a file only the bits that are wrong are told") {
  const CheckedHost checked("etc/secret", "x", 0644);
  CHECK(first_sentence(checked, "secret_mode") ==
        "/etc/secret: expected no read by others, found mode 0644");
}

TEST_CASE("what must not be there is told where it is") {
  const CheckedHost checked("etc/app.conf", "PermitRootLogin no\nDebug on\n");
  const auto lines = findings_of(checked.assessment(), checked.outcome("no_debug"), 10);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].expected == "no match of ^Debug.*$");
  CHECK(lines[0].found == "Debug on");
  CHECK(lines[0].where == "/etc/app.conf:2");
}

TEST_CASE("below a negation a test that is true is what is wrong") {
  const CheckedHost checked("etc/app.conf", "Legacy yes\n");
  CHECK(checked.outcome("not_legacy").result == RuleResult::fail);
  const auto lines = findings_of(checked.assessment(), checked.outcome("not_legacy"), 10);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].expected == "no match of ^Legacy yes$");
  CHECK(lines[0].found == "Legacy yes");
  CHECK(lines[0].where == "/etc/app.conf:1");
}

TEST_CASE("definitions that extend others lead to their tests, after what is more telling") {
  const CheckedHost checked("etc/app.conf", "PermitRootLogin yes\nDebug on\n");
  const auto lines = findings_of(checked.assessment(), checked.outcome("both"), 10);
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].found == "Debug on");
  CHECK(lines[1].found == "yes");
}

TEST_CASE("what could not be judged says why, and is no wrong value") {
  const CheckedHost checked("etc/app.conf", "PermitRootLogin no\n");
  CHECK(checked.outcome("unknown_test").result != RuleResult::pass);
  const auto lines = findings_of(checked.assessment(), checked.outcome("unknown_test"), 10);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].verdict != Verdict::no);
  CHECK(lines[0].expected == "a test of a kind that nobody knows");
}

TEST_CASE("no more lines are made than asked for, and the others are counted") {
  std::string text;
  for (int i = 0; i < 500; ++i) {
    text += "Debug " + std::to_string(i) + "\n";
  }
  const CheckedHost checked("etc/app.conf", text);
  const Findings findings = collect_findings(checked.assessment(), checked.outcome("no_debug"), 7);
  CHECK(findings.lines.size() == 7);
  CHECK(findings.more == 493);
}

TEST_CASE("control characters of a host are shown, not sent") {
  const CheckedHost checked("etc/app.conf", "Debug \x1b[2J\n");
  const auto lines = findings_of(checked.assessment(), checked.outcome("no_debug"), 10);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].found == "Debug \\u{1b}[2J");
}

TEST_CASE("packages that are there and must not be, or are missing, are named") {
  const CheckedHost checked("var/lib/dpkg/status",
                            "Package: telnetd\nStatus: install ok installed\n"
                            "Architecture: amd64\nVersion: 0.17-1\n\n");
  CHECK(first_sentence(checked, "no_telnet") ==
        "package telnetd: expected not installed, found installed");
  CHECK(first_sentence(checked, "auditd") ==
        "package auditd: expected installed, found not installed");
}

TEST_CASE("a hash of a password is never shown, whatever file it is in") {
  const CheckedHost checked("etc/app.conf", "Debug $6$salt$0123456789abcdef0123456789abcdef\n");
  CHECK(first_sentence(checked, "no_debug") ==
        "/etc/app.conf:1: expected no match of ^Debug.*$, found (not shown)");
}

TEST_CASE("the password of an account is never shown") {
  const CheckedHost checked("etc/shadow", "root:$6$abcdef:19000:0:99999:7:::\n");
  const auto lines = findings_of(checked.assessment(), checked.outcome("locked_root"), 10);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].where == "/etc/shadow:1");
  CHECK(sentence_of(lines[0]).find("abcdef") == std::string::npos);
}

}  // namespace twoseal::scap
