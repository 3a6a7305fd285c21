// hosts.yaml: what hosts are called and which labels they have, to assignments.
// docs/formats/people-yaml.md.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "authoring/profile.h"
#include "authoring/table.h"
#include "model/assignment.h"

namespace twoseal::authoring {

struct HostsContext {
  Profile profile = Profile::team;
  Digest org;
  UnixSeconds now = 0;
  std::function<Bytes()> nonce;  ///< 16 random octets at each call
  /// Keys of hosts that hosts.yaml gives none for: from join requests, or made for a demo. May be
  /// empty; then every host names its keys.
  std::function<Result<HostKeys>(const std::string& name)> keys;
  const Roster* roster = nullptr;        ///< when given, components must be in it
  std::span<const Assignment> previous;  ///< the newest of each host, in any order
};

struct CompiledAssignment {
  Assignment assignment;
  Bytes bytes;              ///< canonical
  bool is_changed = false;  ///< false: the previous version still holds, to the byte
};

/// Compiles hosts.yaml; ascending by host. A host that nothing changed for keeps its assignment
/// unless it expires within 30 days; a changed one gets the next version. Errc::bad_yaml with every
/// problem and its place: names and keys that stand twice, unknown components, misspelt
/// environments.
[[nodiscard]] Result<std::vector<CompiledAssignment>> compile_hosts(const Source& source,
                                                                    const Reader& reader,
                                                                    const HostsContext& context);

}  // namespace twoseal::authoring
