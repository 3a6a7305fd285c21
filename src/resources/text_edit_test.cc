#include "resources/text_edit.h"

#include <doctest/doctest.h>

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

TEST_CASE("a line takes the place of the first that begins like it, and of all others") {
  CHECK(with_line("a=1\nb=2\na=3\n", "a=9", "a=") == "a=9\nb=2\n");
  CHECK(with_line("b=2\n", "a=9", "a=") == "b=2\na=9\n");
  CHECK(with_line("b=2", "a=9", std::nullopt) == "b=2\na=9\n");
  CHECK(with_line("", "a", std::nullopt) == "a\n");
}

TEST_CASE("a line that is there stays as it is, also with its carriage return") {
  CHECK(with_line("a\r\nb\n", "a", std::nullopt) == "a\r\nb\n");
  CHECK(with_line("b\na\na\n", "a", std::nullopt) == "b\na\n");
}

TEST_CASE("a line is taken out wherever it stands") {
  CHECK(without_line("a\nb\na\n", "a", std::nullopt) == "b\n");
  CHECK(without_line("a=1\nb\na=2\n", "a=9", "a=") == "b\n");
  CHECK(without_line("", "a", std::nullopt).empty());
}

TEST_CASE("a block stands between its marks") {
  const auto text = with_block("x\n", "ours", "#", "one\ntwo");
  CHECK(text.value() == "x\n# twoseal begin ours\none\ntwo\n# twoseal end ours\n");
  CHECK(with_block(*text, "ours", "#", "three\n").value() ==
        "x\n# twoseal begin ours\nthree\n# twoseal end ours\n");
  CHECK(without_block(*text, "ours", "#").value() == "x\n");
  CHECK(without_block("x\n", "ours", "#").value() == "x\n");
  CHECK(with_block(*text, "theirs", "#", "y").value() ==
        *text + "# twoseal begin theirs\ny\n# twoseal end theirs\n");
}

TEST_CASE("marks that are not one pair in order stop the edit") {
  for (const char* text : {"# twoseal begin b\n",
                           "# twoseal end b\n",
                           "# twoseal begin b\n# twoseal begin b\n# twoseal end b\n",
                           "# twoseal begin b\n# twoseal end b\n# twoseal begin b\n"}) {
    const auto edited = with_block(text, "b", "#", "x");
    REQUIRE_FALSE(edited);
    CHECK(edited.error().code == Errc::not_editable);
    CHECK(without_block(text, "b", "#").error().code == Errc::not_editable);
  }
}
