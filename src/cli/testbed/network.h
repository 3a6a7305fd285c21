// The network of a test bed in the kernel: a bridge with an address of the machine, and a network
// namespace per host with a link into it. Nothing is forwarded: hosts reach each other and the
// machine.
#pragma once

#include "cli/testbed/place.h"

namespace twoseal::testbed {

/// Errc::testbed_subnet when something else has taken the subnet meanwhile; Errc::testbed_refused.
[[nodiscard]] Result<void> raise_bridge(const Place& place, const Tools& tools);

/// The namespace and link of a host that does not run, made anew: what is there may be half made.
/// Errc::testbed_refused.
[[nodiscard]] Result<void> raise_link(const Place& place, const Host& host, const Tools& tools);

/// Removes the bridge and every namespace of the test bed, those of forgotten hosts too.
[[nodiscard]] Result<void> release_network(const Place& place, const Tools& tools);

}  // namespace twoseal::testbed
