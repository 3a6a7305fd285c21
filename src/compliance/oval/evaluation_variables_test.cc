#include <doctest/doctest.h>

#include "compliance/oval/evaluation.h"
#include "tests/support/oval_story.h"

using namespace twoseal;        // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::scap;  // NOLINT(google-build-using-namespace)
using namespace twoseal::test;  // NOLINT(google-build-using-namespace)

TEST_CASE("constant, external and local variables give their values to a state") {
  FilesOfHost files;
  files.write("/f", "a\n");
  const auto says = [&](const std::string& variable, Bindings bindings = {}) {
    return judge(files,
                 {"check='all'",
                  state_ref("s"),
                  lines("o", "^.$"),
                  text_state("s", "<ind:text var_ref='v' var_check='at least one'/>"),
                  variable},
                 std::move(bindings));
  };
  const std::string constant =
      "<constant_variable id='v'><value>x</value><value>a</value>"
      "</constant_variable>";
  CHECK(says(constant) == Verdict::yes);
  CHECK(says("<constant_variable id='v'><value>x</value></constant_variable>") == Verdict::no);
  const std::string external = "<external_variable id='v'/>";
  CHECK(says(external, {{"v", {"x", "a"}}}) == Verdict::yes);
  CHECK(says(external, {{"v", {"x"}}}) == Verdict::no);
  CHECK(says(external, {{"w", {"a"}}}) == Verdict::error);  // nobody gave it a value
  CHECK(says("<local_variable id='v'><literal_component>a</literal_component></local_variable>") ==
        Verdict::yes);
}

TEST_CASE("a variable in an object says what is looked for") {
  FilesOfHost files;
  files.write("/f", "a\n");
  const std::string object =
      "<ind:textfilecontent54_object id='o'><ind:filepath var_ref='v' var_check='at least one'/>"
      "<ind:pattern operation='pattern match'>^a$</ind:pattern>"
      "<ind:instance datatype='int'>1</ind:instance></ind:textfilecontent54_object>";
  const auto says = [&](const std::string& existence, Bindings bindings) {
    return judge(
        files,
        {"check_existence='" + existence + "'", {}, object, {}, "<external_variable id='v'/>"},
        std::move(bindings));
  };
  CHECK(says("only_one_exists", {{"v", {"/f", "/g"}}}) == Verdict::yes);
  CHECK(says("at_least_one_exists", {{"v", {"/g"}}}) == Verdict::no);
  // No values: the object does not exist. Not given at all: nobody knows.
  CHECK(says("none_exist", {{"v", {}}}) == Verdict::yes);
  CHECK(says("none_exist", {}) == Verdict::error);
  CHECK(says("any_exist", {}) == Verdict::error);
}

TEST_CASE("a local variable may be made of what an object found") {
  FilesOfHost files;
  files.write("/f", "path=/g\n");
  files.write("/g", "here\n");
  const std::string variable =
      "<local_variable id='v'><object_component object_ref='p' item_field='subexpression'/>"
      "</local_variable>";
  const std::string object =
      "<ind:textfilecontent54_object id='o'><ind:filepath var_ref='v'/>"
      "<ind:pattern operation='pattern match'>^here$</ind:pattern>"
      "<ind:instance datatype='int'>1</ind:instance></ind:textfilecontent54_object>";
  CHECK(judge(files, {"", {}, object + lines("p", "^path=(.*)$"), {}, variable}) == Verdict::yes);
  CHECK(judge(files, {"", {}, object + lines("p", "^way=(.*)$"), {}, variable}) == Verdict::no);
  CHECK(judge(files, {"", {}, object + lines("p", "("), {}, variable}) == Verdict::error);
}

TEST_CASE("a component that names nothing, or what an item does not have, is an error") {
  FilesOfHost files;
  files.write("/f", "a\n");
  const auto flag = [&](const std::string& component) {
    OvalRun run(files,
                told({"",
                      {},
                      lines("o", "^a$"),
                      {},
                      "<local_variable id='v'>" + component + "</local_variable>"}));
    return run.variable("v").flag;
  };
  CHECK(flag("<object_component object_ref='gone' item_field='text'/>") == Flag::error);
  CHECK(flag("<object_component object_ref='o' item_field='sense'/>") == Flag::error);
  CHECK(flag("<variable_component var_ref='gone'/>") == Flag::error);
  CHECK(flag("<variable_component var_ref='v'/>") == Flag::error);
  CHECK(flag("<literal_component>x</literal_component>") == Flag::complete);
}

