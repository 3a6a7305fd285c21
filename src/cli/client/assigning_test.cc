#include "cli/client/assigning.h"

#include <doctest/doctest.h>

using namespace twoseal;       // NOLINT(google-build-using-namespace): a test of two namespaces
using namespace twoseal::cli;  // NOLINT(google-build-using-namespace)

namespace {

using Words = std::vector<std::string>;

template <class IdType = Name>
IdType id(std::string_view text) {
  return IdType::parse(text).value();
}

Assignment web() {
  Assignment host;
  host.name = "web-01";
  host.env = id("test");
  host.data_class = id("internal");
  host.components = {id<ComponentId>("ssh")};
  host.labels = {{"role", "web"}, {"site", "graz"}};
  return host;
}

HostWords known() {
  Roster roster;
  roster.components = {{id<ComponentId>("ssh"), {}, {}}, {id<ComponentId>("web"), {}, {}}};
  Policy policy;
  policy.assign = {{{id("dev"), id("test")}, {}}, {{id("prod")}, {}}};
  Rule rule;
  rule.match.data_classes = {{id("health")}};
  policy.rules = {rule};
  const std::vector<Assignment> hosts = {web()};
  return host_words(roster, policy, hosts);
}

// What is wrong with flags for the host web-01; empty when they are taken.
std::string wrong(std::string_view flag, const Words& values) {
  Assignment host = web();
  const auto taken = take_host_flags(Arguments({{std::string(flag), values}}), known(), host);
  if (taken) {
    return "";
  }
  CHECK(taken.error().code == Errc::usage);
  CHECK(taken.error().what.find(flag) != std::string::npos);
  return taken.error().what;
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

Assignment taken(std::string_view flag, const Words& values) {
  Assignment host = web();
  REQUIRE(take_host_flags(Arguments({{std::string(flag), values}}), known(), host));
  return host;
}

}  // namespace

TEST_CASE("an environment is one whose assignments somebody may sign") {
  CHECK(taken("--env", {"prod"}).env == id("prod"));
  CHECK(has(wrong("--env", {"prdo"}), "did you mean 'prod'?"));
  CHECK(has(wrong("--env", {"somewhere"}), "known are: dev, prod, test"));
}

TEST_CASE("a data class is shipped, or named by a rule, or that of another host") {
  CHECK(taken("--data-class", {"restricted"}).data_class == id("restricted"));
  CHECK(taken("--data-class", {"health"}).data_class == id("health"));
  CHECK(has(wrong("--data-class", {"secretish"}), "no host has it"));
}

TEST_CASE("components are those of the roster, each once") {
  CHECK(taken("--component", {"web", "ssh"}).components ==
        std::vector{id<ComponentId>("ssh"), id<ComponentId>("web")});
  CHECK(has(wrong("--component", {"nope"}), "the roster has no such component"));
  CHECK(has(wrong("--component", {"web", "web"}), "twice"));
  CHECK(has(wrong("--group", {"rack", "rack"}), "twice"));
  CHECK(has(wrong("--group", {"Rack 1"}), "Rack 1"));
}

TEST_CASE("labels are called as in hosts.yaml, with values that a selector can name") {
  CHECK(taken("--label", {"role=db"}).labels.at("role") == "db");
  CHECK(has(wrong("--label", {"env=dev"}), "not name, env"));
  CHECK(has(wrong("--label", {"role=we b"}), "selector"));
  CHECK(has(wrong("--label", {"role="}), "--label role- removes"));
  CHECK(has(wrong("--label", {"=web"}), "a label is called by"));
  CHECK(has(wrong("--label", {"role"}), "KEY=VALUE"));
  CHECK(has(wrong("--label", {"role=db", "role=web"}), "twice"));
}

TEST_CASE("a label with a hyphen at its end is removed") {
  CHECK(taken("--label", {"site-"}).labels == std::map<std::string, std::string>{{"role", "web"}});
  CHECK(has(wrong("--label", {"rack-"}), "web-01 has no label rack"));
}

TEST_CASE("what changes is told with what it was") {
  Assignment after = web();
  after.env = id("prod");
  after.labels = {{"role", "web"}, {"tier", "1"}};
  CHECK(differences_text("web-01", host_differences(web(), after)) ==
        "web-01\n  env         test -> prod\n  label site  graz -> (none)\n"
        "  label tier  (none) -> 1\n");
  CHECK(differences_text("web-01", host_differences(web(), web())) ==
        "web-01\n  nothing but its next year\n");
  CHECK(host_differences(std::nullopt, web()).size() == 5);
}
