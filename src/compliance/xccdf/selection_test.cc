#include "compliance/xccdf/selection.h"

#include <algorithm>

#include <doctest/doctest.h>

using namespace twoseal;        // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::scap;  // NOLINT(google-build-using-namespace)

namespace {

Rule rule(Text id, Index parent = kNone, bool selected = true) {
  Rule made;
  made.id = id;
  made.parent = parent;
  made.selected = selected;
  return made;
}

Group group(Text id, Index parent = kNone, bool selected = true) {
  Group made;
  made.id = id;
  made.parent = parent;
  made.selected = selected;
  return made;
}

Profile profile(Text id, std::vector<Select> selects, Text extends = {}) {
  Profile made;
  made.id = id;
  made.extends = extends;
  made.selects = std::move(selects);
  return made;
}

// Rules a, b (not selected) and c, the last within group g.
Benchmark simple() {
  Benchmark benchmark;
  benchmark.groups = {group("g")};
  benchmark.rules = {rule("a"), rule("b", kNone, false), rule("c", 0)};
  return benchmark;
}

// The ids of what is selected, one letter each.
std::string selected(const Benchmark& benchmark,
                     std::string_view name = {},
                     std::span<const Profile> tailored = {},
                     std::vector<std::string> only = {}) {
  const auto selection = select_profile(benchmark, name, tailored, only);
  REQUIRE(selection.has_value());
  std::string ids;
  for (std::size_t i = 0; i < benchmark.rules.size(); ++i) {
    if (selection->rules[i].selected) {
      ids += benchmark.rules[i].id;
    }
  }
  return ids;
}

Errc refusal(const Benchmark& benchmark,
             std::string_view name,
             std::span<const Profile> tailored = {},
             std::vector<std::string> only = {}) {
  const auto selection = select_profile(benchmark, name, tailored, only);
  REQUIRE_FALSE(selection.has_value());
  return selection.error().code;
}

}  // namespace

TEST_CASE("without a profile rules are selected as they say themselves") {
  CHECK(selected(simple()) == "ac");
}

TEST_CASE("a profile selects, and the last word on an item counts") {
  Benchmark benchmark = simple();
  benchmark.profiles = {profile("p", {{"a", false}, {"b", true}}),
                        profile("q", {{"a", false}, {"a", true}, {"c", true}, {"c", false}})};
  CHECK(selected(benchmark, "p") == "bc");
  CHECK(selected(benchmark, "q") == "a");
}

TEST_CASE("what extends a profile begins with what that selects") {
  Benchmark benchmark = simple();
  benchmark.profiles = {profile("p", {{"a", false}, {"b", true}}),
                        profile("q", {{"a", true}}, "p"),
                        profile("r", {{"b", false}}, "q")};
  CHECK(selected(benchmark, "q") == "abc");
  CHECK(selected(benchmark, "r") == "ac");
}

TEST_CASE("profiles that extend each other in a circle, or what is not there, are refused") {
  Benchmark benchmark = simple();
  benchmark.profiles = {profile("p", {}, "q"),
                        profile("q", {}, "p"),
                        profile("r", {}, "gone"),
                        profile("s", {}, "s")};
  CHECK(refusal(benchmark, "p") == Errc::bad_content);
  CHECK(refusal(benchmark, "r") == Errc::bad_content);
  CHECK(refusal(benchmark, "s") == Errc::bad_content);
}

TEST_CASE("a rule is selected only below selected groups") {
  Benchmark benchmark;
  benchmark.groups = {group("g", kNone, false), group("h", 0)};
  benchmark.rules = {rule("a", 1), rule("b", 0), rule("c")};
  benchmark.profiles = {profile("p", {{"g", true}}), profile("q", {{"g", true}, {"h", false}})};
  CHECK(selected(benchmark) == "c");
  CHECK(selected(benchmark, "p") == "abc");
  CHECK(selected(benchmark, "q") == "bc");
}

TEST_CASE("a cluster is selected by its name, rules and groups alike") {
  Benchmark benchmark = simple();
  benchmark.rules[0].cluster = "k";
  benchmark.rules[1].cluster = "k";
  benchmark.groups[0].cluster = "k";
  benchmark.profiles = {profile("on", {{"k", true}}), profile("off", {{"k", false}})};
  CHECK(selected(benchmark, "on") == "abc");
  CHECK(selected(benchmark, "off").empty());
}

TEST_CASE("a rule needs one of each list that it requires") {
  Benchmark benchmark = simple();
  benchmark.rules[0].needs = {{"b", "c"}};
  CHECK(selected(benchmark) == "ac");
  benchmark.rules[0].needs = {{"b"}};
  CHECK(selected(benchmark) == "c");
  benchmark.rules[0].needs = {{"c"}, {"b"}};
  CHECK(selected(benchmark) == "c");
  benchmark.rules[0].needs = {{"gone"}};
  CHECK(selected(benchmark) == "c");
  benchmark.rules[0].needs = {{"g"}};
  CHECK(selected(benchmark) == "ac");
  benchmark.groups[0].needs = {{"b"}};
  CHECK(selected(benchmark).empty());  // with its group goes what needs it
}

TEST_CASE("of two that exclude each other the first one goes, and an unselected one harms nobody") {
  Benchmark benchmark = simple();
  benchmark.rules[0].conflicts = {"c"};
  CHECK(selected(benchmark) == "c");
  benchmark.rules[2].conflicts = {"a"};
  CHECK(selected(benchmark) == "c");
  benchmark.rules[0].conflicts = {"b"};
  benchmark.rules[2].conflicts = {};
  CHECK(selected(benchmark) == "ac");
}

