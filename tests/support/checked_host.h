// For the tests of this folder: a small benchmark checked on a host that has a file.
#pragma once

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "compliance/content/compiler.h"
#include "compliance/report/report.h"
#include "system/linux/linux_file_tree.h"
#include "tests/support/temporary_directory.h"

namespace twoseal::scap {

inline constexpr std::string_view kTestOval = R"xml(<?xml version="1.0"?>
<oval_definitions xmlns="http://oval.mitre.org/XMLSchema/oval-definitions-5"
    xmlns:ind="http://oval.mitre.org/XMLSchema/oval-definitions-5#independent"
    xmlns:unix="http://oval.mitre.org/XMLSchema/oval-definitions-5#unix"
    xmlns:linux="http://oval.mitre.org/XMLSchema/oval-definitions-5#linux"
    xmlns:odd="http://oval.mitre.org/XMLSchema/oval-definitions-5#odd">
<definitions>
 <definition class="compliance" id="oval:t:def:1" version="1"><metadata><title>a</title></metadata>
  <criteria><criterion test_ref="oval:t:tst:1"/></criteria></definition>
 <definition class="compliance" id="oval:t:def:2" version="1"><metadata><title>b</title></metadata>
  <criteria><criterion test_ref="oval:t:tst:2"/></criteria></definition>
 <definition class="compliance" id="oval:t:def:3" version="1"><metadata><title>c</title></metadata>
  <criteria><criterion test_ref="oval:t:tst:3"/></criteria></definition>
 <definition class="compliance" id="oval:t:def:4" version="1"><metadata><title>d</title></metadata>
  <criteria operator="OR"><criteria negate="true"><criterion test_ref="oval:t:tst:4"/></criteria>
    </criteria></definition>
 <definition class="compliance" id="oval:t:def:5" version="1"><metadata><title>e</title></metadata>
  <criteria><extend_definition definition_ref="oval:t:def:1"/><criterion
    test_ref="oval:t:tst:3"/></criteria></definition>
 <definition class="compliance" id="oval:t:def:6" version="1"><metadata><title>f</title></metadata>
  <criteria><criterion test_ref="oval:t:tst:6"/></criteria></definition>
 <definition class="compliance" id="oval:t:def:7" version="1"><metadata><title>g</title></metadata>
  <criteria><criterion test_ref="oval:t:tst:7"/></criteria></definition>
 <definition class="compliance" id="oval:t:def:8" version="1"><metadata><title>h</title></metadata>
  <criteria><criterion test_ref="oval:t:tst:8"/></criteria></definition>
 <definition class="compliance" id="oval:t:def:9" version="1"><metadata><title>i</title></metadata>
  <criteria><criterion test_ref="oval:t:tst:9"/></criteria></definition>
 <definition class="compliance" id="oval:t:def:10" version="1"><metadata><title>j</title></metadata>
  <criteria><criterion test_ref="oval:t:tst:10"/></criteria></definition>
 <definition class="compliance" id="oval:t:def:11" version="1"><metadata><title>k</title></metadata>
  <criteria><criterion test_ref="oval:t:tst:11"/></criteria></definition>
 <definition class="compliance" id="oval:t:def:12" version="1"><metadata><title>l</title></metadata>
  <criteria><criterion test_ref="oval:t:tst:12"/></criteria></definition>
</definitions>
<tests>
 <ind:textfilecontent54_test check="all" check_existence="at_least_one_exists"
    comment="root login" id="oval:t:tst:1" version="1">
  <ind:object object_ref="oval:t:obj:1"/><ind:state state_ref="oval:t:ste:1"/>
    </ind:textfilecontent54_test>
 <unix:file_test check="all" check_existence="any_exist" comment="mode"
    id="oval:t:tst:2" version="1">
  <unix:object object_ref="oval:t:obj:2"/><unix:state state_ref="oval:t:ste:2"/></unix:file_test>
 <ind:textfilecontent54_test check="all" check_existence="none_exist" comment="debug"
    id="oval:t:tst:3" version="1">
  <ind:object object_ref="oval:t:obj:3"/></ind:textfilecontent54_test>
 <ind:textfilecontent54_test check="all" check_existence="at_least_one_exists"
    comment="legacy" id="oval:t:tst:4" version="1">
  <ind:object object_ref="oval:t:obj:4"/></ind:textfilecontent54_test>
 <odd:odd_test check="all" comment="a test of a kind that nobody knows"
    id="oval:t:tst:6" version="1">
  <odd:object object_ref="oval:t:obj:6"/></odd:odd_test>
 <ind:textfilecontent54_test check="all" check_existence="any_exist" comment="root is locked"
    id="oval:t:tst:7" version="1">
  <ind:object object_ref="oval:t:obj:7"/><ind:state state_ref="oval:t:ste:7"/>
    </ind:textfilecontent54_test>
 <linux:dpkginfo_test check="all" check_existence="none_exist" comment="no telnet"
    id="oval:t:tst:8" version="1"><linux:object object_ref="oval:t:obj:8"/></linux:dpkginfo_test>
 <linux:dpkginfo_test check="all" check_existence="at_least_one_exists" comment="auditd"
    id="oval:t:tst:9" version="1"><linux:object object_ref="oval:t:obj:9"/></linux:dpkginfo_test>
 <ind:textfilecontent54_test check="all" check_existence="any_exist" comment="token"
    id="oval:t:tst:10" version="1">
  <ind:object object_ref="oval:t:obj:10"/><ind:state state_ref="oval:t:ste:10"/>
    </ind:textfilecontent54_test>
 <ind:textfilecontent54_test check="all" check_existence="none_exist" comment="code"
    id="oval:t:tst:11" version="1"><ind:object object_ref="oval:t:obj:11"/>
    </ind:textfilecontent54_test>
 <ind:textfilecontent54_test check="all" check_existence="any_exist" comment="as wanted"
    id="oval:t:tst:12" version="1"><ind:object object_ref="oval:t:obj:1"/>
  <ind:state state_ref="oval:t:ste:12"/></ind:textfilecontent54_test>
</tests>
<objects>
 <ind:textfilecontent54_object id="oval:t:obj:1" version="1">
    <ind:filepath>/etc/app.conf</ind:filepath>
  <ind:pattern operation="pattern match">^PermitRootLogin (\S+)$</ind:pattern>
    <ind:instance datatype="int">1</ind:instance></ind:textfilecontent54_object>
 <unix:file_object id="oval:t:obj:2" version="1"><unix:filepath>/etc/secret</unix:filepath>
    </unix:file_object>
 <ind:textfilecontent54_object id="oval:t:obj:3" version="1">
    <ind:filepath>/etc/app.conf</ind:filepath>
  <ind:pattern operation="pattern match">^Debug.*$</ind:pattern><ind:instance
    datatype="int" operation="greater than or equal">1</ind:instance></ind:textfilecontent54_object>
 <ind:textfilecontent54_object id="oval:t:obj:4" version="1">
    <ind:filepath>/etc/app.conf</ind:filepath>
  <ind:pattern operation="pattern match">^Legacy yes$</ind:pattern><ind:instance
    datatype="int">1</ind:instance></ind:textfilecontent54_object>
 <odd:odd_object id="oval:t:obj:6" version="1"/>
 <ind:textfilecontent54_object id="oval:t:obj:7" version="1">
    <ind:filepath>/etc/shadow</ind:filepath>
  <ind:pattern operation="pattern match">^root:([^:]*):</ind:pattern><ind:instance
    datatype="int">1</ind:instance></ind:textfilecontent54_object>
 <linux:dpkginfo_object id="oval:t:obj:8" version="1"><linux:name>telnetd</linux:name>
 </linux:dpkginfo_object>
 <ind:textfilecontent54_object id="oval:t:obj:10" version="1">
    <ind:filepath>/etc/app.conf</ind:filepath>
  <ind:pattern operation="pattern match">^Token (\S+)$</ind:pattern>
    <ind:instance datatype="int">1</ind:instance></ind:textfilecontent54_object>
 <ind:textfilecontent54_object id="oval:t:obj:11" version="1">
    <ind:filepath>/etc/app.conf</ind:filepath>
  <ind:pattern operation="pattern match" mask="true">^Code co.*$</ind:pattern>
    <ind:instance datatype="int">1</ind:instance></ind:textfilecontent54_object>
 <ind:textfilecontent54_object id="oval:t:obj:12" version="1">
    <ind:filepath>/etc/app.conf</ind:filepath>
  <ind:pattern operation="pattern match">^Wanted (\S+)$</ind:pattern>
    <ind:instance datatype="int">1</ind:instance></ind:textfilecontent54_object>
 <linux:dpkginfo_object id="oval:t:obj:9" version="1"><linux:name>auditd</linux:name>
 </linux:dpkginfo_object>
</objects>
<states>
 <ind:textfilecontent54_state id="oval:t:ste:1" version="1"><ind:subexpression
    operation="pattern match">^no$</ind:subexpression></ind:textfilecontent54_state>
 <unix:file_state id="oval:t:ste:2" version="1"><unix:uread datatype="boolean">true</unix:uread>
    <unix:oread datatype="boolean">false</unix:oread></unix:file_state>
 <ind:textfilecontent54_state id="oval:t:ste:7" version="1"><ind:subexpression
    operation="pattern match">^!</ind:subexpression></ind:textfilecontent54_state>
 <ind:textfilecontent54_state id="oval:t:ste:10" version="1"><ind:subexpression
    operation="pattern match" mask="true">^wanted.token$</ind:subexpression>
    </ind:textfilecontent54_state>
 <ind:textfilecontent54_state id="oval:t:ste:12" version="1"><ind:subexpression
    var_ref="oval:t:var:1"/></ind:textfilecontent54_state>
</states>
<variables>
 <local_variable id="oval:t:var:1" version="1" datatype="string" comment="wanted">
  <object_component object_ref="oval:t:obj:12" item_field="subexpression"/></local_variable>
</variables>
</oval_definitions>
)xml";

