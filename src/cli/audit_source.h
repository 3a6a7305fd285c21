// What an audit reads, out of a store.
#pragma once

#include <map>
#include <vector>

#include "audit/audit.h"
#include "storage/store.h"

namespace twoseal::cli {

struct StoreSource {
  AuditSource source;
  std::vector<std::string> ignored;  ///< what cannot be read, and is missed only where it is named
};

/// The first `size` entries of `store`, which must outlive what is returned, with all that they
/// name. Not for two threads at once. Errors of the store.
[[nodiscard]] Result<StoreSource> audit_source(const Store& store, std::uint64_t size);

}  // namespace twoseal::cli
