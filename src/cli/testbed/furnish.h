// What makes a copy of the base root one host: name, keys, and the program under test.
#pragma once

#include <span>

#include "cli/testbed/place.h"

namespace twoseal::testbed {

/// Makes the key pair of the test bed when it is not there.
[[nodiscard]] Result<void> make_login_key(const Place& place, const Tools& tools);

/// Name, host key, and `binary` as /usr/bin/twoseal with the libraries that the host lacks and a
/// unit for the agent, which is not enabled. The root must be mounted. Errc::testbed_base_failed,
/// also when `twoseal --version` does not run there.
[[nodiscard]] Result<void> furnish(const Place& place,
                                   const Host& host,
                                   const std::string& binary,
                                   const Tools& tools);

/// Lets every host know the names of all, and `ssh -F DIR/ssh/config NAME` their addresses and
/// keys.
[[nodiscard]] Result<void> introduce(const Place& place, std::span<const Host> hosts);

}  // namespace twoseal::testbed