TEST_CASE("functions work on each other, on objects and on the moment") {
  FilesOfHost files;
  files.write("/f", "uid=7\nuid=8\n");
  const std::string variables =
      "<local_variable id='sum'><arithmetic arithmetic_operation='add'><literal_component "
      "datatype='int'>1</literal_component><object_component object_ref='o' "
      "item_field='subexpression'/></arithmetic></local_variable>"
      "<local_variable id='text'><concat><literal_component>^</literal_component><escape_regex>"
      "<literal_component>a.b</literal_component></escape_regex></concat></local_variable>"
      "<local_variable id='age'><time_difference format_2='seconds_since_epoch'>"
      "<literal_component>40</literal_component></time_difference></local_variable>"
      "<local_variable id='count'><count><variable_component var_ref='sum'/></count>"
      "</local_variable>";
  const auto sections = told({"", {}, lines("o", "^uid=(\\d)$"), {}, variables});
  // Items that a variable needs are kept when something that is judged refers to it.
  OvalSections referring = sections;
  referring.states = text_state("s", "<ind:text var_ref='sum'/>");
  referring.tests = text_test("t", "o", "check='all'", state_ref("s"));
  OvalRun run(files, referring, {}, {}, 100);
  CHECK(run.definition("d") == Verdict::no);
  CHECK(run.values("sum") == std::vector<std::string>{"8", "9"});
  CHECK(run.values("text") == std::vector<std::string>{"^a\\.b"});
  CHECK(run.values("age") == std::vector<std::string>{"60"});
  CHECK(run.values("count") == std::vector<std::string>{"2"});
}

TEST_CASE("variables and objects that need each other end as errors") {
  FilesOfHost files;
  files.write("/f", "a\n");
  const std::string circle =
      "<local_variable id='v'><object_component object_ref='o' item_field='text'/>"
      "</local_variable>";
  // The object asks for a path that it finds itself.
  const std::string object =
      "<ind:textfilecontent54_object id='o'><ind:filepath var_ref='v'/>"
      "<ind:pattern operation='pattern match'>^a$</ind:pattern>"
      "<ind:instance datatype='int'>1</ind:instance></ind:textfilecontent54_object>";
  for (const std::string existence : {"none_exist", "any_exist", "at_least_one_exists"}) {
    CHECK(judge(files, {"check_existence='" + existence + "'", {}, object, {}, circle}) ==
          Verdict::error);
  }
  // The filter of an object asks for what the object finds.
  const std::string filtered =
      lines("o",
            "^a$",
            "<filter xmlns='http://oval.mitre.org/XMLSchema/oval-definitions-5'>s"
            "</filter>");
  CHECK(judge(files,
              {"check='none satisfy'",
               state_ref("s"),
               filtered,
               text_state("s", "<ind:text var_ref='v'/>"),
               circle}) == Verdict::error);
  const std::string two =
      "<local_variable id='v'><variable_component var_ref='w'/></local_variable>"
      "<local_variable id='w'><variable_component var_ref='v'/></local_variable>";
  CHECK(judge(files,
              {"check='none satisfy'",
               state_ref("s"),
               lines("o", "^a$"),
               text_state("s", "<ind:text var_ref='v'/>"),
               two}) == Verdict::error);
}

TEST_CASE("a variable test looks at the values themselves") {
  FilesOfHost files;
  files.write("/f", "a\n");
  const auto says = [&](const std::string& attributes,
                        const std::string& value,
                        Bindings bindings) {
    OvalRun run(files,
                {definition_of("d", criteria("", criterion("t"))),
                 "<ind:variable_test id='t' " + attributes + "><object object_ref='o'/>" +
                     (value.empty() ? "" : state_ref("s")) + "</ind:variable_test>",
                 "<ind:variable_object id='o'><ind:var_ref>v</ind:var_ref></ind:variable_object>",
                 value.empty() ? ""
                               : "<ind:variable_state id='s'><ind:value>" + value +
                                     "</ind:value></ind:variable_state>",
                 "<external_variable id='v'/>"},
                std::move(bindings));
    return run.definition("d");
  };
  CHECK(says("check='all'", "a", {{"v", {"a"}}}) == Verdict::yes);
  CHECK(says("check='all'", "b", {{"v", {"a"}}}) == Verdict::no);
  CHECK(says("check='all'", "a", {{"v", {"a", "b"}}}) == Verdict::no);
  CHECK(says("", "", {{"v", {"a"}}}) == Verdict::yes);
  CHECK(says("check_existence='none_exist'", "", {}) == Verdict::unknown);
}