TEST_CASE("values have the choice without a selector, or the first one") {
  Benchmark benchmark = simple();
  benchmark.values.resize(3);
  benchmark.values[0].choices = {{"s", {"1"}}, {"", {"2"}}};
  benchmark.values[1].choices = {{"s", {"1"}}, {"t", {"2"}}};
  const Selection selection = select_profile(benchmark, "").value();
  CHECK(selection.values[0].values == std::vector<Text>{"2"});
  CHECK(selection.values[1].values == std::vector<Text>{"1"});
  CHECK(selection.values[2].values.empty());
}

TEST_CASE("a profile chooses and sets values, and one that wants what is not there is told") {
  Benchmark benchmark = simple();
  benchmark.values.resize(1);
  benchmark.values[0].id = "v";
  benchmark.values[0].choices = {{"", {"1"}}, {"s", {"2"}}};
  Profile chosen = profile("chosen", {});
  chosen.refine_values = {{"v", "s", {}}};
  Profile set = chosen;
  set.id = "set";
  set.set_values = {{"v", {"3"}}, {"v", {"4"}}};
  Profile wrong = profile("wrong", {});
  wrong.refine_values = {{"v", "gone", {}}};
  benchmark.profiles = {chosen, set, wrong};
  const auto value = [&](std::string_view name) {
    return select_profile(benchmark, name).value().values[0];
  };
  CHECK(value("chosen").values == std::vector<Text>{"2"});
  CHECK(value("set").values == std::vector<Text>{"4"});
  CHECK(value("wrong").missing);
  CHECK(value("wrong").values.empty());
  CHECK_FALSE(value("chosen").missing);
}

TEST_CASE("rules are refined, each part by its last word") {
  Benchmark benchmark = simple();
  benchmark.rules[0].severity = Severity::low;
  Profile refined = profile("p", {});
  refined.refine_rules = {{"a", "s", Severity::high, 2.0, std::nullopt},
                          {"a", std::nullopt, std::nullopt, 3.0, Role::unscored}};
  benchmark.profiles = {refined};
  const SelectedRule a = select_profile(benchmark, "p").value().rules[0];
  CHECK(a.severity == Severity::high);
  CHECK(a.weight == 3.0);
  CHECK(a.role == Role::unscored);
  CHECK(a.selector == "s");
  CHECK(select_profile(benchmark, "").value().rules[0].severity == Severity::low);
  CHECK_FALSE(select_profile(benchmark, "p").value().rules[1].selector.has_value());
}

TEST_CASE("all rules are selected by one name, save those that exclude each other") {
  Benchmark benchmark = simple();
  benchmark.groups[0].selected = false;
  CHECK(selected(benchmark, kAllRules) == "abc");
  benchmark.rules[0].conflicts = {"b"};
  CHECK(selected(benchmark, kAllRules) == "bc");
  CHECK(select_profile(benchmark, kAllRules).value().profile == "(all)");
}

TEST_CASE("a profile is known by its id or by its end, and one name is one profile") {
  Benchmark benchmark = simple();
  benchmark.profiles = {profile("xccdf_x_profile_standard", {{"a", false}}),
                        profile("xccdf_y_profile_high", {}),
                        profile("xccdf_z_profile_high", {})};
  CHECK(selected(benchmark, "standard") == "c");
  CHECK(selected(benchmark, "xccdf_x_profile_standard") == "c");
  CHECK(refusal(benchmark, "tandard") == Errc::no_such_profile);
  CHECK(refusal(benchmark, "none") == Errc::no_such_profile);
  CHECK(refusal(benchmark, "high") == Errc::no_such_profile);
}

TEST_CASE(
    "a tailored profile stands before one of the benchmark, and may extend that of its own id") {
  Benchmark benchmark = simple();
  benchmark.profiles = {profile("p", {{"a", false}})};
  const std::vector<Profile> tailored = {profile("p", {{"b", true}}, "p")};
  CHECK(selected(benchmark, "p") == "c");
  CHECK(selected(benchmark, "p", tailored) == "bc");
}

TEST_CASE("rules that are asked for by name are selected, and no others") {
  Benchmark benchmark = simple();
  benchmark.rules[1].version = "V-1";
  benchmark.groups[0].selected = false;
  CHECK(selected(benchmark, "", {}, {"b"}) == "b");
  CHECK(selected(benchmark, "", {}, {"V-1"}) == "b");
  CHECK(selected(benchmark, "", {}, {"c"}) == "c");  // its group too
  CHECK(selected(benchmark, "", {}, {"a", "c"}) == "ac");
  CHECK(refusal(benchmark, "", {}, {"a", "gone"}) == Errc::no_such_rule);
  CHECK(refusal(benchmark, "", {}, {""}) == Errc::no_such_rule);
}

TEST_CASE("a rule that is asked for by name is selected whatever it requires or excludes") {
  Benchmark benchmark = simple();
  benchmark.rules[0].needs = {{"b"}};
  benchmark.rules[2].conflicts = {"a"};
  CHECK(selected(benchmark, "", {}, {"a"}) == "a");
  CHECK(selected(benchmark, "", {}, {"a", "c"}) == "ac");
}

TEST_CASE("a name is the end of an id behind a word that ids have there") {
  CHECK(is_called("xccdf_org_rule_a", "a"));
  CHECK(is_called("xccdf_org_rule_a", "xccdf_org_rule_a"));
  CHECK(is_called("oval:x:def:1", "1"));
  CHECK_FALSE(is_called("xccdf_org_rule_aa", "a"));
  CHECK_FALSE(is_called("xccdf_org_rule_a", ""));
  CHECK_FALSE(is_called("a", "ba"));
}
