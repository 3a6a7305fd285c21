// What a benchmark (XCCDF 1.1, 1.2) says, as plain values: groups, rules, values, profiles, and the
// platforms that they are for. Texts point into the content that they were read from.
// Source: NISTIR 7275 revision 4.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compliance/oval/definitions.h"

namespace twoseal::scap {

enum class Severity : std::uint8_t { unknown, info, low, medium, high };

enum class Role : std::uint8_t { full, unscored, unchecked };

enum class ValueType : std::uint8_t { string, number, boolean };

/// One answer of a value, chosen by its selector; the empty selector is the default.
struct ValueChoice {
  Text selector;
  std::vector<Text> values;
};

struct Value {
  Text id;
  Text title;
  ValueType type = ValueType::string;
  Operation op = Operation::equals;
  std::vector<ValueChoice> choices;
};

/// A text with a name that others refer to: `release-info`, `terms-of-use`.
struct NamedText {
  Text id;
  Text text;
};

struct Reference {
  Text href;
  Text text;
};

struct Ident {
  Text system;
  Text value;
};

/// Where the verdict of a check comes from. `document`: kNone when the content has no such
/// document, or that one no definition of the `name`; then `definition` is kNone too. A document
/// without a definition is meant as a whole, and has no `name`.
struct ContentRef {
  Text href;
  Text name;
  Index document = kNone;
  Index definition = kNone;
};

struct CheckExport {
  Index value = kNone;
  Text variable;  ///< id of the external variable
};

/// A check, or an operator over several.
struct RuleCheck {
  Text system;
  Text selector;
  bool negate = false;
  bool multiple = false;
  std::vector<CheckExport> exports;
  std::vector<ContentRef> refs;
  bool complex = false;
  Operator op = Operator::conjunction;
  std::vector<RuleCheck> children;
};

struct Fix {
  Text system;
  Text id;
  Text text;
};

/// What groups and rules have in common. `requires`: lists of which one item each must be selected.
struct BenchmarkItem {
  Text id;
  Text title;
  Text description;
  Text version;
  Text version_time;
  Text cluster;          ///< a second name, which several items may share
  Index parent = kNone;  ///< a group
  bool selected = true;
  bool hidden = false;
  double weight = 1.0;
  std::vector<Text> platforms;
  std::vector<std::vector<Text>> needs;
  std::vector<Text> conflicts;
};

struct Group : BenchmarkItem {
  Text rationale;
};

struct Rule : BenchmarkItem {
  Severity severity = Severity::unknown;
  Role role = Role::full;
  Text rationale;
  Text fix_text;
  Text warning;
  std::vector<Ident> idents;
  std::vector<Reference> references;
  std::vector<RuleCheck> checks;
  std::vector<Fix> fixes;
};

struct Select {
  Text item;
  bool selected = true;
};

struct RefineValue {
  Text value;
  Text selector;
  std::optional<Operation> op;
};

struct SetValue {
  Text value;
  std::vector<Text> values;
};

struct RefineRule {
  Text rule;
  std::optional<Text> selector;
  std::optional<Severity> severity;
  std::optional<double> weight;
  std::optional<Role> role;
};

/// Adjustments to a benchmark, in the order of the document.
struct Profile {
  Text id;
  Text title;
  Text description;
  Text extends;
  std::vector<Select> selects;
  std::vector<RefineValue> refine_values;
  std::vector<SetValue> set_values;
  std::vector<RefineRule> refine_rules;
};

/// A condition over platforms (CPE language): names of facts, and OVAL definitions.
struct PlatformTest {
  Operator op = Operator::conjunction;
  bool negate = false;
  std::vector<Text> facts;
  std::vector<ContentRef> checks;
  std::vector<PlatformTest> children;
};

struct Platform {
  Text id;
  Text title;
  PlatformTest test;
};

/// A row of the dictionary: a name and the definition that finds it on a host.
struct CpeItem {
  Text name;
  Text title;
  ContentRef check;
};

struct Benchmark {
  Text id;
  Text title;
  Text version;
  Text status;
  Text description;
  std::vector<NamedText> notices;
  Text front_matter;
  Text rear_matter;
  std::vector<NamedText> plain_texts;
  std::vector<Text> platforms;
  std::vector<Platform> platform_tests;
  std::vector<Group> groups;  ///< those above others first
  std::vector<Rule> rules;    ///< in the order of the document
  std::vector<Value> values;
  std::vector<Profile> profiles;
};

/// The CAT of DISA's guides: `I`, `II`, `III` for high, medium, low; empty otherwise.
[[nodiscard]] std::string_view category_of(Severity severity);

[[nodiscard]] std::string_view word_of(Severity severity);
[[nodiscard]] std::string_view word_of(Role role);
[[nodiscard]] std::optional<Severity> severity_of(std::string_view word);
[[nodiscard]] std::optional<Role> role_of(std::string_view word);

}  // namespace twoseal::scap
