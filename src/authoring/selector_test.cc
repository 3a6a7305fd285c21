#include "authoring/selector.h"

#include <doctest/doctest.h>

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::authoring;  // NOLINT(google-build-using-namespace)

namespace {

Assignment host(const std::string& name, char digit, const std::string& env, const char* role) {
  Assignment x;
  x.name = name;
  x.host = HostId::parse("h:" + std::string(32, digit)).value();
  x.env = Name::parse(env).value();
  x.data_class = Name::parse("internal").value();
  x.labels = {{"role", role}};
  x.groups = {Name::parse("rack-" + std::string(1, digit)).value()};
  x.components = {ComponentId::parse("web").value()};
  return x;
}

const std::vector<Assignment>& fleet() {
  static const std::vector<Assignment> kFleet = {host("web-02", '3', "prod", "web"),
                                                 host("web-01", '1', "prod", "web"),
                                                 host("db-01", '2', "prod", "db"),
                                                 host("web-09", '4', "test", "web")};
  return kFleet;
}

// The names that match, or what was wrong.
std::string names(std::string_view text) {
  const auto selector = parse_selector(text);
  if (!selector) {
    return selector.error().what;
  }
  const auto hosts = select_hosts(*selector, fleet());
  if (!hosts) {
    return hosts.error().what;
  }
  std::string all;
  for (const TargetHost& one : *hosts) {
    all += (all.empty() ? "" : " ") + one.name;
  }
  return all;
}

}  // namespace

TEST_CASE("a host matches a selector when it matches every term") {
  CHECK(names("env=prod role=web") == "web-01 web-02");
  CHECK(names("env=prod,test  role=web") == "web-01 web-02 web-09");
  CHECK(names("name=web-*") == "web-01 web-02 web-09");
  CHECK(names("name=*-01") == "web-01 db-01");
  CHECK(names("name=w*b-0*") == "web-01 web-02 web-09");
  CHECK(names("name=*") == "web-01 db-01 web-02 web-09");
  CHECK(names("web-01,db-01") == "web-01 db-01");
  CHECK(names("group=rack-3,rack-4") == "web-02 web-09");
  CHECK(names("component=web data_class=internal env=test") == "web-09");
  CHECK(names("role=*") == "web-01 db-01 web-02 web-09");
}

TEST_CASE("a selector that matches nothing is an error") {
  CHECK(names("env=dev") == "no host matches 'env=dev'");
  CHECK(names("rack=*") == "no host matches 'rack=*'");
  CHECK(names("name=web-*x") == "no host matches 'name=web-*x'");
}

TEST_CASE("a misspelt name is an error even when others match") {
  CHECK(names("web-01,web-07") == "no host is called 'web-07'");
}

TEST_CASE("malformed selectors are refused") {
  CHECK(names("").starts_with("the selector is empty"));
  CHECK(names("   ").starts_with("the selector is empty"));
  CHECK(names("env=prod env=test") == "'env' stands twice; divide its values by commas");
  CHECK(names("env=").find("a value is made of") != std::string::npos);
  CHECK(names("env=a,,b").find("a value is made of") != std::string::npos);
  CHECK(names("=x").find("a key is made of") != std::string::npos);
  CHECK(names("Env=x").find("a key is made of") != std::string::npos);
  CHECK(names("env!=x").find("a key is made of") != std::string::npos);
  CHECK(names("env=a;b").find("a value is made of") != std::string::npos);
  CHECK(names("env=prod\nrole=web").find("a value is made of") != std::string::npos);
  CHECK(names(std::string(5000, 'a')).find("more than 4096 bytes") != std::string::npos);
  std::string many;
  for (int i = 0; i < 33; ++i) {
    many += "k" + std::to_string(i) + "=v ";
  }
  CHECK(names(many).find("more than 32 terms") != std::string::npos);
  std::string values = "env=a";
  for (int i = 0; i < 256; ++i) {
    values += ",b";
  }
  CHECK(names(values).find("256 values") != std::string::npos);
}

TEST_CASE("a host that is assigned twice is an error") {
  std::vector<Assignment> twice = fleet();
  twice.push_back(twice.front());
  const auto hosts = select_hosts(parse_selector("env=prod").value(), twice);
  REQUIRE_FALSE(hosts.has_value());
  CHECK(hosts.error().what == "the host 'web-02' is assigned twice");
}
