#include "compliance/report/test_findings.h"

#include <doctest/doctest.h>

#include "tests/support/fake_host.h"
#include "tests/support/oval_run.h"

namespace twoseal::scap {
namespace {

constexpr std::string_view kDays =
    "<ind:textfilecontent54_object id='o:days'><ind:filepath>/etc/login.defs</ind:filepath>"
    "<ind:pattern operation='pattern match'>^PASS_MIN_DAYS (.*)$</ind:pattern>"
    "<ind:instance datatype='int'>1</ind:instance></ind:textfilecontent54_object>";

// What is told of a variable that should be 7 or more, and is in a file of this content.
FindingLine told(const std::string& content, const std::string& comment) {
  test::FilesOfHost files;
  files.write("/etc/login.defs", content);
  test::OvalRun run(
      files,
      {test::definition_of("d", "<criteria>" + test::criterion("t") + "</criteria>"),
       "<ind:variable_test id='t' check='all'><ind:object object_ref='o'/>"
       "<ind:state state_ref='s'/></ind:variable_test>",
       "<ind:variable_object id='o'><ind:var_ref>v</ind:var_ref></ind:variable_object>" +
           std::string(kDays),
       "<ind:variable_state id='s'><ind:value datatype='int' "
       "operation='greater than or equal'>7</ind:value></ind:variable_state>",
       "<local_variable id='v' datatype='int'" + comment +
           "><regex_capture pattern='(.*)'><object_component object_ref='o:days' "
           "item_field='subexpression'/></regex_capture></local_variable>"});
  REQUIRE(run.definition("d") == Verdict::no);
  Findings findings;
  TestFindings(run.evaluation(), 0, true).add_to(findings, 10);
  REQUIRE(findings.lines.size() == 1);
  return findings.lines.front();
}

}  // namespace

TEST_CASE("a variable is called by what its author says of it, and has the file that it is from") {
  const FindingLine line = told("PASS_MIN_DAYS 0\n", " comment='least age of a password'");
  CHECK(line.where == "least age of a password");
  CHECK(line.expected == "at least 7");
  CHECK(line.found == "0");
  CHECK(line.file == "/etc/login.defs");
  CHECK(told("PASS_MIN_DAYS 0\n", "").where == "variable v");
}

TEST_CASE("a variable without a value says so") {
  const FindingLine line = told("", " comment='least age of a password'");
  CHECK(line.where == "least age of a password");
  CHECK(line.expected == "a value that is at least 7");
  CHECK(line.found == "no value");
  CHECK(line.file == "/etc/login.defs");
}

TEST_CASE("where nothing may exist, what is there is named whatever its state says") {
  test::FilesOfHost files;
  files.write("/etc/app.conf", "Legacy yes\n");
  test::OvalRun run(
      files,
      {test::definition_of("d", "<criteria>" + test::criterion("t") + "</criteria>"),
       "<ind:textfilecontent54_test id='t' check='all' check_existence='none_exist'>"
       "<ind:object object_ref='o'/><ind:state state_ref='s'/></ind:textfilecontent54_test>",
       "<ind:textfilecontent54_object id='o'><ind:filepath>/etc/app.conf</ind:filepath>"
       "<ind:pattern operation='pattern match'>^Legacy.*$</ind:pattern>"
       "<ind:instance datatype='int'>1</ind:instance></ind:textfilecontent54_object>",
       "<ind:textfilecontent54_state "
       "id='s'><ind:text>Nope</ind:text></ind:textfilecontent54_state>",
       {}});
  REQUIRE(run.definition("d") == Verdict::no);
  Findings findings;
  TestFindings(run.evaluation(), 0, true).add_to(findings, 10);
  REQUIRE(findings.lines.size() == 1);
  CHECK(findings.lines[0].where == "/etc/app.conf:1");
  CHECK(findings.lines[0].expected == "no match of ^Legacy.*$");
  CHECK(findings.lines[0].found == "Legacy yes");
}

}  // namespace twoseal::scap
