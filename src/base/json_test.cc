#include "base/json.h"

#include <doctest/doctest.h>

using namespace twoseal;        // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::json;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

std::string why_not(std::string_view text) {
  const auto result = check_canonical(text);
  return result ? "" : result.error().what;
}

std::string nested(std::size_t depth) {
  std::string text;
  for (std::size_t i = 1; i < depth; ++i) {
    text += "{\"a\":";
  }
  text += "{}";
  return text + std::string(depth - 1, '}');
}

}  // namespace

TEST_CASE("canonical texts are accepted") {
  for (const char* text : {"{}",
                           R"({"a":1})",
                           R"({"a":-1,"b":0,"c":9007199254740991,"d":-9007199254740991})",
                           R"({"a":[],"b":[1,[2],{}],"c":null,"d":true,"e":false})",
                           R"({"a":"\"\\\n\t","b":"ä€𝄞"})",
                           R"({"0/a-b_c.d:e":"x"})"}) {
    CAPTURE(text);
    CHECK(why_not(text).empty());
  }
}

TEST_CASE("each way of being non-canonical is named") {
  CHECK(why_not("") == "the outermost value is not an object");
  CHECK(why_not("[]") == "the outermost value is not an object");
  CHECK(why_not("{} ") == "something follows the outermost object");
  CHECK(why_not("{}\n") == "something follows the outermost object");
  CHECK(why_not("{ }") == "white space outside a string");
  CHECK(why_not(R"({"a": 1})") == "white space outside a string");
  CHECK(why_not(R"({"a":1 })") == "white space outside a string");
  CHECK(why_not(R"({"a":[1, 2]})") == "white space outside a string");
  CHECK(why_not("{\"a\":1\n}") == "white space outside a string");
  CHECK(why_not("{\"a\":\t1}") == "white space outside a string");
  CHECK(why_not("{\"a\":\r1}") == "white space outside a string");
  CHECK(why_not(R"({"b":1,"a":1})") == "keys are not in ascending order");
  CHECK(why_not(R"({"a":1,"a":1})") == "the key stands twice");
  CHECK(why_not(R"({"A":1})") == "a key has 1 to 128 characters out of a-z 0-9 _ . : / -");
  CHECK(why_not(R"({"aB":1})") == "a key has only characters out of a-z 0-9 _ . : / -");
  CHECK(why_not(R"({"":1})") == "a key has 1 to 128 characters out of a-z 0-9 _ . : / -");
  CHECK(why_not(R"({"\u0061":1})") == "a key has 1 to 128 characters out of a-z 0-9 _ . : / -");
  CHECK(why_not("{\"" + std::string(129, 'a') + "\":1}") ==
        "a key has 1 to 128 characters out of a-z 0-9 _ . : / -");
  CHECK(why_not(R"({"a":1.0})") == "only integers are canonical");
  CHECK(why_not(R"({"a":1e3})") == "only integers are canonical");
  CHECK(why_not(R"({"a":1E3})") == "only integers are canonical");
  CHECK(why_not(R"({"a":01})") == "a number with a leading zero, or -0");
  CHECK(why_not(R"({"a":-0})") == "a number with a leading zero, or -0");
  CHECK(why_not(R"({"a":9007199254740992})") == "a number beyond 2^53-1");
  CHECK(why_not(R"({"a":-9007199254740992})") == "a number beyond 2^53-1");
  CHECK(why_not(R"({"a":99999999999999999999999})") == "a number beyond 2^53-1");
  CHECK(why_not(R"({"a":+1})") == "expected a value");
  CHECK(why_not(R"({"a":-})") == "expected a value");
  CHECK(why_not(R"({"a":True})") == "expected a value");
  CHECK(why_not(R"({"a":truE})") == "expected a value");
  CHECK(why_not(R"({"a":"\u0041"})") == "only the escapes \\\" \\\\ \\n \\t are canonical");
  CHECK(why_not(R"({"a":"\/"})") == "only the escapes \\\" \\\\ \\n \\t are canonical");
  CHECK(why_not(R"({"a":"\r"})") == "only the escapes \\\" \\\\ \\n \\t are canonical");
  CHECK(why_not(R"({"a":"\ud800"})") == "only the escapes \\\" \\\\ \\n \\t are canonical");
  CHECK(why_not("{\"a\":\"\n\"}") == "a control character in a string");
  CHECK(why_not("{\"a\":\"\x7f\"}") == "a control character in a string");
  CHECK(why_not(std::string_view("{\"a\":\"\0\"}", 9)) == "a control character in a string");
  CHECK(why_not("{\"a\":\"b") == "the text ends inside a string");
  CHECK(why_not("{\"a\":\"b\\") == "only the escapes \\\" \\\\ \\n \\t are canonical");
  CHECK(why_not("{\"a\":") == "the text ends too early");
  CHECK(why_not("{\"a\":1") == "the text ends too early");
  CHECK(why_not("{\"a\"") == "the text ends too early");
  CHECK(why_not("{\"a") == "the text ends too early");
  CHECK(why_not("{\"a\":\"\xE2\x82") == "invalid UTF-8, a surrogate or a noncharacter");
  CHECK(why_not("{\"a\"=1}") == "expected :");
  CHECK(why_not("{\"a\":1;}") == "expected , or }");
  CHECK(why_not("{\"a\":[1;]}") == "expected , or ]");
  CHECK(why_not("{a:1}") == "expected a key in quotes");
  CHECK(why_not("{\"a\":1,}") == "expected a key in quotes");
  CHECK(why_not("{\"a\":[1,]}") == "expected a value");
  CHECK(why_not("\xEF\xBB\xBF{}") == "the text starts with a byte order mark");
}

