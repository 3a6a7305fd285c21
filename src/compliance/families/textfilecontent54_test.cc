#include <doctest/doctest.h>

#include "compliance/families/family.h"
#include "tests/support/oval_run.h"

using namespace twoseal;        // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::scap;  // NOLINT(google-build-using-namespace)
using test::FilesOfHost;
using test::OneTest;

namespace {

using Texts = std::vector<std::string>;

// An object that looks for the pattern in /f. `behaviors`: attributes; `instance`: the rest of that
// entity.
std::string object(const std::string& pattern,
                   const std::string& behaviors = {},
                   const std::string& instance = "operation='greater than or equal'>1") {
  return "<ind:textfilecontent54_object id='o'>" +
         (behaviors.empty() ? "" : "<ind:behaviors " + behaviors + "/>") +
         "<ind:filepath>/f</ind:filepath><ind:pattern operation='pattern match'>" + pattern +
         "</ind:pattern><ind:instance datatype='int' " + instance +
         "</ind:instance></ind:textfilecontent54_object>";
}

Texts texts(std::string_view content,
            const std::string& pattern,
            const std::string& behaviors = {},
            const std::string& instance = "operation='greater than or equal'>1") {
  FilesOfHost files;
  files.write("/f", content);
  OneTest run(files, "ind:textfilecontent54", "", object(pattern, behaviors, instance));
  CHECK((run.flag() == Flag::complete || run.flag() == Flag::does_not_exist));
  return run.all(EntityName::text);
}

}  // namespace

TEST_CASE("each match of a pattern is an instance, counted from 1") {
  FilesOfHost files;
  files.write("/f", "a=1\nb=2\na=3\n");
  OneTest run(files, "ind:textfilecontent54", "", object("^a=(\\d)$"));
  CHECK(run.verdict() == Verdict::yes);
  CHECK(run.all(EntityName::text) == Texts{"a=1", "a=3"});
  CHECK(run.all(EntityName::instance) == Texts{"1", "2"});
  CHECK(run.all(EntityName::subexpression) == Texts{"1", "3"});
  CHECK(run.all(EntityName::filepath) == Texts{"/f", "/f"});
  CHECK(run.all(EntityName::path) == Texts{"/", "/"});
  CHECK(run.all(EntityName::filename) == Texts{"f", "f"});
  CHECK(run.all(EntityName::pattern) == Texts{"^a=(\\d)$", "^a=(\\d)$"});
}

TEST_CASE("only instances that are asked for are items") {
  constexpr std::string_view kText = "a\na\na\n";
  CHECK(texts(kText, "^a$").size() == 3);
  CHECK(texts(kText, "^a$", "", ">2").size() == 1);
  CHECK(texts(kText, "^a$", "", ">4").empty());
  CHECK(texts(kText, "^a$", "", ">0").empty());
  CHECK(texts(kText, "^a$", "", ">-1").empty());
  CHECK(texts(kText, "^a$", "", "operation='less than'>3").size() == 2);
}

TEST_CASE("an instance that is no number is an error") {
  FilesOfHost files;
  files.write("/f", "a\n");
  CHECK(OneTest(files, "ind:textfilecontent54", "", object("a", "", ">first")).verdict() ==
        Verdict::error);
}

TEST_CASE("an empty match ahead counts twice, as scanners count it") {
  CHECK(texts("a=1\nb=2\nA=3\n", "^").size() == 5);
  CHECK(texts("x\n", "$").size() == 3);
  CHECK(texts("x\n", "z*").size() == 3);
  CHECK(texts("", "^") == Texts{""});
  CHECK(texts("", "x").empty());
}

TEST_CASE("an empty match goes on by a whole character") {
  CHECK(texts("\xC3\xA9\xC3\xA9", "q*").size() == 3);
}

TEST_CASE("groups that took no part leave no gap, and empty ones are there") {
  FilesOfHost files;
  files.write("/f", "ac\n");
  OneTest run(files, "ind:textfilecontent54", "", object("^(a)(b)?(c)(d*)$"));
  CHECK(run.all(EntityName::subexpression) == Texts{"a", "c", ""});
}

