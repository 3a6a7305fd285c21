#include "cli/compliance/given_values.h"

#include <doctest/doctest.h>

using namespace twoseal;       // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::cli;  // NOLINT(google-build-using-namespace)

namespace {

scap::Benchmark benchmark() {
  scap::Benchmark made;
  made.values.resize(2);
  made.values[0].id = "xccdf_a_value_servers";
  made.values[1].id = "xccdf_a_value_days";
  return made;
}

scap::Selection selection() {
  scap::Selection made;
  made.values.resize(2);
  made.values[0].values = {"old"};
  made.values[1].missing = true;
  return made;
}

}  // namespace

TEST_CASE("a given value stands in the place of the profile's, and several are several") {
  const scap::Benchmark on = benchmark();
  scap::Selection selected = selection();
  scap::TextArena texts;
  REQUIRE(give_values({"servers=a", "servers=b=c", "xccdf_a_value_days="}, on, texts, selected));
  CHECK(selected.values[0].values == std::vector<scap::Text>{"a", "b=c"});
  CHECK(selected.values[1].values == std::vector<scap::Text>{""});
  CHECK_FALSE(selected.values[1].missing);
}

TEST_CASE("a value that is not there, or no value at all, is refused with what there is") {
  const scap::Benchmark on = benchmark();
  scap::Selection selected = selection();
  scap::TextArena texts;
  const auto unknown = give_values({"server=a"}, on, texts, selected);
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().code == Errc::usage);
  CHECK(unknown.error().next == "its values are: servers, days");
  CHECK_FALSE(give_values({"servers"}, on, texts, selected));
  CHECK_FALSE(give_values({"=a"}, on, texts, selected));
}

TEST_CASE("a whole id goes before one that ends in it, and an end of several is refused") {
  scap::Benchmark on = benchmark();
  on.values[0].id = "b_value_a_value_days";
  on.values[1].id = "a_value_days";
  scap::Selection selected = selection();
  scap::TextArena texts;
  REQUIRE(give_values({"a_value_days=3"}, on, texts, selected));
  CHECK(selected.values[0].values == std::vector<scap::Text>{"old"});
  CHECK(selected.values[1].values == std::vector<scap::Text>{"3"});
  const auto either = give_values({"days=3"}, on, texts, selected);
  REQUIRE_FALSE(either);
  CHECK(either.error().code == Errc::usage);
  CHECK(either.error().what == "'days' may be b_value_a_value_days or a_value_days");
}
