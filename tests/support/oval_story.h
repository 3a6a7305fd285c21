// For tests: short ways to write OVAL about the lines of /f, and to judge it.
#pragma once

#include "tests/support/oval_run.h"

namespace twoseal::test {

[[nodiscard]] inline std::string criteria(const std::string& attributes,
                                          const std::string& children) {
  return "<criteria " + attributes + ">" + children + "</criteria>";
}

[[nodiscard]] inline std::string extends(const std::string& id) {
  return "<extend_definition definition_ref='" + id + "'/>";
}

/// Lines of /f that the pattern finds.
[[nodiscard]] inline std::string lines(const std::string& id,
                                       const std::string& pattern,
                                       const std::string& more = {}) {
  return "<ind:textfilecontent54_object id='" + id +
         "'><ind:filepath>/f</ind:filepath><ind:pattern operation='pattern match'>" + pattern +
         "</ind:pattern><ind:instance datatype='int' operation='greater than or equal'>1"
         "</ind:instance>" +
         more + "</ind:textfilecontent54_object>";
}

[[nodiscard]] inline std::string text_test(const std::string& id,
                                           const std::string& object,
                                           const std::string& attributes = {},
                                           const std::string& states = {}) {
  return "<ind:textfilecontent54_test id='" + id + "' " + attributes + "><object object_ref='" +
         object + "'/>" + states + "</ind:textfilecontent54_test>";
}

[[nodiscard]] inline std::string state_ref(const std::string& id) {
  return "<state state_ref='" + id + "'/>";
}

[[nodiscard]] inline std::string text_state(const std::string& id, const std::string& entity) {
  return "<ind:textfilecontent54_state id='" + id + "'>" + entity +
         "</ind:textfilecontent54_state>";
}

[[nodiscard]] inline std::string text_is(const std::string& id, const std::string& value) {
  return text_state(id, "<ind:text>" + value + "</ind:text>");
}

/// A document whose test `t` looks at the object `o`, and has the states that are named.
struct Story {
  std::string attributes;
  std::string states;
  std::string objects;
  std::string definitions_of_states;
  std::string variables;
};

[[nodiscard]] inline OvalSections told(const Story& story) {
  return {definition_of("d", criteria("", criterion("t"))),
          text_test("t", "o", story.attributes, story.states),
          story.objects,
          story.definitions_of_states,
          story.variables};
}

[[nodiscard]] inline scap::Verdict judge(const FilesOfHost& files,
                                         const Story& story,
                                         scap::Bindings bindings = {}) {
  return OvalRun(files, told(story), std::move(bindings)).definition("d");
}

}  // namespace twoseal::test
