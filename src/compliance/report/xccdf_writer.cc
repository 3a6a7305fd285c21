#include "compliance/report/xccdf_writer.h"

#include <algorithm>
#include <array>

#include "compliance/oval/oval_words.h"

namespace twoseal::scap {
namespace {

constexpr std::size_t kNestingMax = 64;
constexpr std::size_t kMessagesMax = 20;
constexpr std::string_view kScoring = "urn:xccdf:scoring:default";
constexpr std::string_view kLanguageNamespace = "http://cpe.mitre.org/language/2.0";
constexpr std::string_view kOvalSystem = "http://oval.mitre.org/XMLSchema/oval-definitions-5";

// A decimal without the zeros at its end.
std::string short_decimal(double value) {
  std::string text = decimal_text(value, 3);
  text.erase(text.find_last_not_of('0') + 1);
  return text.ends_with('.') ? text + "0" : text;
}

std::string_view status_of(Text status) {
  constexpr std::array<std::string_view, 5> kKnown = {
      "accepted", "deprecated", "draft", "incomplete", "interim"};
  return std::find(kKnown.begin(), kKnown.end(), status) == kKnown.end() ? "incomplete" : status;
}

std::string_view type_word(ValueType type) {
  switch (type) {
    case ValueType::number:
      return "number";
    case ValueType::boolean:
      return "boolean";
    case ValueType::string:
      break;
  }
  return "string";
}

// An operator of XCCDF has AND and OR alone.
std::string_view operator_word(Operator op) {
  return op == Operator::disjunction ? "OR" : "AND";
}

bool is_value_operator(Operation op) {
  switch (op) {
    case Operation::equals:
    case Operation::not_equal:
    case Operation::greater:
    case Operation::less:
    case Operation::greater_or_equal:
    case Operation::less_or_equal:
    case Operation::pattern_match:
      return true;
    default:
      return false;
  }
}

bool uses(const RuleCheck& check, const UsedDefinition& used, const Assessment& assessment) {
  const OvalDocument& document = assessment.evaluations()[used.evaluation]->document();
  const auto is_it = [&](const ContentRef& ref) {
    return ref.document != kNone && &assessment.content().documents[ref.document] == &document &&
           (ref.definition == used.definition || ref.definition == kNone);
  };
  return std::any_of(check.refs.begin(), check.refs.end(), is_it) ||
         std::any_of(check.children.begin(), check.children.end(), [&](const RuleCheck& child) {
           return uses(child, used, assessment);
         });
}

}  // namespace

XccdfWriter::XccdfWriter(const ReportTexts& texts, XmlWriter& xml)
    : texts_(texts),
      benchmark_(texts.benchmark()),
      selection_(texts.assessment().selection()),
      xml_(xml) {
  const bool disa = !benchmark_.rules.empty() && benchmark_.rules.front().id.starts_with("SV-");
  name_space_ = disa ? "mil.disa.stig" : "content";
  for (Index i = 0; i < benchmark_.groups.size(); ++i) {
    groups_[benchmark_.groups[i].parent].push_back(i);
    group_ids_.insert(benchmark_.groups[i].id);
  }
  item_ids_ = group_ids_;
  for (Index i = 0; i < benchmark_.rules.size(); ++i) {
    rules_[benchmark_.rules[i].parent].push_back(i);
    item_ids_.insert(benchmark_.rules[i].id);
  }
}

std::string XccdfWriter::id_of(std::string_view kind, Text id) const {
  const std::size_t first = id.find('_');
  const std::size_t second = first == Text::npos ? first : id.find('_', first + 1);
  const std::string part = std::string(kind) + "_";
  if (id.starts_with("xccdf_") && second != Text::npos && id.substr(second + 1).starts_with(part) &&
      id.size() > second + 1 + part.size()) {
    return name_token(id);
  }
  return name_token("xccdf_" + name_space_ + "_" + part + std::string(id));
}

std::string XccdfWriter::item_id(Text id) const {
  return id_of(group_ids_.contains(id) ? "group" : "rule", id);
}

std::string XccdfWriter::profile_id() const {
  return selection_.profile == kAllRules ? "xccdf_twoseal_profile_all"
                                         : id_of("profile", selection_.profile);
}

std::string XccdfWriter::result_id() const {
  const std::string profile = selection_.profile.empty() ? "default-profile" : profile_id();
  return "xccdf_twoseal_testresult_" + profile;
}

// --- the benchmark -------------------------------------------------------------------------------

void XccdfWriter::write_benchmark(bool with_result) {
  xml_.begin("Benchmark");
  xml_.attribute("xmlns", kXccdfNamespace);
  xml_.attribute("id", id_of("benchmark", benchmark_.id));
  xml_.attribute("xml:lang", "en");
  xml_.element("status", status_of(benchmark_.status));
  xml_.element_if("title", texts_.filled(benchmark_.title));
  xml_.element_if("description", texts_.filled(benchmark_.description));
  write_named("notice", benchmark_.notices);
  xml_.element_if("front-matter", texts_.filled(benchmark_.front_matter));
  xml_.element_if("rear-matter", texts_.filled(benchmark_.rear_matter));
  write_named("plain-text", benchmark_.plain_texts);
  write_platforms();
  for (const Text platform : benchmark_.platforms) {
    xml_.begin("platform");
    xml_.attribute("idref", platform);
    xml_.end();
  }
  xml_.element("version", benchmark_.version.empty() ? "unknown" : benchmark_.version);
  xml_.begin("model");
  xml_.attribute("system", kScoring);
  xml_.end();
  write_profile();
  write_values();
  write_children(kNone, 0);
  if (with_result) {
    write_test_result(false);
  }
  xml_.end();
}

void XccdfWriter::write_named(std::string_view element, const std::vector<NamedText>& texts) {
  for (const NamedText& each : texts) {
    xml_.begin(element);
    xml_.attribute("id", name_token(each.id));
    xml_.text(texts_.filled(each.text));
    xml_.end();
  }
}

void XccdfWriter::write_platforms() {
  if (benchmark_.platform_tests.empty()) {
    return;
  }
  xml_.begin("cpe2:platform-specification");
  xml_.attribute("xmlns:cpe2", kLanguageNamespace);
  for (const Platform& platform : benchmark_.platform_tests) {
    xml_.begin("cpe2:platform");
    xml_.attribute("id", platform.id);
    xml_.element_if("cpe2:title", texts_.filled(platform.title));
    write_platform_test(platform.test);
    xml_.end();
  }
  xml_.end();
}

void XccdfWriter::write_platform_test(const PlatformTest& test) {
  xml_.begin("cpe2:logical-test");
  xml_.attribute("operator", operator_word(test.op));
  xml_.attribute("negate", test.negate ? "true" : "false");
  for (const PlatformTest& child : test.children) {
    write_platform_test(child);
  }
  for (const Text fact : test.facts) {
    xml_.begin("cpe2:fact-ref");
    xml_.attribute("name", fact);
    xml_.end();
  }
  for (const ContentRef& check : test.checks) {
    xml_.begin("cpe2:check-fact-ref");
    xml_.attribute("system", kOvalSystem);
    xml_.attribute("href", uri_reference(check.href));
    xml_.attribute("id-ref", check.name);
    xml_.end();
  }
  xml_.end();
}

// The profile as it was applied: what it changes, with everything that it extends.
void XccdfWriter::write_profile() {
  if (selection_.profile.empty()) {
    return;
  }
  xml_.begin("Profile");
  xml_.attribute("id", profile_id());
  xml_.element("title", texts_.profile_title());
  const auto select = [&](const std::string& id, bool selected) {
    xml_.begin("select");
    xml_.attribute("idref", id);
    xml_.attribute("selected", selected ? "true" : "false");
    xml_.end();
  };
  for (std::size_t i = 0; i < benchmark_.groups.size(); ++i) {
    if (selection_.groups[i] != benchmark_.groups[i].selected) {
      select(id_of("group", benchmark_.groups[i].id), selection_.groups[i]);
    }
  }
  for (std::size_t i = 0; i < benchmark_.rules.size(); ++i) {
    if (selection_.rules[i].selected != benchmark_.rules[i].selected) {
      select(id_of("rule", benchmark_.rules[i].id), selection_.rules[i].selected);
    }
  }
  write_set_values();
  write_refined_rules();
  xml_.end();
}

void XccdfWriter::write_refined_rules() {
  for (std::size_t i = 0; i < benchmark_.rules.size(); ++i) {
    const Rule& rule = benchmark_.rules[i];
    const SelectedRule& selected = selection_.rules[i];
    const bool heavier = selected.weight != rule.weight;
    const bool worse = selected.severity != rule.severity;
    const bool other = selected.role != rule.role;
    if (!heavier && !worse && !other && !selected.selector) {
      continue;
    }
    xml_.begin("refine-rule");
    xml_.attribute("idref", id_of("rule", rule.id));
    if (heavier) {
      xml_.attribute("weight", short_decimal(selected.weight));
    }
    if (selected.selector) {
      xml_.attribute("selector", *selected.selector);
    }
    if (worse) {
      xml_.attribute("severity", word_of(selected.severity));
    }
    if (other) {
      xml_.attribute("role", word_of(selected.role));
    }
    xml_.end();
  }
}

void XccdfWriter::write_set_values() {
  for (std::size_t i = 0; i < benchmark_.values.size(); ++i) {
    const SelectedValue& value = selection_.values[i];
    if (value.missing || value.values.empty()) {
      continue;
    }
    const bool complex = value.values.size() > 1;
    xml_.begin(complex ? "set-complex-value" : "set-value");
    xml_.attribute("idref", id_of("value", benchmark_.values[i].id));
    if (complex) {
      for (const Text each : value.values) {
        xml_.element("item", each);
      }
    } else {
      xml_.text(value.values.front());
    }
    xml_.end();
  }
}

void XccdfWriter::write_values() {
  for (const Value& value : benchmark_.values) {
    xml_.begin("Value");
    xml_.attribute("id", id_of("value", value.id));
    xml_.attribute("type", type_word(value.type));
    if (is_value_operator(value.op)) {
      xml_.attribute("operator", word_of(value.op));
    }
    xml_.element_if("title", texts_.filled(value.title));
    for (const ValueChoice& choice : value.choices) {
      const bool complex = choice.values.size() != 1;
      xml_.begin(complex ? "complex-value" : "value");
      if (!choice.selector.empty()) {
        xml_.attribute("selector", choice.selector);
      }
      if (!complex) {
        xml_.text(choice.values.front());
      }
      for (std::size_t i = 0; complex && i < choice.values.size(); ++i) {
        xml_.element("item", choice.values[i]);
      }
      xml_.end();
    }
    if (value.choices.empty()) {
      xml_.element("value", "");
    }
    xml_.end();
  }
}

void XccdfWriter::write_children(Index group, std::size_t depth) {
  for (const Index rule : rules_[group]) {
    write_rule(benchmark_.rules[rule]);
  }
  for (const Index child : groups_[group]) {
    write_group(child, depth + 1);
  }
}

void XccdfWriter::begin_item(std::string_view element,
                             std::string_view kind,
                             const BenchmarkItem& item) {
  xml_.begin(element);
  xml_.attribute("id", id_of(kind, item.id));
  xml_.attribute("selected", item.selected ? "true" : "false");
  if (item.weight != 1.0) {
    xml_.attribute("weight", short_decimal(item.weight));
  }
  if (item.hidden) {
    xml_.attribute("hidden", "true");
  }
  if (!item.cluster.empty()) {
    xml_.attribute("cluster-id", name_token(item.cluster));
  }
}

void XccdfWriter::write_heading(const BenchmarkItem& item,
                                Text warning,
                                const std::vector<Reference>* refs) {
  xml_.element_if("version", item.version);
  xml_.element_if("title", texts_.filled(item.title));
  xml_.element_if("description", texts_.filled(item.description));
  xml_.element_if("warning", texts_.filled(warning));
  if (refs == nullptr) {
    return;
  }
  for (const Reference& reference : *refs) {
    xml_.begin("reference");
    if (!reference.href.empty()) {
      xml_.attribute("href", uri_reference(reference.href));
    }
    xml_.text(texts_.filled(reference.text));
    xml_.end();
  }
}

void XccdfWriter::write_needs(const BenchmarkItem& item, Text rationale) {
  xml_.element_if("rationale", texts_.filled(rationale));
  for (const Text platform : item.platforms) {
    xml_.begin("platform");
    xml_.attribute("idref", platform);
    xml_.end();
  }
  for (const std::vector<Text>& need : item.needs) {
    std::string ids;
    for (const Text id : need) {
      ids += item_ids_.contains(id) ? (ids.empty() ? "" : " ") + item_id(id) : "";
    }
    if (ids.empty()) {
      continue;
    }
    xml_.begin("requires");
    xml_.attribute("idref", ids);
    xml_.end();
  }
  for (const Text conflict : item.conflicts) {
    if (!item_ids_.contains(conflict)) {
      continue;
    }
    xml_.begin("conflicts");
    xml_.attribute("idref", item_id(conflict));
    xml_.end();
  }
}

void XccdfWriter::write_group(Index group, std::size_t depth) {
  if (depth > kNestingMax) {
    return;
  }
  const Group& what = benchmark_.groups[group];
  begin_item("Group", "group", what);
  write_heading(what, {}, nullptr);
  write_needs(what, what.rationale);
  write_children(group, depth);
  xml_.end();
}

void XccdfWriter::write_rule(const Rule& rule) {
  begin_item("Rule", "rule", rule);
  xml_.attribute("severity", word_of(rule.severity));
  if (rule.role != Role::full) {
    xml_.attribute("role", word_of(rule.role));
  }
  write_heading(rule, rule.warning, &rule.references);
  write_needs(rule, rule.rationale);
  write_rule_parts(rule);
  xml_.end();
}

void XccdfWriter::write_rule_parts(const Rule& rule) {
  for (const Ident& ident : rule.idents) {
    xml_.begin("ident");
    xml_.attribute("system", uri_reference(ident.system));
    xml_.text(ident.value);
    xml_.end();
  }
  xml_.element_if("fixtext", texts_.filled(rule.fix_text));
  for (const Fix& fix : rule.fixes) {
    xml_.begin("fix");
    if (!fix.id.empty()) {
      xml_.attribute("id", name_token(fix.id));
    }
    if (!fix.system.empty()) {
      xml_.attribute("system", uri_reference(fix.system));
    }
    xml_.text(texts_.filled(fix.text));
    xml_.end();
  }
  const auto complex = std::find_if(
      rule.checks.begin(), rule.checks.end(), [](const RuleCheck& check) { return check.complex; });
  for (const RuleCheck& check : rule.checks) {
    if (complex == rule.checks.end() || &check == &*complex) {
      write_check(check, nullptr);
    }
  }
}

// --- checks --------------------------------------------------------------------------------------

// `used`: of a check whose document is meant as a whole, the definition that is meant here.
void XccdfWriter::write_check(const RuleCheck& check, const UsedDefinition* used) {
  xml_.begin(check.complex ? "complex-check" : "check");
  if (check.complex) {
    xml_.attribute("operator", operator_word(check.op));
  } else {
    xml_.attribute("system", uri_reference(check.system));
    if (!check.selector.empty()) {
      xml_.attribute("selector", check.selector);
    }
  }
  if (check.negate) {
    xml_.attribute("negate", "true");
  }
  if (check.multiple && !check.complex) {
    xml_.attribute("multi-check", "true");
  }
  for (const RuleCheck& child : check.children) {
    write_check(child, nullptr);
  }
  if (!check.complex) {
    write_check_refs(check, used);
  }
  xml_.end();
}

void XccdfWriter::write_check_refs(const RuleCheck& check, const UsedDefinition* used) {
  for (const CheckExport& each : check.exports) {
    if (each.value != kNone) {
      xml_.begin("check-export");
      xml_.attribute("value-id", id_of("value", benchmark_.values[each.value].id));
      xml_.attribute("export-name", each.variable);
      xml_.end();
    }
  }
  for (const ContentRef& ref : check.refs) {
    const auto href = hrefs_.find(ref.document);
    xml_.begin("check-content-ref");
    xml_.attribute("href", href == hrefs_.end() ? uri_reference(ref.href) : href->second);
    if (!ref.name.empty()) {
      xml_.attribute("name", ref.name);
    } else if (used != nullptr) {
      const OvalDocument& document =
          texts_.assessment().evaluations()[used->evaluation]->document();
      xml_.attribute("name", document.definitions[used->definition].id);
    }
    xml_.end();
  }
}

// --- the result ----------------------------------------------------------------------------------

void XccdfWriter::write_test_result(bool alone) {
  const ReportInput& input = texts_.input();
  xml_.begin("TestResult");
  if (alone) {
    xml_.attribute("xmlns", kXccdfNamespace);
  }
  xml_.attribute("id", result_id());
  xml_.attribute("start-time", time_text(input.started));
  xml_.attribute("end-time", time_text(input.ended));
  xml_.attribute("version", benchmark_.version.empty() ? "unknown" : benchmark_.version);
  xml_.attribute("test-system", "cpe:/a:twoseal:twoseal:" + name_token(input.product_version));
  xml_.begin("benchmark");
  xml_.attribute("href", texts_.source().empty() ? "#" : uri_path(texts_.source()));
  xml_.attribute("id", id_of("benchmark", benchmark_.id));
  xml_.end();
  xml_.element("title", "Check of " + texts_.target() + " with " + texts_.profile_title());
  if (!selection_.profile.empty()) {
    xml_.begin("profile");
    xml_.attribute("idref", profile_id());
    xml_.end();
  }
  write_target();
  for (const Text platform : texts_.assessment().platforms()) {
    xml_.begin("platform");
    xml_.attribute("idref", platform);
    xml_.end();
  }
  write_set_values();
  for (const RuleOutcome& outcome : texts_.assessment().outcomes()) {
    write_rule_result(outcome);
  }
  write_score();
  xml_.end();
}

void XccdfWriter::write_target() {
  const ReportInput& input = texts_.input();
  xml_.element("target", texts_.target());
  for (const std::string& address : input.addresses) {
    xml_.element("target-address", address);
  }
  write_facts();
}

void XccdfWriter::write_facts() {
  const ReportInput& input = texts_.input();
  const auto fact = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) {
      xml_.begin("fact");
      xml_.attribute("name", name);
      xml_.attribute("type", "string");
      xml_.text(value);
      xml_.end();
    }
  };
  xml_.begin("target-facts");
  fact("urn:xccdf:fact:identifier", texts_.target());
  fact("urn:xccdf:fact:asset:identifier:host_name", input.host_name);
  fact("urn:xccdf:fact:asset:identifier:fqdn", input.fqdn);
  for (const std::string& address : input.addresses) {
    const bool six = address.find(':') != std::string::npos;
    fact(six ? "urn:xccdf:fact:asset:identifier:ipv6" : "urn:xccdf:fact:asset:identifier:ipv4",
         address);
  }
  for (const std::string& address : input.mac_addresses) {
    fact("urn:xccdf:fact:asset:identifier:mac", address);
  }
  fact("urn:xccdf:fact:scanner:name", "twoseal");
  fact("urn:xccdf:fact:scanner:version", input.product_version);
  fact("urn:twoseal:fact:content:name", input.content_name);
  fact("urn:twoseal:fact:content:digest", texts_.assessment().content().source.text());
  xml_.end();
}

