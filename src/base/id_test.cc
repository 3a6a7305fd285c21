#include "base/id.h"

#include <doctest/doctest.h>

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

TEST_CASE("an id starts with a letter or digit and has no double dot") {
  CHECK(RoleId::parse("owner:ssh").has_value());
  CHECK(RoleId::parse("0").has_value());
  CHECK(RoleId::parse("a._:-z").has_value());
  CHECK(RoleId::parse(std::string(64, 'a')).has_value());
  for (const char* text : {"", "-a", ".a", "a..b", "A", "a b", "a/b", "ä", ":a", "~a", "{a"}) {
    CAPTURE(text);
    CHECK_FALSE(RoleId::parse(text).has_value());
  }
  CHECK_FALSE(RoleId::parse(std::string(65, 'a')).has_value());
}

TEST_CASE("a component leaves room for the role of its owner") {
  const std::string longest(58, 'c');
  CHECK(ComponentId::parse(longest).has_value());
  CHECK(RoleId::parse("owner:" + longest).has_value());
  CHECK_FALSE(ComponentId::parse(longest + "c").has_value());
}

TEST_CASE("host and key ids carry 32 hex digits") {
  const std::string hex(32, 'a');
  CHECK(HostId::parse("h:" + hex).has_value());
  CHECK(KeyId::parse(hex).has_value());
  CHECK_FALSE(HostId::parse(hex).has_value());
  CHECK_FALSE(HostId::parse("h:" + hex + "a").has_value());
  CHECK_FALSE(KeyId::parse(std::string(32, 'g')).has_value());
}

TEST_CASE("a host name is made of DNS labels") {
  CHECK(is_host_name("web-01"));
  CHECK(is_host_name("web-01.example.org"));
  CHECK(is_host_name(std::string(63, 'a')));
  for (const char* text : {"", "-a", "a-", "a..b", ".a", "a.", "A", "a_b", "a.-b", "a-.b"}) {
    CAPTURE(text);
    CHECK_FALSE(is_host_name(text));
  }
  CHECK_FALSE(is_host_name(std::string(64, 'a')));
}

TEST_CASE("a digest is read and written in one form") {
  const std::string hex(64, 'a');
  const auto digest = Digest::parse("sha256:" + hex);
  REQUIRE(digest.has_value());
  CHECK(digest->hex() == hex);
  CHECK(digest->text() == "sha256:" + hex);
  CHECK(Digest::from_bytes(digest->bytes()) == *digest);
  CHECK_FALSE(Digest::parse(hex).has_value());
  CHECK_FALSE(Digest::parse("sha256:" + hex + "aa").has_value());
  CHECK_FALSE(Digest::parse("sha256:" + std::string(64, 'A')).has_value());
  CHECK_FALSE(Digest::parse("sha256:" + std::string(63, 'a')).has_value());
}
