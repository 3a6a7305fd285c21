#include "authoring/label.h"

#include <string>

#include <doctest/doctest.h>

using namespace twoseal::authoring;  // NOLINT(google-build-using-namespace): a test of it

TEST_CASE("a label is called by a few characters, and not as a field of the assignment") {
  CHECK(is_label_key("role"));
  CHECK(is_label_key("acme.example/tier-2"));
  CHECK(is_label_key(std::string(128, 'a')));
  for (const std::string& key : {std::string(),
                                 std::string("Role"),
                                 std::string("we b"),
                                 std::string("env"),
                                 std::string("data_class"),
                                 std::string("component"),
                                 std::string(129, 'a')}) {
    CAPTURE(key);
    CHECK_FALSE(is_label_key(key));
  }
}

TEST_CASE("a selector can name a value of one word without a star") {
  CHECK(is_selectable("Web+db@graz-1"));
  CHECK(is_selectable(std::string(256, 'a')));
  for (const std::string& value : {std::string(),
                                   std::string("we b"),
                                   std::string("w*"),
                                   std::string("a,b"),
                                   std::string("a\n"),
                                   std::string(257, 'a')}) {
    CAPTURE(value);
    CHECK_FALSE(is_selectable(value));
  }
}