namespace {

// The variable `half` is an error that has one value, /g: of its second text there is no third
// octet.
Verdict with_half_known(const std::string& object, const std::string& attributes) {
  FilesOfHost files;
  files.write("/g", "bad\n/g\n");
  const std::string variables =
      "<local_variable id='half'><substring substring_start='3' substring_length='-1'>"
      "<variable_component var_ref='list'/></substring></local_variable>"
      "<constant_variable id='list'><value>x:/g</value><value>y</value></constant_variable>";
  return judge(files, {attributes, {}, object, {}, variables});
}

}  // namespace

TEST_CASE("a variable that is in error with some values makes an object by filepath an error") {
  const std::string object =
      "<ind:textfilecontent54_object id='o'><ind:filepath var_ref='half'/>"
      "<ind:pattern operation='pattern match'>^bad$</ind:pattern>"
      "<ind:instance datatype='int'>1</ind:instance></ind:textfilecontent54_object>";
  CHECK(with_half_known(object, "check_existence='none_exist'") == Verdict::error);
  CHECK(with_half_known(object, "check_existence='any_exist'") == Verdict::error);
}

TEST_CASE("a variable that is in error with some values makes an object by path an error") {
  const std::string object =
      "<ind:textfilecontent54_object id='o'><ind:path var_ref='half'/>"
      "<ind:filename operation='pattern match'>.*</ind:filename>"
      "<ind:pattern operation='pattern match'>^bad$</ind:pattern>"
      "<ind:instance datatype='int'>1</ind:instance></ind:textfilecontent54_object>";
  CHECK(with_half_known(object, "check_existence='none_exist'") == Verdict::error);
}

TEST_CASE("a variable that is in error with some values makes an object by pattern an error") {
  const std::string object =
      "<ind:textfilecontent54_object id='o'><ind:filepath>/g</ind:filepath>"
      "<ind:pattern operation='pattern match' var_ref='half'/>"
      "<ind:instance datatype='int'>1</ind:instance></ind:textfilecontent54_object>";
  CHECK(with_half_known(object, "check_existence='none_exist'") == Verdict::error);
}

TEST_CASE("an entity that nobody knows makes its object an error") {
  FilesOfHost files;
  files.write("/f", "a\n");
  CHECK(judge(files, {"", {}, lines("o", "^a$", "<ind:novelty>x</ind:novelty>"), {}, {}}) ==
        Verdict::error);
}

namespace {

// Nobody knows when the account last logged in.
Story with_last_login(const std::string& existence, const std::string& variable) {
  return {
      "check_existence='" + existence + "'",
      {},
      "<unix:password_object id='p'><unix:username operation='pattern match'>.*</unix:username>"
      "</unix:password_object>"
      "<ind:textfilecontent54_object id='o'><ind:filepath var_ref='v' var_check='at least one'/>"
      "<ind:pattern operation='pattern match'>^a$</ind:pattern>"
      "<ind:instance datatype='int'>1</ind:instance></ind:textfilecontent54_object>",
      {},
      "<local_variable id='v'>" + variable + "</local_variable>"};
}

const std::string kLastLogin = "<object_component object_ref='p' item_field='last_login'/>";

}  // namespace

TEST_CASE("a value that was not collected is not left out of a variable in silence") {
  FilesOfHost files;
  files.write("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n");
  files.write("/f", "a\n");
  OvalRun run(files, told(with_last_login("any_exist", kLastLogin)));
  CHECK(run.variable("v").flag == Flag::incomplete);
  CHECK(run.variable("v").why.find("last_login") != std::string::npos);
  CHECK(judge(files, with_last_login("none_exist", kLastLogin)) == Verdict::error);
}

