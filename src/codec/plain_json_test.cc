#include "codec/plain_json.h"

#include <limits>

#include <doctest/doctest.h>

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace
using codec::parse_plain_json;
using codec::PlainJson;

namespace {

PlainJson value_of(BytesView text) {
  const auto parsed = parse_plain_json(text);
  REQUIRE_MESSAGE(parsed.has_value(), parsed.error().what);
  return *parsed;
}

Errc error_of(BytesView text) {
  const auto parsed = parse_plain_json(text);
  return parsed ? Errc{} : parsed.error().code;
}

std::string nested(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

}  // namespace

TEST_CASE("any spelling of a value is read") {
  const PlainJson value =
      value_of("\r\n { \"b\" : [ 1, \"two\\u0021\", true ], \"a\" : { \"c\" : false } } ");
  REQUIRE(value.at("b").list().size() == 3);
  CHECK(value.at("b").list()[0].integer() == 1);
  CHECK(value.at("b").list()[1].text() == "two!");
  CHECK(value.at("b").list()[2].boolean());
  CHECK(value.at("a").at("c").present());
  CHECK_FALSE(value.at("a").at("c").boolean());
  CHECK(value.members().size() == 2);
}

TEST_CASE("what is missing, null or of another type reads as empty") {
  const PlainJson value = value_of(R"({"null":null,"text":"t","list":[]})");
  CHECK_FALSE(value.at("none").present());
  CHECK_FALSE(value.at("null").present());
  CHECK_FALSE(value.at("none").at("deeper").present());
  CHECK(value.at("text").integer() == 0);
  CHECK(value.at("text").list().empty());
  CHECK(value.at("text").members().empty());
  CHECK(value.at("list").text().empty());
  CHECK(value.at("list").present());
  CHECK_FALSE(PlainJson().present());
}

TEST_CASE("numbers are cut to whole ones, and to the largest and smallest that fit") {
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
  CHECK(value_of("-7").integer() == -7);
  CHECK(value_of("2.9").integer() == 2);
  CHECK(value_of("-2.9").integer() == -2);
  CHECK(value_of("1e3").integer() == 1'000);
  CHECK(value_of("9223372036854775807").integer() == kMax);
  CHECK(value_of("9223372036854775808").integer() == kMax);
  CHECK(value_of("18446744073709551615").integer() == kMax);
  CHECK(value_of("-9223372036854775808").integer() == kMin);
  CHECK(value_of("99999999999999999999").integer() == kMax);
  CHECK(value_of("1e300").integer() == kMax);
  CHECK(value_of("-1e300").integer() == kMin);
}

TEST_CASE("of a member that stands twice one is kept") {
  const PlainJson value = value_of(R"({"a":1,"a":2})");
  CHECK(value.members().size() == 1);
  CHECK((value.at("a").integer() == 1 || value.at("a").integer() == 2));
}

TEST_CASE("what is no JSON is an error, however it ends") {
  const std::string whole = R"({"a":[1,"b",true,null,-2.5e1]})";
  for (std::size_t length = 0; length < whole.size(); ++length) {
    CAPTURE(length);
    CHECK(error_of(whole.substr(0, length)) == Errc::bad_http);
  }
  for (const std::string_view text :
       {"{'a':1}", "[1,]", "{} {}", "nul", "01", "\"\xff\"", "\"\n\""}) {
    CAPTURE(text);
    CHECK(error_of(text) == Errc::bad_http);
  }
  CHECK(error_of(whole) == Errc{});
}

TEST_CASE("nesting has a limit") {
  CHECK(error_of(nested(32)) == Errc{});
  CHECK(error_of(nested(33)) == Errc::bad_http);
  CHECK(error_of(std::string(1'000'000, '[')) == Errc::bad_http);
}
