// Where the database of rpm lies on a host, and what is in it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compliance/families/query.h"
#include "system/rpm_book.h"

namespace twoseal::scap {

/// An open database and its packages.
struct RpmDatabase {
  std::string directory;
  std::vector<RpmPackage> packages;
};

/// Nothing when there is none, or it cannot be read: then why is noted, not applicable where there
/// is none.
[[nodiscard]] std::optional<RpmDatabase> open_rpm_database(const InspectedHost& host,
                                                           Collection& to);

/// The text of an epoch: `(none)` when the package has none.
[[nodiscard]] std::string epoch_text(const RpmPackage& package);

/// `0:1.2-3`, without an epoch the same as with 0.
[[nodiscard]] std::string evr_text(const RpmPackage& package);

/// `bash-0:5.1.8-6.el9.x86_64`
[[nodiscard]] std::string extended_name(const RpmPackage& package);

/// `(none)` for what has none.
[[nodiscard]] std::string arch_text(const RpmPackage& package);

}  // namespace twoseal::scap
