#include "compliance/content/compiler.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "tests/support/scap_content.h"

using namespace twoseal;        // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::scap;  // NOLINT(google-build-using-namespace)

namespace {

bool has_issue(const Content& content, std::string_view what) {
  return std::any_of(content.issues.begin(), content.issues.end(), [&](const std::string& issue) {
    return issue.find(what) != std::string::npos;
  });
}

SourceFile edited(std::string_view from, std::string_view to) {
  SourceFile file = test::data_stream();
  const std::size_t at = file.bytes.find(from);
  REQUIRE(at != Bytes::npos);
  file.bytes.replace(at, from.size(), to);
  return file;
}

}  // namespace

TEST_CASE("a data stream brings its parts together by its catalogs") {
  const Content content = compile_content(test::data_stream()).value();
  CHECK(content.issues.empty());
  CHECK(content.source_name == "stream.xml");
  REQUIRE(content.benchmarks.size() == 1);
  REQUIRE(content.documents.size() == 2);
  REQUIRE(content.dictionary.size() == 2);
  const Benchmark& benchmark = content.benchmarks[0];
  REQUIRE(benchmark.rules.size() == 3);
  const ContentRef& ref = benchmark.rules[1].checks[0].refs[0];
  REQUIRE(ref.document != kNone);
  CHECK(content.documents[ref.document].definitions[ref.definition].id == "d:absent");
  const ContentRef& there = content.dictionary[1].check;
  REQUIRE(there.document != kNone);
  CHECK(content.documents[there.document].definitions[there.definition].id == "d:there");
}

TEST_CASE("files beside a benchmark are found by their names") {
  const Content content = test::compiled_files(test::benchmark_text()).value();
  CHECK(content.issues.empty());
  CHECK(content.source_name == "xccdf.xml");
  CHECK(content.benchmarks.size() == 1);
  CHECK(content.documents.size() == 2);
  CHECK(content.dictionary.size() == 2);
}

TEST_CASE("an OVAL document alone is content without benchmarks") {
  const Content content = compile_content({"oval.xml", test::oval_text()}).value();
  CHECK(content.benchmarks.empty());
  REQUIRE(content.documents.size() == 1);
  CHECK(content.documents[0].name == "oval.xml");
}

TEST_CASE("the same bytes give the same source, others another one") {
  const auto source = [](const std::string& text, std::vector<SourceFile> others = {}) {
    return compile_content({"x.xml", text}, std::move(others)).value().source;
  };
  CHECK(source(test::oval_text()) == source(test::oval_text()));
  CHECK(source(test::oval_text()) != source(test::oval_text() + "\n"));
  CHECK(source(test::oval_text()) != source(test::oval_text(), {{"y", test::oval_text()}}));
}

TEST_CASE("what is missing is an issue, and what needs it leads nowhere") {
  const Content alone = compile_content({"xccdf.xml", test::benchmark_text()}).value();
  CHECK(has_issue(alone, "oval.xml"));
  CHECK(alone.issues.size() == 1);  // once, however many rules need it
  CHECK(alone.benchmarks[0].rules[0].checks[0].refs[0].document == kNone);

  const Content renamed = compile_content(edited("id='c-oval'", "id='c-other'")).value();
  CHECK(has_issue(renamed, "c-oval"));
  CHECK(renamed.benchmarks[0].rules[0].checks[0].refs[0].document == kNone);

  const Content wrong = compile_content(edited("name='d:file'", "name='d:gone'")).value();
  CHECK(has_issue(wrong, "d:gone"));
  CHECK(wrong.benchmarks[0].rules[0].checks[0].refs[0].document == kNone);
  CHECK(wrong.benchmarks[0].rules[1].checks[0].refs[0].document != kNone);

  const Content value =
      compile_content(edited("value-id='xccdf_test_value_word'", "value-id='gone'")).value();
  CHECK(has_issue(value, "gone"));
  CHECK(value.benchmarks[0].rules[2].checks[0].exports[0].value == kNone);
}

