// The roster: who exists, with which keys and roles. docs/formats/roster.md.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/id.h"

namespace twoseal {

/// How a key is held; its display (portal, soft, local) follows from it.
enum class KeyKind { local_file, passkey, sk, ssh };

/// What a signature by a key shows: only `local` counts toward min_local.
enum class Display { portal, soft, local };

struct RosterKey {
  bool compromised = false;
  KeyId id;
  KeyKind kind = KeyKind::ssh;
  Bytes pub;  ///< SSH wire blob; SPKI DER for a passkey
  std::optional<std::string> rp_id;
  std::optional<std::int64_t> until;  ///< log size: statements at or above it do not count
  bool login_only = false;
};

struct RoleGrant {
  RoleId role;
  std::optional<std::int64_t> until;
};

/// Holds the roles of `of` from `from` to `to`.
struct Deputy {
  ActorId of;
  UnixSeconds from = 0;
  UnixSeconds to = 0;
};

struct Person {
  std::optional<Deputy> deputy;
  std::vector<std::string> git;
  ActorId id;
  std::vector<RosterKey> keys;
  std::vector<RoleGrant> roles;
};

struct Service {
  ActorId id;
  Bytes pub;
  std::vector<RoleId> roles;
  std::optional<std::int64_t> until;
};

/// A key that belongs to nobody's person entry: root or timekeeper.
struct BareKey {
  KeyId id;
  Bytes pub;
};

struct KeyGroup {
  std::vector<BareKey> keys;
  std::int64_t threshold = 0;
};

enum class ComponentType { app, infrastructure, it, network };

/// A part of the estate. `owns`: prefixes of paths, or `unit:` and `package:` names, that belong to
/// it.
struct Component {
  ComponentId id;
  std::vector<ActorId> owners;
  std::vector<std::string> owns;
  ComponentType type = ComponentType::app;
};

struct LogKeys {
  std::string origin;
  std::vector<std::string> vkeys;
};

struct WebOrigin {
  std::string origin;
  std::string rp_id;
};

struct Roster {
  std::vector<Component> components;
  bool demo = false;
  UnixSeconds expires = 0;
  UnixSeconds issued = 0;
  LogKeys log;
  std::optional<Digest> names;
  Bytes nonce;
  std::optional<Digest> org;  ///< absent (an empty text) in version 1
  std::vector<WebOrigin> origins;
  std::vector<Person> people;
  std::int64_t policy_threshold = 0;
  std::optional<Digest> prev;
  KeyGroup root;
  std::vector<Digest> server_spki;
  std::vector<Service> services;
  KeyGroup timekeepers;
  std::int64_t version = 0;
  std::int64_t witness_min = 0;
  std::vector<std::string> witnesses;
};

}  // namespace twoseal
