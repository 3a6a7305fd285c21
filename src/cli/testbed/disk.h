// The roots of hosts: overlays over one base root, on an ext4 file system of their own, so that
// what watches the files of a host sees this host only and not the machine.
#pragma once

#include "cli/testbed/place.h"

namespace twoseal::testbed {

/// Mounts the disk of the test bed with the base root out of `base` (a tar), making both when they
/// are not there. Errc::testbed_refused when the kernel does not mount it;
/// Errc::testbed_base_failed.
[[nodiscard]] Result<void> raise_disk(const Place& place,
                                      const std::string& base,
                                      const Tools& tools);

/// Mounts the root of a host. `true` when it was never mounted before: then it is as the base root
/// and waits to be made a host.
[[nodiscard]] Result<bool> raise_root(const Place& place, const Host& host, const Tools& tools);

/// Unmounts all of it. Errc::testbed_stuck.
[[nodiscard]] Result<void> release_disk(const Place& place, const Tools& tools);

}  // namespace twoseal::testbed
