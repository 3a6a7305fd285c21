#include "net/problem_answer.h"

#include <doctest/doctest.h>

#include "net/problem.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

TEST_CASE("the error that a server answers is the error that is read") {
  constexpr int kForbidden = 403;
  const Error given{Errc::refuse_c2, "web-03 is not among the targets", "", "ask for it"};
  const HttpResponse answer = problem_response(kForbidden, given);
  const Error read = read_problem(answer.status, answer.body);
  CHECK(read.code == Errc::refuse_c2);
  CHECK(read.what == given.what);
  CHECK(read.next == given.next);
}

TEST_CASE("an answer without a code that is known keeps what can be said of it") {
  constexpr int kBusy = 503;
  for (const char* body :
       {"", "\n", "busy", "[]", "{\"type\":\"TS-9999\"}", "{\"detail\":1}", "{}\n\n"}) {
    CAPTURE(body);
    const Error read = read_problem(kBusy, body);
    CHECK(read.code == Errc::server_refused);
    CHECK(read.what == "status 503");
  }
  CHECK(read_problem(kBusy, "{\"detail\":\"a new reason\",\"type\":\"TS-9999\"}").what ==
        "a new reason");
}
