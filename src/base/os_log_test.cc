#include "base/os_log.h"

#include <doctest/doctest.h>

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

TEST_CASE("a line is one JSON object, whatever the values hold") {
  CHECK(log_line(LogLevel::info, "request", {{"path", "/v1/me"}, {"status", std::int64_t{200}}}) ==
        "{\"event\":\"request\",\"level\":\"info\",\"path\":\"/v1/me\",\"status\":200}\n");
  CHECK(log_line(LogLevel::error, "x", {{"what", "a \"b\"\\\nc"}}) ==
        "{\"event\":\"x\",\"level\":\"error\",\"what\":\"a \\\"b\\\"\\\\\\nc\"}\n");
  CHECK(log_line(LogLevel::warning, "x", {{"what", std::string("a\x1b[31m\xff z")}}) ==
        "{\"event\":\"x\",\"level\":\"warning\",\"what\":\"a[31m z\"}\n");
  CHECK(log_line(LogLevel::debug, "x", {{"what", std::string(5'000, 'a')}}).size() < 2'200);
}
