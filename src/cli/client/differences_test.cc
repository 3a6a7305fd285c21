#include "cli/client/differences.h"

#include <doctest/doctest.h>

using namespace twoseal;
using namespace twoseal::cli;

namespace {

Fields fields_of(BytesView text) {
  const auto fields = document_fields(text);
  REQUIRE(fields.has_value());
  return *fields;
}

}  // namespace

TEST_CASE("a document is shown field by field, items by their id") {
  const Fields fields = fields_of(
      R"({"expires":1826956000,"nonce":"cHBw","rules":[{"id":"prod","min_local":1,"need":[{"n":2,"role":"lead"}]}],"version":3})");
  CHECK(fields == Fields{{"expires", "2027-11-23T07:46:40Z"},
                         {"rules prod.id", "prod"},
                         {"rules prod.min_local", "1"},
                         {"rules prod.need n=2 role=lead", "yes"}});
}

TEST_CASE("no item stands in for another one") {
  const Fields before = fields_of(
      R"({"plan":[{"env":"dev","role":"lead"},{"env":"prod","role":"lead"}],"rules":[{"id":"a","x":1},{"id":"a","x":2}]})");
  const Fields after = fields_of(
      R"({"plan":[{"env":"dev","role":"lead"},{"env":"test","role":"lead"}],"rules":[{"id":"a","x":1},{"id":"a","x":3}]})");
  const auto found = differences(before, after);
  REQUIRE(found.size() == 3);
  CHECK(found[0].field == "plan env=prod role=lead");
  CHECK(found[0].after.empty());
  CHECK(found[1].field == "plan env=test role=lead");
  CHECK(found[2].field == "rules a.x");
  CHECK(found[2].before == "1; 2");
  CHECK(found[2].after == "1; 3");
}

TEST_CASE("lists within items are on one line") {
  CHECK(fields_of(R"({"assign":[{"envs":["dev","test"],"need":[{"n":1,"roles":["a","b"]}]}]})") ==
        Fields{{"assign envs=[dev, test] need=[{n=1 roles=[a, b]}]", "yes"}});
}

TEST_CASE("texts with separators in them are not several texts") {
  CHECK(fields_of(R"({"owns":["/etc/ssh/","unit:ssh"]})").at("owns") == "/etc/ssh/, unit:ssh");
  CHECK(fields_of(R"({"owns":["/etc/ssh/, unit:ssh"]})").at("owns") == "\"/etc/ssh/, unit:ssh\"");
  CHECK(fields_of(R"({"o":[{"a":"x b=y"}]})") != fields_of(R"({"o":[{"a":"x","b":"y"}]})"));
}

TEST_CASE("where an item ends at a size of the log, that is no moment") {
  CHECK(fields_of(R"({"keys":[{"id":"k","until":40}]})").at("keys k.until") == "40");
}

TEST_CASE("what is not canonical is not shown") {
  CHECK(document_fields("{ }").error().code == Errc::not_canonical);
}

TEST_CASE("differences are told with what was and what is") {
  const auto found = differences({{"a", "1"}, {"b", "2"}}, {{"b", "3"}, {"c", "4"}});
  CHECK(differences_text("policy 2", found) ==
        "policy 2\n  a  1 -> (none)\n  b  2 -> 3\n  c  (none) -> 4\n");
  CHECK(differences_text("policy 2", {}, "nothing") == "policy 2\n  nothing\n");
}
