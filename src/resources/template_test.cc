#include "resources/template.h"

#include <doctest/doctest.h>

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

const Facts kFacts = {{"cpu.count", std::int64_t{4}},
                      {"hostname", std::string("web-01")},
                      {"machine_id_present", true}};
const std::map<std::string, std::string> kLabels = {
    {"empty", ""}, {"long", std::string(257, 'a')}, {"role", "web"}, {"shell", "a; rm -rf /"}};

std::string filled(std::string_view text) {
  const auto made = fill_template(text, kFacts, kLabels);
  REQUIRE_MESSAGE(made, made.error().what);
  return *made;
}

// Code, place and reason.
std::string refused(std::string_view text) {
  const auto made = fill_template(text, kFacts, kLabels);
  REQUIRE_FALSE(made);
  return error_code_text(made.error().code) + " " + made.error().where + ": " + made.error().what;
}

const std::string kUnknown = error_code_text(Errc::unknown_fact);
const std::string kBad = error_code_text(Errc::bad_resource);

}  // namespace

TEST_CASE("facts and labels take the places of their names") {
  CHECK(filled("").empty());
  CHECK(filled("no names at all\n") == "no names at all\n");
  CHECK(filled("{{ fact.hostname }}") == "web-01");
  CHECK(filled("{{fact.hostname}}:{{  label.role  }}\n") == "web-01:web\n");
  CHECK(filled("n={{ fact.cpu.count }} id={{ fact.machine_id_present }}") == "n=4 id=true");
}

TEST_CASE("a false fact is a fact") {
  CHECK(
      fill_template("{{ fact.machine_id_present }}", {{"machine_id_present", false}}, {}).value() ==
      "false");
}

TEST_CASE("four braces are two, and single or closing ones stand for themselves") {
  CHECK(filled("{{{{ fact.hostname }}") == "{{ fact.hostname }}");
  CHECK(filled("{{{{{{{{") == "{{{{");
  CHECK(filled("server { listen 80; }") == "server { listen 80; }");
  CHECK(filled("a }} b") == "a }} b");
  CHECK(filled("{{{{{{ label.role }}") == "{{web");
}

TEST_CASE("what was filled in is not read again") {
  CHECK(fill_template("{{ label.a }}", {}, {{"a", "b"}}).value() == "b");
  CHECK(fill_template("{{ label.a }}", {}, {{"a", "{{"}}).error().code == Errc::bad_resource);
}

TEST_CASE("a name that is not on the closed list is refused with its line") {
  CHECK(refused("a\nb {{ fact.kernel }}") ==
        kUnknown + " template line 2: there is no fact 'kernel'");
  CHECK(refused("{{ fact. }}") == kUnknown + " template line 1: there is no fact ''");
  CHECK(refused("{{ label.none }}") ==
        kUnknown + " template line 1: this host has no label 'none'");
  CHECK(refused("{{ env.PATH }}") ==
        kUnknown + " template line 1: 'env.PATH' is neither fact.NAME nor label.NAME");
  CHECK(refused("{{}}") == kUnknown + " template line 1: '' is neither fact.NAME nor label.NAME");
  CHECK(refused("{{ " + std::string(500, 'x') + " }}") ==
        kUnknown + " template line 1: '" + std::string(128, 'x') +
            "' is neither fact.NAME nor label.NAME");
}

TEST_CASE("a fact that this host does not know is refused, not left empty") {
  CHECK(refused("{{ fact.fqdn }}") ==
        kUnknown + " template line 1: this host does not know its fqdn");
}

TEST_CASE("a label with characters that could mean something elsewhere is refused") {
  for (const char* name : {"shell", "empty", "long"}) {
    CHECK(refused("\n\n{{ label." + std::string(name) + " }}") ==
          kBad + " template line 3: the label '" + name +
              "' has characters that no template takes");
  }
}

TEST_CASE("braces that are not closed on their line are refused") {
  const std::string open = ": '{{' is not closed on its line";
  CHECK(refused("{{") == kBad + " template line 1" + open);
  CHECK(refused("a\n{{ fact.hostname") == kBad + " template line 2" + open);
  CHECK(refused("{{ fact.hostname\n}}") == kBad + " template line 1" + open);
  CHECK(refused("{{ fact.hostname }") == kBad + " template line 1" + open);
}
