// Paths of a change that lead elsewhere on this host. The signed bytes name them as they are
// written; where links take them, only the host knows.
#pragma once

#include <string>
#include <vector>

#include "model/change.h"
#include "model/plan.h"
#include "system/files.h"

namespace twoseal {

/// Judges each resource whose path leads through links by where it leads. Errc::refuse_c5 when that
/// belongs to the agent, `own_paths` included; Errc::refuse_s6 when it has an effect that `change`
/// does not declare; errors of `files`.
[[nodiscard]] Result<void> check_behind_links(const std::vector<const Resource*>& resources,
                                              const Change& change,
                                              const std::vector<std::string>& own_paths,
                                              const FileSystem& files);

}  // namespace twoseal
