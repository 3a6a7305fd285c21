#include "compliance/xccdf/benchmark_reader.h"

#include <doctest/doctest.h>

#include "tests/support/scap_content.h"

using namespace twoseal;        // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::scap;  // NOLINT(google-build-using-namespace)

namespace {

// A benchmark with what its texts point into.
struct Read {
  explicit Read(const std::string& content)
      : xml(XmlDocument::parse(test::benchmark_of(content), "b.xml").value()),
        benchmark(read_benchmark(xml.root(), texts, issues)) {}

  Benchmark& operator*() { return benchmark.value(); }

  Benchmark* operator->() { return &benchmark.value(); }

  TextArena texts;
  std::vector<std::string> issues;
  XmlDocument xml;
  Result<Benchmark> benchmark;
};

Errc refusal(const std::string& content) {
  const Read read(content);
  REQUIRE_FALSE(read.benchmark.has_value());
  CHECK(read.benchmark.error().where.starts_with("line "));
  return read.benchmark.error().code;
}

}  // namespace

TEST_CASE("groups and rules stand in the order of the document, each with the group above it") {
  Read read(
      "<Group id='a'><Group id='b'><Rule id='1'/></Group><Rule id='2'/></Group><Rule id='3'/>");
  REQUIRE(read->groups.size() == 2);
  REQUIRE(read->rules.size() == 3);
  CHECK(read->groups[0].parent == kNone);
  CHECK(read->groups[1].parent == 0);
  CHECK(read->rules[0].parent == 1);
  CHECK(read->rules[1].parent == 0);
  CHECK(read->rules[2].parent == kNone);
}

TEST_CASE("what an item does not say has its default") {
  Read read(
      "<Rule id='1'/><Rule id='2' selected='0' hidden='true' weight='0.5' severity='low' "
      "role='unscored' cluster-id='c'><requires idref='a b'/><requires idref='c'/>"
      "<conflicts idref='d'/><platform idref='p'/><version time='t'> 7 </version></Rule>"
      "<Rule id='3' weight='heavy'/><Rule id='4' weight='-1'/>");
  const Rule& plain = read->rules[0];
  CHECK(plain.selected);
  CHECK_FALSE(plain.hidden);
  CHECK(plain.weight == 1.0);
  CHECK(plain.severity == Severity::unknown);
  CHECK(plain.role == Role::full);
  const Rule& full = read->rules[1];
  CHECK_FALSE(full.selected);
  CHECK(full.hidden);
  CHECK(full.weight == 0.5);
  CHECK(full.severity == Severity::low);
  CHECK(full.role == Role::unscored);
  CHECK(full.cluster == "c");
  CHECK(full.needs == std::vector<std::vector<Text>>{{"a", "b"}, {"c"}});
  CHECK(full.conflicts == std::vector<Text>{"d"});
  CHECK(full.platforms == std::vector<Text>{"p"});
  CHECK(full.version == "7");
  CHECK(full.version_time == "t");
  CHECK(read->rules[2].weight == 1.0);
  CHECK(read->rules[3].weight == 1.0);
}

TEST_CASE("formatted text becomes plain, and values keep their place") {
  Read read(
      "<Rule id='1'><description xmlns:h='http://www.w3.org/1999/xhtml'>Set <h:code>x</h:code>"
      " to <sub idref='v'/>.<h:ul><h:li>one</h:li><h:li>two</h:li></h:ul>end</description>"
      "</Rule>");
  const Text text = read->rules[0].description;
  CHECK(with_values(text, [](Text id) { return "<" + std::string(id) + ">"; }) ==
        "Set x to <v>.\n- one\n- two\nend");
  CHECK(with_values("no values", [](Text) { return std::string("x"); }) == "no values");
  CHECK(with_values("\1half", [](Text) { return std::string("x"); }) == "\1half");
}

TEST_CASE("named texts of a benchmark are kept with their names, in their order") {
  const Read read(
      "<notice id='terms-of-use'>Use it.</notice><front-matter>Before</front-matter>"
      "<rear-matter>After</rear-matter><plain-text id='release-info'>Release: 1</plain-text>"
      "<plain-text id='generator'>3.4</plain-text>");
  const Benchmark& benchmark = read.benchmark.value();
  REQUIRE(benchmark.notices.size() == 1);
  CHECK(benchmark.notices[0].id == "terms-of-use");
  CHECK(benchmark.notices[0].text == "Use it.");
  CHECK(benchmark.front_matter == "Before");
  CHECK(benchmark.rear_matter == "After");
  REQUIRE(benchmark.plain_texts.size() == 2);
  CHECK(benchmark.plain_texts[0].id == "release-info");
  CHECK(benchmark.plain_texts[0].text == "Release: 1");
  CHECK(benchmark.plain_texts[1].text == "3.4");
}

TEST_CASE("values have choices, of one text or several") {
  Read read(
      "<Value id='v' type='number' operator='greater than'><value>1</value>"
      "<value selector='s'>2</value><complex-value selector='c'><item>3</item><item>4</item>"
      "</complex-value></Value>");
  const Value& value = read->values[0];
  CHECK(value.type == ValueType::number);
  CHECK(value.op == Operation::greater);
  REQUIRE(value.choices.size() == 3);
  CHECK(value.choices[0].selector.empty());
  CHECK(value.choices[1].values == std::vector<Text>{"2"});
  CHECK(value.choices[2].values == std::vector<Text>{"3", "4"});
}

