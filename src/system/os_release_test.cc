#include "system/os_release.h"

#include <doctest/doctest.h>

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

TEST_CASE("os-release gives values without their quotes") {
  constexpr std::string_view kText = "ID_LIKE=x\nID=debian\nVERSION_ID=\"12\"\nNAME='D'\nEMPTY=\n";
  CHECK(os_release_value(kText, "ID") == "debian");
  CHECK(os_release_value(kText, "VERSION_ID") == "12");
  CHECK(os_release_value(kText, "NAME") == "D");
  CHECK(os_release_value(kText, "EMPTY") == "");
  CHECK_FALSE(os_release_value(kText, "VERSION").has_value());
}

TEST_CASE("the first field of os-release that has a key counts") {
  CHECK(os_release_value("ID=debian\nID=rhel\n", "ID") == "debian");
}

TEST_CASE("quotes that do not end what they begin are a part of the value") {
  CHECK(os_release_value("ID=\"debian\n", "ID") == "\"debian");
  CHECK(os_release_value("ID=\"debian'\n", "ID") == "\"debian'");
  CHECK(os_release_value("ID=\"\n", "ID") == "\"");
}

TEST_CASE("the fields of os-release come in their order, without what is none") {
  std::string_view rest = "# a comment\nNAME=x\n\nID=debian";
  const auto name = next_os_release_field(rest);
  REQUIRE(name);
  CHECK(name->key == "NAME");
  const auto id = next_os_release_field(rest);
  REQUIRE(id);
  CHECK(id->key == "ID");
  CHECK(id->value == "debian");
  CHECK_FALSE(next_os_release_field(rest));
}
