// For tests and benches: an organisation with software keys that signs whatever it is asked to,
// while a server follows.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "crypto/private_key.h"
#include "model/assignment.h"
#include "model/change.h"
#include "model/fresh.h"
#include "model/plan.h"
#include "model/policy.h"
#include "model/roster.h"
#include "model/statement.h"

namespace twoseal {

inline constexpr UnixSeconds kLiveStart = 1'795'420'800;

/// A record and the objects that come with it, as they are sent to a server.
struct LiveSigned {
  Digest statement;
  Bytes record;
  std::vector<Bytes> objects;
};

struct LiveHost {
  HostId id;
  std::string name;
  Assignment assignment;
};

/// A change with its state and plan.
struct LiveChange {
  Change change;
  Bytes bytes;
  Digest digest;
  std::vector<Bytes> objects;  ///< the change, its state, its plan
};

/// Amara (security officer and lead, local key), Bo and Noor (engineering leads), Chen (IT manager,
/// local key), Dana (devops lead, local key), Eve and Finn (executors), Leo and Lea (authors), Omar
/// (auditor); the service `ci`. Eve has a key `eve-login` too. Changes in prod need a security lead
/// and an engineering lead, elsewhere an engineering lead. Noor owns the component `web`.
class LiveOrganisation {
 public:
  explicit LiveOrganisation(std::size_t prod_hosts = 2, std::size_t test_hosts = 1);

  /// `who`: amara, root-1, timekeeper, or the name of a host.
  [[nodiscard]] LiveSigned sign(const std::string& who,
                                Act act,
                                ObjType type,
                                const Digest& object,
                                UnixSeconds at,
                                const std::string& role = "") const;

  /// `object` with the objects that its statement needs.
  [[nodiscard]] LiveSigned sign_object(const std::string& who,
                                       Act act,
                                       ObjType type,
                                       const Bytes& object,
                                       UnixSeconds at,
                                       const std::string& role = "") const;

  /// Roster, policy, restrictions and batches, signed by as many as it takes, in their order.
  [[nodiscard]] std::vector<LiveSigned> genesis() const;

  /// A change of one file on all prod hosts: the first one alone, then the others; by Leo. `name`
  /// makes it another one. `scope` may be given.
  [[nodiscard]] LiveChange make_change(const std::string& name,
                                       const std::string& scope = "web-motd") const;

  /// The same after `change` was edited.
  [[nodiscard]] LiveChange finish(const LiveChange& from) const;

  [[nodiscard]] LiveSigned author(const LiveChange& change, UnixSeconds at) const;

  /// A result of `host`. `rollback`: entry of the request that it carried out.
  [[nodiscard]] LiveSigned result(const LiveHost& host,
                                  const Digest& change,
                                  const std::string& phase,
                                  const std::string& outcome,
                                  UnixSeconds at,
                                  std::optional<std::int64_t> rollback = {}) const;

  [[nodiscard]] const PrivateKey& key(const std::string& who) const { return *keys_.at(who); }

  [[nodiscard]] const LiveHost& host(const std::string& name) const;

  /// The TLS key of a host, of the server (`server`), or its spare.
  [[nodiscard]] static PrivateKey tls_key(const std::string& who);

  /// A batch of the assignments of `env` with its members, signed by those whom the policy asks
  /// for.
  [[nodiscard]] std::vector<LiveSigned> batch(const std::string& env, UnixSeconds at) const;

  Roster roster;
  std::int64_t roster_held = 1;  ///< by all signers; of a statement on a roster, its version
  Digest org;
  Policy policy;
  Restrictions restrictions;
  std::vector<LiveHost> hosts;  ///< prod-1, prod-2 …, test-1 …

 private:
  void add_person(const std::string& name, KeyKind kind, std::vector<std::string> roles);
  [[nodiscard]] std::string id_of(const std::string& who) const;

  std::map<std::string, std::shared_ptr<const PrivateKey>> keys_;
};

}  // namespace twoseal
