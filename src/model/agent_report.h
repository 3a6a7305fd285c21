// What a host says about itself between changes. docs/formats/report.md.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/id.h"
#include "model/plan.h"

namespace twoseal {

/// How a scope was found: as its change left it; otherwise; put back; or it could not be.
enum class ScopeCondition { drift, failed, ok, repaired };

/// One resource that is not as its change left it. `diff`: old is what the change left, new is what
/// is there.
struct DriftedResource {
  std::vector<DiffLine> diff;
  bool hidden = false;  ///< `private`: the content is not shown because not everybody may read it
  std::string res;
};

struct ScopeReport {
  Digest change;  ///< last applied to the scope
  std::vector<DriftedResource> drift;
  std::int64_t more = 0;  ///< further resources that drifted and are not listed
  ScopeId scope;
  ScopeCondition state = ScopeCondition::ok;
};

struct AgentReport {
  UnixSeconds at = 0;
  std::string boot;  ///< the kernel's boot id
  std::int64_t counter = 0;
  HostId host;
  Bytes nonce;
  Digest org;
  std::vector<ScopeReport> scopes;
};

}  // namespace twoseal
