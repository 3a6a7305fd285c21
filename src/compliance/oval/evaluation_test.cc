#include "compliance/oval/evaluation.h"

#include <doctest/doctest.h>

#include "tests/support/oval_run.h"

using namespace twoseal;        // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::scap;  // NOLINT(google-build-using-namespace)
using test::criterion;
using test::definition_of;
using test::FilesOfHost;
using test::OneTest;
using test::OvalRun;
using test::OvalSections;

namespace {

std::string criteria(const std::string& attributes, const std::string& children) {
  return "<criteria " + attributes + ">" + children + "</criteria>";
}

std::string extends(const std::string& id) {
  return "<extend_definition definition_ref='" + id + "'/>";
}

// Lines of /f that the pattern finds.
std::string lines(const std::string& id, const std::string& pattern, const std::string& more = {}) {
  return "<ind:textfilecontent54_object id='" + id +
         "'><ind:filepath>/f</ind:filepath><ind:pattern operation='pattern match'>" + pattern +
         "</ind:pattern><ind:instance datatype='int' operation='greater than or equal'>1"
         "</ind:instance>" +
         more + "</ind:textfilecontent54_object>";
}

std::string text_test(const std::string& id,
                      const std::string& object,
                      const std::string& attributes = {},
                      const std::string& states = {}) {
  return "<ind:textfilecontent54_test id='" + id + "' " + attributes + "><object object_ref='" +
         object + "'/>" + states + "</ind:textfilecontent54_test>";
}

std::string state_ref(const std::string& id) {
  return "<state state_ref='" + id + "'/>";
}

std::string text_state(const std::string& id, const std::string& entity) {
  return "<ind:textfilecontent54_state id='" + id + "'>" + entity +
         "</ind:textfilecontent54_state>";
}

std::string text_is(const std::string& id, const std::string& value) {
  return text_state(id, "<ind:text>" + value + "</ind:text>");
}

// Tests `yes`, `no`, `error`, `unknown` and `inapplicable` that come to what they are called.
OvalSections one_of_each(const std::string& definitions) {
  return {
      definitions,
      text_test("yes", "found") + text_test("no", "absent") + text_test("error", "bad") +
          "<ind:other_test id='unknown'><object object_ref='other'/></ind:other_test>"
          "<linux:rpminfo_test id='inapplicable'><object object_ref='rpm'/></linux:rpminfo_test>",
      lines("found", "^a$") + lines("absent", "^nothing$") + lines("bad", "(") +
          "<ind:other_object id='other'/>"
          "<linux:rpminfo_object id='rpm'><linux:name>x</linux:name></linux:rpminfo_object>",
      {},
      {}};
}

Verdict judge(const std::string& criteria_text) {
  FilesOfHost files;
  files.write("/f", "a\nb\n");
  return OvalRun(files, one_of_each(definition_of("d", criteria_text))).definition("d");
}

// A document whose test `t` looks at the object `o`, and has the states that are named.
struct Story {
  std::string attributes;
  std::string states;
  std::string objects;
  std::string definitions_of_states;
  std::string variables;
};

OvalSections told(const Story& story) {
  return {definition_of("d", criteria("", criterion("t"))),
          text_test("t", "o", story.attributes, story.states),
          story.objects,
          story.definitions_of_states,
          story.variables};
}

Verdict judge(const FilesOfHost& files, const Story& story, Bindings bindings = {}) {
  return OvalRun(files, told(story), std::move(bindings)).definition("d");
}

}  // namespace

TEST_CASE("tests that cannot be judged are each something else than true or false") {
  CHECK(judge(criteria("", criterion("yes"))) == Verdict::yes);
  CHECK(judge(criteria("", criterion("no"))) == Verdict::no);
  CHECK(judge(criteria("", criterion("error"))) == Verdict::error);
  CHECK(judge(criteria("", criterion("unknown"))) == Verdict::unknown);
  CHECK(judge(criteria("", criterion("inapplicable"))) == Verdict::not_applicable);
}

