// Words of the OVAL language and the values that stand for them.
#pragma once

#include <optional>
#include <string_view>

#include "compliance/oval/definitions.h"

namespace twoseal::scap {

/// Whether the boolean is `true` or `1`; anything else is false.
[[nodiscard]] bool is_true(std::string_view word);

/// Nothing when the language has no such word. `word`: as in the attributes of a document.
[[nodiscard]] std::optional<Datatype> datatype_of(std::string_view word);
[[nodiscard]] std::optional<Operation> operation_of(std::string_view word);
[[nodiscard]] std::optional<Check> check_of(std::string_view word);
[[nodiscard]] std::optional<Existence> existence_of(std::string_view word);
[[nodiscard]] std::optional<Operator> operator_of(std::string_view word);
[[nodiscard]] std::optional<SetOperator> set_operator_of(std::string_view word);
[[nodiscard]] std::optional<TimeFormat> time_format_of(std::string_view word);
[[nodiscard]] std::optional<DefinitionClass> definition_class_of(std::string_view word);
[[nodiscard]] std::optional<ComponentKind> function_of(std::string_view element);

[[nodiscard]] std::string_view word_of(Datatype value);
[[nodiscard]] std::string_view word_of(Operation value);
[[nodiscard]] std::string_view word_of(Check value);
[[nodiscard]] std::string_view word_of(Existence value);
[[nodiscard]] std::string_view word_of(Operator value);
[[nodiscard]] std::string_view word_of(DefinitionClass value);

}  // namespace twoseal::scap
