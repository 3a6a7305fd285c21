// What the log of a host says of the scopes that it looks after, from one look to the next.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "model/agent_report.h"

namespace twoseal {

/// Not for two threads at once.
class ScopeLog {
 public:
  /// A line for each scope of which there is news since the last look: every repair, whether it got
  /// through or not; drift and failures once, until they are others; and when all is well again.
  [[nodiscard]] std::vector<std::string> lines(const std::vector<ScopeReport>& reports);

 private:
  std::map<ScopeId, std::string> last_;  ///< of scopes that are not ok
};

}  // namespace twoseal