TEST_CASE("criteria combine what they hold by their operator, one within another") {
  const std::string both = criterion("yes") + criterion("no");
  CHECK(judge(criteria("", both)) == Verdict::no);
  CHECK(judge(criteria("operator='AND'", both)) == Verdict::no);
  CHECK(judge(criteria("operator='OR'", both)) == Verdict::yes);
  CHECK(judge(criteria("operator='ONE'", both)) == Verdict::yes);
  CHECK(judge(criteria("operator='ONE'", both + criterion("yes"))) == Verdict::no);
  CHECK(judge(criteria("operator='XOR'", both + criterion("yes"))) == Verdict::no);
  CHECK(judge(criteria("operator='XOR'", both + criterion("no"))) == Verdict::yes);
  CHECK(judge(criteria("", criteria("operator='OR'", both) + criterion("yes"))) == Verdict::yes);
  CHECK(judge(criteria("", "")) == Verdict::unknown);
}

TEST_CASE("negation exchanges true and false at each place where it stands, and nothing else") {
  CHECK(judge(criteria("negate='true'", criterion("yes"))) == Verdict::no);
  CHECK(judge(criteria("negate='1'", criterion("no"))) == Verdict::yes);
  CHECK(judge(criteria("negate='true'", criterion("error"))) == Verdict::error);
  CHECK(judge(criteria("negate='true'", criterion("unknown"))) == Verdict::unknown);
  CHECK(judge(criteria("negate='true'", criterion("inapplicable"))) == Verdict::not_applicable);
  CHECK(judge(criteria("", "<criterion negate='true' test_ref='no'/>")) == Verdict::yes);
  CHECK(judge(criteria("negate='true'", "<criterion negate='true' test_ref='no'/>")) ==
        Verdict::no);
}

TEST_CASE("a criterion that names no test is an error, and an issue") {
  FilesOfHost files;
  OvalRun run(files,
              {definition_of("d", criteria("operator='OR'", criterion("gone"))), {}, {}, {}, {}});
  CHECK(run.definition("d") == Verdict::error);
  REQUIRE(run.issues().size() == 1);
  CHECK(run.issues().front().find("gone") != std::string::npos);
}

TEST_CASE("a definition without criteria is not evaluated") {
  FilesOfHost files;
  OvalRun run(
      files,
      {definition_of("d", "") + definition_of("e", criteria("", extends("d"))), {}, {}, {}, {}});
  CHECK(run.definition("d") == Verdict::not_evaluated);
  CHECK(run.definition("e") == Verdict::not_evaluated);
}

TEST_CASE("an extended definition says what it says alone") {
  FilesOfHost files;
  files.write("/f", "a\n");
  OvalRun run(files,
              one_of_each(definition_of("d", criteria("", extends("e") + extends("f"))) +
                          definition_of("e", criteria("", criterion("yes"))) +
                          definition_of("f", criteria("negate='true'", extends("e")))));
  CHECK(run.definition("e") == Verdict::yes);
  CHECK(run.definition("f") == Verdict::no);
  CHECK(run.definition("d") == Verdict::no);
}

TEST_CASE("definitions that extend each other in a circle are errors, however one begins") {
  FilesOfHost files;
  files.write("/f", "a\n");
  const auto definitions = definition_of("d", criteria("", extends("e"))) +
                           definition_of("e", criteria("negate='true'", extends("d"))) +
                           definition_of("s", criteria("operator='OR'", extends("s")));
  for (const auto* first : {"d", "e"}) {
    OvalRun run(files, one_of_each(definitions));
    CHECK(run.definition(first) == Verdict::error);
    CHECK(run.definition("d") == Verdict::error);
    CHECK(run.definition("e") == Verdict::error);
    CHECK(run.definition("s") == Verdict::error);
  }
}

TEST_CASE("existence asks how many items there are") {
  FilesOfHost files;
  files.write("/f", "a\nb\nb\n");
  const auto says = [&](const std::string& existence, const std::string& pattern) {
    return judge(files, {"check_existence='" + existence + "'", {}, lines("o", pattern), {}, {}});
  };
  CHECK(says("at_least_one_exists", "^b$") == Verdict::yes);
  CHECK(says("at_least_one_exists", "^c$") == Verdict::no);
  CHECK(says("all_exist", "^b$") == Verdict::yes);
  CHECK(says("all_exist", "^c$") == Verdict::no);
  CHECK(says("any_exist", "^c$") == Verdict::yes);
  CHECK(says("any_exist", "^b$") == Verdict::yes);
  CHECK(says("none_exist", "^c$") == Verdict::yes);
  CHECK(says("none_exist", "^b$") == Verdict::no);
  CHECK(says("only_one_exists", "^a$") == Verdict::yes);
  CHECK(says("only_one_exists", "^b$") == Verdict::no);
  CHECK(says("only_one_exists", "^c$") == Verdict::no);
}