TEST_CASE("an object of which a variable may say more is incomplete") {
  FilesOfHost files;
  files.write("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n");
  files.write("/f", "a\n");
  const auto merged = [&](const std::string& path) {
    return "<merge><literal_component>" + path + "</literal_component>" + kLastLogin + "</merge>";
  };
  const auto says = [&](const std::string& existence, const std::string& path) {
    return judge(files, with_last_login(existence, merged(path)));
  };
  CHECK(says("none_exist", "/g") == Verdict::unknown);
  CHECK(says("none_exist", "/f") == Verdict::no);
  CHECK(says("at_least_one_exists", "/f") == Verdict::yes);
  CHECK(says("at_least_one_exists", "/g") == Verdict::unknown);
}

TEST_CASE("a state whose variable may have more values says only what those cannot change") {
  FilesOfHost files;
  files.write("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n");
  files.write("/f", "a\n");
  const auto says = [&](const std::string& check, const std::string& value) {
    return judge(
        files,
        {"check='all'",
         state_ref("s"),
         lines("o", "^.$") + "<unix:password_object id='p'><unix:username>root</unix:username>"
                             "</unix:password_object>",
         text_state("s", "<ind:text var_ref='v' var_check='" + check + "'/>"),
         "<local_variable id='v'><merge><literal_component>" + value + "</literal_component>" +
             kLastLogin + "</merge></local_variable>"});
  };
  CHECK(says("all", "a") == Verdict::unknown);
  CHECK(says("all", "b") == Verdict::no);
  CHECK(says("at least one", "a") == Verdict::yes);
  CHECK(says("at least one", "b") == Verdict::unknown);
  CHECK(says("none satisfy", "a") == Verdict::no);
  CHECK(says("none satisfy", "b") == Verdict::unknown);
}

TEST_CASE("an entity that an item does not have breaks a variable of it") {
  FilesOfHost files;
  files.write("/proc/mounts", "tmpfs /f tmpfs rw 0 0\n");
  OvalRun run(files,
              told({"check_existence='none_exist'",
                    {},
                    "<linux:partition_object id='p'><linux:mount_point>/f</linux:mount_point>"
                    "</linux:partition_object>"
                    "<ind:textfilecontent54_object id='o'><ind:filepath var_ref='v'/>"
                    "<ind:pattern operation='pattern match'>^a$</ind:pattern>"
                    "<ind:instance datatype='int'>1</ind:instance>"
                    "</ind:textfilecontent54_object>",
                    {},
                    "<local_variable id='v'><object_component object_ref='p' item_field='uuid'/>"
                    "</local_variable>"}));
  CHECK(run.definition("d") == Verdict::error);
}

TEST_CASE("what a variable held before it was forgotten is room for others") {
  FilesOfHost files;
  const std::string text(1000, 'x');
  files.write("/f", text + "\n");
  OvalRun run(
      files,
      told({"check='all'",
            state_ref("s"),
            lines("o", "^x+$") + lines("source", "^x*$"),
            text_state("s", "<ind:text operation='not equal' var_ref='v'/>"),
            "<local_variable id='v'><object_component object_ref='source' item_field='text'/>"
            "</local_variable>"}),
      {},
      {.values_octets_max = 2500, .live = true});
  for (int i = 1; i < 10; ++i) {
    CHECK(run.definition("d") == Verdict::no);
    CHECK(run.variable("v").flag == Flag::complete);
    files.write("/f", text + std::string(static_cast<std::size_t>(i), 'x') + "\n");
    const std::string touched[] = {"/f"};
    (void)run.evaluation().touch(touched);
  }
}

TEST_CASE("all variables together hold no more than there is room for") {
  FilesOfHost files;
  std::string variables;
  for (const std::string name : {"a", "b", "c"}) {
    variables += "<constant_variable id='" + name + "'><value>" + std::string(1000, 'x') +
                 "</value></constant_variable>";
  }
  OvalRun run(files, {{}, {}, {}, {}, variables}, {}, {.values_octets_max = 2500});
  CHECK(run.variable("a").flag == Flag::complete);
  CHECK(run.variable("b").flag == Flag::complete);
  CHECK(run.variable("c").flag == Flag::error);
}
