// The control group of each host: everything that runs in a host is in it, so that nothing can be
// forgotten when the host is stopped.
#pragma once

#include <string>

#include "base/result.h"

namespace twoseal::testbed {

/// Makes the group `name` below the root of control groups (version 2), wherever that is mounted,
/// and gives its directory. Errc::testbed_refused.
[[nodiscard]] Result<std::string> make_control_group(const std::string& name);

/// Kills what is in it. `false` when there is no such group or it was empty.
[[nodiscard]] Result<bool> kill_control_group(const std::string& name);

/// Removes the empty group with all groups within, in every hierarchy. Errc::testbed_stuck when
/// processes are left in it after some seconds.
[[nodiscard]] Result<void> remove_control_group(const std::string& name);

}  // namespace twoseal::testbed
