// The organisation that the pages under docs/formats show: every object once, each naming the
// others by their digests.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"

namespace twoseal::formats {

/// One object as a page shows it.
struct Example {
  std::string name;  ///< of the golden file and of the marker in the page: `roster-v1`
  std::string page;  ///< `roster.md`
  Bytes bytes;       ///< canonical
};

/// All examples. Nothing in them is random, so they are the same on every machine.
[[nodiscard]] std::vector<Example> make_examples();

}  // namespace twoseal::formats
