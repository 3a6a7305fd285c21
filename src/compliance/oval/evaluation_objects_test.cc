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
