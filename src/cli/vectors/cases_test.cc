#include "cli/vectors/cases.h"

#include <set>

#include <doctest/doctest.h>

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

TEST_CASE("every built-in vector gives the answer it names") {
  std::set<std::string> names;
  for (const vectors::Case& one : vectors::all_cases()) {
    CAPTURE(one.name);
    CHECK(names.insert(one.name).second);
    CHECK(one.summary.size() > 8);
    const std::string difference = vectors::difference(one.files(), one.expected);
    CHECK_MESSAGE(difference.empty(), one.name, ": ", difference);
  }
}