TEST_CASE("states are asked of the items, as check says") {
  FilesOfHost files;
  files.write("/f", "a\nb\n");
  const auto says = [&](const std::string& check, const std::string& value) {
    return judge(
        files,
        {"check='" + check + "'", state_ref("s"), lines("o", "^.$"), text_is("s", value), {}});
  };
  CHECK(says("all", "a") == Verdict::no);
  CHECK(says("at least one", "a") == Verdict::yes);
  CHECK(says("at least one", "c") == Verdict::no);
  CHECK(says("only one", "a") == Verdict::yes);
  CHECK(says("only one", "c") == Verdict::no);
  CHECK(says("none satisfy", "c") == Verdict::yes);
  CHECK(says("none satisfy", "a") == Verdict::no);
}

TEST_CASE("several states are combined by the operator of the test") {
  FilesOfHost files;
  files.write("/f", "a\n");
  const auto says =
      [&](const std::string& op, const std::string& first, const std::string& second) {
        return judge(files,
                     {"check='all' state_operator='" + op + "'",
                      state_ref("s1") + state_ref("s2"),
                      lines("o", "^.$"),
                      text_is("s1", first) + text_is("s2", second),
                      {}});
      };
  CHECK(says("AND", "a", "a") == Verdict::yes);
  CHECK(says("AND", "a", "b") == Verdict::no);
  CHECK(says("OR", "a", "b") == Verdict::yes);
  CHECK(says("ONE", "a", "a") == Verdict::no);
  CHECK(says("XOR", "a", "b") == Verdict::yes);
}

TEST_CASE("without items states are not asked") {
  FilesOfHost files;
  files.write("/f", "a\n");
  const auto says = [&](const std::string& existence) {
    return judge(files,
                 {"check='all' check_existence='" + existence + "'",
                  state_ref("s"),
                  lines("o", "^c$"),
                  text_is("s", "x"),
                  {}});
  };
  CHECK(says("none_exist") == Verdict::yes);
  CHECK(says("any_exist") == Verdict::yes);
  CHECK(says("at_least_one_exists") == Verdict::no);
}

TEST_CASE("a state that is not there is an error") {
  FilesOfHost files;
  files.write("/f", "a\n");
  CHECK(judge(files, {"check='all'", state_ref("gone"), lines("o", "^a$"), {}, {}}) ==
        Verdict::error);
  CHECK(judge(files, {"check='none satisfy'", state_ref("gone"), lines("o", "^a$"), {}, {}}) ==
        Verdict::error);
}

TEST_CASE("an object that is in error is never what somebody hoped for") {
  FilesOfHost files;
  files.write("/f", "a\n");
  for (const std::string existence :
       {"all_exist", "any_exist", "at_least_one_exists", "none_exist", "only_one_exists"}) {
    CAPTURE(existence);
    const std::string attributes = "check='none satisfy' check_existence='" + existence + "'";
    CHECK(judge(files, {attributes, {}, lines("o", "("), {}, {}}) == Verdict::error);
    CHECK(judge(files, {attributes, state_ref("s"), lines("o", "("), text_is("s", "b"), {}}) ==
          Verdict::error);
  }
}

TEST_CASE("a test without an object is an error, of an unknown type unknown") {
  FilesOfHost files;
  OvalRun run(files,
              {definition_of("d", criteria("", criterion("t"))) +
                   definition_of("u", criteria("", criterion("v"))),
               "<ind:textfilecontent54_test id='t'/><ind:unknown_test id='v'/>",
               {},
               {},
               {}});
  CHECK(run.definition("d") == Verdict::error);
  CHECK(run.definition("u") == Verdict::unknown);
}

