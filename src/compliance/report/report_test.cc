#include "compliance/report/report.h"

#include <cstdlib>
#include <fstream>

#include <doctest/doctest.h>

#include "compliance/report/report_texts.h"
#include "compliance/xml.h"
#include "tests/support/checked_host.h"

namespace twoseal::scap {
namespace {

class TextSink : public ByteSink {
 public:
  Result<void> write(std::string_view bytes) override {
    text += bytes;
    return {};
  }

  std::string text;
};

/// Counts, and keeps nothing.
class CountingSink : public ByteSink {
 public:
  Result<void> write(std::string_view bytes) override {
    total += bytes.size();
    largest = std::max(largest, bytes.size());
    return {};
  }

  std::size_t total = 0;
  std::size_t largest = 0;
};

class FullSink : public ByteSink {
 public:
  Result<void> write(std::string_view /*bytes*/) override {
    return fail(Errc::disk_full, "no space");
  }
};

constexpr ReportFormat kFormats[] = {ReportFormat::xccdf,
                                     ReportFormat::arf,
                                     ReportFormat::ckl,
                                     ReportFormat::cklb,
                                     ReportFormat::html,
                                     ReportFormat::csv,
                                     ReportFormat::json,
                                     ReportFormat::sarif,
                                     ReportFormat::oscal};

std::string written(ReportFormat format, const ReportInput& input) {
  TextSink sink;
  REQUIRE(write_report(format, input, sink));
  return sink.text;
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

std::size_t times(const std::string& text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

/// Whether a text is one value of JSON: only its shape is looked at.
class JsonShape {
 public:
  static bool holds(std::string_view text) {
    JsonShape shape{text};
    return shape.value() && (shape.skip(), shape.rest_.empty());
  }

 private:
  explicit JsonShape(std::string_view text) : rest_(text) {}

  void skip() {
    while (!rest_.empty() && std::string_view(" \n").find(rest_.front()) != Text::npos) {
      rest_.remove_prefix(1);
    }
  }

  bool take(char c) {
    skip();
    const bool there = !rest_.empty() && rest_.front() == c;
    rest_.remove_prefix(there ? 1 : 0);
    return there;
  }

  bool string() {
    if (!take('"')) {
      return false;
    }
    while (!rest_.empty() && rest_.front() != '"') {
      const auto c = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(c == '\\' && rest_.size() > 1 ? 2 : 1);
      if (c < 0x20) {
        return false;
      }
    }
    return take('"');
  }

  bool list(char end, bool keyed) {
    if (take(end)) {
      return true;
    }
    do {
      if ((keyed && !(string() && take(':'))) || !value()) {
        return false;
      }
    } while (take(','));
    return take(end);
  }

  // Without exponents, which nobody here writes.
  static bool number(std::string_view word) {
    word.remove_prefix(word.starts_with('-') ? 1 : 0);
    const std::size_t point = std::min(word.find('.'), word.size());
    const auto digits = [](std::string_view text) {
      return !text.empty() && text.find_first_not_of("0123456789") == Text::npos;
    };
    const std::string_view whole = word.substr(0, point);
    return digits(whole) && (whole.size() == 1 || whole.front() != '0') &&
           (point == word.size() || digits(word.substr(point + 1)));
  }

  bool value() {
    skip();
    if (take('{')) {
      return list('}', true);
    }
    if (take('[')) {
      return list(']', false);
    }
    if (!rest_.empty() && rest_.front() == '"') {
      return string();
    }
    const std::string_view word = rest_.substr(0, rest_.find_first_of(",]} \n"));
    rest_.remove_prefix(word.size());
    return word == "true" || word == "false" || word == "null" || number(word);
  }

  std::string_view rest_;
};

const std::string kWrong = "PermitRootLogin yes\nDebug =1+1, \"<b>\"\n";

}  // namespace

TEST_CASE("the name of a file tells the format") {
  CHECK(report_format_of("a.xccdf.xml") == ReportFormat::xccdf);
  CHECK(report_format_of("a.arf.xml") == ReportFormat::arf);
  CHECK(report_format_of("a.arf") == ReportFormat::arf);
  CHECK(report_format_of("a.ckl") == ReportFormat::ckl);
  CHECK(report_format_of("a.cklb") == ReportFormat::cklb);
  CHECK(report_format_of("dir/a.html") == ReportFormat::html);
  CHECK(report_format_of("a.csv") == ReportFormat::csv);
  CHECK(report_format_of("a.oscal.json") == ReportFormat::oscal);
  CHECK(report_format_of("a.sarif") == ReportFormat::sarif);
  CHECK(report_format_of("a.sarif.json") == ReportFormat::sarif);
  CHECK(report_format_of("a.json") == ReportFormat::json);
  CHECK(!report_format_of("a.xml"));
  CHECK(!report_format_of("a"));
}

TEST_CASE("XML formats are XML, JSON formats are JSON, and the same input gives the same bytes") {
  const CheckedHost checked("etc/app.conf", kWrong + std::string("Debug \x1b\n"));
  const ReportInput input = checked.input();
  for (const ReportFormat format : {ReportFormat::xccdf, ReportFormat::arf, ReportFormat::ckl}) {
    const std::string text = written(format, input);
    CHECK(XmlDocument::parse(text, "report"));
    CHECK(text == written(format, input));
  }
  for (const ReportFormat format :
       {ReportFormat::cklb, ReportFormat::json, ReportFormat::sarif, ReportFormat::oscal}) {
    CHECK(JsonShape::holds(written(format, input)));
  }
}

TEST_CASE("the shape of JSON is looked at closely") {
  CHECK(JsonShape::holds("{\"a\": [true, null, -0.50, 12]}"));
  for (const std::string_view wrong : {"nan", "falsn", "-", "01", "1.", "[1,]", "{\"a\"}", "1 2"}) {
    CHECK(!JsonShape::holds(wrong));
  }
}

TEST_CASE("an error of the sink is the error of every report") {
  const CheckedHost checked("etc/app.conf", kWrong);
  const ReportInput input = checked.input();
  for (const ReportFormat format : kFormats) {
    FullSink sink;
    const auto result = write_report(format, input, sink);
    REQUIRE(!result);
    CHECK(result.error().code == Errc::disk_full);
  }
}

TEST_CASE("XCCDF holds one result per rule, and what was found") {
  const CheckedHost checked("etc/app.conf", kWrong);
  const std::string text = written(ReportFormat::xccdf, checked.input());
  CHECK(times(text, "<rule-result ") == checked.assessment().outcomes().size());
  CHECK(has(text, "<result>fail</result>"));
  CHECK(has(text, "<result>notselected</result>"));
  CHECK(has(text, "expected PermitRootLogin … matches ^no$, found yes"));
  CHECK(has(text, "<target>web1.example.org</target>"));
  CHECK(has(text, "start-time=\"2026-11-18T11:06:40Z\""));
}

TEST_CASE("XCCDF keeps what the benchmark says of itself, and what the profile makes of rules") {
  const CheckedHost checked("etc/app.conf", kWrong);
  const std::string text = written(ReportFormat::xccdf, checked.input());
  CHECK(has(text, "<notice id=\"terms-of-use\">Use it.</notice>"));
  CHECK(has(text,
            "<plain-text id=\"release-info\">Release: 1 Benchmark Date: 24 Jan 2026"
            "</plain-text>"));
  CHECK(has(text,
            "<refine-rule idref=\"xccdf_test_rule_no_debug\" weight=\"2.5\" severity=\"low\"/>"));
  CHECK(has(text, "<refine-rule idref=\"xccdf_test_rule_manual\" role=\"unscored\"/>"));
  CHECK(times(text, "<refine-rule ") == 2);
}

TEST_CASE("ids of older content get the prefix that XCCDF 1.2 wants") {
  std::string rules(kTestRules);
  rules.replace(rules.find("RULES"), 5, "");
  rules.replace(rules.find("xccdf_test_rule_SV-100r1_rule"), 29, "SV-100r1_rule");
  const Content content =
      compile_content({"app.xml", rules}, {{"oval.xml", std::string(kTestOval)}}).value();
  const Benchmark& benchmark = content.benchmarks.front();
  const Selection selection = select_profile(benchmark, "").value();
  const InspectedHost host;
  const Assessment assessment(content, benchmark, selection, host, 0);
  const std::string text =
      written(ReportFormat::xccdf, {.assessment = assessment, .content_name = "app"});
  CHECK(has(text, "id=\"xccdf_mil.disa.stig_rule_SV-100r1_rule\""));
  CHECK(has(text, "<target>unknown</target>"));
}

TEST_CASE("ARF names the host as an asset, and results rest on items of OVAL") {
  const CheckedHost checked("etc/app.conf", kWrong);
  const std::string text = written(ReportFormat::arf, checked.input());
  CHECK(has(text, "<ai:ip-v4>192.0.2.7</ai:ip-v4>"));
  CHECK(has(text, "<ai:ip-v6>2001:0db8:0000:0000:0000:0000:0000:0007</ai:ip-v6>"));
  CHECK(has(text, "href=\"#oval0\""));
  CHECK(has(text, "<arf:report id=\"oval0\">"));
  CHECK(has(text, "<independent:subexpression>yes</independent:subexpression>"));
  CHECK(has(text, "result=\"false\""));
}

TEST_CASE("OVAL results list what variables are made of as well") {
  const CheckedHost checked("etc/app.conf", "PermitRootLogin yes\nWanted maybe\n");
  CHECK(checked.outcome("as_wanted").result == RuleResult::fail);
  const std::string text = written(ReportFormat::arf, checked.input());
  const std::size_t object =
      text.find("<object id=\"oval:t:obj:12\" version=\"0\" flag=\"complete\">");
  REQUIRE(object != std::string::npos);
  CHECK(text.substr(object).find("<reference ") < text.substr(object).find("</object>"));
  CHECK(times(text, "<independent:subexpression>maybe</independent:subexpression>") == 1);
}

TEST_CASE("secrets of accounts are masked in OVAL results") {
  const CheckedHost checked("etc/shadow", "root:$6$abcdef:19000:0:99999:7:::\n");
  const std::string text = written(ReportFormat::arf, checked.input());
  CHECK(has(text, "<independent:subexpression mask=\"true\"/>"));
  for (const ReportFormat format : kFormats) {
    CHECK(!has(written(format, checked.input()), "abcdef"));
  }
}

TEST_CASE("what content masks is in no report, neither what was asked for nor what was found") {
  const CheckedHost checked("etc/app.conf", "Token found-token\nCode code-word\n");
  CHECK(checked.outcome("token").result == RuleResult::fail);
  CHECK(checked.outcome("no_code").result == RuleResult::fail);
  for (const ReportFormat format : kFormats) {
    const std::string text = written(format, checked.input());
    CHECK(!has(text, "found-token"));
    CHECK(!has(text, "wanted.token"));
    CHECK(!has(text, "code-word"));
    CHECK(!has(text, "^Code co"));
  }
  const std::string arf = written(ReportFormat::arf, checked.input());
  CHECK(has(arf, "<independent:subexpression mask=\"true\"/>"));
  CHECK(has(arf, "<independent:pattern mask=\"true\"/>"));
  CHECK(has(arf, "<independent:filepath>/etc/app.conf</independent:filepath>"));
}

TEST_CASE("lists that the schemas want filled are left out when there is nothing in them") {
  const CheckedHost checked("etc/other", "x");
  ReportInput input = checked.input();
  input.addresses = {"no address"};
  input.mac_addresses.clear();
  const std::string text = written(ReportFormat::arf, input);
  CHECK(!has(text, "<ai:connections"));
  CHECK(!has(text, "<criteria/>"));
  CHECK(!has(text, "<criteria operator=\"AND\" result=\"error\"/>"));
}

TEST_CASE("a signed exception is told in every format, and makes nothing pass") {
  const CheckedHost checked("etc/app.conf", kWrong);
  ReportInput input = checked.input();
  for (Index rule = 0; rule < checked.assessment().benchmark().rules.size(); ++rule) {
    input.exceptions[rule] = {"exc-1", 1'800'000'000, "an <old> client"};
  }
  for (const ReportFormat format : {ReportFormat::xccdf,
                                    ReportFormat::arf,
                                    ReportFormat::ckl,
                                    ReportFormat::cklb,
                                    ReportFormat::html,
                                    ReportFormat::csv,
                                    ReportFormat::json,
                                    ReportFormat::sarif,
                                    ReportFormat::oscal}) {
    CAPTURE(static_cast<int>(format));
    const std::string text = written(format, input);
    CHECK(has(text, "exc-1"));
    CHECK(has(text, "2027-01-15T08:00:00Z"));
  }
  CHECK(has(written(ReportFormat::sarif, input), "\"suppressions\""));
  CHECK(!has(written(ReportFormat::sarif, checked.input()), "\"suppressions\""));
  const std::string json = written(ReportFormat::json, input);
  CHECK(has(json, "\"exception\""));
  CHECK(has(json, "\"result\": \"fail\"") ==
        has(written(ReportFormat::json, checked.input()), "\"result\": \"fail\""));
}

TEST_CASE("checklists take DISA's names from where its content has them") {
  const CheckedHost checked("etc/app.conf", kWrong);
  const std::string ckl = written(ReportFormat::ckl, checked.input());
  const auto pair = [](std::string_view name, std::string_view value) {
    return "<VULN_ATTRIBUTE>" + std::string(name) + "</VULN_ATTRIBUTE>\n          " +
           "<ATTRIBUTE_DATA>" + std::string(value) + "</ATTRIBUTE_DATA>";
  };
  CHECK(has(ckl, pair("Vuln_Num", "V-100")));
  CHECK(has(ckl, pair("Rule_ID", "SV-100r1_rule")));
  CHECK(has(ckl, pair("Rule_Ver", "APP-00-000100")));
  CHECK(has(ckl, pair("Group_Title", "SRG-OS-000001")));
  CHECK(has(ckl, pair("Severity", "high")));
  CHECK(has(ckl, pair("Vuln_Discuss", "Root logs in.")));
  CHECK(has(ckl, pair("Mitigations", "none")));
  CHECK(has(ckl, pair("CCI_REF", "CCI-000366")));
  CHECK(has(ckl, pair("LEGACY_ID", "V-1")));
  CHECK(has(ckl, "<STATUS>Open</STATUS>"));
  const auto fact = [](std::string_view name, std::string_view value) {
    return "<SID_NAME>" + std::string(name) + "</SID_NAME>\n          " + "<SID_DATA>" +
           std::string(value) + "</SID_DATA>";
  };
  CHECK(has(ckl, fact("releaseinfo", "Release: 1 Benchmark Date: 24 Jan 2026")));
  CHECK(has(ckl, fact("description", "All of Release: 1 Benchmark Date: 24 Jan 2026.")));
  CHECK(has(ckl, fact("notice", "terms-of-use")));
  CHECK(has(
      ckl,
      pair("STIGRef", "App &amp; \"more\" :: Version 3, Release: 1 Benchmark Date: 24 Jan 2026")));
  const std::string cklb = written(ReportFormat::cklb, checked.input());
  CHECK(has(cklb, "\"release_info\": \"Release: 1 Benchmark Date: 24 Jan 2026\""));
  CHECK(has(cklb, "\"group_id\": \"V-100\""));
  CHECK(has(cklb, "\"rule_id\": \"SV-100r1\""));
  CHECK(has(cklb, "\"rule_version\": \"APP-00-000100\""));
  CHECK(has(cklb, "\"status\": \"open\""));
}

TEST_CASE("what could not be judged was not reviewed, and satisfies nothing") {
  const CheckedHost checked("etc/app.conf", "PermitRootLogin no\n");
  const std::string ckl = written(ReportFormat::ckl, checked.input());
  const std::size_t rule = ckl.find("xccdf_test_rule_unknown_test");
  REQUIRE(rule != std::string::npos);
  const std::size_t status = ckl.find("<STATUS>", rule);
  CHECK(ckl.substr(status).starts_with("<STATUS>Not_Reviewed</STATUS>"));
  const std::string oscal = written(ReportFormat::oscal, checked.input());
  const ResultCounts counts = checked.assessment().counts();
  CHECK(times(oscal, "\"state\": \"satisfied\"") == counts.count(RuleResult::pass));
  CHECK(times(oscal, "\"reason\": \"other\"") == counts.count(RuleResult::error) +
                                                     counts.count(RuleResult::unknown) +
                                                     counts.count(RuleResult::notchecked));
}

TEST_CASE("no cell of CSV is a formula") {
  const CheckedHost checked("etc/app.conf", kWrong);
  ReportInput input = checked.input();
  input.fqdn = "=cmd|' /C calc'!A0";
  const std::string text = written(ReportFormat::csv, input);
  CHECK(!has(text, "\n="));
  CHECK(has(text, "\r\n\"'=cmd|' /C calc'!A0\","));
  CHECK(has(text, "\"Debug =1+1, \"\"<b>\"\"\""));
  input.fqdn = "x;=1+1";
  CHECK(has(written(ReportFormat::csv, input), "\r\n\"x;=1+1\","));
  input.fqdn = "\n=1+1";
  CHECK(has(written(ReportFormat::csv, input), "\r\n\"'\n=1+1\","));
}

TEST_CASE("a run of SARIF has no more results than programs take, and names every rule") {
  std::string lines;
  for (int i = 0; i < 120; ++i) {
    lines += "Debug " + std::to_string(i) + "\n";
  }
  const CheckedHost checked("etc/app.conf", lines, 0600, 300);
  const std::string text = written(ReportFormat::sarif, checked.input());
  CHECK(times(text, "\"ruleIndex\"") > 20'000);
  CHECK(times(text, "\"ruleIndex\"") <= 25'000);
  CHECK(has(text, "\"ruleId\": \"xccdf_test_rule_copy_299\""));
  CHECK(times(text, "\"ruleId\": \"xccdf_test_rule_copy_299\"") >= 2);
}

TEST_CASE("SARIF tells file and line") {
  const CheckedHost checked("etc/app.conf", kWrong);
  const std::string text = written(ReportFormat::sarif, checked.input());
  CHECK(has(text, "\"uri\": \"file:///etc/app.conf\""));
  CHECK(has(text, "\"startLine\": 2"));
  CHECK(has(text, "\"kind\": \"fail\""));
  CHECK(has(text, "\"level\": \"error\""));
}

TEST_CASE("texts of a host or of content never become HTML") {
  const CheckedHost checked("etc/app.conf", kWrong);
  const std::string text = written(ReportFormat::html, checked.input());
  CHECK(has(text, "Debug =1+1, \"&lt;b&gt;\""));
  CHECK(!has(text, "\"<b>\""));
  CHECK(has(text, "<h1>Check of web1.example.org</h1>"));
  CHECK(has(text, "href=\"https://example.org/a?b=1&amp;c=2\""));
  CHECK(has(text, "=Set PermitRootLogin to \"no\", &lt;now&gt;."));
  CHECK(has(text, "<th scope=\"col\">Expected</th>"));
  CHECK(has(text, "prefers-color-scheme:dark"));
}

TEST_CASE("the page shows so many findings of each rule, and counts the others") {
  std::string lines;
  for (int i = 0; i < 1000; ++i) {
    lines += "Debug " + std::to_string(i) + "\n";
  }
  const CheckedHost checked("etc/app.conf", lines, 0600, 20, {.items_max = 1000});
  const std::string page = written(ReportFormat::html, checked.input());
  CHECK(times(page, "50 findings are shown here; 950 more are not.") >= 20);
}

TEST_CASE("every format is written in pieces, and says how many findings it leaves out") {
  std::string lines;
  for (int i = 0; i < 1500; ++i) {
    lines += "Debug " + std::to_string(i) + "\n";
  }
  const CheckedHost checked("etc/app.conf", lines, 0600, 20, {.items_max = 1400});
  for (const ReportFormat format : kFormats) {
    CountingSink sink;
    REQUIRE(write_report(format, checked.input(), sink));
    CHECK(sink.total > 0);
    CHECK(sink.largest < 1'000'000);
  }
  CHECK(has(written(ReportFormat::json, checked.input()), "\"more_findings\": 500"));
  CHECK(has(written(ReportFormat::csv, checked.input()), "and 500 more"));
  CHECK(has(written(ReportFormat::sarif, checked.input()), "and 1400 more findings"));
  CHECK(has(written(ReportFormat::oscal, checked.input()), "and 1400 more"));
  CHECK(has(written(ReportFormat::xccdf, checked.input()), "and 1480 more"));
  CHECK(has(written(ReportFormat::ckl, checked.input()), "and 1400 more"));
}

TEST_CASE("times, names and addresses have their forms") {
  CHECK(time_text(0) == "1970-01-01T00:00:00Z");
  CHECK(time_text(1'795'000'000) == "2026-11-18T11:06:40Z");
  CHECK(time_text(951'782'400) == "2000-02-29T00:00:00Z");
  // Python: uuid.uuid5(uuid.NAMESPACE_URL, "http://www.example.com")
  CHECK(uuid_of("http://www.example.com") == "2d32a3f1-fac2-52a6-ac52-fe9e87e628ea");
  CHECK(uri_path("/a b/%#c") == "/a%20b/%25%23c");
  CHECK(uri_reference("http://a.org/b?c=d#e#f g%20%zz") == "http://a.org/b?c=d#e%23f%20g%20%25zz");
  CHECK(name_token("1 a/b") == "_1_a_b");
  CHECK(short_id("xccdf_org.x_rule_a_b") == "a_b");
}

}  // namespace twoseal::scap
