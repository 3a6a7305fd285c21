#include "net/target.h"

#include <doctest/doctest.h>

using namespace twoseal;

TEST_CASE("a target is decoded once") {
  CHECK(decode_target("/").value() == RequestTarget{"/", {}});
  CHECK(decode_target("/a/b?c=d&e=").value() == RequestTarget{"/a/b", {{"c", "d"}, {"e", ""}}});
  CHECK(decode_target("/a%20b").value().path == "/a b");
  CHECK(decode_target("/a%252f").value().path == "/a%2f");
  CHECK(decode_target("/a+b?c+d=%2B+%26").value() == RequestTarget{"/a+b", {{"c d", "+ &"}}});
  CHECK(decode_target("/h:1/x?q=a/b?c").value() == RequestTarget{"/h:1/x", {{"q", "a/b?c"}}});
  CHECK(decode_target("/%C3%A4").value().path == "/\xc3\xa4");
  CHECK(decode_target("/a?").value() == RequestTarget{"/a", {}});
}

TEST_CASE("a target with two readings is refused") {
  for (const std::string bad : {"",
                                "*",
                                "a",
                                "http://example.org/",
                                "example.org:443",
                                "//",
                                "//a",
                                "/a//b",
                                "/a/",
                                "/.",
                                "/..",
                                "/a/../b",
                                "/a/./b",
                                "/%2e%2e/a",
                                "/%2E",
                                "/a%2fb",
                                "/a%5cb",
                                "/a\\b",
                                "/a%00",
                                "/a%0a",
                                "/a%7f",
                                "/a%",
                                "/a%2",
                                "/a%zz",
                                "/a#b",
                                "/a b",
                                "/\xc3\xa4",
                                "/%ff",
                                "/%c0%af",
                                "/a?b=%00",
                                "/a?b=%ff",
                                "/a?=b",
                                "/a?b=c&b=d",
                                "/a?b=c&b",
                                "/a?b=#"}) {
    CAPTURE(bad);
    CHECK_FALSE(decode_target(bad).has_value());
  }
  CHECK(decode_target("/" + std::string(kTargetMax - 1, 'a')).has_value());
  CHECK_FALSE(decode_target("/" + std::string(kTargetMax, 'a')).has_value());
}

TEST_CASE("a query has at most 64 names") {
  std::string text = "/a?";
  for (int i = 0; i < 64; ++i) {
    text += "n" + std::to_string(i) + "=1&";
  }
  CHECK(decode_target(text + "").has_value());
  CHECK_FALSE(decode_target(text + "one=1").has_value());
}

TEST_CASE("what is encoded is decoded to the same") {
  const RequestTarget target{"/a b/\xc3\xa4/%2f+&?", {{"x y", "1&2=3+4"}, {"z", "?/#"}}};
  CHECK(decode_target(encode_target(target)).value() == target);
  CHECK(encode_target({"/a", {{"b", "c d"}}}) == "/a?b=c%20d");
}
