#include "net/problem_answer.h"

#include <doctest/doctest.h>

#include "net/problem.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

Error read_back(int status, const Error& error) {
  return read_problem(status, problem_response(status, error).body);
}

}  // namespace

TEST_CASE("an error that the server answers is the one that it had") {
  for (const Errc code :
       {Errc::not_found, Errc::bad_signature, Errc::report_old, Errc::refuse_s3}) {
    const Error error = read_back(409, Error{code, "what \"it\" was\nin two lines"});
    CHECK(error.code == code);
    CHECK(error.what == "what \"it\" was\nin two lines");
    CHECK(error.next == error_info(code).next);
  }
  CHECK(read_back(404, Error{Errc::not_found, "x", "", "try another"}).next == "try another");
}

TEST_CASE("what an answer does not say is told by its status") {
  const Error error = read_back(404, Error{Errc::not_found, "caf\xe9"});
  CHECK(error.code == Errc::not_found);
  CHECK(error.what == "status 404");
  for (const char* body : {"",
                           "\n",
                           "not found",
                           "[1]",
                           "{\"type\":\"TS-3007\"",
                           "{\"type\": \"TS-3007\"}",
                           "{}\n\n"}) {
    CAPTURE(body);
    CHECK(read_problem(404, body).code == Errc::server_refused);
    CHECK(read_problem(404, body).what == "status 404");
  }
}

TEST_CASE("a code of a newer server is the server's, with its words") {
  const Error error = read_problem(418, R"({"detail":"no coffee","type":"TS-9999"})");
  CHECK(error.code == Errc::server_refused);
  CHECK(error.what == "no coffee");
  CHECK(read_problem(418, R"({"detail":7,"type":8})").what == "status 418");
}

TEST_CASE("the words of a server are bounded") {
  const Error error = read_back(500, Error{Errc::io_failed, std::string(5'000, 'x')});
  CHECK(error.what.size() == 2'048);
  CHECK(read_back(500, Error{Errc::io_failed, std::string(20'000, 'x')}).code ==
        Errc::server_refused);
}