TEST_CASE(
    "an export finds its value wherever that stands, and an issue tells of one that is missing") {
  const auto rule = [](const std::string& value) {
    return test::rule_of(
        "r", test::check_of("d", "", "<check-export value-id='" + value + "' export-name='x'/>"));
  };
  Read behind(rule("v") + "<Value id='v'/>");
  CHECK(behind->rules[0].checks[0].exports[0].value == 0);
  CHECK(behind.issues.empty());
  Read missing(rule("w") + "<Value id='v'/>");
  CHECK(missing->rules[0].checks[0].exports[0].value == kNone);
  CHECK(missing.issues.size() == 1);
}

TEST_CASE("profiles keep their adjustments in order") {
  Read read(
      "<Profile id='p' extends='q'><title>P</title><select idref='a' selected='false'/>"
      "<select idref='b' selected='1'/><refine-value idref='v' selector='s'/>"
      "<set-value idref='w'>x</set-value><set-complex-value idref='c'><item>1</item>"
      "<item>2</item></set-complex-value><refine-rule idref='a' role='unchecked' "
      "severity='high' weight='3' selector='t'/></Profile>");
  const Profile& profile = read->profiles[0];
  CHECK(profile.extends == "q");
  CHECK_FALSE(profile.selects[0].selected);
  CHECK(profile.selects[1].selected);
  CHECK(profile.refine_values[0].selector == "s");
  CHECK(profile.set_values[0].values == std::vector<Text>{"x"});
  CHECK(profile.set_values[1].values == std::vector<Text>{"1", "2"});
  CHECK(profile.refine_rules[0].role == Role::unchecked);
  CHECK(profile.refine_rules[0].severity == Severity::high);
  CHECK(profile.refine_rules[0].weight == 3.0);
  CHECK(profile.refine_rules[0].selector == "t");
}

TEST_CASE("ids are there and are of one thing each") {
  CHECK(refusal("<Rule/>") == Errc::bad_content);
  CHECK(refusal("<Group/>") == Errc::bad_content);
  CHECK(refusal("<Profile/>") == Errc::bad_content);
  CHECK(refusal("<Rule id='a'/><Rule id='a'/>") == Errc::bad_content);
  CHECK(refusal("<Rule id='a'/><Value id='a'/>") == Errc::bad_content);
  CHECK(refusal("<Group id='a'><Rule id='a'/></Group>") == Errc::bad_content);
}

TEST_CASE("words that the language does not have are refused") {
  CHECK(refusal("<Rule id='a' severity='huge'/>") == Errc::bad_content);
  CHECK(refusal("<Rule id='a' role='lead'/>") == Errc::bad_content);
  CHECK(refusal("<Value id='a' operator='like'/>") == Errc::bad_content);
  CHECK(refusal("<Rule id='a'><complex-check operator='NOR'/></Rule>") == Errc::bad_content);
  CHECK(refusal("<Rule id='a'><complex-check operator='XOR'/></Rule>") == Errc::bad_content);
  CHECK(refusal("<Rule id='a'><complex-check operator='ONE'/></Rule>") == Errc::bad_content);
  CHECK(refusal("<Profile id='a'><refine-rule idref='b' role='lead'/></Profile>") ==
        Errc::bad_content);
  CHECK(refusal("<platform-specification><platform id='p'><logical-test operator='XOR' "
                "negate='false'/></platform></platform-specification>") == Errc::bad_content);
}

TEST_CASE("a weight is a finite number that is not negative, or the usual one") {
  const auto weight = [](const std::string& text) {
    return Read("<Rule id='a' weight='" + text + "'/>")->rules[0].weight;
  };
  CHECK(weight("2.5") == 2.5);
  CHECK(weight("0") == 0.0);
  for (const std::string text : {"inf", "infinity", "nan", "-1", "1e999", "x", ""}) {
    CHECK(weight(text) == 1.0);
  }
}

TEST_CASE("checks nested deeper than 64 are refused") {
  std::string check = test::check_of("d");
  for (int i = 0; i < 70; ++i) {
    check = "<complex-check operator='AND'>" + check + "</complex-check>";
  }
  CHECK(refusal("<Rule id='a'>" + check + "</Rule>") == Errc::too_large);
}

TEST_CASE("a tailoring has profiles and says what it is for") {
  TextArena texts;
  const auto xml = XmlDocument::parse(
                       "<Tailoring id='t'><benchmark href='b.xml'/><version>3</version><Profile "
                       "id='p'><title>P</title></Profile></Tailoring>",
                       "t.xml")
                       .value();
  const Tailoring tailoring = read_tailoring(xml.root(), texts).value();
  CHECK(tailoring.id == "t");
  CHECK(tailoring.benchmark == "b.xml");
  CHECK(tailoring.version == "3");
  REQUIRE(tailoring.profiles.size() == 1);
  const auto other = XmlDocument::parse("<Benchmark/>", "b.xml").value();
  CHECK(read_tailoring(other.root(), texts).error().code == Errc::bad_content);
  CHECK(read_cpe_list(other.root(), texts).error().code == Errc::bad_content);
}
