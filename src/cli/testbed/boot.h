// Hosts as processes: started by systemd-nspawn, asked from outside, stopped.
#pragma once

#include <optional>
#include <span>

#include "cli/testbed/place.h"

namespace twoseal::testbed {

/// The process of systemd-nspawn that runs the host; nothing when it does not run. A process that
/// only has the number of an earlier one is not taken for it.
[[nodiscard]] std::optional<int> nspawn_of(const Place& place, const Host& host);

/// PID 1 of the host, by its number here; nothing before it is the host's own systemd.
[[nodiscard]] std::optional<int> leader_of(const Place& place, const Host& host);

/// `command` as it is called to run inside the host, as root, with a clean environment.
[[nodiscard]] std::vector<std::string> inside(int leader, const std::vector<std::string>& command);

/// Errc::testbed_refused when this kernel does not give us namespaces or control groups.
[[nodiscard]] Result<void> check_kernel(const Tools& tools);

/// Starts a host whose root is mounted and whose network is there. Does not wait.
[[nodiscard]] Result<void> boot(const Place& place, const Host& host, const Tools& tools);

/// Waits until systemd says that the host runs and sshd greets. Errc::testbed_boot_failed after
/// some time, with what is wrong; the end of the console log was told then.
[[nodiscard]] Result<void> wait_until_up(const Place& place, const Host& host, const Tools& tools);

/// Stops hosts, all at once: as a machine is switched off, and by force what does not end in time.
/// Removes what the kernel kept of them. Errc::testbed_stuck when processes are left.
[[nodiscard]] Result<void> stop(const Place& place,
                                std::span<const Host> hosts,
                                const Tools& tools);

}  // namespace twoseal::testbed
