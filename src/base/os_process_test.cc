#include "base/os_process.h"

#include <doctest/doctest.h>

#include "base/os_file.h"
#include "base/os_terminal.h"

using namespace twoseal;

TEST_CASE("a program gets its input and its answer comes back") {
  Command command{.arguments = {"sh", "-c", "cat; echo problem >&2; exit 3"}};
  command.input = Bytes(500'000, 'x');
  const auto finished = run_command(command);
  REQUIRE(finished);
  CHECK(finished->exit == 3);
  CHECK(finished->output == command.input);
  CHECK(finished->errors == "problem\n");
}

TEST_CASE("a program that does not read its input does not block us") {
  prepare_standard_descriptors();
  const auto finished = run_command({.arguments = {"true"}, .input = Bytes(500'000, 'x')});
  REQUIRE(finished);
  CHECK(finished->exit == 0);
}

TEST_CASE("a program that cannot be started, dies or never stops talking is named") {
  const auto missing = run_command({.arguments = {"twoseal-no-such-program"}});
  REQUIRE(!missing);
  CHECK(missing.error().code == Errc::tool_failed);
  CHECK(missing.error().where == "twoseal-no-such-program");
  CHECK(run_command({.arguments = {"sh", "-c", "kill -9 $$"}})->exit == 128 + 9);
  const auto endless = run_command({.arguments = {"yes"}, .output_max = 1000});
  REQUIRE(!endless);
  CHECK(endless.error().what == "says more than it may");
}

TEST_CASE("the environment of a program can be changed by name") {
  const auto finished = run_command({.arguments = {"sh", "-c", "echo \"$A-${HOME-none}\""},
                                     .environment_without = {"HOME"},
                                     .environment_with = {"A=1"}});
  REQUIRE(finished);
  CHECK(finished->output == "1-none\n");
}

TEST_CASE("a wiped secret is empty") {
  Bytes secret = "correct horse";
  wipe(secret);
  CHECK(secret.empty());
}

TEST_CASE("a program that cannot be become is an error, and this one goes on") {
  const Error error = become_command({"twoseal-no-such-program", "x"});
  CHECK(error.code == Errc::tool_failed);
  CHECK(error.where == "twoseal-no-such-program");
  prepare_standard_descriptors();
}
