// For tests of the agent: a World whose documents and change a host in memory gets from its server.
#pragma once

#include <memory>
#include <string>

#include "agent/documents.h"
#include "base/check.h"
#include "cli/vectors/cases.h"
#include "codec/objects.h"
#include "system/memory/debian_host.h"

namespace twoseal::test {

/// The files of a World as a server sends them: without the memory of a host and what it asks.
inline Files sent(vectors::World& world) {
  Files files = world.seal();
  files.erase("state.json");
  files.erase("inputs.json");
  return files;
}

/// The same without the change and what belongs to it, as a contact brings them.
inline Files documents_of(Files files) {
  files.erase("change.json");
  return files;
}

/// What web-01 of a sealed World is.
inline HostIdentity identity_of(const vectors::World& world) {
  const auto& host = world.hosts.at("web-01");
  return {world.org(),
          world.host_id("web-01"),
          {host.key.pub.encoded(), host.versions.back().keys.tls}};
}

/// A Debian host in memory with the directory of an agent.
class AgentHost {
 public:
  AgentHost() {
    system->files().put_directory("/srv/web");
    check(home.prepare().has_value(), "the directory of the agent is there");
  }

  ManualClock clock{vectors::kNow + 600};
  std::unique_ptr<MemorySystem> system = make_debian_host("web-01", clock);
  AgentHome home{system->files(), "/var/lib/twoseal/agent"};
};

}  // namespace twoseal::test
