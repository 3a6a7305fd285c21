#include "compliance/oval/oval_words.h"

#include <utility>

namespace twoseal::scap {
namespace {

template <class Value>
struct Word {
  std::string_view word;
  Value value;
};

template <class Value, std::size_t N>
std::optional<Value> find(const Word<Value> (&words)[N], std::string_view word) {
  for (const auto& each : words) {
    if (each.word == word) {
      return each.value;
    }
  }
  return std::nullopt;
}

template <class Value, std::size_t N>
std::string_view find(const Word<Value> (&words)[N], Value value) {
  for (const auto& each : words) {
    if (each.value == value) {
      return each.word;
    }
  }
  return {};
}

constexpr Word<Datatype> kDatatypes[] = {
    {"string", Datatype::string},
    {"int", Datatype::integer},
    {"boolean", Datatype::boolean},
    {"float", Datatype::floating},
    {"version", Datatype::version},
    {"evr_string", Datatype::evr},
    {"debian_evr_string", Datatype::debian_evr},
    {"ipv4_address", Datatype::ipv4_address},
    {"ipv6_address", Datatype::ipv6_address},
    {"binary", Datatype::binary},
    {"fileset_revision", Datatype::fileset_revision},
    {"ios_version", Datatype::ios_version},
    {"record", Datatype::record},
};

constexpr Word<Operation> kOperations[] = {
    {"equals", Operation::equals},
    {"not equal", Operation::not_equal},
    {"case insensitive equals", Operation::case_insensitive_equals},
    {"case insensitive not equal", Operation::case_insensitive_not_equal},
    {"greater than", Operation::greater},
    {"less than", Operation::less},
    {"greater than or equal", Operation::greater_or_equal},
    {"less than or equal", Operation::less_or_equal},
    {"bitwise and", Operation::bitwise_and},
    {"bitwise or", Operation::bitwise_or},
    {"pattern match", Operation::pattern_match},
    {"subset of", Operation::subset_of},
    {"superset of", Operation::superset_of},
};

constexpr Word<Check> kChecks[] = {
    {"all", Check::all},
    {"at least one", Check::at_least_one},
    {"none exist", Check::none_exist},
    {"none satisfy", Check::none_satisfy},
    {"only one", Check::only_one},
};

constexpr Word<Existence> kExistences[] = {
    {"all_exist", Existence::all_exist},
    {"any_exist", Existence::any_exist},
    {"at_least_one_exists", Existence::at_least_one_exists},
    {"none_exist", Existence::none_exist},
    {"only_one_exists", Existence::only_one_exists},
};

constexpr Word<Operator> kOperators[] = {
    {"AND", Operator::conjunction},
    {"OR", Operator::disjunction},
    {"ONE", Operator::exactly_one},
    {"XOR", Operator::odd},
};

constexpr Word<SetOperator> kSetOperators[] = {
    {"UNION", SetOperator::set_union},
    {"INTERSECTION", SetOperator::intersection},
    {"COMPLEMENT", SetOperator::complement},
};

constexpr Word<TimeFormat> kTimeFormats[] = {
    {"year_month_day", TimeFormat::year_month_day},
    {"month_day_year", TimeFormat::month_day_year},
    {"day_month_year", TimeFormat::day_month_year},
    {"win_filetime", TimeFormat::win_filetime},
    {"seconds_since_epoch", TimeFormat::seconds_since_epoch},
    {"cim_datetime", TimeFormat::cim_datetime},
};

constexpr Word<DefinitionClass> kClasses[] = {
    {"compliance", DefinitionClass::compliance},
    {"inventory", DefinitionClass::inventory},
    {"miscellaneous", DefinitionClass::miscellaneous},
    {"patch", DefinitionClass::patch},
    {"vulnerability", DefinitionClass::vulnerability},
};

constexpr Word<ComponentKind> kFunctions[] = {
    {"literal_component", ComponentKind::literal},
    {"object_component", ComponentKind::object},
    {"variable_component", ComponentKind::variable},
    {"arithmetic", ComponentKind::arithmetic},
    {"begin", ComponentKind::begin},
    {"concat", ComponentKind::concat},
    {"count", ComponentKind::count},
    {"end", ComponentKind::end},
    {"escape_regex", ComponentKind::escape_regex},
    {"glob_to_regex", ComponentKind::glob_to_regex},
    {"merge", ComponentKind::merge},
    {"regex_capture", ComponentKind::regex_capture},
    {"split", ComponentKind::split},
    {"substring", ComponentKind::substring},
    {"time_difference", ComponentKind::time_difference},
    {"unique", ComponentKind::unique},
};

}  // namespace

bool is_true(std::string_view word) {
  return word == "true" || word == "1";
}

std::optional<Datatype> datatype_of(std::string_view word) {
  return find(kDatatypes, word);
}

std::optional<Operation> operation_of(std::string_view word) {
  return find(kOperations, word);
}

std::optional<Check> check_of(std::string_view word) {
  return find(kChecks, word);
}

std::optional<Existence> existence_of(std::string_view word) {
  return find(kExistences, word);
}

std::optional<Operator> operator_of(std::string_view word) {
  return find(kOperators, word);
}

std::optional<SetOperator> set_operator_of(std::string_view word) {
  return find(kSetOperators, word);
}

std::optional<TimeFormat> time_format_of(std::string_view word) {
  return find(kTimeFormats, word);
}

std::optional<DefinitionClass> definition_class_of(std::string_view word) {
  return find(kClasses, word);
}

std::optional<ComponentKind> function_of(std::string_view element) {
  return find(kFunctions, element);
}

std::string_view word_of(Datatype value) {
  return find(kDatatypes, value);
}

std::string_view word_of(Operation value) {
  return find(kOperations, value);
}

std::string_view word_of(Check value) {
  return find(kChecks, value);
}

std::string_view word_of(Existence value) {
  return find(kExistences, value);
}

std::string_view word_of(Operator value) {
  return find(kOperators, value);
}

std::string_view word_of(DefinitionClass value) {
  return find(kClasses, value);
}

}  // namespace twoseal::scap
