// What an audit reads, out of a store.
#pragma once

#include <map>
#include <vector>

#include "audit/audit.h"
#include "storage/store.h"

namespace twoseal::cli {

/// The first `size` entries of `store`, which must outlive what is returned, with all that they
/// name. Not for two threads at once. Errors of the store, and of lists of batches that cannot be
/// read.
[[nodiscard]] Result<AuditSource> audit_source(const Store& store, std::uint64_t size);

}  // namespace twoseal::cli
