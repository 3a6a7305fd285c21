#include "cli/columns.h"

#include <doctest/doctest.h>

using namespace twoseal::cli;  // NOLINT(google-build-using-namespace): a test of one namespace

TEST_CASE("columns are as wide as their widest cell, and no line ends in blanks") {
  Columns columns;
  columns.add({"web-01", "ok", "applied"});
  columns.add({"web-1", "rolled-back", ""});
  CHECK(columns.text() == "web-01  ok           applied\nweb-1   rolled-back\n");
}

TEST_CASE("a row may be shorter than others, and no rows are no text") {
  Columns columns;
  CHECK(columns.text().empty());
  columns.add({"a"});
  columns.add({"b", "c"});
  CHECK(columns.text() == "a\nb  c\n");
}

TEST_CASE("letters of several octets take one place") {
  Columns columns;
  columns.add({"é", "x"});
  columns.add({"ab", "y"});
  CHECK(columns.text() == "é   x\nab  y\n");
}

TEST_CASE("what a cell says cannot pose as another row") {
  Columns columns;
  columns.add({"in-review\nCHG-7  approved", "p:leo"});
  CHECK(columns.text() == "in-review CHG-7  approved  p:leo\n");
  CHECK(one_line("a\r\n\tb") == "a   b");
}
