#include "authoring/checks_yaml.h"

#include <doctest/doctest.h>

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::authoring;  // NOLINT(google-build-using-namespace)

namespace {

constexpr std::string_view kOne = R"(values:
- id: servers
  title: Ours
  usual: [a, b]
checks:
- id: from_servers
  title: Time comes from ours
  severity: medium
  requirements: [NTP-1]
  description: All of them.
  fix: Name them.
  needs: [servers]
  settings: [/etc/ntp.conf, /etc/chrony/*.conf]
  ask: SELECT 1
)";

std::string replaced(std::string_view what, std::string_view with) {
  std::string text(kOne);
  text.replace(text.find(what), what.size(), with);
  return text;
}

std::string refusal(std::string_view what, std::string_view with) {
  const auto file = read_checks({replaced(what, with), "c.yaml"});
  return file ? "" : file.error().what;
}

}  // namespace

TEST_CASE("a check has a rule, a question, and what the question looks at") {
  const auto file = read_checks({kOne, "c.yaml"});
  REQUIRE(file.has_value());
  CHECK(file->values[0].id == "servers");
  CHECK(file->values[0].usual == std::vector<std::string>{"a", "b"});
  const CheckRule& rule = file->rules[0];
  CHECK(rule.id == "from_servers");
  CHECK(rule.severity == "medium");
  CHECK(rule.requirements == std::vector<std::string>{"NTP-1"});
  CHECK(rule.needs == std::vector<std::string>{"servers"});
  CHECK(rule.settings == std::vector<std::string>{"/etc/ntp.conf", "/etc/chrony/*.conf"});
  CHECK(rule.ask == "SELECT 1");
}

TEST_CASE("a check that is written wrongly is refused at its place") {
  CHECK(refusal("id: from_servers", "id: From") ==
        "checks[0].id: an id consists of a-z, 0-9 and _");
  CHECK(refusal("needs: [servers]", "needs: [others]") ==
        "checks[0].needs: there is no value 'others'");
  CHECK(refusal("/etc/chrony/*.conf", "/etc/*/a") ==
        "checks[0].settings: '/etc/*/a' is no absolute path with at most one * in its last part");
  CHECK(refusal("/etc/chrony/*.conf", "etc/a").find("no absolute path") != std::string::npos);
  CHECK(refusal("/etc/chrony/*.conf", "/etc/*a*").find("no absolute path") != std::string::npos);
  CHECK(refusal("/etc/chrony/*.conf", "''") == "checks[0].settings[1]: may not be empty");
  CHECK(refusal("/etc/chrony/*.conf", "/etc/").find("no absolute path") != std::string::npos);
  CHECK(refusal("severity: medium", "severity: bad").find("severity") != std::string::npos);
  CHECK(refusal("  ask: SELECT 1\n", "").find("ask") != std::string::npos);
  CHECK(refusal("usual:", "usuall:").find("did you mean") != std::string::npos);
}

TEST_CASE("ids that are empty are not the same id twice") {
  const std::string two = replaced("id: servers", "id: ''\n  title: None\n- id: ''");
  const auto file = read_checks({two, "c.yaml"});
  REQUIRE_FALSE(file.has_value());
  CHECK(file.error().what.find("may not be empty") != std::string::npos);
  CHECK(file.error().what.find("stands twice") == std::string::npos);
}
