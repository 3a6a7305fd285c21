#include <string>

#include <doctest/doctest.h>

#include "compliance/report/json_writer.h"
#include "compliance/report/xml_writer.h"

namespace twoseal::scap {
namespace {

class TextSink : public ByteSink {
 public:
  Result<void> write(std::string_view bytes) override {
    text += bytes;
    ++calls;
    return {};
  }

  std::string text;
  int calls = 0;
};

class FullSink : public ByteSink {
 public:
  Result<void> write(std::string_view /*bytes*/) override {
    ++calls;
    return fail(Errc::disk_full, "no space");
  }

  int calls = 0;
};

}  // namespace

TEST_CASE("what XML forbids becomes a replacement character") {
  CHECK(xml_characters("a\x1b[31mb") == "a\uFFFD[31mb");
  CHECK(xml_characters(std::string_view("a\0b", 3)) == "a\uFFFDb");
  CHECK(xml_characters("\xff") == "\uFFFD");
  CHECK(xml_characters("\xEF\xBF\xBE") == "\uFFFD");                        // U+FFFE
  CHECK(xml_characters("\xED\xA0\x80").find('\xED') == std::string::npos);  // a surrogate
  CHECK(xml_characters("tab\tline\n ü 𝄞") == "tab\tline\n ü 𝄞");
}

TEST_CASE("text and attributes of XML are escaped") {
  CHECK(xml_escaped("a<b>&\"c", false) == "a&lt;b&gt;&amp;\"c");
  CHECK(xml_escaped("a\"b\nc\td\r", true) == "a&quot;b&#10;c&#9;d&#13;");
  CHECK(xml_escaped("]]>", false) == "]]&gt;");
}

TEST_CASE("elements nest, and those with text keep it as it is") {
  TextSink sink;
  Output output(sink);
  XmlWriter xml(output);
  xml.begin("a");
  xml.attribute("x", "1 < 2");
  xml.element("b", "text");
  xml.element_if("c", "");
  xml.begin("d");
  xml.end();
  xml.end();
  REQUIRE(output.finish());
  CHECK(sink.text ==
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<a x=\"1 &lt; 2\">\n  <b>text</b>\n  <d/>\n</a>\n");
}

TEST_CASE("strings of JSON are escaped") {
  CHECK(json_quoted("a\"b\\c\n\t\r") == "\"a\\\"b\\\\c\\n\\t\\r\"");
  CHECK(json_quoted("\x1b[0m") == "\"\\u001b[0m\"");
  CHECK(json_quoted("\xc3\x28") == "\"\uFFFD(\"");
  CHECK(json_quoted("ü") == "\"ü\"");
}

TEST_CASE("objects and arrays of JSON nest") {
  TextSink sink;
  Output output(sink);
  JsonWriter json(output);
  json.begin_object();
  json.member("a", "x");
  json.member_if("b", "");
  json.begin_array("c");
  json.number(-5);
  json.boolean(true);
  json.null();
  json.decimal(1.5, 2);
  json.end();
  json.begin_object("d");
  json.end();
  json.end();
  REQUIRE(output.finish());
  CHECK(sink.text ==
        "{\n  \"a\": \"x\",\n  \"c\": [\n    -5,\n    true,\n    null,\n    1.50\n  ],\n"
        "  \"d\": {}\n}\n");
}

TEST_CASE("the first error of a sink stays, and nothing more is given to it") {
  FullSink sink;
  Output output(sink);
  for (int i = 0; i < 100; ++i) {
    output.put(std::string(10'000, 'x'));
  }
  const auto result = output.finish();
  REQUIRE(!result);
  CHECK(result.error().code == Errc::disk_full);
  CHECK(sink.calls == 1);
}

TEST_CASE("pieces are gathered before they are passed on") {
  TextSink sink;
  Output output(sink);
  for (int i = 0; i < 1000; ++i) {
    output.put("0123456789");
  }
  REQUIRE(output.finish());
  CHECK(sink.calls == 1);
  CHECK(sink.text.size() == 10'000);
}

}  // namespace twoseal::scap
