#include "net/response_text.h"

#include <doctest/doctest.h>

#include "net/problem.h"
#include "net/problem_answer.h"

using namespace twoseal;

TEST_CASE("a response begins with status, date, headers and length") {
  const HttpResponse response{200, {{"x-a", "b"}}, "abc", {}};
  CHECK(response_head(response, AfterResponse::keep_open, 784'111'777).value() ==
        "HTTP/1.1 200 OK\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\nx-a: b\r\ncontent-length: "
        "3\r\n\r\n");
  CHECK(response_head(response, AfterResponse::close, 0)
            .value()
            .ends_with("content-length: 3\r\nconnection: close\r\n\r\n"));
}

TEST_CASE("a status without a body has no length, an unknown one no reason") {
  CHECK_FALSE(response_head({204, {}, "", {}}, AfterResponse::keep_open, 0)->contains("length"));
  CHECK(response_head({299, {}, "", {}}, AfterResponse::keep_open, 0)
            ->starts_with("HTTP/1.1 299 \r\n"));
}

TEST_CASE("headers that the server itself sets are left out") {
  const HttpResponse response{
      200,
      {{"content-length", "9"}, {"transfer-encoding", "chunked"}, {"connection", "x"}},
      "",
      {}};
  const std::string head = response_head(response, AfterResponse::keep_open, 0).value();
  CHECK_FALSE(head.contains("chunked"));
  CHECK_FALSE(head.contains("connection"));
  CHECK(head.contains("content-length: 0\r\n"));
}

TEST_CASE("a response that would begin another one is none") {
  for (const HttpHeaders& headers : {HttpHeaders{{"location", "/a\r\nset-cookie: b"}},
                                     HttpHeaders{{"location", "/a\nb"}},
                                     HttpHeaders{{"x y", "a"}},
                                     HttpHeaders{{"X", "a"}},
                                     HttpHeaders{{"", "a"}},
                                     HttpHeaders{{"a:b", "a"}}}) {
    CHECK_FALSE(response_head({200, headers, "", {}}, AfterResponse::keep_open, 0).has_value());
  }
  CHECK_FALSE(response_head({100, {}, "", {}}, AfterResponse::keep_open, 0).has_value());
  CHECK_FALSE(response_head({600, {}, "", {}}, AfterResponse::keep_open, 0).has_value());
}

TEST_CASE("what a server says is wrong is what its client reads") {
  const HttpResponse problem =
      problem_response(409, {Errc::report_old, "h:1 has sent report 3", "", "look at it"});
  const Error read = read_problem(problem.status, problem.body);
  CHECK(read.code == Errc::report_old);
  CHECK(read.what == "h:1 has sent report 3");
  CHECK(read.next == "look at it");
}

TEST_CASE("a problem tells code, title and next step, and drops text that JSON may not have") {
  const HttpResponse problem = problem_response(400, {Errc::bad_request, "a \"b\""});
  CHECK(problem.status == 400);
  CHECK(problem.headers.at("content-type") == "application/problem+json");
  CHECK(problem.body.contains("\"type\":\"TS-5006\""));
  CHECK(problem.body.contains("\"detail\":\"a \\\"b\\\"\""));
  CHECK(problem_response(400, {Errc::bad_request, "a", "", "do this"}).body.contains("do this"));
  CHECK(problem_response(400, {Errc::bad_request, "\xff"}).body.contains("\"detail\":\"\""));
}