TEST_CASE("UTF-8 is well formed and holds no surrogate or noncharacter") {
  const std::string bad = "invalid UTF-8, a surrogate or a noncharacter";
  for (const char* text : {"\x80",
                           "\xC0\xAF",
                           "\xC1\xBF",
                           "\xC2",
                           "\xC2\x41",
                           "\xE0\x80\x80",
                           "\xE0\x9F\xBF",
                           "\xED\xA0\x80",
                           "\xED\xBF\xBF",
                           "\xEF\xBF\xBE",
                           "\xEF\xBF\xBF",
                           "\xEF\xB7\x90",
                           "\xEF\xB7\xAF",
                           "\xF0\x80\x80\x80",
                           "\xF0\x8F\xBF\xBF",
                           "\xF4\x90\x80\x80",
                           "\xF0\x9F\xBF\xBE",
                           "\xF5\x80\x80\x80",
                           "\xFF"}) {
    CHECK(why_not("{\"a\":\"" + std::string(text) + "\"}") == bad);
    CHECK_FALSE(is_allowed_text(text));
  }
  for (const char* text : {"\xC2\x80",
                           "\xC2\xA0",
                           "\xED\x9F\xBF",
                           "\xEE\x80\x80",
                           "\xEF\xB7\x8F",
                           "\xEF\xB7\xB0",
                           "\xF4\x8F\xBF\xBD"}) {
    CHECK(why_not("{\"a\":\"" + std::string(text) + "\"}").empty());
    CHECK(is_allowed_text(text));
  }
}

TEST_CASE("depth and size are bounded") {
  CHECK(why_not(nested(32)).empty());
  CHECK(why_not(nested(33)) == "nested more than 32 deep");
  CHECK(why_not("{\"a\":" + std::string(32, '[') + std::string(32, ']') + "}") ==
        "nested more than 32 deep");
  const std::string large = "{\"a\":\"" + std::string(100, 'x') + "\"}";
  CHECK(check_canonical(large, large.size()).has_value());
  const auto result = check_canonical(large, large.size() - 1);
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().code == Errc::too_large);
}

TEST_CASE("reading refuses what checking refuses") {
  CHECK(Document::parse("{ }").error().what == "white space outside a string");
  CHECK(Document::parse("{}", 1).error().code == Errc::too_large);
}

TEST_CASE("the error names the byte") {
  const auto result = check_canonical(R"({"a":1,"b":01})");
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().code == Errc::not_canonical);
  CHECK(result.error().where == "byte 11");
}

TEST_CASE("a document is walked without copies") {
  const std::string text = R"({"a":[1,-2,{"x":"q\"\n"}],"b":true,"c":null})";
  const auto document = Document::parse(text);
  REQUIRE(document.has_value());
  const Value root = document->root();
  CHECK(root.kind() == Kind::object);
  CHECK(root.count() == 3);
  CHECK(root.raw() == text);
  const Value key = root.first();
  CHECK(key.text() == "a");
  const Value list = key.after();
  CHECK(list.kind() == Kind::array);
  CHECK(list.count() == 3);
  CHECK(list.first().integer() == 1);
  CHECK(list.first().after().integer() == -2);
  const Value inner = list.first().after().after();
  CHECK(inner.raw() == R"({"x":"q\"\n"})");
  CHECK(inner.first().after().text() == "q\"\n");
  CHECK(inner.first().after().raw() == R"(q\"\n)");
  const Value b = list.after();
  CHECK(b.text() == "b");
  CHECK(b.after().boolean());
  CHECK(b.after().after().after().kind() == Kind::null);
  CHECK(b.after().offset() == text.find("true"));
}

TEST_CASE("what quote() writes is what the scanner reads") {
  const std::string hard = "a\"b\\c\nd\te ä";
  const std::string text = "{\"a\":" + quote(hard) + "}";
  const auto document = Document::parse(text);
  REQUIRE(document.has_value());
  CHECK(document->root().first().after().text() == hard);
  CHECK_FALSE(is_allowed_text("a\rb"));
}
