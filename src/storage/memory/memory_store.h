// The store in memory: for tests and simulations. Lost with the process.
#pragma once

#include "storage/store.h"

namespace twoseal {

/// An empty store. Its lease is judged by the given times alone.
[[nodiscard]] std::unique_ptr<Store> make_memory_store();

}  // namespace twoseal