inline constexpr std::string_view kTestRules = R"xml(<?xml version="1.0"?>
<Benchmark xmlns="http://checklists.nist.gov/xccdf/1.2" id="xccdf_test_benchmark_app">
<status>accepted</status><title>App &amp; "more"</title>
    <description>All of <sub idref="release-info"/>.</description>
    <notice id="terms-of-use">Use it.</notice>
    <plain-text id="release-info">Release: 1 Benchmark Date: 24 Jan 2026</plain-text>
    <version>3</version>
<Profile id="xccdf_test_profile_all"><title>Everything</title>
  <refine-rule idref="xccdf_test_rule_no_debug" severity="low" weight="2.5"/>
  <refine-rule idref="xccdf_test_rule_manual" role="unscored"/>
</Profile>
<Group id="xccdf_test_group_V-100"><title>SRG-OS-000001</title>
<Rule id="xccdf_test_rule_SV-100r1_rule" severity="high"><version>APP-00-000100</version>
    <title>root_login</title>
 <description>&lt;VulnDiscussion&gt;Root logs in.&lt;/VulnDiscussion&gt;
  &lt;Mitigations&gt;none&lt;/Mitigations&gt;</description>
 <reference href="https://example.org/a?b=1&amp;c=2">Guide "1"</reference>
 <ident system="http://cyber.mil/cci">CCI-000366</ident><ident
    system="http://cyber.mil/legacy">V-1</ident>
 <fixtext>=Set PermitRootLogin to "no", &lt;now&gt;.</fixtext>
 <check system="http://oval.mitre.org/XMLSchema/oval-definitions-5"><check-content-ref
    href="oval.xml" name="oval:t:def:1"/></check></Rule>
