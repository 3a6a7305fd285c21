// For tests and seeds: a small benchmark with its OVAL documents, as one data stream and as files.
#pragma once

#include <string>
#include <vector>

#include "compliance/content/compiler.h"

namespace twoseal::test {

/// Rules of the benchmark below: `file` passes when /etc/issue is a regular file, `absent` when
/// there is no /etc/nologin, `value` when a line of /etc/issue is the value of `word`.
[[nodiscard]] inline std::string oval_text() {
  return R"(<oval_definitions xmlns="http://oval.mitre.org/XMLSchema/oval-definitions-5"
  xmlns:ind="http://oval.mitre.org/XMLSchema/oval-definitions-5#independent"
  xmlns:unix="http://oval.mitre.org/XMLSchema/oval-definitions-5#unix">
<definitions>
<definition id="d:file" class="compliance" version="1"><metadata><title>A file</title></metadata>
<criteria><criterion test_ref="t:file"/></criteria></definition>
<definition id="d:absent" class="compliance" version="1">
<criteria negate="true"><criterion test_ref="t:login"/></criteria></definition>
<definition id="d:value" class="compliance" version="1">
<criteria><criterion test_ref="t:value"/></criteria></definition>
</definitions>
<tests>
<unix:file_test id="t:file" check="all"><unix:object object_ref="o:file"/>
<unix:state state_ref="s:regular"/></unix:file_test>
<unix:file_test id="t:login" check="all"><unix:object object_ref="o:login"/></unix:file_test>
<ind:textfilecontent54_test id="t:value" check="at least one"><ind:object object_ref="o:lines"/>
<ind:state state_ref="s:value"/></ind:textfilecontent54_test>
</tests>
<objects>
<unix:file_object id="o:file"><unix:behaviors recurse_direction="none"/>
<unix:filepath>/etc/issue</unix:filepath></unix:file_object>
<unix:file_object id="o:login"><unix:filepath>/etc/nologin</unix:filepath></unix:file_object>
<ind:textfilecontent54_object id="o:lines"><ind:filepath>/etc/issue</ind:filepath>
<ind:pattern operation="pattern match">^.*$</ind:pattern>
<ind:instance datatype="int" operation="greater than or equal">1</ind:instance>
</ind:textfilecontent54_object>
</objects>
<states>
<unix:file_state id="s:regular"><unix:type>regular</unix:type></unix:file_state>
<ind:textfilecontent54_state id="s:value"><ind:text var_ref="v:word"/>
</ind:textfilecontent54_state>
</states>
<variables><external_variable id="v:word" datatype="string"/></variables>
</oval_definitions>)";
}

/// A document whose definition `d:here` is true on every host with an /etc, and `d:there` on none.
[[nodiscard]] inline std::string platform_oval_text() {
  return R"(<oval_definitions xmlns="http://oval.mitre.org/XMLSchema/oval-definitions-5"
  xmlns:unix="http://oval.mitre.org/XMLSchema/oval-definitions-5#unix">
<definitions>
<definition id="d:here" class="inventory"><criteria><criterion test_ref="t:etc"/></criteria></definition>
<definition id="d:there" class="inventory"><criteria negate="true"><criterion test_ref="t:etc"/>
</criteria></definition>
</definitions>
<tests><unix:file_test id="t:etc" check="all"><unix:object object_ref="o:etc"/></unix:file_test></tests>
<objects><unix:file_object id="o:etc"><unix:path>/etc</unix:path>
<unix:filename xsi:nil="true" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"/>
</unix:file_object></objects>
</oval_definitions>)";
}

[[nodiscard]] inline std::string dictionary_text() {
  return R"(<cpe-list xmlns="http://cpe.mitre.org/dictionary/2.0">
<cpe-item name="cpe:/o:test:here"><title>Here</title>
<check system="http://oval.mitre.org/XMLSchema/oval-definitions-5" href="cpe-oval.xml">d:here</check>
</cpe-item>
<cpe-item name="cpe:/o:test:there"><title>There</title>
<check system="http://oval.mitre.org/XMLSchema/oval-definitions-5" href="cpe-oval.xml">d:there</check>
</cpe-item>
</cpe-list>)";
}

