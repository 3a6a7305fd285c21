// Values of items and how they compare with what a state or object asks for.
// Source: OVAL Language Specification 5.11, §4.5 (datatypes), §5.3.6.3 (operations).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "compliance/oval/definitions.h"
#include "compliance/oval/verdict.h"
#include "compliance/regex.h"

namespace twoseal::scap {

/// One value: of an integer or boolean in `number` (then `text` may be empty), else in `text`.
struct ItemValue {
  Datatype datatype = Datatype::string;
  std::int64_t number = 0;
  std::string text;
  bool is_number = false;  ///< `number` holds it

  [[nodiscard]] static ItemValue of(std::string_view text) {
    return {Datatype::string, 0, std::string(text), false};
  }

  [[nodiscard]] static ItemValue of_integer(std::int64_t number) {
    return {Datatype::integer, number, {}, true};
  }

  [[nodiscard]] static ItemValue of_boolean(bool value) {
    return {Datatype::boolean, value ? 1 : 0, {}, true};
  }

  /// As it is written in documents.
  [[nodiscard]] std::string written() const;

  bool operator==(const ItemValue& other) const;
};

/// What a value is compared with, made ready once for many comparisons.
struct Wanted {
  ItemValue value;
  std::string text;                    ///< the value as it is written
  std::optional<std::int64_t> number;  ///< of an integer that fits
  std::shared_ptr<const Regex> regex;  ///< of a pattern that is one
};

[[nodiscard]] Wanted make_wanted(Datatype datatype,
                                 Operation operation,
                                 ItemValue value,
                                 RegexCache& regexes);

/// Compares `found` with `wanted` as values of `datatype`. Yes, no, or error: when one of them is
/// no value of the datatype, the datatype does not have the operation, or a regular expression is
/// no good or was cut off. `wanted`: made for the same datatype and operation.
[[nodiscard]] Verdict compare(Datatype datatype,
                              Operation operation,
                              const ItemValue& found,
                              const Wanted& wanted);

/// The same for a text.
[[nodiscard]] Verdict compare(Operation operation, std::string_view found, const Wanted& wanted);

/// Less than, equal to or greater than 0. Both are versions of their kind already.
[[nodiscard]] int compare_evr(std::string_view a, std::string_view b);
[[nodiscard]] int compare_debian_evr(std::string_view a, std::string_view b);

}  // namespace twoseal::scap