TEST_CASE("behaviors change how a pattern is meant") {
  constexpr std::string_view kText = "a\nB\n";
  CHECK(texts(kText, "^b$").empty());
  CHECK(texts(kText, "^b$", "ignore_case='true'") == Texts{"B"});
  CHECK(texts(kText, "^B$", "multiline='false'").empty());
  CHECK(texts(kText, "a.B").empty());
  CHECK(texts(kText, "a.B", "singleline='true'") == Texts{"a\nB"});
}

TEST_CASE("what stands behind a NUL octet, and around octets that are no text, is found") {
  CHECK(texts(std::string_view("a\0\nb\n", 5), "^b$") == Texts{"b"});
  CHECK(texts("\xFF\nb\n", "^b$") == Texts{"b"});
}

TEST_CASE("pipes are not read, links to files are, and links that lead nowhere have no text") {
  FilesOfHost files;
  files.make_pipe("/pipe");
  files.write("/file", "a\n");
  files.link("/link", "file");
  files.link("/dangling", "none");
  files.link("/topipe", "pipe");
  OneTest run(files,
              "ind:textfilecontent54",
              "",
              "<ind:textfilecontent54_object id='o'><ind:path>/</ind:path><ind:filename "
              "operation='pattern match'>.</ind:filename><ind:pattern operation='pattern match'>a"
              "</ind:pattern><ind:instance datatype='int'>1</ind:instance>"
              "</ind:textfilecontent54_object>");
  CHECK(run.flag() == Flag::complete);
  CHECK(run.sorted(EntityName::filepath) == Texts{"/file", "/link"});
}

TEST_CASE("a pattern that is none is an error, also when there is no such file") {
  FilesOfHost files;
  OneTest run(files, "ind:textfilecontent54", "check_existence='none_exist'", object("("));
  CHECK(run.verdict() == Verdict::error);
  CHECK_FALSE(run.why().empty());
}

TEST_CASE("a pattern that is cut off is an error, whatever was found before") {
  FilesOfHost files;
  files.write("/f", "b\n" + std::string(40, 'a') + "c\n");
  for (const std::string existence : {"none_exist", "any_exist", "at_least_one_exists"}) {
    OneTest run(files,
                "ind:textfilecontent54",
                "check_existence='" + existence + "'",
                object("^(b|(a+)+)$"));
    CHECK(run.verdict() == Verdict::error);
  }
}

TEST_CASE("an item knows its line") {
  FilesOfHost files;
  files.write("/f", "x\ny\na\n");
  OneTest run(files, "ind:textfilecontent54", "", object("^a"));
  CHECK(run.run().test("t").items.front().item.line() == 3);
}

TEST_CASE("a match that would end before it begins is an error") {
  FilesOfHost files;
  files.write("/f", "zzabab");
  OneTest run(files, "ind:textfilecontent54", "", object("(?(DEFINE)(?&lt;k>ab\\K))(?=(?&amp;k))"));
  CHECK(run.flag() == Flag::error);
}

TEST_CASE("a pattern that matches more often than the limit is an error") {
  FilesOfHost files;
  files.write("/f", std::string(1'000'001, 'a'));
  OneTest run(files, "ind:textfilecontent54", "", object("a", "", ">0"));
  CHECK(run.flag() == Flag::error);
  CHECK(run.why().find("too often") != std::string::npos);
}

TEST_CASE("an item tells the line where its match begins") {
  FilesOfHost files;
  files.write("/f", "x\na\n\na\n");
  OneTest run(files, "ind:textfilecontent54", "", object("\\n?a"));
  std::vector<std::uint32_t> lines;
  for (const JudgedItem& each : run.run().test("t").items) {
    lines.push_back(each.item.line());
  }
  CHECK(lines == std::vector<std::uint32_t>{1, 3});
}

TEST_CASE("a pattern that a variable has twice finds each match once") {
  FilesOfHost files;
  files.write("/f", "a");
  OneTest run(files,
              "ind:textfilecontent54",
              "check_existence='only_one_exists'",
              "<ind:textfilecontent54_object id='o'><ind:filepath>/f</ind:filepath>"
              "<ind:pattern operation='pattern match' var_ref='v'/>"
              "<ind:instance datatype='int'>1</ind:instance></ind:textfilecontent54_object>",
              "",
              "<constant_variable id='v' datatype='string'><value>a</value><value>a</value>"
              "</constant_variable>");
  CHECK(run.verdict() == Verdict::yes);
}