// --- variables ---------------------------------------------------------------------------------

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

// --- filters and sets --------------------------------------------------------------------------

namespace {

std::string filter(const std::string& state, const std::string& action) {
  return "<filter xmlns='http://oval.mitre.org/XMLSchema/oval-definitions-5' action='" + action +
         "'>" + state + "</filter>";
}

// The texts that are left of the lines a, b and c.
std::vector<std::string> left(const std::string& filters, const std::string& states) {
  FilesOfHost files;
  files.write("/f", "a\nb\nc\n");
  OvalSections sections = told({"", {}, lines("o", "^.$", filters), states, {}});
  OvalRun run(files, sections, {}, {.keep_all_items = true});
  (void)run.definition("d");
  std::vector<std::string> texts;
  for (const JudgedItem& each : run.test("t").items) {
    texts.push_back(each.item.get(EntityName::text).front().value.written());
  }
  return texts;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("filters leave items out, one after the other") {
  const std::string states = text_is("a", "a") + text_is("b", "b");
  CHECK(left("", states) == Texts{"a", "b", "c"});
  CHECK(left(filter("a", "exclude"), states) == Texts{"b", "c"});
  CHECK(left(filter("a", "include"), states) == Texts{"a"});
  CHECK(left(filter("a", "exclude") + filter("b", "exclude"), states) == Texts{"c"});
  CHECK(left(filter("a", "include") + filter("b", "include"), states).empty());
}

TEST_CASE("a filter that cannot compare keeps the item, one about what is absent includes none") {
  const std::string bad = text_state("s", "<ind:text datatype='int'>1</ind:text>");
  CHECK(left(filter("s", "exclude"), bad).size() == 3);
  CHECK(left(filter("s", "include"), bad).size() == 3);
  CHECK(left(filter("gone", "exclude"), "").size() == 3);
  const std::string absent = text_state("s", "<ind:subexpression>x</ind:subexpression>");
  CHECK(left(filter("s", "exclude"), absent).size() == 3);
  CHECK(left(filter("s", "include"), absent).empty());
}

TEST_CASE("an object whose items are all left out does not exist") {
  FilesOfHost files;
  files.write("/f", "a\n");
  const auto says = [&](const std::string& existence) {
    return judge(files,
                 {"check_existence='" + existence + "'",
                  {},
                  lines("o", "^a$", filter("s", "exclude")),
                  text_is("s", "a"),
                  {}});
  };
  CHECK(says("none_exist") == Verdict::yes);
  CHECK(says("at_least_one_exists") == Verdict::no);
}

namespace {

// The texts of a set, sorted, and its flag. Objects: `ab`, `bc`, `none`, `bad`.
struct SetAnswer {
  Texts texts;
  Flag flag;
};

SetAnswer set_of(const std::string& set, const std::string& states = {}) {
  FilesOfHost files;
  files.write("/f", "a\nb\nc\n");
  OvalSections sections =
      told({"",
            {},
            lines("ab", "^[ab]$") + lines("bc", "^[bc]$") + lines("none", "^x$") +
                lines("bad", "(") + lines("same", "^[ab]$") +
                "<ind:textfilecontent54_object id='o'>" + set + "</ind:textfilecontent54_object>",
            states,
            {}});
  OvalRun run(files, sections, {}, {.keep_all_items = true});
  (void)run.definition("d");
  SetAnswer answer;
  answer.flag = run.test("t").flag;
  for (const JudgedItem& each : run.test("t").items) {
    answer.texts.push_back(each.item.get(EntityName::text).front().value.written() +
                           each.item.get(EntityName::pattern).front().value.written());
  }
  std::sort(answer.texts.begin(), answer.texts.end());
  return answer;
}

std::string set(const std::string& op, const std::string& content) {
  return "<set xmlns='http://oval.mitre.org/XMLSchema/oval-definitions-5' set_operator='" + op +
         "'>" + content + "</set>";
}

std::string object_ref(const std::string& id) {
  return "<object_reference>" + id + "</object_reference>";
}

}  // namespace

TEST_CASE("sets unite, intersect and subtract items that are the same in all they show") {
  CHECK(set_of(set("UNION", object_ref("ab") + object_ref("same"))).texts ==
        Texts{"a^[ab]$", "b^[ab]$"});
  CHECK(set_of(set("UNION", object_ref("ab") + object_ref("bc"))).texts ==
        Texts{"a^[ab]$", "b^[ab]$", "b^[bc]$", "c^[bc]$"});
  CHECK(set_of(set("INTERSECTION", object_ref("ab") + object_ref("same"))).texts ==
        Texts{"a^[ab]$", "b^[ab]$"});
  const auto apart = set_of(set("INTERSECTION", object_ref("ab") + object_ref("bc")));
  CHECK(apart.texts.empty());
  CHECK(apart.flag == Flag::does_not_exist);
  const auto nothing = set_of(set("COMPLEMENT", object_ref("ab") + object_ref("same")));
  CHECK(nothing.texts.empty());
  CHECK(nothing.flag == Flag::does_not_exist);
  CHECK(set_of(set("COMPLEMENT", object_ref("ab") + object_ref("bc"))).texts ==
        Texts{"a^[ab]$", "b^[ab]$"});
}

TEST_CASE("filters of a set work on each object before they are put together") {
  const std::string states = text_is("s", "b");
  CHECK(set_of(set("UNION", object_ref("ab") + object_ref("bc") + filter("s", "exclude")), states)
            .texts == Texts{"a^[ab]$", "c^[bc]$"});
  CHECK(set_of(set("UNION", object_ref("ab") + filter("s", "include")), states).texts ==
        Texts{"b^[ab]$"});
}

TEST_CASE("sets may hold sets") {
  const std::string inner = set("UNION", object_ref("ab") + object_ref("bc"));
  CHECK(set_of(set("COMPLEMENT", inner + set("UNION", object_ref("bc")))).texts ==
        Texts{"a^[ab]$", "b^[ab]$"});
}

TEST_CASE("what is not known of a part of a set is not known of the set") {
  CHECK(set_of(set("UNION", object_ref("ab") + object_ref("bad"))).flag == Flag::error);
  CHECK(set_of(set("COMPLEMENT", object_ref("ab") + object_ref("bad"))).flag == Flag::error);
  CHECK(set_of(set("INTERSECTION", object_ref("ab") + object_ref("bad"))).flag == Flag::error);
  CHECK(set_of(set("UNION", object_ref("ab") + object_ref("gone"))).flag == Flag::error);
  CHECK(set_of(set("UNION", object_ref("ab") + object_ref("none"))).flag == Flag::complete);
  CHECK(set_of(set("UNION", object_ref("none"))).flag == Flag::does_not_exist);
  CHECK(set_of(set("INTERSECTION", object_ref("none") + object_ref("bad"))).flag ==
        Flag::does_not_exist);
}

TEST_CASE("a set that holds itself is an error") {
  CHECK(set_of(set("UNION", object_ref("o") + object_ref("ab"))).flag == Flag::error);
  CHECK(set_of(set("COMPLEMENT", object_ref("ab") + object_ref("o"))).flag == Flag::error);
}

// --- what is kept ------------------------------------------------------------------------------

namespace {

std::string many_lines(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    text += "line " + std::to_string(i) + "\n";
  }
  return text;
}

}  // namespace

TEST_CASE("a test keeps the items that its verdict rests on, up to the limit, and counts others") {
  FilesOfHost files;
  files.write("/f", many_lines(30));
  const auto sections = told({"check='all'",
                              state_ref("s"),
                              lines("o", "^line.*$"),
                              text_state("s",
                                         "<ind:text operation='pattern match'>[02468]$"
                                         "</ind:text>"),
                              {}});
  OvalRun few(files, sections, {}, {.items_max = 4});
  CHECK(few.definition("d") == Verdict::no);
  CHECK(few.test("t").items.size() == 4);
  CHECK(few.test("t").more == 11);
  for (const JudgedItem& each : few.test("t").items) {
    CHECK(each.verdict == Verdict::no);
  }
  CHECK(few.test("t").statuses.count(Status::exists) == 30);
  OvalRun all(files, sections, {}, {.items_max = 4, .keep_all_items = true});
  CHECK(all.definition("d") == Verdict::no);
  CHECK(all.test("t").items.size() == 30);
  CHECK(all.test("t").more == 0);
}

TEST_CASE("more items than may be kept for others are an error") {
  FilesOfHost files;
  files.write("/f", many_lines(30));
  const std::string variable =
      "<local_variable id='v'><count><object_component object_ref='o' item_field='text'/></count>"
      "</local_variable>";
  const auto sections = told({"check='none satisfy'",
                              state_ref("s"),
                              lines("o", "^line.*$"),
                              text_state("s", "<ind:text var_ref='v'/>"),
                              variable});
  OvalRun enough(files, sections, {}, {.kept_max = 30});
  CHECK(enough.definition("d") == Verdict::yes);
  CHECK(enough.values("v") == Texts{"30"});
  OvalRun few(files, sections, {}, {.kept_max = 29});
  CHECK(few.definition("d") == Verdict::error);
}

TEST_CASE("objects of a scope share one traversal, and a second question costs nothing") {
  FilesOfHost files;
  for (const std::string name : {"a", "b", "c"}) {
    files.write("/etc/" + name + "/x.conf", "key=1\n");
  }
  const auto object = [](const std::string& id, const std::string& pattern) {
    return "<ind:textfilecontent54_object id='" + id +
           "'><ind:behaviors recurse_direction='down'/><ind:path>/etc</ind:path>"
           "<ind:filename operation='pattern match'>conf$</ind:filename>"
           "<ind:pattern operation='pattern match'>" +
           pattern +
           "</ind:pattern><ind:instance datatype='int'>1</ind:instance>"
           "</ind:textfilecontent54_object>";
  };
  const auto cost = [&](int objects) {
    OvalSections sections;
    std::string all;
    for (int i = 0; i < objects; ++i) {
      const std::string number = std::to_string(i);
      sections.tests += text_test("t" + number, "o" + number);
      sections.objects += object("o" + number, "^key=" + number);
      all += criterion("t" + number);
    }
    sections.definitions = definition_of("d", criteria("operator='OR'", all));
    OvalRun run(files, sections);
    CHECK(run.definition("d") == (objects > 1 ? Verdict::yes : Verdict::no));
    CHECK(run.definition("d") == (objects > 1 ? Verdict::yes : Verdict::no));
    return run.evaluation().walk_cost();
  };
  const auto one = cost(1);
  const auto five = cost(5);
  CHECK(one.directories == 4);
  CHECK(one.files == 3);
  CHECK(five.directories == one.directories);
  CHECK(five.files == one.files);
}

// --- errors that came with something
// --------------------------------------------------------------

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

// Until FileWalk tells of a path that cannot be compared.
TEST_CASE("a variable that is in error with some values makes an object by path an error" *
          doctest::should_fail()) {
  const std::string object =
      "<ind:textfilecontent54_object id='o'><ind:path var_ref='half'/>"
      "<ind:filename operation='pattern match'>.*</ind:filename>"
      "<ind:pattern operation='pattern match'>^bad$</ind:pattern>"
      "<ind:instance datatype='int'>1</ind:instance></ind:textfilecontent54_object>";
  CHECK(with_half_known(object, "check_existence='none_exist'") == Verdict::error);
}

// Until Evaluation::prepare() looks at the flag of a variable that has values.
TEST_CASE("a variable that is in error with some values makes an object by pattern an error" *
          doctest::should_fail()) {
  const std::string object =
      "<ind:textfilecontent54_object id='o'><ind:filepath>/g</ind:filepath>"
      "<ind:pattern operation='pattern match' var_ref='half'/>"
      "<ind:instance datatype='int'>1</ind:instance></ind:textfilecontent54_object>";
  CHECK(with_half_known(object, "check_existence='none_exist'") == Verdict::error);
}

// Until objects with an unknown entity are refused or noted.
TEST_CASE("an entity that nobody knows makes its object an error" * doctest::should_fail()) {
  FilesOfHost files;
  files.write("/f", "a\n");
  CHECK(judge(files, {"", {}, lines("o", "^a$", "<ind:novelty>x</ind:novelty>"), {}, {}}) ==
        Verdict::error);
}