void XccdfWriter::write_rule_result(const RuleOutcome& outcome) {
  const Rule& rule = texts_.rule(outcome);
  const SelectedRule& selected = texts_.selected(outcome);
  xml_.begin("rule-result");
  xml_.attribute("idref", id_of("rule", rule.id));
  xml_.attribute("role", word_of(selected.role));
  xml_.attribute("time", time_text(texts_.input().ended));
  xml_.attribute("severity", word_of(selected.severity));
  xml_.attribute("weight", short_decimal(selected.weight));
  if (!rule.version.empty()) {
    xml_.attribute("version", rule.version);
  }
  xml_.element("result", word_of(outcome.result));
  if (outcome.result != RuleResult::notselected) {
    for (const Ident& ident : rule.idents) {
      xml_.begin("ident");
      xml_.attribute("system", uri_reference(ident.system));
      xml_.text(ident.value);
      xml_.end();
    }
    write_messages(outcome);
  }
  write_checks_of(outcome);
  xml_.end();
}

void XccdfWriter::write_messages(const RuleOutcome& outcome) {
  const auto message = [&](std::string_view severity, std::string_view text) {
    xml_.begin("message");
    xml_.attribute("severity", severity);
    xml_.text(text);
    xml_.end();
  };
  if (const std::string why = texts_.why_of(outcome); !why.empty()) {
    message("info", why);
  }
  const Findings findings = collect_findings(texts_.assessment(), outcome, kMessagesMax);
  for (const FindingLine& line : findings.lines) {
    message(line.verdict == Verdict::no ? "info" : "warning", sentence_of(line));
  }
  if (findings.more > 0) {
    message("info", "and " + std::to_string(findings.more) + " more");
  }
}

