#include "authoring/checks_yaml.h"

#include <set>

#include "authoring/resource_kinds.h"

namespace twoseal::authoring {
namespace {

constexpr Range kId{1, 64};
constexpr Range kMany{0, 64};
constexpr Range kPath{2, 256};
const std::vector<std::string_view> kSeverities = {"high", "low", "medium"};

class Checks {
 public:
  explicit Checks(const Source& source) : problems_(source.name) {}

  Result<CheckFile> read(const Node& tree) {
    Table top(Value(tree, problems_, ""));
    for (const Value& item : top.optional("values").list({0, kChecksMax})) {
      read_value(item);
    }
    for (const Value& item : top.required("checks").list({1, kChecksMax})) {
      read_rule(item);
    }
    top.finish();
    if (problems_.any()) {
      return std::unexpected(problems_.error());
    }
    return std::move(file_);
  }

 private:
  std::string read_id(Table& table, std::set<std::string>& seen) {
    const Value value = table.required("id");
    std::string id = value.text(kId);
    if (!id.empty() && !consists_of(id, {kLower, kDigits, "_"})) {
      value.refuse("an id consists of a-z, 0-9 and _");
    }
    if (!id.empty() && !seen.insert(id).second) {
      value.refuse("'" + id + "' stands twice");
    }
    return id;
  }

  void read_value(const Value& item) {
    Table table(item);
    CheckValue value;
    value.id = read_id(table, values_);
    value.title = table.required("title").text(kLine);
    value.usual = table.optional("usual").texts(kMany, kLine);
    table.finish();
    file_.values.push_back(std::move(value));
  }

  void read_rule(const Value& item) {
    Table table(item);
    CheckRule rule;
    rule.id = read_id(table, rules_);
    rule.title = table.required("title").text(kLine);
    rule.severity = table.required("severity").word(kSeverities);
    rule.requirements = table.required("requirements").texts(kOneToFew, kId);
    rule.description = table.required("description").text(kParagraphs);
    rule.fix = table.required("fix").text(kParagraphs);
    rule.needs = table.optional("needs").texts(kMany, kId);
    for (const std::string& need : rule.needs) {
      if (!values_.contains(need)) {
        table.optional("needs").refuse("there is no value '" + need + "'");
      }
    }
    rule.files = read_paths(table.optional("files"));
    rule.settings = read_paths(table.optional("settings"));
    rule.ask = table.required("ask").text(kParagraphs);
    table.finish();
    file_.rules.push_back(std::move(rule));
  }

  // Absolute, with one star at most, in the last part.
  static std::vector<std::string> read_paths(const Value& list) {
    std::vector<std::string> paths = list.texts(kMany, kPath);
    for (const std::string& path : paths) {
      const std::size_t star = path.find('*');
      if (path.empty()) {
        continue;  // told already
      }
      const bool good =
          path.starts_with('/') && !path.ends_with('/') &&
          (star == path.npos || (star > path.rfind('/') && path.find('*', star + 1) == path.npos));
      if (!good) {
        list.refuse("'" + path + "' is no absolute path with at most one * in its last part");
      }
    }
    return paths;
  }

  Problems problems_;
  CheckFile file_;
  std::set<std::string> values_;
  std::set<std::string> rules_;
};

}  // namespace

Result<CheckFile> read_checks(const Source& source) {
  TWOSEAL_TRY(const Node tree, parse_yaml(source.text, source.name));
  return Checks(source).read(tree);
}

}  // namespace twoseal::authoring
