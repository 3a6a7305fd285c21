// Everything that one data stream, or a benchmark with the files beside it, says: what `content
// add` makes out of XML and what a check runs on.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/id.h"
#include "compliance/oval/definitions.h"
#include "compliance/sql/sql_check.h"
#include "compliance/xccdf/benchmark.h"

namespace twoseal::scap {

/// Texts point into what `keeps` keeps alive. References between parts are indices that were
/// checked: each is kNone or within its list.
struct Content {
  std::string source_name;  ///< the file name, without its directory
  Digest source;            ///< over the bytes of the XML that it was made of
  std::vector<Benchmark> benchmarks;
  std::vector<CpeItem> dictionary;
  std::vector<OvalDocument> documents;
  std::vector<SqlCheck> sql_checks;  ///< of what this program brings itself; never of a file
  std::vector<std::string> issues;   ///< what was not understood when it was made
  std::shared_ptr<const void> keeps;
};

/// Errc::bad_content when a reference leads out of its list, a check has an operator that
/// benchmarks do not have, or more than kChainMax things rely on each other in a row: which
/// compiled bytes of a stranger could say.
[[nodiscard]] Result<void> check_references(const Content& content);

}  // namespace twoseal::scap
