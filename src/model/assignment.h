// Assignments: what a host is called, which labels it has, which keys it holds.
// docs/formats/assignment.md.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/id.h"

namespace twoseal {

struct HostKeys {
  Bytes age;   ///< X25519 public key, 32 octets
  Bytes id;    ///< SSH wire blob of the identity key
  Digest tls;  ///< SHA-256 of the SPKI DER of the TLS key
};

/// A target without an agent of its own, reached through a runner.
struct Workspace {
  std::vector<ComponentId> components;
  Name data_class;
  Name env;
  Name id;
};

struct Assignment {
  std::vector<ComponentId> components;
  Name data_class;
  Name env;
  UnixSeconds expires = 0;
  std::vector<Name> groups;
  HostId host;
  HostKeys keys;
  std::map<std::string, std::string> labels;
  std::string name;
  Bytes nonce;
  Digest org;
  std::optional<Digest> prev;
  std::int64_t version = 0;
  std::optional<std::vector<Workspace>> workspaces;
};

/// The signed root over the digests of all assignments of one environment.
struct Batch {
  Name env;
  Digest org;
  Digest root;
};

/// The assignments of one batch, ascending: the leaves of its tree. Nobody signs it; its root does.
struct BatchList {
  std::vector<Digest> assignments;
  Digest org;
};

}  // namespace twoseal
