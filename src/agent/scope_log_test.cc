#include "agent/scope_log.h"

#include <doctest/doctest.h>

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

using Lines = std::vector<std::string>;

ScopeReport report(ScopeCondition state,
                   const std::vector<std::string>& resources = {},
                   const char* scope = "web-motd") {
  ScopeReport made;
  made.scope = ScopeId::parse(scope).value();
  made.state = state;
  for (const std::string& resource : resources) {
    made.drift.push_back({{}, false, resource});
  }
  return made;
}

}  // namespace

TEST_CASE("every repair has a line of its own, and what is well has none") {
  ScopeLog log;
  CHECK(log.lines({report(ScopeCondition::ok)}).empty());
  const Lines repair = {"put back: scope web-motd: file:/etc/motd"};
  CHECK(log.lines({report(ScopeCondition::repaired, {"file:/etc/motd"})}) == repair);
  CHECK(log.lines({report(ScopeCondition::repaired, {"file:/etc/motd"})}) == repair);
  CHECK(log.lines({report(ScopeCondition::ok)}).empty());
}

TEST_CASE("drift is said once, when it is another, and when it is over") {
  ScopeLog log;
  CHECK(log.lines({report(ScopeCondition::drift, {"file:/a"})}) ==
        Lines{"drift: scope web-motd: file:/a"});
  CHECK(log.lines({report(ScopeCondition::drift, {"file:/a"})}).empty());
  CHECK(log.lines({report(ScopeCondition::drift, {"file:/a", "file:/b"})}) ==
        Lines{"drift: scope web-motd: file:/a file:/b"});
  CHECK(log.lines({report(ScopeCondition::ok)}) ==
        Lines{"scope web-motd is as its change left it again"});
  CHECK(log.lines({report(ScopeCondition::ok)}).empty());
  CHECK(log.lines({}).empty());
}

TEST_CASE("of much drift a few resources are named and the others counted") {
  ScopeLog log;
  ScopeReport much = report(ScopeCondition::drift, {"file:/a", "file:/b", "file:/c", "file:/d"});
  much.more = 30;
  CHECK(log.lines({much}) == Lines{"drift: scope web-motd: file:/a file:/b file:/c and 31 more"});
}

TEST_CASE("a scope that cannot be looked after says why, and a repair that failed what is left") {
  ScopeLog log;
  ScopeReport gone = report(ScopeCondition::failed, {"web-motd"});
  gone.drift.front().diff.push_back({std::nullopt, "TS-2191", std::nullopt});
  const ScopeReport left = report(ScopeCondition::failed, {"file:/a"}, "web-ssh");
  CHECK(log.lines({gone, left}) ==
        Lines{"not looked after: scope web-motd: TS-2191", "not put back: scope web-ssh: file:/a"});
  CHECK(log.lines({gone, left}).empty());
}

TEST_CASE("what a host is called to write into its log stays one line") {
  ScopeLog log;
  const Lines said = log.lines({report(ScopeCondition::drift, {"file:/a\nok: all is well"})});
  REQUIRE(said.size() == 1);
  CHECK(said.front().find('\n') == std::string::npos);
}
