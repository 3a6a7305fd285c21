#include "cli/client/api.h"

#include <doctest/doctest.h>

using namespace twoseal;       // NOLINT(google-build-using-namespace): a test of two namespaces
using namespace twoseal::cli;  // NOLINT(google-build-using-namespace)

TEST_CASE("a full disk of the server is not taken for one's own") {
  const Error full = at_server({Errc::disk_full, "writing: no space", "", "free some space"});
  CHECK(full.where == "the server says");
  CHECK(full.next == "this is about the server's machine: tell whoever runs it, then try again");
  const Error other = at_server({Errc::not_found, "there is no CHG-9", "", "look at the list"});
  CHECK(other.where == "the server says");
  CHECK(other.next == "look at the list");
}
