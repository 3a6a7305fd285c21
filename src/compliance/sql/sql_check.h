// A check that no OVAL test expresses: a question in SQL over the facts of a host. Each row that it
// gives is something that is not as it should be; no row means that all is well.
#pragma once

#include <string>
#include <vector>

#include "compliance/oval/definitions.h"

namespace twoseal::scap {

/// The check system of benchmarks that such checks have.
inline constexpr Text kSqlSystem = "urn:twoseal:check:sql";

/// `ask`: one SELECT. Its columns `expected`, `found`, `path` and `line` make a finding; of others
/// nothing is said. `needs`: ids of values without which there is no answer. `files`, `settings`:
/// paths that the tables of these names show, the last part with `*` in it if need be.
struct SqlCheck {
  Text id;
  Text ask;
  std::vector<Text> needs;
  std::vector<Text> files;
  std::vector<Text> settings;
};

}  // namespace twoseal::scap
