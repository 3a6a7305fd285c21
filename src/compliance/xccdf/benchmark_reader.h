// Benchmarks, tailorings and dictionaries of platforms, read from XML.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "compliance/text_arena.h"
#include "compliance/xccdf/benchmark.h"
#include "compliance/xml.h"

namespace twoseal::scap {

/// Reads a `Benchmark` element. Texts point into the XML document or `texts`; both must outlive the
/// result. References to OVAL documents are left unresolved. `issues`: a line for each thing that
/// was not understood.
///
/// Formatted text becomes plain: paragraphs and lists keep their line ends, and a `sub` element is
/// written as octet 1, the id of the value, octet 2: see with_values().
///
/// Errc::bad_content with the line; Errc::too_large for groups, checks or platform tests nested
/// deeper than 64.
[[nodiscard]] Result<Benchmark> read_benchmark(const XmlNode& root,
                                               TextArena& texts,
                                               std::vector<std::string>& issues);

/// A `Tailoring` element: profiles that stand beside those of a benchmark.
struct Tailoring {
  Text id;
  Text version;
  Text benchmark;  ///< what it says it is for: an id or href; may be empty
  std::vector<Profile> profiles;
};

[[nodiscard]] Result<Tailoring> read_tailoring(const XmlNode& root, TextArena& texts);

/// A `cpe-list` element.
[[nodiscard]] Result<std::vector<CpeItem>> read_cpe_list(const XmlNode& root, TextArena& texts);

/// `text` with values in the place of their marks. `value`: the value of an id.
template <class ValueOf>
[[nodiscard]] std::string with_values(Text text, ValueOf value) {
  std::string filled;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t begin = text.find('\1', at);
    const std::size_t end = begin == Text::npos ? begin : text.find('\2', begin);
    if (end == Text::npos) {
      break;
    }
    filled += text.substr(at, begin - at);
    filled += value(text.substr(begin + 1, end - begin - 1));
    at = end + 1;
  }
  filled += text.substr(at);
  return filled;
}

}  // namespace twoseal::scap
