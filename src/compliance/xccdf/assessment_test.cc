#include "compliance/xccdf/assessment.h"

#include <doctest/doctest.h>

#include "tests/support/oval_run.h"
#include "tests/support/scap_content.h"

using namespace twoseal;        // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::scap;  // NOLINT(google-build-using-namespace)
using test::check_of;
using test::rule_of;

namespace {

// A benchmark assessed on a host that has /etc/issue with the line `hi`, and no /etc/nologin.
class Assessed {
 public:
  explicit Assessed(const std::string& content, std::string_view profile = {})
      : content_(test::compiled_files(test::benchmark_of(content)).value()),
        selection_(select_profile(content_.benchmarks[0], profile).value()) {
    files_.write("/etc/issue", "hi\n");
    assessment_ = std::make_unique<Assessment>(
        content_, content_.benchmarks[0], selection_, files_.host(), 1'700'000'000);
    assessment_->run();
  }

  // The results in order, with blanks between them.
  [[nodiscard]] std::string results() const {
    std::string all;
    for (const RuleOutcome& outcome : assessment_->outcomes()) {
      all += (all.empty() ? "" : " ") + std::string(word_of(outcome.result));
    }
    return all;
  }

  [[nodiscard]] Assessment& operator*() { return *assessment_; }

  [[nodiscard]] Assessment* operator->() { return assessment_.get(); }

 private:
  test::FilesOfHost files_;
  Content content_;
  Selection selection_;
  std::unique_ptr<Assessment> assessment_;
};

std::string results(const std::string& content, std::string_view profile = {}) {
  return Assessed(content, profile).results();
}

std::string complex(const std::string& attributes, const std::string& children) {
  return "<complex-check " + attributes + ">" + children + "</complex-check>";
}

const std::string kPass = check_of("d:file");
const std::string kFail = check_of("d:file", "negate='true'");
const std::string kGone = check_of("d:gone");

std::string exported(const std::string& value) {
  return "<check-export value-id='" + value + "' export-name='v:word'/>";
}

std::string value_of(const std::string& id, const std::string& text) {
  return "<Value id='" + id + "'><value>" + text + "</value></Value>";
}

std::string platform(const std::string& idref) {
  return "<platform idref='" + idref + "'/>";
}

}  // namespace

TEST_CASE("each rule comes to what its definition says") {
  CHECK(results(rule_of("a", kPass) + rule_of("b", kFail) + rule_of("c", check_of("d:absent"))) ==
        "pass fail pass");
}

TEST_CASE("a rule that nobody can check is not checked, one that is not selected is not") {
  CHECK(results(rule_of("a", "") + rule_of("b", kGone) +
                rule_of("c", "<check system='http://scap.nist.gov/schema/ocil/2'/>") +
                rule_of("d", kFail, "selected='false'")) ==
        "notchecked notchecked notchecked notselected");
}

TEST_CASE("of several references the first that leads somewhere counts") {
  const std::string check =
      "<check system='http://oval.mitre.org/XMLSchema/oval-definitions-5'>"
      "<check-content-ref href='none.xml' name='d:file'/>"
      "<check-content-ref href='oval.xml' name='d:gone'/>"
      "<check-content-ref href='oval.xml' name='d:file'/>"
      "<check-content-ref href='cpe-oval.xml' name='d:there'/></check>";
  CHECK(results(rule_of("a", check)) == "pass");
}

TEST_CASE("of several checks the last one that a profile chooses counts") {
  CHECK(results(rule_of("a", kPass + kFail)) == "fail");
  const std::string choice = check_of("d:file", "selector='s' negate='true'") + kPass;
  const std::string profile =
      "<Profile id='p'><title>p</title><refine-rule "
      "idref='xccdf_test_rule_a' selector='s'/></Profile>";
  CHECK(results(profile + rule_of("a", choice)) == "pass");
  CHECK(results(profile + rule_of("a", choice), "p") == "fail");
  CHECK(results(rule_of("a", check_of("d:file", "selector='s'"))) == "notchecked");
}

TEST_CASE("roles change what a result counts for") {
  CHECK(results(rule_of("a", kFail, "role='unscored'") + rule_of("b", kFail, "role='unchecked'") +
                rule_of("c", kFail, "role='full'") +
                rule_of("d", kPass, "role='unscored' selected='false'")) ==
        "informational notchecked fail notselected");
}

TEST_CASE("complex checks combine as the tables say, and negate at the end") {
  const auto both = [](const std::string& op, const std::string& a, const std::string& b) {
    return results(rule_of("a", complex("operator='" + op + "'", a + b)));
  };
  CHECK(both("AND", kPass, kPass) == "pass");
  CHECK(both("AND", kPass, kFail) == "fail");
  CHECK(both("OR", kPass, kFail) == "pass");
  CHECK(both("OR", kFail, kFail) == "fail");
  CHECK(both("AND", kPass, kGone) == "pass");
  CHECK(both("OR", kFail, kGone) == "fail");
  CHECK(both("AND", kGone, kGone) == "notchecked");
  CHECK(results(rule_of("a", complex("operator='AND' negate='true'", kPass + kFail))) == "pass");
  CHECK(results(rule_of(
            "a", complex("operator='OR'", complex("operator='AND'", kPass + kFail) + kPass))) ==
        "pass");
  // Where there is one, other checks do not count.
  CHECK(results(rule_of("a", complex("operator='AND'", kFail) + kPass)) == "fail");
}

TEST_CASE("a check of a whole document is one result, or one for each definition") {
  const std::string value = value_of("v", "hi");
  CHECK(results(value + rule_of("a", check_of("", "", exported("v")))) == "pass");
  CHECK(results(value + rule_of("a", check_of("", "negate='true'", exported("v")))) == "fail");
  CHECK(results(value + rule_of("a", check_of("", "multi-check='true'", exported("v")))) ==
        "pass pass pass");
  CHECK(results(value_of("v", "no") +
                rule_of("a", check_of("", "multi-check='true'", exported("v")))) ==
        "pass pass fail");
}

TEST_CASE("values reach the definitions, each rule's own where they differ") {
  CHECK(results(value_of("v", "hi") + rule_of("a", check_of("d:value", "", exported("v")))) ==
        "pass");
  CHECK(results(value_of("v", "no") + rule_of("a", check_of("d:value", "", exported("v")))) ==
        "fail");
  Assessed both(value_of("v", "hi") + value_of("w", "no") +
                rule_of("a", check_of("d:value", "", exported("v"))) +
                rule_of("b", check_of("d:value", "", exported("w"))) +
                rule_of("c", check_of("d:value", "", exported("v"))));
  CHECK(both.results() == "pass fail pass");
  CHECK(both->outcomes()[0].definitions[0].evaluation ==
        both->outcomes()[2].definitions[0].evaluation);
  CHECK(both->outcomes()[0].definitions[0].evaluation !=
        both->outcomes()[1].definitions[0].evaluation);
}

TEST_CASE("a rule has no value from what another rule exports") {
  const std::string value = value_of("v", "hi");
  const std::string with = rule_of("b", check_of("d:value", "", exported("v")));
  CHECK(results(value + rule_of("a", check_of("d:value")) + with) == "error pass");
  CHECK(results(value + with + rule_of("a", check_of("d:value"))) == "pass error");
  // Nor does it matter what is exported to a definition that does not need it.
  Assessed both(value + value_of("w", "no") + with +
                rule_of("a", check_of("d:file", "", exported("w"))));
  CHECK(both.results() == "pass pass");
  CHECK(both->evaluations().size() == 2);  // one of them for platforms
}

TEST_CASE("rules that give a variable too many different values are unknown") {
  std::string content;
  for (int i = 0; i < 70; ++i) {
    const std::string id = "v" + std::to_string(i);
    content += value_of(id, "hi" + std::to_string(i)) +
               rule_of("r" + std::to_string(i), check_of("d:value", "", exported(id)));
  }
  Assessed assessed(content);
  CHECK(assessed->counts().count(RuleResult::fail) == 64);
  CHECK(assessed->counts().count(RuleResult::unknown) == 6);
}

TEST_CASE("a variable that nothing gives a value to is an error, and a missing choice unknown") {
  CHECK(results(rule_of("a", check_of("d:value"))) == "error");
  CHECK(results(rule_of("a", check_of("d:value", "", exported("gone")))) == "unknown");
  const std::string profile =
      "<Profile id='p'><title>p</title><refine-value idref='v' "
      "selector='gone'/></Profile>";
  const std::string rule =
      value_of("v", "hi") + rule_of("a", check_of("d:value", "", exported("v")));
  CHECK(results(profile + rule) == "pass");
  CHECK(results(profile + rule, "p") == "unknown");
}

TEST_CASE("a rule applies where one of its platforms does, and all above it do") {
  const std::string here = platform("cpe:/o:test:here");
  const std::string there = platform("cpe:/o:test:there");
  CHECK(results(rule_of("a", here + kPass)) == "pass");
  CHECK(results(rule_of("a", there + kPass)) == "notapplicable");
  CHECK(results(rule_of("a", there + here + kPass)) == "pass");
  CHECK(results(rule_of("a", platform("cpe:/o:test") + kPass)) == "pass");
  CHECK(results(rule_of("a", platform("cpe:/o:other") + kPass)) == "notapplicable");
  CHECK(results(rule_of("a", platform("#gone") + kPass)) == "notapplicable");
  CHECK(results(there + rule_of("a", here + kPass)) == "notapplicable");
  CHECK(results("<Group id='g'>" + there + rule_of("a", kPass) + "</Group>" +
                rule_of("b", kPass)) == "notapplicable pass");
  CHECK(results(rule_of("a", there)) == "notapplicable");  // before its check is looked for
  CHECK(results(rule_of("a", there + kPass, "role='unchecked'") +
                rule_of("b", there + kPass, "selected='false'")) == "notchecked notselected");
}

TEST_CASE("platforms may be tests over names and definitions") {
  const auto with = [](const std::string& test) {
    return results("<platform-specification><platform id='p'>" + test +
                   "</platform></platform-specification>" + rule_of("a", platform("#p") + kPass));
  };
  const std::string here = "<fact-ref name='cpe:/o:test:here'/>";
  const std::string there = "<fact-ref name='cpe:/o:test:there'/>";
  const auto logical =
      [](const std::string& op, const std::string& negate, const std::string& content) {
        return "<logical-test operator='" + op + "' negate='" + negate + "'>" + content +
               "</logical-test>";
      };
  CHECK(with(logical("AND", "false", here)) == "pass");
  CHECK(with(logical("AND", "false", here + there)) == "notapplicable");
  CHECK(with(logical("OR", "false", here + there)) == "pass");
  CHECK(with(logical("AND", "true", there)) == "pass");
  CHECK(with(logical("AND", "false", here + logical("OR", "true", there))) == "pass");
  CHECK(with(logical("AND", "false", "")) == "notapplicable");
  const auto definition = [](const std::string& id) {
    return "<check-fact-ref href='cpe-oval.xml' id-ref='" + id +
           "' system='http://oval.mitre.org/XMLSchema/oval-definitions-5'/>";
  };
  CHECK(with(logical("AND", "false", definition("d:here"))) == "pass");
  CHECK(with(logical("AND", "false", definition("d:there"))) == "notapplicable");
  CHECK(with(logical("AND", "false", definition("d:gone"))) == "notapplicable");
}

TEST_CASE("a rule whose platform could not be judged says so") {
  const auto why = [](const std::string& definition) {
    const std::string test = "<check-fact-ref href='oval.xml' id-ref='" + definition +
                             "' system='http://oval.mitre.org/XMLSchema/oval-definitions-5'/>";
    Assessed assessed(
        "<platform-specification><platform id='p'><logical-test operator='AND' "
        "negate='false'>" +
        test + "</logical-test></platform></platform-specification>" +
        rule_of("a", platform("#p") + kPass));
    CHECK(assessed.results() == "notapplicable");
    return assessed->outcomes()[0].why;
  };
  CHECK(why("d:value") ==
        "this host is none of its platforms; whether it is #p could not be judged");
  CHECK(why("d:gone") == "this host is none of its platforms");
}

TEST_CASE("the score is by weight, group by group, over what was judged") {
  const auto score = [](const std::string& content) { return Assessed(content)->score(); };
  CHECK(score("") == 0.0);
  CHECK(score(rule_of("a", kPass)) == 100.0);
  CHECK(score(rule_of("a", kFail)) == 0.0);
  CHECK(score(rule_of("a", kPass) + rule_of("b", kFail)) == 50.0);
  CHECK(score(rule_of("a", kPass, "weight='3'") + rule_of("b", kFail)) == 75.0);
  CHECK(score(rule_of("a", kPass) + rule_of("b", "") + rule_of("c", kFail, "selected='false'") +
              rule_of("d", kFail, "role='unscored'")) == 100.0);
  CHECK(score(rule_of("a", kPass) + rule_of("b", check_of("d:value"))) == 50.0);  // an error
  // One group with a rule is worth as much as one with three.
  CHECK(score("<Group id='g'>" + rule_of("a", kPass) + "</Group><Group id='h'>" +
              rule_of("b", kFail) + rule_of("c", kFail) + rule_of("d", kFail) + "</Group>") ==
        50.0);
  CHECK(score("<Group id='g' weight='3'>" + rule_of("a", kPass) + "</Group><Group id='h'>" +
              rule_of("b", kFail) + "</Group>") == 75.0);
}

TEST_CASE("outcomes are told as they come, and counted") {
  Assessed assessed(rule_of("a", kPass) + rule_of("b", kFail) + rule_of("c", kFail));
  CHECK(assessed->counts().count(RuleResult::pass) == 1);
  CHECK(assessed->counts().count(RuleResult::fail) == 2);
  CHECK(assessed->counts().count(RuleResult::error) == 0);
}
