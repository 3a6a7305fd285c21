#include "resources/text_merge.h"

#include <doctest/doctest.h>

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

// What is left of `now` when the edit from `before` to `after` is taken out of it.
std::string without(std::string_view before, std::string_view after, std::string_view now) {
  return merge_texts(after, now, before).value_or("conflict");
}

}  // namespace

TEST_CASE("an edit is taken out, and edits of other lines stay") {
  CHECK(without("a\nb\n", "a\nX\nb\n", "a\nX\nb\nY\n") == "a\nb\nY\n");
  CHECK(without("a\nb\nc\n", "a\nB\nc\n", "A\nB\nc\n") == "A\nb\nc\n");
  CHECK(without("a\nb\nc\n", "a\nc\n", "a\nc\nd\n") == "a\nb\nc\nd\n");
  CHECK(without("a\n", "a\nX\n", "a\nX\n") == "a\n");
}

TEST_CASE("lines that were appended one after the other come out one by one, in any order") {
  const std::string one = "a\nX 1\n";
  const std::string two = "a\nX 1\nY 2\n";
  CHECK(without("a\n", one, two) == "a\nY 2\n");
  CHECK(without(one, two, two) == one);
  CHECK(without(one, two, "a\nY 2\n") == "a\n");
}

TEST_CASE("what is taken out already stays out") {
  CHECK(without("a\nb\n", "a\nX\nb\n", "a\nb\nY\n") == "a\nb\nY\n");
  CHECK(without("a\nb\n", "a\nB\n", "a\nb\n") == "a\nb\n");
}

TEST_CASE("an edit whose own lines were changed since cannot be taken out") {
  CHECK(without("a\nb\n", "a\nB\n", "a\nC\n") == "conflict");
  CHECK(without("a\nb\n", "a\nX\nb\n", "a\nX2\nb\n") == "conflict");
  CHECK(without("a\nb\n", "a\n", "a\nnew\n") == "conflict");
}

TEST_CASE("nothing is taken out of a text whose last line is without its end") {
  CHECK(without("a", "a\nX", "a\nX\nY") == "conflict");
  CHECK(without("a", "a\nX\n", "a\nX\nY\n") == "conflict");
  CHECK(without("a\nb\n", "a\n", "a") == "conflict");
  CHECK(without("", "X\n", "X\nY\n") == "Y\n");
  CHECK(without("X\n", "", "Y\n") == "conflict");
}

TEST_CASE("a heading under which others have put lines stays where it is") {
  CHECK(without("[A]\nx=1\n", "[A]\nx=1\n[B]\nk=1\n", "[A]\nx=1\n[B]\nk=1\nm=2\n") == "conflict");
  CHECK(without("a\n", "a\nMatch User git\n  X yes\n", "a\nMatch User git\n  X yes\n  Y no\n") ==
        "conflict");
  CHECK(without("a\n", "a\n[B]\nk=1\n", "a\n[B]\nk=1\n[C]\nc=1\n") == "a\n[C]\nc=1\n");
}
