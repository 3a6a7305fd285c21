// Files of a host that say otherwise than a change would, and whose word counts instead.
#pragma once

#include <optional>
#include <string>

#include "compliance/families/host.h"
#include "model/plan.h"

namespace twoseal::cli {

/// Where another file says otherwise and counts before (sshd_config.d) or behind (sysctl.d), or
/// that nobody reads the file (sudoers.d without an includedir); nothing when the resource has its
/// effect. What cannot be read is told as if it said otherwise.
[[nodiscard]] std::optional<std::string> said_elsewhere(const scap::InspectedHost& host,
                                                        const Resource& resource);

}  // namespace twoseal::cli
