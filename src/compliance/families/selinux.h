// Whether SELinux is at work on a host.
#pragma once

#include "compliance/families/host.h"

namespace twoseal::scap {

/// Whether the kernel of the host shows its SELinux below the root.
[[nodiscard]] bool has_selinux(const InspectedHost& host);

}  // namespace twoseal::scap