/// A check of a definition of oval.xml.
[[nodiscard]] inline std::string check_of(const std::string& definition,
                                          const std::string& attributes = {},
                                          const std::string& exports = {}) {
  return "<check system='http://oval.mitre.org/XMLSchema/oval-definitions-5' " + attributes + ">" +
         exports + "<check-content-ref href='oval.xml'" +
         (definition.empty() ? "" : " name='" + definition + "'") + "/></check>";
}

[[nodiscard]] inline std::string rule_of(const std::string& id,
                                         const std::string& content,
                                         const std::string& attributes = {}) {
  return "<Rule id='xccdf_test_rule_" + id + "' " + attributes + "><title>" + id + "</title>" +
         content + "</Rule>";
}

/// A benchmark with that content.
[[nodiscard]] inline std::string benchmark_of(const std::string& content) {
  return "<Benchmark xmlns='http://checklists.nist.gov/xccdf/1.2' id='xccdf_test_benchmark_b'>"
         "<status>draft</status><title>Test</title><version>1</version>" +
         content + "</Benchmark>";
}

[[nodiscard]] inline std::string benchmark_text() {
  const std::string word = "<check-export value-id='xccdf_test_value_word' export-name='v:word'/>";
  return benchmark_of(
      "<Profile id='xccdf_test_profile_strict'><title>Strict</title>"
      "<select idref='xccdf_test_rule_absent' selected='true'/>"
      "<refine-value idref='xccdf_test_value_word' selector='long'/></Profile>"
      "<Value id='xccdf_test_value_word'><title>Word</title><value>hi</value>"
      "<value selector='long'>welcome</value></Value>"
      "<Group id='xccdf_test_group_g'><title>Group</title>" +
      rule_of("file", check_of("d:file"), "severity='high' weight='2.5'") +
      rule_of("absent", check_of("d:absent"), "selected='false'") +
      rule_of("value", check_of("d:value", "", word)) + "</Group>");
}

/// The same as one data stream.
[[nodiscard]] inline scap::SourceFile data_stream() {
  const auto ref = [](const std::string& id, const std::string& catalog) {
    return "<ds:component-ref id='r-" + id + "' xlink:href='#c-" + id + "'>" + catalog +
           "</ds:component-ref>";
  };
  const auto catalog = [](const std::string& name, const std::string& uri) {
    return "<cat:catalog xmlns:cat='urn:oasis:names:tc:entity:xmlns:xml:catalog'><cat:uri name='" +
           name + "' uri='#" + uri + "'/></cat:catalog>";
  };
  const auto component = [](const std::string& id, const std::string& content) {
    return "<ds:component id='c-" + id + "'>" + content + "</ds:component>";
  };
  return {"/somewhere/stream.xml",
          "<ds:data-stream-collection xmlns:ds='http://scap.nist.gov/schema/scap/source/1.2' "
          "xmlns:xlink='http://www.w3.org/1999/xlink' id='c'><ds:data-stream id='s'>"
          "<ds:dictionaries>" +
              ref("cpe", catalog("cpe-oval.xml", "r-cpe-oval")) +
              "</ds:dictionaries><ds:checklists>" + ref("xccdf", catalog("oval.xml", "r-oval")) +
              "</ds:checklists><ds:checks>" + ref("oval", "") + ref("cpe-oval", "") +
              "</ds:checks></ds:data-stream>" + component("cpe", dictionary_text()) +
              component("xccdf", benchmark_text()) + component("oval", oval_text()) +
              component("cpe-oval", platform_oval_text()) + "</ds:data-stream-collection>"};
}

/// A benchmark of that content, with oval.xml, cpe-oval.xml and a dictionary beside it.
[[nodiscard]] inline Result<scap::Content> compiled_files(const std::string& benchmark) {
  return scap::compile_content({"dir/xccdf.xml", benchmark},
                               {{"dir/oval.xml", oval_text()},
                                {"dir/cpe-oval.xml", platform_oval_text()},
                                {"dir/cpe-dictionary.xml", dictionary_text()}});
}

}  // namespace twoseal::test
