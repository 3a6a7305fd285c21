#include "compliance/path_start.h"

#include <doctest/doctest.h>

using namespace twoseal::scap;  // NOLINT(google-build-using-namespace): a test of one namespace

TEST_CASE("a pattern of paths is looked for where all that it matches lies") {
  CHECK(start_of_pattern("^/etc/ssh/.*\\.conf$") == "/etc/ssh");
  CHECK(start_of_pattern("/etc/ssh/.*") == "/etc/ssh");
  CHECK(start_of_pattern("^/etc.*") == "/");
  CHECK(start_of_pattern("^.*/ssh$") == "/");
  CHECK(start_of_pattern("ssh/.*") == "/");
}

TEST_CASE("only a pattern without a beginning may match from the midst of a path on") {
  CHECK_FALSE(may_match_anywhere("^/etc/.*"));
  CHECK_FALSE(may_match_anywhere("/etc/.*"));
  CHECK(may_match_anywhere("ssh/.*"));
}

TEST_CASE("a path is walked without the slashes at its end") {
  CHECK(plain_start("/etc/") == "/etc");
  CHECK(plain_start("/etc//") == "/etc");
  CHECK(plain_start("//") == "/");
  CHECK(plain_start("/etc") == "/etc");
}
