#include "compliance/oval/evaluation.h"

#include <doctest/doctest.h>

#include "tests/support/oval_story.h"

using namespace twoseal;        // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::scap;  // NOLINT(google-build-using-namespace)
using namespace twoseal::test;  // NOLINT(google-build-using-namespace)

namespace {

using Texts = std::vector<std::string>;

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

TEST_CASE("a check for only one says nothing of an incomplete object in which none was found") {
  FilesOfHost files;
  files.write("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nbin:x:1:1::/bin:\n");
  const std::string filtered =
      "<filter xmlns='http://oval.mitre.org/XMLSchema/oval-definitions-5' action='include'>f"
      "</filter>";
  const auto says = [&](const std::string& name) {
    // The filter lets root through, and cannot say of bin whether it may.
    return OneTest(files,
                   "unix:password",
                   "check='only one'",
                   "<unix:password_object id='o'><unix:username operation='pattern match'>.*"
                   "</unix:username>" +
                       filtered + "</unix:password_object>",
                   "<unix:password_state id='s'><unix:username>" + name +
                       "</unix:username></unix:password_state>"
                       "<unix:password_state id='f' operator='OR'><unix:username>root"
                       "</unix:username><unix:last_login datatype='int'>1</unix:last_login>"
                       "</unix:password_state>")
        .verdict();
  };
  CHECK(says("root") == Verdict::unknown);
  CHECK(says("bin") == Verdict::unknown);
}

TEST_CASE("a state asks how many of an entity there are") {
  FilesOfHost files;
  files.write("/f", "a b\n");
  const auto says = [&](const std::string& existence, const std::string& value) {
    OvalRun run(
        files,
        told({"check='all'",
              state_ref("s"),
              lines("o", "^(a) (b)$"),
              text_state("s",
                         "<ind:subexpression entity_check='at least one' check_existence='" +
                             existence + "'>" + value + "</ind:subexpression>"),
              {}}));
    CHECK(run.issues().empty());
    return run.definition("d");
  };
  for (const std::string existence : {"at_least_one_exists", "any_exist", "all_exist"}) {
    CHECK(says(existence, "b") == Verdict::yes);
    CHECK(says(existence, "c") == Verdict::no);
  }
  CHECK(says("none_exist", "c") == Verdict::no);
  CHECK(says("only_one_exists", "b") == Verdict::no);
}

TEST_CASE("an object that asks how many of an entity there are is an error, and an issue") {
  FilesOfHost files;
  files.write("/f", "a\n");
  const auto run = [&](const std::string& existence) {
    return std::make_unique<OvalRun>(
        files,
        told({"",
              {},
              "<ind:textfilecontent54_object id='o'><ind:filepath>/f</ind:filepath>"
              "<ind:pattern operation='pattern match' check_existence='" +
                  existence +
                  "'>a</ind:pattern><ind:instance datatype='int'>1</ind:instance>"
                  "</ind:textfilecontent54_object>",
              {},
              {}}));
  };
  CHECK(run("at_least_one_exists")->definition("d") == Verdict::yes);
  CHECK(run("at_least_one_exists")->issues().empty());
  CHECK(run("none_exist")->definition("d") == Verdict::error);
  CHECK(run("none_exist")->issues().size() == 1);
}

TEST_CASE("a content that is not understood a million times gives no million issues") {
  FilesOfHost files;
  std::string criterions;
  for (int i = 0; i < 2000; ++i) {
    criterions += criterion("gone");
  }
  OvalRun run(files, {definition_of("d", criteria("", criterions)), {}, {}, {}, {}});
  CHECK(run.issues().size() == 1001);
  CHECK(run.issues().back() == "and more that was not understood");
}
