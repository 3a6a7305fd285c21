#include "codec/client_data.h"

#include <doctest/doctest.h>

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

constexpr std::string_view kTexts =
    R"("type":"webauthn.get","challenge":"abc","origin":"https://a")";

Result<ClientData> parse_with(std::string_view more) {
  return codec::parse_client_data("{" + std::string(kTexts) + std::string(more) + "}");
}

void check_rejected(const Result<ClientData>& result, std::string_view reason) {
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().code == Errc::webauthn_rejected);
  CAPTURE(result.error().what);
  CHECK(result.error().what.find(reason) != std::string::npos);
}

}  // namespace

TEST_CASE("client data as browsers write it is read") {
  const auto data = parse_with(R"(,"crossOrigin":false)");
  REQUIRE(data.has_value());
  CHECK(data->type == "webauthn.get");
  CHECK(data->challenge == "abc");
  CHECK(data->origin == "https://a");
  CHECK(data->cross_origin == false);
  CHECK_FALSE(data->has_top_origin);

  const auto more = parse_with(
      R"(,"crossOrigin":true,"topOrigin":"https://b","other_keys_can_be_added_here":"do not compare",)"
      R"("list":[1,-2,1.5,null,true,{"type":1,"type":2,"crossOrigin":[]}],"big":18446744073709551615)");
  REQUIRE(more.has_value());
  CHECK(more->cross_origin == true);
  CHECK(more->has_top_origin);
  CHECK_FALSE(parse_with("")->cross_origin.has_value());
  CHECK(parse_with(R"(,"topOrigin":null)")->has_top_origin);
  CHECK(codec::parse_client_data(" { " + std::string(kTexts) + "\n}\n").has_value());
}

TEST_CASE("escapes in client data are resolved before anything is compared") {
  const auto data = codec::parse_client_data(
      R"({"\u0074ype":"webauthn\u002eget","challenge":"\n\t\"\\ä","origin":"x"})");
  REQUIRE(data.has_value());
  CHECK(data->type == "webauthn.get");
  CHECK(data->challenge == "\n\t\"\\ä");
  check_rejected(parse_with(R"(,"\u0074ype":"webauthn.get")"), "twice");
}

TEST_CASE("long texts with escapes are put together from their pieces") {
  const std::string filler(6000, 'a');
  const auto data =
      codec::parse_client_data(R"({"type":"\u0062)" + filler + R"(","challenge":"","origin":""})");
  REQUIRE(data.has_value());
  CHECK(data->type == "b" + filler);
  CHECK(parse_with(",\"\\u0062" + filler + "\":0").has_value());
  const std::string half(3000, 'a');
  check_rejected(parse_with(",\"\\u0062" + half + "\":0,\"b" + half + "\":0"), "twice");
}

TEST_CASE("a member that stands twice is refused") {
  check_rejected(parse_with(R"(,"type":"webauthn.get")"), "twice");
  check_rejected(parse_with(R"(,"x":1,"x":1)"), "twice");
}

TEST_CASE("client data without one of its texts, or with a wrong type, is refused") {
  check_rejected(codec::parse_client_data("{}"), "no type");
  check_rejected(codec::parse_client_data(R"({"type":"a","origin":"b"})"), "no challenge");
  check_rejected(codec::parse_client_data(R"({"type":"a","challenge":"b"})"), "no origin");
  check_rejected(codec::parse_client_data(R"({"x":{"type":"a"},"challenge":"b","origin":"c"})"),
                 "no type");
  for (const char* value : {"1", "-1", "1.5", "18446744073709551615", "true", "null", "{}", "[]"}) {
    CAPTURE(value);
    check_rejected(codec::parse_client_data(R"({"type":)" + std::string(value) + "}"),
                   "member type has the wrong type");
  }
  for (const char* value : {"1", "null", "{}", "[]", "\"true\""}) {
    CAPTURE(value);
    check_rejected(parse_with(R"(,"crossOrigin":)" + std::string(value)),
                   "member crossOrigin has the wrong type");
  }
}

TEST_CASE("what is not one JSON object in valid UTF-8 is refused") {
  for (const char* text : {"[]", "1", "-1", "1.5", "\"type\"", "true", "null"}) {
    CAPTURE(text);
    check_rejected(codec::parse_client_data(text), "not an object");
  }
  for (const char* text : {"",
                           " ",
                           "{",
                           "{\"a\":}",
                           "{'a':1}",
                           "{\"a\":1,}",
                           "{/**/}",
                           "{}{}",
                           "{}x",
                           "\xEF\xBB\xBF{}",
                           "{\"a\":\"\xff\"}",
                           "{\"\xc0\x80\":1}",
                           "{\"a\":\"\\ud800\"}",
                           "{\"a\":\"\x01\"}",
                           "{\"a\":NaN}"}) {
    CAPTURE(text);
    check_rejected(codec::parse_client_data(text), "not JSON");
  }
}

TEST_CASE("client data has a limit of size, depth and members") {
  const auto filled = [](std::size_t size) {
    const std::string head = "{" + std::string(kTexts) + ",\"x\":\"";
    return head + std::string(size - head.size() - 2, 'a') + "\"}";
  };
  CHECK(codec::parse_client_data(filled(codec::kClientDataMax)).has_value());
  CHECK(codec::parse_client_data(filled(codec::kClientDataMax + 1)).error().code ==
        Errc::too_large);

  const auto nested = [](std::size_t depth) {
    return ",\"x\":" + std::string(depth, '[') + std::string(depth, ']');
  };
  CHECK(parse_with(nested(codec::kClientDataDepthMax - 1)).has_value());
  check_rejected(parse_with(nested(codec::kClientDataDepthMax)), "not JSON");

  std::string members;
  for (std::size_t i = 3; i < codec::kClientDataMembersMax; ++i) {
    members += ",\"k" + std::to_string(i) + "\":0";
  }
  CHECK(parse_with(members).has_value());
  check_rejected(parse_with(members + ",\"last\":0"), "not JSON");
}
