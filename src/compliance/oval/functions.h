// The functions of OVAL's local variables, over values that were found already.
// Source: OVAL Language Specification 5.11, §4.3.19 to §4.3.33; where content counts on what
// scanners do (docs/conformance.md), as they do it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "compliance/oval/definitions.h"
#include "compliance/oval/matcher.h"

namespace twoseal::scap {

/// No variable has more values, or more octets of text in them all; a function that would make more
/// is an error.
inline constexpr std::size_t kValuesMax = 1'000'000;
inline constexpr std::size_t kValuesOctetsMax = std::size_t{64} << 20U;

/// What the function of `component` makes of its arguments. `now`: seconds since 1970, for the
/// difference to now. Errors (a pattern that is none, too many values) are in the flag and `why`.
[[nodiscard]] VariableValues apply_function(const Component& component,
                                            std::vector<VariableValues> arguments,
                                            std::int64_t now,
                                            RegexCache& regexes);

/// The flag of two collections taken together (a union).
[[nodiscard]] Flag united(Flag a, Flag b);

/// The regular expression of a shell pattern. `noescape`: a backslash stands for itself.
[[nodiscard]] std::string regex_of_glob(std::string_view glob, bool noescape);

/// Seconds since 1970 of a date in the format, as UTC; nothing when it is none.
[[nodiscard]] std::optional<std::int64_t> seconds_of(std::string_view date, TimeFormat format);

}  // namespace twoseal::scap
