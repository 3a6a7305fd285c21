// Where files are looked for whose path is named or fits a pattern.
// Source: docs/conformance.md; the OVAL Language Specification is silent on it.
#pragma once

#include <string>
#include <string_view>

namespace twoseal::scap {

/// The directory in which everything that a pattern of paths can match lies. Paths begin with a
/// slash, so a pattern that does so too is meant to match from there.
[[nodiscard]] std::string start_of_pattern(std::string_view pattern);

/// A path as walks name it: without slashes at its end.
[[nodiscard]] std::string plain_start(std::string path);

/// Whether the pattern may match from the midst of a path on, so that no directory is in vain.
[[nodiscard]] bool may_match_anywhere(std::string_view pattern);

}  // namespace twoseal::scap
