#include <doctest/doctest.h>

#include "compliance/oval/evaluation.h"
#include "tests/support/oval_story.h"

using namespace twoseal;        // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::scap;  // NOLINT(google-build-using-namespace)
using namespace twoseal::test;  // NOLINT(google-build-using-namespace)

namespace {

using Texts = std::vector<std::string>;

}  // namespace

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

TEST_CASE("a filter that asks for what is not collected leaves nobody sure of what there is") {
  FilesOfHost files;
  files.write("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n");
  OneTest accounts(files,
                   "unix:password",
                   "check_existence='none_exist'",
                   "<unix:password_object id='o'><unix:username>root</unix:username>" +
                       filter("s", "include") + "</unix:password_object>",
                   "<unix:password_state id='s'><unix:last_login datatype='int'>1</unix:last_login>"
                   "</unix:password_state>");
  CHECK(accounts.verdict() == Verdict::unknown);
  CHECK(accounts.flag() == Flag::incomplete);
}

TEST_CASE("a filter by a variable without values keeps every item") {
  FilesOfHost files;
  files.write("/f", "a\n");
  for (const std::string action : {"include", "exclude"}) {
    OvalRun run(files,
                told({"check_existence='only_one_exists'",
                      {},
                      lines("o", "^a$", filter("s", action)),
                      text_state("s", "<ind:text var_ref='v'/>"),
                      "<external_variable id='v'/>"}),
                {{"v", {}}});
    CHECK(run.definition("d") == Verdict::yes);
  }
}

TEST_CASE("a filter of a set that asks for what is not collected leaves the set incomplete") {
  FilesOfHost files;
  files.write("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n");
  OneTest accounts(files,
                   "unix:password",
                   "check_existence='none_exist'",
                   "<unix:password_object id='all'><unix:username>root</unix:username>"
                   "</unix:password_object><unix:password_object id='o'>" +
                       set("UNION", object_ref("all") + filter("s", "include")) +
                       "</unix:password_object>",
                   "<unix:password_state id='s'><unix:last_login datatype='int'>1"
                   "</unix:last_login></unix:password_state>");
  CHECK(accounts.verdict() == Verdict::unknown);
}

TEST_CASE("a state may need an object of the same walk as the object that it judges") {
  FilesOfHost files;
  files.write("/f", "a\nb\n");
  const auto variable = [](const std::string& id, const std::string& object) {
    return "<local_variable id='" + id + "'><object_component object_ref='" + object +
           "' item_field='text'/></local_variable>";
  };
  const auto says = [&](const std::string& first, const std::string& second) {
    OvalRun run(files,
                {definition_of("d", criteria("", criterion("v") + criterion("t"))),
                 "<ind:variable_test id='v' check='all'><object object_ref='of_v'/>"
                 "</ind:variable_test>" +
                     text_test("t", "o", "check='all'", state_ref("s")),
                 first + second +
                     "<ind:variable_object id='of_v'><ind:var_ref>of_o</ind:var_ref>"
                     "</ind:variable_object>",
                 text_state("s", "<ind:text var_ref='of_p'/>"),
                 variable("of_o", "o") + variable("of_p", "p")});
    return run.definition("d");
  };
  CHECK(says(lines("o", "^a$"), lines("p", "^[a]$")) == Verdict::yes);
  CHECK(says(lines("p", "^[a]$"), lines("o", "^a$")) == Verdict::yes);
  CHECK(says(lines("o", "^a$"), lines("p", "^b$")) == Verdict::no);
}

TEST_CASE("a file that is found from several starts is one item") {
  FilesOfHost files;
  files.write("/d/d/d/f", "a\n");
  const auto found = [&](const std::string& path, const std::string& variables = {}) {
    return OneTest(files,
                   "ind:textfilecontent54",
                   "check_existence='only_one_exists'",
                   "<ind:textfilecontent54_object id='o'>"
                   "<ind:behaviors recurse_direction='down'/>" +
                       path +
                       "<ind:filename>f</ind:filename><ind:pattern operation='pattern match'>^a$"
                       "</ind:pattern><ind:instance datatype='int'>1</ind:instance>"
                       "</ind:textfilecontent54_object>",
                   {},
                   variables)
        .verdict();
  };
  CHECK(found("<ind:path>/d</ind:path>") == Verdict::yes);
  CHECK(found("<ind:path operation='pattern match'>^/d</ind:path>") == Verdict::yes);
  CHECK(found("<ind:path var_ref='v' var_check='at least one'/>",
              "<constant_variable id='v'><value>/d</value><value>/d/d</value>"
              "</constant_variable>") == Verdict::yes);
  files.write("/d/d/f", "a\n");
  CHECK(found("<ind:path operation='pattern match'>^/d</ind:path>") == Verdict::no);
}

TEST_CASE("equal values of a variable look for the same once") {
  FilesOfHost files;
  files.write("/f", "a\n");
  files.link("/l", "/f");
  OneTest linked(files,
                 "unix:symlink",
                 "check_existence='only_one_exists'",
                 "<unix:symlink_object id='o'><unix:filepath var_ref='v' var_check='at least one'/>"
                 "</unix:symlink_object>",
                 {},
                 "<constant_variable id='v'><value>/l</value><value>/l</value>"
                 "</constant_variable>");
  CHECK(linked.verdict() == Verdict::yes);
}

TEST_CASE("an object with more items than are remembered is collected anew when a file changes") {
  FilesOfHost files;
  files.write("/d/a", "bad\n");
  files.write("/d/b", "bad\n");
  for (const std::uint64_t listed : {1U, 100U}) {
    OvalRun run(files,
                told({"check_existence='none_exist'",
                      {},
                      "<ind:textfilecontent54_object id='o'><ind:behaviors "
                      "recurse_direction='down'/><ind:path>/d</ind:path><ind:filename "
                      "operation='pattern match'>.*</ind:filename><ind:pattern operation='pattern "
                      "match'>^bad$</ind:pattern><ind:instance datatype='int'>1</ind:instance>"
                      "</ind:textfilecontent54_object>",
                      {},
                      {}}),
                {},
                {.live = true, .listed_max = listed});
    const auto says = [&](const std::string& path, const std::string& text) {
      files.write(path, text);
      const std::string touched[] = {path};
      (void)run.evaluation().touch(touched);
      return run.definition("d");
    };
    CHECK(run.definition("d") == Verdict::no);
    CHECK(says("/d/a", "good\n") == Verdict::no);
    CHECK(says("/d/b", "good\n") == Verdict::yes);
    CHECK(says("/d/b", "bad\n") == Verdict::no);
    CHECK(says("/d/a", "bad\n") == Verdict::no);
  }
}

TEST_CASE("items that others are made of take no more memory than they may") {
  FilesOfHost files;
  files.write("/f", std::string(100, 'x') + "\n");
  const auto says = [&](std::size_t octets) {
    return OvalRun(files,
                   told({"check_existence='only_one_exists'",
                         {},
                         lines("a", "^x*$") + "<ind:textfilecontent54_object id='o'>" +
                             set("UNION", object_ref("a")) + "</ind:textfilecontent54_object>",
                         {},
                         {}}),
                   {},
                   {.kept_octets_max = octets})
        .definition("d");
  };
  CHECK(says(10'000) == Verdict::yes);
  CHECK(says(500) == Verdict::error);
}
