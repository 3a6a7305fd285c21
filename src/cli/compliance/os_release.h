// What a host says it is: os-release(5).
#pragma once

#include <string>

#include "compliance/families/host.h"

namespace twoseal::cli {

/// Empty where the host does not say.
struct OsRelease {
  std::string id;       ///< `debian`
  std::string name;     ///< `Debian GNU/Linux`
  std::string version;  ///< `12`
};

[[nodiscard]] OsRelease os_release(const scap::InspectedHost& host);

}  // namespace twoseal::cli
