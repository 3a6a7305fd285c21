// The numbers of running processes.
#pragma once

#include <cstdint>
#include <vector>

#include "compliance/families/query.h"

namespace twoseal::scap {

/// Whether processes of the kernel that runs belong to the root; notes to `to` when they do not.
[[nodiscard]] bool has_processes(const InspectedHost& host, Collection& to);

/// Ascending. Notes to `to` when they cannot be listed.
[[nodiscard]] std::vector<std::int64_t> running_processes(const InspectedHost& host,
                                                          Collection& to);

}  // namespace twoseal::scap
