// For tests: an OVAL document, written as text, evaluated on the files below a directory of its
// own.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <sys/stat.h>
#include <vector>

#include "base/check.h"
#include "compliance/oval/evaluation.h"
#include "compliance/oval/oval_reader.h"
#include "system/linux/linux_file_tree.h"
#include "tests/support/temporary_directory.h"

namespace twoseal::test {

/// A host that has only files, below a temporary directory. Paths are those of the host.
class FilesOfHost {
 public:
  FilesOfHost() : tree_(LinuxFileTree::open_root(directory_.file("")).value()) {
    host_.files = tree_.get();
  }

  /// Writes a file, and makes the directories above it.
  void write(const std::string& path, std::string_view content = {}) {
    make_directory(std::filesystem::path(path).parent_path().string());
    std::ofstream(real(path), std::ios::binary) << content;
  }

  void make_directory(const std::string& path) { std::filesystem::create_directories(real(path)); }

  void link(const std::string& path, const std::string& target) {
    make_directory(std::filesystem::path(path).parent_path().string());
    std::filesystem::create_symlink(target, real(path));
  }

  void make_pipe(const std::string& path) {
    check(::mkfifo(real(path).c_str(), 0600) == 0, "a pipe is made");
  }

  void set_mode(const std::string& path, unsigned mode) {
    check(::chmod(real(path).c_str(), mode) == 0, "a mode is set");
  }

  /// Where a path of the host is on this machine.
  [[nodiscard]] std::string real(const std::string& path) const {
    return directory_.file(path.substr(path.find_first_not_of('/') == std::string::npos
                                           ? path.size()
                                           : path.find_first_not_of('/')));
  }

  [[nodiscard]] const scap::InspectedHost& host() const { return host_; }

  [[nodiscard]] scap::InspectedHost& host() { return host_; }

  [[nodiscard]] const FileTree& tree() const { return *tree_; }

 private:
  TemporaryDirectory directory_;
  std::unique_ptr<LinuxFileTree> tree_;
  scap::InspectedHost host_;
};

/// The sections of an OVAL document. Prefixes: `ind`, `unix`, `linux`, `xsi`.
struct OvalSections {
  std::string definitions;
  std::string tests;
  std::string objects;
  std::string states;
  std::string variables;

  [[nodiscard]] std::string document() const {
    const std::string space = "http://oval.mitre.org/XMLSchema/oval-definitions-5";
    const auto section = [](const std::string& name, const std::string& content) {
      return content.empty() ? std::string() : "<" + name + ">" + content + "</" + name + ">";
    };
    return "<oval_definitions xmlns='" + space + "' xmlns:ind='" + space +
           "#independent' xmlns:unix='" + space + "#unix' xmlns:linux='" + space +
           "#linux' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'>" +
           section("definitions", definitions) + section("tests", tests) +
           section("objects", objects) + section("states", states) +
           section("variables", variables) + "</oval_definitions>";
  }
};

/// A definition with the criteria, which may be none.
[[nodiscard]] inline std::string definition_of(const std::string& id, const std::string& criteria) {
  return "<definition id='" + id + "' class='compliance'>" + criteria + "</definition>";
}

[[nodiscard]] inline std::string criterion(const std::string& test) {
  return "<criterion test_ref='" + test + "'/>";
}

/// A document that was read and is evaluated as somebody asks.
class OvalRun {
 public:
  OvalRun(const FilesOfHost& files,
          const OvalSections& sections,
          scap::Bindings bindings = {},
          scap::EvaluationLimits limits = {},
          std::int64_t now = 1'700'000'000)
      : xml_(scap::XmlDocument::parse(sections.document(), "test.xml").value()),
        document_(scap::read_oval(xml_.root(), "test.xml", texts_, issues_).value()),
        evaluation_(document_, files.host(), std::move(bindings), now, limits) {
    for (scap::Index i = 0; i < document_.definitions.size(); ++i) {
      evaluation_.include(i, true);
    }
  }

  [[nodiscard]] scap::Verdict definition(std::string_view id) {
    return evaluation_.judge(find(document_.definitions, id));
  }

  /// What a test came to; some definition must have asked for it.
  [[nodiscard]] const scap::TestOutcome& test(std::string_view id) {
    const auto* outcome = evaluation_.outcome(find(document_.tests, id));
    check(outcome != nullptr, "a test was evaluated");
    return *outcome;
  }

  [[nodiscard]] std::vector<std::string> values(std::string_view id) {
    std::vector<std::string> texts;
    for (const auto& value : variable(id).values) {
      texts.push_back(value.written());
    }
    return texts;
  }

  [[nodiscard]] const scap::VariableValues& variable(std::string_view id) {
    return evaluation_.values_of(find(document_.variables, id));
  }

  [[nodiscard]] scap::Evaluation& evaluation() { return evaluation_; }

  [[nodiscard]] const scap::OvalDocument& document() const { return document_; }

  [[nodiscard]] const std::vector<std::string>& issues() const { return issues_; }

 private:
  template <class List>
  static scap::Index find(const List& list, std::string_view id) {
    for (scap::Index i = 0; i < list.size(); ++i) {
      if (list[i].id == id) {
        return i;
      }
    }
    check(false, "the document has what a test asks for");
    return scap::kNone;
  }

  scap::TextArena texts_;
  std::vector<std::string> issues_;
  scap::XmlDocument xml_;
  scap::OvalDocument document_;
  scap::Evaluation evaluation_;
};

/// One object and the states of one test, with all items kept.
class OneTest {
 public:
  /// `attributes`: of the test, such as `check="all"`. `object`: an element with the id `o`;
  /// `state`: one with the id `s`, or nothing.
  OneTest(const FilesOfHost& files,
          const std::string& family,
          const std::string& attributes,
          const std::string& object,
          const std::string& state = {},
          const std::string& variables = {},
          scap::Bindings bindings = {})
      : run_(files,
             {definition_of("d", "<criteria>" + criterion("t") + "</criteria>"),
              "<" + family + "_test id='t' " + attributes + "><object object_ref='o'/>" +
                  (state.empty() ? "" : "<state state_ref='s'/>") + "</" + family + "_test>",
              object,
              state,
              variables},
             std::move(bindings),
             {.keep_all_items = true}),
        verdict_(run_.definition("d")) {}

  [[nodiscard]] scap::Verdict verdict() const { return verdict_; }

  [[nodiscard]] scap::Flag flag() { return run_.test("t").flag; }

  [[nodiscard]] const std::string& why() { return run_.test("t").why; }

  /// All values of an entity, one item after the other, in the order of the items.
  [[nodiscard]] std::vector<std::string> all(scap::EntityName name) {
    std::vector<std::string> texts;
    for (const scap::JudgedItem& each : run_.test("t").items) {
      for (const scap::ItemEntity& entity : each.item.get(name)) {
        texts.push_back(entity.status == scap::Status::exists
                            ? entity.value.written()
                            : std::string(scap::word_of(entity.status)));
      }
    }
    return texts;
  }

  /// The same in the order of their texts: walks have none.
  [[nodiscard]] std::vector<std::string> sorted(scap::EntityName name) {
    auto texts = all(name);
    std::sort(texts.begin(), texts.end());
    return texts;
  }

  [[nodiscard]] std::size_t count() { return run_.test("t").items.size(); }

  [[nodiscard]] OvalRun& run() { return run_; }

 private:
  OvalRun run_;
  scap::Verdict verdict_;
};

}  // namespace twoseal::test
