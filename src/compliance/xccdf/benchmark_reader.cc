#include "compliance/xccdf/benchmark_reader.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <unordered_map>
#include <unordered_set>

#include "compliance/issues.h"
#include "compliance/oval/oval_words.h"

namespace twoseal::scap {
namespace {

constexpr std::size_t kNestingMax = 64;

std::unexpected<Error> bad(const XmlNode& node, std::string why) {
  std::string what(node.name);
  if (const auto id = node.find("id")) {
    what += " " + std::string(*id);
  }
  return fail(Errc::bad_content, what + ": " + std::move(why), "line " + std::to_string(node.line));
}

std::unexpected<Error> too_deep(const XmlNode& node) {
  return fail(Errc::too_large,
              std::string(node.name) + " is nested deeper than " + std::to_string(kNestingMax),
              "line " + std::to_string(node.line));
}

// Benchmarks have these two alone; OVAL has more.
Result<Operator> read_operator(const XmlNode& node) {
  const std::string_view op = node.get("operator", "AND");
  if (op != "AND" && op != "OR") {
    return bad(node, "operator may not be '" + std::string(op) + "'");
  }
  return op == "AND" ? Operator::conjunction : Operator::disjunction;
}

// --- text --------------------------------------------------------------------------------------

bool breaks_line(std::string_view element) {
  constexpr std::string_view kBlocks[] = {
      "br", "p", "pre", "li", "ul", "ol", "div", "tr", "table", "h1", "h2", "h3", "blockquote"};
  return std::find(std::begin(kBlocks), std::end(kBlocks), element) != std::end(kBlocks);
}

void end_line(std::string& text) {
  if (!text.empty() && text.back() != '\n') {
    text += '\n';
  }
}

void flatten(const XmlNode& node, std::size_t depth, std::string& text) {
  if (node.is_text()) {
    text += node.text;
    return;
  }
  if (node.name == "sub") {
    text += '\1';
    text += node.get("idref");
    text += '\2';
    return;
  }
  const bool block = depth > 0 && breaks_line(node.name);
  if (block) {
    end_line(text);
  }
  if (node.name == "li") {
    text += "- ";
  }
  if (depth < kNestingMax) {
    for (const XmlNode* child = node.first_child; child != nullptr; child = child->next) {
      flatten(*child, depth + 1, text);
    }
  }
  if (block) {
    end_line(text);
  }
}

Text plain_text(const XmlNode& node, TextArena& texts) {
  const XmlNode* only = node.first_child;
  if (only == nullptr) {
    return {};
  }
  if (only->is_text() && only->next == nullptr) {
    return trimmed(only->text);
  }
  std::string text;
  flatten(node, 0, text);
  return texts.keep(trimmed(text));
}

Text value_text(const XmlNode& node, TextArena& texts) {
  const XmlNode* only = node.first_child;
  if (only == nullptr) {
    return {};
  }
  return only->is_text() && only->next == nullptr ? only->text : texts.keep(node.all_text());
}

double number_of(std::string_view text, double otherwise) {
  double value = otherwise;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_number = error == std::errc() && end == text.data() + text.size();
  return is_number && std::isfinite(value) && value >= 0 ? value : otherwise;
}

std::vector<Text> words_of(std::string_view text) {
  std::vector<Text> words;
  std::size_t at = 0;
  while ((at = text.find_first_not_of(" \t\r\n", at)) != std::string_view::npos) {
    const std::size_t end = std::min(text.find_first_of(" \t\r\n", at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

// --- platforms ---------------------------------------------------------------------------------

Result<PlatformTest> read_platform_test(const XmlNode& node, std::size_t depth) {
  if (depth >= kNestingMax) {
    return too_deep(node);
  }
  PlatformTest test;
  test.negate = is_true(node.get("negate"));
  TWOSEAL_TRY(test.op, read_operator(node));
  for (const XmlNode* child = node.first(); child != nullptr; child = child->after()) {
    if (child->name == "fact-ref") {
      test.facts.push_back(child->get("name"));
    } else if (child->name == "check-fact-ref") {
      test.checks.push_back({child->get("href"), child->get("id-ref")});
    } else if (child->name == "logical-test") {
      TWOSEAL_TRY(PlatformTest inner, read_platform_test(*child, depth + 1));
      test.children.push_back(std::move(inner));
    }
  }
  return test;
}

Result<void> read_platforms(const XmlNode& node, TextArena& texts, std::vector<Platform>& to) {
  for (const XmlNode* child = node.first(); child != nullptr; child = child->after()) {
    if (child->name != "platform") {
      continue;
    }
    Platform platform;
    platform.id = child->get("id");
    if (const XmlNode* title = child->child("title")) {
      platform.title = plain_text(*title, texts);
    }
    if (const XmlNode* test = child->child("logical-test")) {
      TWOSEAL_TRY(platform.test, read_platform_test(*test, 0));
    }
    to.push_back(std::move(platform));
  }
  return {};
}

// --- profiles ----------------------------------------------------------------------------------

template <class Value>
Result<std::optional<Value>> optional_word(const XmlNode& node,
                                           std::string_view attribute,
                                           std::optional<Value> (*read)(std::string_view)) {
  const auto text = node.find(attribute);
  if (!text) {
    return std::optional<Value>();
  }
  const auto value = read(*text);
  if (!value) {
    return bad(node, std::string(attribute) + " may not be '" + std::string(*text) + "'");
  }
  return value;
}

Result<void> read_adjustment(const XmlNode& node, TextArena& texts, Profile& profile) {
  if (node.name == "select") {
    profile.selects.push_back({node.get("idref"), is_true(node.get("selected", "true"))});
  } else if (node.name == "refine-value") {
    RefineValue refine{node.get("idref"), node.get("selector"), {}};
    TWOSEAL_TRY(refine.op, optional_word(node, "operator", operation_of));
    profile.refine_values.push_back(refine);
  } else if (node.name == "set-value") {
    profile.set_values.push_back({node.get("idref"), {value_text(node, texts)}});
  } else if (node.name == "set-complex-value") {
    SetValue set{node.get("idref"), {}};
    for (const XmlNode* item = node.first(); item != nullptr; item = item->after()) {
      set.values.push_back(value_text(*item, texts));
    }
    profile.set_values.push_back(std::move(set));
  } else if (node.name == "refine-rule") {
    RefineRule refine;
    refine.rule = node.get("idref");
    refine.selector = node.find("selector");
    TWOSEAL_TRY(refine.severity, optional_word(node, "severity", severity_of));
    TWOSEAL_TRY(refine.role, optional_word(node, "role", role_of));
    if (const auto weight = node.find("weight")) {
      refine.weight = number_of(*weight, 1.0);
    }
    profile.refine_rules.push_back(refine);
  }
  return {};
}

Result<Profile> read_profile(const XmlNode& node, TextArena& texts) {
  Profile profile;
  profile.id = node.get("id");
  profile.extends = node.get("extends");
  if (profile.id.empty()) {
    return bad(node, "it has no id");
  }
  for (const XmlNode* child = node.first(); child != nullptr; child = child->after()) {
    if (child->name == "title") {
      profile.title = plain_text(*child, texts);
    } else if (child->name == "description") {
      profile.description = plain_text(*child, texts);
    } else {
      TWOSEAL_TRY_VOID(read_adjustment(*child, texts, profile));
    }
  }
  return profile;
}

// --- the benchmark -----------------------------------------------------------------------------

class BenchmarkReader {
 public:
  BenchmarkReader(TextArena& texts, std::vector<std::string>& issues)
      : texts_(texts), issues_(issues) {}

  Result<Benchmark> read(const XmlNode& root) {
    if (root.name != "Benchmark") {
      return bad(root, "this is no Benchmark");
    }
    benchmark_.id = root.get("id");
    TWOSEAL_TRY_VOID(read_children(root, kNone, 0));
    TWOSEAL_TRY_VOID(bind_values());
    return std::move(benchmark_);
  }

 private:
  Result<void> read_children(const XmlNode& node, Index parent, std::size_t depth) {
    if (depth >= kNestingMax) {
      return too_deep(node);
    }
    for (const XmlNode* child = node.first(); child != nullptr; child = child->after()) {
      if (child->name == "Group") {
        TWOSEAL_TRY_VOID(read_group(*child, parent, depth));
      } else if (child->name == "Rule") {
        TWOSEAL_TRY_VOID(read_rule(*child, parent));
      } else if (child->name == "Value") {
        TWOSEAL_TRY_VOID(read_value(*child));
      } else if (parent == kNone) {
        TWOSEAL_TRY_VOID(read_heading(*child));
      }
    }
    return {};
  }

  Result<void> read_heading(const XmlNode& node) {
    if (node.name == "title") {
      benchmark_.title = plain_text(node, texts_);
    } else if (node.name == "description") {
      benchmark_.description = plain_text(node, texts_);
    } else if (node.name == "version") {
      benchmark_.version = plain_text(node, texts_);
    } else if (node.name == "notice") {
      benchmark_.notices.push_back({node.get("id"), plain_text(node, texts_)});
    } else if (node.name == "front-matter") {
      benchmark_.front_matter = plain_text(node, texts_);
    } else if (node.name == "rear-matter") {
      benchmark_.rear_matter = plain_text(node, texts_);
    } else if (node.name == "plain-text") {
      benchmark_.plain_texts.push_back({node.get("id"), plain_text(node, texts_)});
    } else if (node.name == "status") {
      benchmark_.status = plain_text(node, texts_);
    } else if (node.name == "platform") {
      benchmark_.platforms.push_back(node.get("idref"));
    } else if (node.name == "platform-specification" || node.name == "platform-definitions" ||
               node.name == "Platform-Specification") {
      TWOSEAL_TRY_VOID(read_platforms(node, texts_, benchmark_.platform_tests));
    } else if (node.name == "Profile") {
      TWOSEAL_TRY(Profile profile, read_profile(node, texts_));
      TWOSEAL_TRY_VOID(take_id(node));
      benchmark_.profiles.push_back(std::move(profile));
    }
    return {};
  }

  Result<void> take_id(const XmlNode& node) {
    const std::string_view id = node.get("id");
    if (id.empty()) {
      return bad(node, "it has no id");
    }
    if (!ids_.insert(id).second) {
      return bad(node, "two things have this id");
    }
    return {};
  }

  // What groups and rules share.
  bool read_common(const XmlNode& node, BenchmarkItem& item) {
    if (node.name == "title") {
      item.title = plain_text(node, texts_);
    } else if (node.name == "description") {
      item.description = plain_text(node, texts_);
    } else if (node.name == "version") {
      item.version = plain_text(node, texts_);
      item.version_time = node.get("time");
    } else if (node.name == "platform") {
      item.platforms.push_back(node.get("idref"));
    } else if (node.name == "requires") {
      item.needs.push_back(words_of(node.get("idref")));
    } else if (node.name == "conflicts") {
      item.conflicts.push_back(node.get("idref"));
    } else {
      return false;
    }
    return true;
  }

  Result<void> begin_item(const XmlNode& node, Index parent, BenchmarkItem& item) {
    TWOSEAL_TRY_VOID(take_id(node));
    item.id = node.get("id");
    item.parent = parent;
    item.selected = is_true(node.get("selected", "true"));
    item.cluster = node.get("cluster-id");
    item.hidden = is_true(node.get("hidden"));
    item.weight = number_of(node.get("weight", "1.0"), 1.0);
    return {};
  }

  Result<void> read_group(const XmlNode& node, Index parent, std::size_t depth) {
    Group group;
    TWOSEAL_TRY_VOID(begin_item(node, parent, group));
    for (const XmlNode* child = node.first(); child != nullptr; child = child->after()) {
      if (!read_common(*child, group) && child->name == "rationale") {
        group.rationale = plain_text(*child, texts_);
      }
    }
    const auto index = static_cast<Index>(benchmark_.groups.size());
    benchmark_.groups.push_back(std::move(group));
    return read_children(node, index, depth + 1);
  }

  Result<void> read_rule(const XmlNode& node, Index parent) {
    Rule rule;
    TWOSEAL_TRY_VOID(begin_item(node, parent, rule));
    TWOSEAL_TRY(const auto severity, optional_word(node, "severity", severity_of));
    TWOSEAL_TRY(const auto role, optional_word(node, "role", role_of));
    rule.severity = severity.value_or(Severity::unknown);
    rule.role = role.value_or(Role::full);
    for (const XmlNode* child = node.first(); child != nullptr; child = child->after()) {
      if (!read_common(*child, rule)) {
        TWOSEAL_TRY_VOID(read_rule_part(*child, rule));
      }
    }
    benchmark_.rules.push_back(std::move(rule));
    return {};
  }

  Result<void> read_rule_part(const XmlNode& node, Rule& rule) {
    if (node.name == "rationale") {
      rule.rationale = plain_text(node, texts_);
    } else if (node.name == "warning") {
      rule.warning = rule.warning.empty() ? plain_text(node, texts_) : rule.warning;
    } else if (node.name == "fixtext") {
      rule.fix_text = plain_text(node, texts_);
    } else if (node.name == "fix") {
      rule.fixes.push_back({node.get("system"), node.get("id"), plain_text(node, texts_)});
    } else if (node.name == "ident") {
      rule.idents.push_back({node.get("system"), plain_text(node, texts_)});
    } else if (node.name == "reference") {
      rule.references.push_back({node.get("href"), plain_text(node, texts_)});
    } else if (node.name == "check" || node.name == "complex-check") {
      TWOSEAL_TRY(RuleCheck check, read_check(node, 0));
      rule.checks.push_back(std::move(check));
    }
    return {};
  }

  Result<RuleCheck> read_check(const XmlNode& node, std::size_t depth) {
    if (depth >= kNestingMax) {
      return too_deep(node);
    }
    RuleCheck check;
    check.negate = is_true(node.get("negate"));
    if (node.name == "complex-check") {
      check.complex = true;
      TWOSEAL_TRY(check.op, read_operator(node));
      for (const XmlNode* child = node.first(); child != nullptr; child = child->after()) {
        TWOSEAL_TRY(RuleCheck inner, read_check(*child, depth + 1));
        check.children.push_back(std::move(inner));
      }
      return check;
    }
    check.system = node.get("system");
    check.selector = node.get("selector");
    check.multiple = is_true(node.get("multi-check"));
    for (const XmlNode* child = node.first(); child != nullptr; child = child->after()) {
      if (child->name == "check-content-ref") {
        check.refs.push_back({child->get("href"), child->get("name")});
      } else if (child->name == "check-export") {
        exports_.push_back(child->get("value-id"));
        check.exports.push_back(
            {static_cast<Index>(exports_.size() - 1), child->get("export-name")});
      }
    }
    return check;
  }

  Result<void> read_value(const XmlNode& node) {
    TWOSEAL_TRY_VOID(take_id(node));
    Value value;
    value.id = node.get("id");
    const std::string_view type = node.get("type", "string");
    value.type = type == "number"    ? ValueType::number
                 : type == "boolean" ? ValueType::boolean
                                     : ValueType::string;
    TWOSEAL_TRY(const auto op, optional_word(node, "operator", operation_of));
    value.op = op.value_or(Operation::equals);
    for (const XmlNode* child = node.first(); child != nullptr; child = child->after()) {
      if (child->name == "title") {
        value.title = plain_text(*child, texts_);
      } else if (child->name == "value") {
        value.choices.push_back({child->get("selector"), {value_text(*child, texts_)}});
      } else if (child->name == "complex-value") {
        ValueChoice choice{child->get("selector"), {}};
        for (const XmlNode* item = child->first(); item != nullptr; item = item->after()) {
          choice.values.push_back(value_text(*item, texts_));
        }
        value.choices.push_back(std::move(choice));
      }
    }
    benchmark_.values.push_back(std::move(value));
    return {};
  }

  // Values may stand behind the rules that export them, so exports were numbered by themselves.
  Result<void> bind_values() {
    std::unordered_map<std::string_view, Index> known;
    for (std::size_t i = 0; i < benchmark_.values.size(); ++i) {
      known.emplace(benchmark_.values[i].id, static_cast<Index>(i));
    }
    for (Rule& rule : benchmark_.rules) {
      for (RuleCheck& check : rule.checks) {
        bind_values(check, rule, known);
      }
    }
    return {};
  }

  void bind_values(RuleCheck& check,
                   const Rule& rule,
                   const std::unordered_map<std::string_view, Index>& known) {
    for (CheckExport& each : check.exports) {
      const auto found = known.find(exports_[each.value]);
      if (found == known.end()) {
        add_issue(issues_,
                  "rule " + std::string(rule.id) + " exports the value " +
                      std::string(exports_[each.value]) + ", which is not there");
      }
      each.value = found == known.end() ? kNone : found->second;
    }
    for (RuleCheck& child : check.children) {
      bind_values(child, rule, known);
    }
  }

  TextArena& texts_;
  std::vector<std::string>& issues_;
  Benchmark benchmark_;
  std::unordered_set<std::string_view> ids_;
  std::vector<std::string_view> exports_;
};

}  // namespace

Result<Benchmark> read_benchmark(const XmlNode& root,
                                 TextArena& texts,
                                 std::vector<std::string>& issues) {
  return BenchmarkReader(texts, issues).read(root);
}

Result<Tailoring> read_tailoring(const XmlNode& root, TextArena& texts) {
  if (root.name != "Tailoring") {
    return bad(root, "this is no Tailoring");
  }
  Tailoring tailoring;
  tailoring.id = root.get("id");
  for (const XmlNode* child = root.first(); child != nullptr; child = child->after()) {
    if (child->name == "benchmark") {
      tailoring.benchmark = child->get("id", child->get("href"));
    } else if (child->name == "version") {
      tailoring.version = plain_text(*child, texts);
    } else if (child->name == "Profile") {
      TWOSEAL_TRY(Profile profile, read_profile(*child, texts));
      tailoring.profiles.push_back(std::move(profile));
    }
  }
  return tailoring;
}

Result<std::vector<CpeItem>> read_cpe_list(const XmlNode& root, TextArena& texts) {
  if (root.name != "cpe-list") {
    return bad(root, "this is no cpe-list");
  }
  std::vector<CpeItem> items;
  for (const XmlNode* node = root.first(); node != nullptr; node = node->after()) {
    if (node->name != "cpe-item") {
      continue;
    }
    CpeItem item;
    item.name = node->get("name");
    if (const XmlNode* title = node->child("title")) {
      item.title = plain_text(*title, texts);
    }
    const XmlNode* check = node->child("check");
    if (check != nullptr) {
      item.check.href = check->get("href");
      item.check.name = trimmed(value_text(*check, texts));
    }
    items.push_back(item);
  }
  return items;
}

}  // namespace twoseal::scap
