// The registry in the file of the store. Many writers at once share one transaction and one sync.
#pragma once

#include <memory>
#include <string>

#include "storage/registry.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/suspicion.h"

namespace twoseal {

/// Over `connection`, which writes the migrated database at `path`. `suspicion`: shared with the
/// store of the same file.
[[nodiscard]] std::unique_ptr<Registry> make_sqlite_registry(
    const std::string& path,
    sqlite::Connection connection,
    std::shared_ptr<sqlite::Suspicion> suspicion);

}  // namespace twoseal
