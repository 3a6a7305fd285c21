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

TEST_CASE("every code that a decision of this release can end in has a vector") {
  std::set<std::string> codes;
  for (const vectors::Case& one : vectors::all_cases()) {
    codes.insert(one.expected.code);
  }
  for (const std::string_view code :
       {"B1", "B2", "B3", "C1", "C2", "C3", "C4", "C5", "F1", "F2", "F3", "H1", "H2",
        "K1", "L1", "L2", "L3", "L4", "L5", "P1", "P2", "R1", "R2", "R3", "R4", "R5",
        "S1", "S2", "S3", "S4", "S5", "S6", "W1", "W2", "W3", "W4", "W5", "W6"}) {
    CAPTURE(code);
    CHECK(codes.contains(std::string(code)));
  }
  CHECK(vectors::all_cases().size() >= 230);
}
