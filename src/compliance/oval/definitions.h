// What an OVAL document says, as plain values: definitions, tests, objects, states, variables.
// Texts point into the content that they were read from; references are indices of its lists.
// Source: the OVAL Language Specification 5.11.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "compliance/oval/entity.h"

namespace twoseal::scap {

using Text = std::string_view;
using Index = std::uint32_t;
inline constexpr Index kNone = ~Index{0};

enum class Datatype : std::uint8_t {
  string,
  integer,
  boolean,
  floating,
  version,
  evr,
  debian_evr,
  ipv4_address,
  ipv6_address,
  binary,
  fileset_revision,
  ios_version,
  record,
};

enum class Operation : std::uint8_t {
  equals,
  not_equal,
  case_insensitive_equals,
  case_insensitive_not_equal,
  greater,
  less,
  greater_or_equal,
  less_or_equal,
  bitwise_and,
  bitwise_or,
  pattern_match,
  subset_of,
  superset_of,
};

enum class Check : std::uint8_t { all, at_least_one, none_exist, none_satisfy, only_one };

enum class Existence : std::uint8_t {
  all_exist,
  any_exist,
  at_least_one_exists,
  none_exist,
  only_one_exists,
};

enum class Operator : std::uint8_t { conjunction, disjunction, exactly_one, odd };

/// One entity of an object or state, or one field of a record. `nil`: xsi:nil, nothing is asked.
/// `variable`: where its values come from, instead of `value`.
struct Entity {
  EntityName name = EntityName::unknown;
  Text spelled;  ///< as the document spells it: of fields and of names that nobody knows
  Datatype datatype = Datatype::string;
  Operation operation = Operation::equals;
  Check variable_check = Check::all;
  Check entity_check = Check::all;
  Existence existence = Existence::at_least_one_exists;  ///< of a state: check_existence
  bool mask = false;
  bool nil = false;
  Text value;
  Index variable = kNone;
  std::vector<Entity> fields;  ///< of a record
};

struct Filter {
  Index state = kNone;
  bool include = false;
};

enum class SetOperator : std::uint8_t { set_union, intersection, complement };

struct ObjectSet {
  SetOperator op = SetOperator::set_union;
  std::vector<ObjectSet> sets;
  std::vector<Index> objects;
  std::vector<Filter> filters;
};

struct Object {
  Text id;
  Text comment;
  Family family = Family::unknown;
  std::vector<Entity> entities;
  std::vector<std::pair<Text, Text>> behaviors;  ///< name and value of each attribute
  std::vector<Filter> filters;
  std::optional<ObjectSet> set;
};

struct State {
  Text id;
  Text comment;
  Family family = Family::unknown;
  Operator op = Operator::conjunction;
  std::vector<Entity> entities;
};

struct Test {
  Text id;
  Text comment;
  Family family = Family::unknown;
  Check check = Check::all;
  Existence existence = Existence::at_least_one_exists;
  Operator state_op = Operator::conjunction;
  Index object = kNone;
  std::vector<Index> states;
};

enum class ComponentKind : std::uint8_t {
  literal,
  object,
  variable,
  arithmetic,
  begin,
  concat,
  count,
  end,
  escape_regex,
  glob_to_regex,
  merge,
  regex_capture,
  split,
  substring,
  time_difference,
  unique,
};

enum class TimeFormat : std::uint8_t {
  year_month_day,
  month_day_year,
  day_month_year,
  win_filetime,
  seconds_since_epoch,
  cim_datetime,
};

/// How a local variable gets its values: a tree of functions.
struct Component {
  ComponentKind kind = ComponentKind::literal;
  Datatype datatype = Datatype::string;  ///< of a literal
  Text text;          ///< of a literal; characters, delimiter, pattern of a function
  Index ref = kNone;  ///< object or variable
  EntityName field = EntityName::unknown;
  Text record_field;
  bool multiply = false;     ///< arithmetic: else add
  bool noescape = false;     ///< glob_to_regex
  std::int64_t start = 1;    ///< substring
  std::int64_t length = -1;  ///< substring
  TimeFormat format_1 = TimeFormat::year_month_day;
  TimeFormat format_2 = TimeFormat::year_month_day;
  std::vector<Component> children;
};

enum class VariableKind : std::uint8_t { constant, external, local };

/// A value that an external variable may have: one of `value`, or within all `bounds`.
struct Restriction {
  Operation op = Operation::equals;
  Text value;
};

struct Variable {
  Text id;
  Text comment;
  VariableKind kind = VariableKind::constant;
  Datatype datatype = Datatype::string;
  std::vector<Text> values;
  std::optional<Component> component;
  std::vector<Text> possible_values;
  std::vector<std::vector<Restriction>> possible_restrictions;
};

enum class CriteriaKind : std::uint8_t { criteria, test, definition };

struct Criteria {
  CriteriaKind kind = CriteriaKind::criteria;
  Operator op = Operator::conjunction;
  bool negate = false;
  bool applicability = false;
  Text comment;
  Index ref = kNone;  ///< test or definition
  std::vector<Criteria> children;
};

enum class DefinitionClass : std::uint8_t {
  compliance,
  inventory,
  miscellaneous,
  patch,
  vulnerability,
};

struct Definition {
  Text id;
  Text title;
  Text version;
  DefinitionClass kind = DefinitionClass::compliance;
  bool deprecated = false;
  std::optional<Criteria> criteria;
};

/// One OVAL document.
struct OvalDocument {
  Text name;  ///< as benchmarks and dictionaries refer to it
  std::vector<Definition> definitions;
  std::vector<Test> tests;
  std::vector<Object> objects;
  std::vector<State> states;
  std::vector<Variable> variables;
};

}  // namespace twoseal::scap