</Group>
<Group id="xccdf_test_group_V-101"><title>SRG-OS-000002</title>
RULES
</Group>
</Benchmark>
)xml";

/// A host that has one file, checked by the benchmark above.
class CheckedHost {
 public:
  /// `file`: without the slash in front. `copies`: how many more rules are judged by the definition
  /// of `no_debug`.
  CheckedHost(const std::string& file,
              const std::string& content,
              std::uint32_t mode = 0600,
              std::size_t copies = 0,
              EvaluationLimits limits = {}) {
    const std::filesystem::path path = directory_.file(file);
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << content;
    std::filesystem::permissions(path, std::filesystem::perms{mode});
    tree_ = std::move(LinuxFileTree::open_root(directory_.file("")).value());
    host_.files = tree_.get();
    std::string rules(kTestRules);
    rules.replace(rules.find("RULES"), 5, rules_text(copies));
    content_ = compile_content({"app.xml", rules}, {{"oval.xml", std::string(kTestOval)}}).value();
    check(content_.issues.empty() || !content_.benchmarks.empty(), "the test content compiles");
    selection_ = select_profile(content_.benchmarks.front(), "all").value();
    assessment_ = std::make_unique<Assessment>(
        content_, content_.benchmarks.front(), selection_, host_, 1'795'000'000, limits);
    assessment_->run();
  }

  [[nodiscard]] const Assessment& assessment() const { return *assessment_; }

  /// Of the rule with this title.
  [[nodiscard]] const RuleOutcome& outcome(std::string_view title) const {
    for (const RuleOutcome& each : assessment_->outcomes()) {
      if (content_.benchmarks.front().rules[each.rule].title == title) {
        return each;
      }
    }
    check(false, "the test content has such a rule");
    return assessment_->outcomes().front();
  }

  [[nodiscard]] ReportInput input() const {
    return {.assessment = *assessment_,
            .content_name = "app",
            .host_name = "web1",
            .fqdn = "web1.example.org",
            .addresses = {"192.0.2.7", "2001:db8::7"},
            .mac_addresses = {"52:54:00:12:34:56"},
            .started = 1'795'000'000,
            .ended = 1'795'000'012,
            .product_version = "1.0"};
  }

 private:
  static std::string rules_text(std::size_t copies) {
    constexpr std::pair<std::string_view, int> kRules[] = {{"secret_mode", 2},
                                                           {"no_debug", 3},
                                                           {"not_legacy", 4},
                                                           {"both", 5},
                                                           {"unknown_test", 6},
                                                           {"locked_root", 7},
                                                           {"no_telnet", 8},
                                                           {"auditd", 9},
                                                           {"token", 10},
                                                           {"no_code", 11},
                                                           {"as_wanted", 12}};
    std::string text;
    for (const auto& [title, definition] : kRules) {
      text += rule_text(std::string(title), definition);
    }
    for (std::size_t i = 0; i < copies; ++i) {
      text += rule_text("copy_" + std::to_string(i), 3);
    }
    return text +
           "<Rule id=\"xccdf_test_rule_manual\" severity=\"low\"><title>manual</title></Rule>" +
           "<Rule id=\"xccdf_test_rule_off\" selected=\"false\"><title>off</title></Rule>";
  }

  static std::string rule_text(const std::string& title, int definition) {
    return "<Rule id=\"xccdf_test_rule_" + title + "\" severity=\"medium\"><title>" + title +
           "</title><check system=\"http://oval.mitre.org/XMLSchema/oval-definitions-5\">"
           "<check-content-ref href=\"oval.xml\" name=\"oval:t:def:" +
           std::to_string(definition) + "\"/></check></Rule>";
  }

  TemporaryDirectory directory_;
  std::unique_ptr<LinuxFileTree> tree_;
  InspectedHost host_;
  Content content_;
  Selection selection_;
  std::unique_ptr<Assessment> assessment_;
};

}  // namespace twoseal::scap