void XccdfWriter::write_checks_of(const RuleOutcome& outcome) {
  const auto& checks = texts_.rule(outcome).checks;
  if (outcome.definitions.empty()) {
    const auto complex = std::find_if(
        checks.begin(), checks.end(), [](const RuleCheck& each) { return each.complex; });
    if (!checks.empty()) {
      write_check(complex == checks.end() ? checks.front() : *complex, nullptr);
    }
    return;
  }
  const UsedDefinition& used = outcome.definitions.front();
  const auto check = std::find_if(checks.begin(), checks.end(), [&](const RuleCheck& each) {
    return uses(each, used, texts_.assessment());
  });
  if (check == checks.end()) {
    return;
  }
  const OvalDocument* first = texts_.assessment().content().documents.data();
  for (const UsedDefinition& each : outcome.definitions) {
    const OvalDocument& document = texts_.assessment().evaluations()[each.evaluation]->document();
    if (links_) {
      hrefs_[static_cast<Index>(&document - first)] = "#oval" + std::to_string(each.evaluation);
    }
  }
  write_check(*check, outcome.definitions.size() == 1 ? &used : nullptr);
  hrefs_.clear();
}

void XccdfWriter::write_score() {
  xml_.begin("score");
  xml_.attribute("system", kScoring);
  xml_.attribute("maximum", "100.00");
  xml_.text(decimal_text(texts_.assessment().score(), 2));
  xml_.end();
}

}  // namespace twoseal::scap