TEST_CASE("things of OVAL that refer to nothing, or are of unknown types, are issues") {
  CHECK(
      has_issue(compile_content(edited("object_ref=\"o:login\"", "object_ref=\"o:gone\"")).value(),
                "o:gone"));
  CHECK(
      has_issue(compile_content(edited("state_ref=\"s:regular\"", "state_ref=\"s:gone\"")).value(),
                "s:gone"));
  CHECK(has_issue(compile_content(edited("test_ref=\"t:login\"", "test_ref=\"t:gone\"")).value(),
                  "t:gone"));
  CHECK(has_issue(
      compile_content(edited("<unix:file_state id=\"s:regular\"><unix:type>regular</unix:type>"
                             "</unix:file_state>",
                             "<unix:inetd_state id=\"s:regular\"/>"))
          .value(),
      "inetd"));
}

TEST_CASE("what is no SCAP, or breaks its rules, is refused with its place") {
  const auto refusal = [](SourceFile file) {
    const auto content = compile_content(std::move(file));
    REQUIRE_FALSE(content.has_value());
    CHECK_FALSE(content.error().where.empty());
    return content.error().code;
  };
  CHECK(refusal({"x.xml", "<a"}) == Errc::bad_xml);
  CHECK(refusal({"x.xml", ""}) == Errc::bad_xml);
  CHECK(refusal({"x.xml", "<html/>"}) == Errc::bad_content);
  CHECK(refusal(edited("id=\"t:login\"", "id=\"t:file\"")) == Errc::bad_content);
  CHECK(refusal(edited("check=\"all\"", "check=\"some\"")) == Errc::bad_content);
  CHECK(refusal(edited("operation=\"pattern match\"", "operation=\"like\"")) == Errc::bad_content);
  CHECK(refusal(edited("datatype=\"int\"", "datatype=\"integer\"")) == Errc::bad_content);
  CHECK(refusal(edited("var_ref=\"v:word\"", "var_ref=\"v:gone\"")) == Errc::bad_content);
  CHECK(refusal(edited("<external_variable", "<odd_variable")) == Errc::bad_content);
  CHECK(refusal(edited("severity='high'", "severity='huge'")) == Errc::bad_content);
  CHECK(refusal(edited("<ds:checklists>", "<ds:checklists/><ds:x>")) == Errc::bad_xml);
}

TEST_CASE("a collection without a checklist is refused") {
  const auto content = compile_content(
      {"x.xml", "<data-stream-collection><data-stream id='s'/></data-stream-collection>"});
  REQUIRE_FALSE(content.has_value());
  CHECK(content.error().code == Errc::bad_content);
}

TEST_CASE("criteria, sets, functions and groups may be nested 64 deep, and no deeper") {
  const auto nested =
      [](const std::string& open, const std::string& inner, const std::string& close, int depth) {
        std::string text = inner;
        for (int i = 0; i < depth; ++i) {
          text = open + text + close;
        }
        return text;
      };
  const auto oval =
      [](const std::string& definitions, const std::string& objects, const std::string& variables) {
        return compile_content(
            {"x.xml",
             "<oval_definitions "
             "xmlns='http://oval.mitre.org/XMLSchema/oval-definitions-5'><definitions>" +
                 definitions + "</definitions><objects>" + objects + "</objects><variables>" +
                 variables + "</variables></oval_definitions>"});
      };
  const auto check = [](auto compile) {
    CHECK(compile(60).has_value());
    const auto deeper = compile(66);
    REQUIRE_FALSE(deeper.has_value());
    CHECK(deeper.error().code == Errc::too_large);
  };
  check([&](int depth) {
    return oval(
        "<definition id='d'>" + nested("<criteria>", "", "</criteria>", depth) + "</definition>",
        "",
        "");
  });
  check([&](int depth) {
    return oval(
        "", "<file_object id='o'>" + nested("<set>", "", "</set>", depth) + "</file_object>", "");
  });
  check([&](int depth) {
    return oval("",
                "",
                "<local_variable id='v'>" +
                    nested("<concat>", "<literal_component/>", "</concat>", depth) +
                    "</local_variable>");
  });
  check([&](int depth) {
    std::string groups;
    for (int i = 0; i < depth; ++i) {
      groups = "<Group id='g" + std::to_string(i) + "'>" + groups + "</Group>";
    }
    return compile_content({"x.xml", test::benchmark_of(groups)});
  });
}
