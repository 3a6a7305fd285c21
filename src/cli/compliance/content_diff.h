// What differs between two contents: the rules, with what they test, and what profiles and values
// make of them.
#pragma once

#include <string>
#include <vector>

#include "compliance/content/content.h"

namespace twoseal::cli {

enum class Changed : std::uint8_t { removed, altered, added };

struct ContentChange {
  Changed how = Changed::altered;
  std::string kind;  ///< `rule`, `profile`, `value` or `benchmark`
  std::string id;
  std::string what;  ///< the title, or what of it was altered: `severity, check`
};

/// A benchmark and the content that it is of. Both must outlive it.
struct DiffSide {
  const scap::Content& content;
  const scap::Benchmark& benchmark;
};

/// Rules first, those that are gone or altered in the order of the first side, then new ones; then
/// profiles and values in the same way; at last the platforms of the benchmark. Empty when both
/// test the same in the same words.
[[nodiscard]] std::vector<ContentChange> diff_contents(const DiffSide& before,
                                                       const DiffSide& after);

}  // namespace twoseal::cli
