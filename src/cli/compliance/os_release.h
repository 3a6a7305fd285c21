// What a host says it is: os-release(5).
#pragma once

#include <string>
#include <vector>

#include "compliance/families/host.h"

namespace twoseal::cli {

/// Empty where the host does not say.
struct OsRelease {
  std::string id;                 ///< `debian`
  std::string name;               ///< `Debian GNU/Linux`
  std::string version;            ///< `12`
  std::vector<std::string> like;  ///< ids of systems that it is made from, the nearest first
};

/// From /etc/os-release, or from /usr/lib/os-release where there is none.
[[nodiscard]] OsRelease os_release(const scap::InspectedHost& host);

}  // namespace twoseal::cli
