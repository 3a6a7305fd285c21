#include "cli/compliance/exceptions.h"

#include <doctest/doctest.h>

using namespace twoseal;       // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::cli;  // NOLINT(google-build-using-namespace)

namespace {

constexpr UnixSeconds kNow = 1'000;

Exception made(const std::string& asset, const std::string& rule, UnixSeconds until) {
  Exception exception;
  exception.asset = asset;
  exception.rule = rule;
  exception.until = until;
  exception.why = "because";
  return exception;
}

}  // namespace

TEST_CASE("exceptions are those of this host, until they or the restrictions are over") {
  Restrictions restrictions;
  restrictions.expires = kNow + 100;
  restrictions.exceptions = {made("web-1", "a", kNow + 1),
                             made("h:1", "b", kNow + 1),
                             made("web-2", "c", kNow + 1),
                             made("web-1", "d", kNow)};
  const auto mine = exceptions_for(restrictions, "web-1", "h:1", kNow);
  REQUIRE(mine.size() == 2);
  CHECK(mine[0].rule == "a");
  CHECK(mine[1].rule == "b");
  CHECK(exceptions_for(restrictions, "web-1", "h:1", kNow + 100).empty());
}

TEST_CASE("a rule is meant by its id, the end of it, its version, or an identifier of it") {
  scap::Rule rule;
  rule.version = "UBTU-24-100";
  rule.id = "xccdf_a_rule_no_root";
  rule.idents = {{"system", "V-1234"}};
  const std::vector<Exception> all = {
      made("h", "V-1234", kNow + 1), made("h", "no_root", kNow + 5), made("h", "other", kNow + 9)};
  const Exception* found = exception_of(rule, all, kNow);
  REQUIRE(found != nullptr);
  CHECK(found->until == kNow + 5);
  CHECK(exception_of(rule, all, kNow + 5) == nullptr);
  CHECK(exception_of(rule, {}, kNow) == nullptr);
  CHECK(exception_of(rule, {made("h", "UBTU-24-100", kNow + 1)}, kNow) != nullptr);
  CHECK(exception_of(rule, {made("h", "", kNow + 1)}, kNow) == nullptr);
}

TEST_CASE("a machine without an agent has no exceptions") {
  const auto none = held_exceptions("/nonexistent/twoseal", kNow);
  REQUIRE_FALSE(none.has_value());
  CHECK(none.error().code == Errc::not_joined);
}
