// For tests: an agent's directory on a host in memory.
#pragma once

#include <doctest/doctest.h>

#include "agent/home.h"
#include "tests/support/test_hosts.h"

namespace twoseal::test {

/// The directory is `/agent`, and prepared.
struct MemoryHome {
  MemoryHome() {
    host.system.files().put_directory("/agent", 0700);
    REQUIRE(home.prepare().has_value());
  }

  MemoryHost host;
  AgentHome home{host.files(), "/agent"};
};

}  // namespace twoseal::test
