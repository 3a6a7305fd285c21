// Selectors: `env=prod role=web name=web-*`. docs/formats/change-yaml.md.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/assignment.h"
#include "model/change.h"

namespace twoseal::authoring {

/// A host matches a term when it matches one of its values.
struct SelectorTerm {
  std::string key;
  std::vector<std::string> values;
};

/// A host matches a selector when it matches every term.
struct Selector {
  std::string text;
  std::vector<SelectorTerm> terms;
};

/// Terms are divided by spaces, values by commas; `*` stands for any characters. A term without
/// `=` is a name. At most 4,096 bytes, 32 terms and 256 values. Errc::bad_yaml.
[[nodiscard]] Result<Selector> parse_selector(std::string_view text);

/// The hosts that match, ascending by id. `assignments`: the newest of each host, in any order.
///
/// Keys: `name`, `env`, `data_class`, `group`, `component`, and any other is a signed label. Errc::
/// bad_yaml when nothing matches, when a name without `*` is no host's, or when a name or a host
/// stands twice among the assignments.
[[nodiscard]] Result<std::vector<TargetHost>> select_hosts(const Selector& selector,
                                                           std::span<const Assignment> assignments);

}  // namespace twoseal::authoring
