// The registry in memory: for tests and simulations. Lost with the process.
#pragma once

#include "storage/registry.h"

namespace twoseal {

[[nodiscard]] std::unique_ptr<Registry> make_memory_registry();

}  // namespace twoseal
