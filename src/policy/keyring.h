// The keys of a roster, checked and found by their owner; and who holds which role.
#pragma once

#include <map>
#include <optional>
#include <set>

#include "base/id.h"
#include "base/result.h"
#include "crypto/public_key.h"
#include "model/roster.h"

namespace twoseal {

/// A key of the roster with what decides how its signatures count.
struct OwnedKey {
  PublicKey pub;
  KeyKind kind = KeyKind::ssh;
  Display display = Display::soft;
  std::optional<std::string> rp_id;
  std::optional<std::int64_t> until;
  bool compromised = false;
  bool login_only = false;
};

/// When a role is asked for: the signer's time and the place of the statement in the log.
struct RoleMoment {
  UnixSeconds at = 0;
  UnixSeconds entry_at = 0;
  std::int64_t index = 0;
};

/// Keeps a reference to the roster, which must outlive it.
class Keyring {
 public:
  /// Checks all that docs/formats/decision.md lists under R4 and indexes the keys. The error says
  /// which entry is wrong.
  [[nodiscard]] static Result<Keyring> build(const Roster& roster);

  /// The key `key` of person, service, timekeeper or root `by`; nullptr when it is not theirs.
  [[nodiscard]] const OwnedKey* find(const ActorId& by, const KeyId& key) const;

  [[nodiscard]] const Person* person(const ActorId& id) const;
  [[nodiscard]] const Service* service(const ActorId& id) const;

  /// Whether `actor` holds `role` at `moment`, by grant, ownership of a component, or as a deputy.
  [[nodiscard]] bool holds(const ActorId& actor,
                           const RoleId& role,
                           const RoleMoment& moment) const;

  /// The origin of relying party `rp_id`.
  [[nodiscard]] const std::string* origin(std::string_view rp_id) const;

  [[nodiscard]] const Roster& roster() const { return *roster_; }

 private:
  explicit Keyring(const Roster& roster) : roster_(&roster) {}

  Result<void> add_people();
  Result<void> add_services();
  Result<void> add_group(const KeyGroup& group, std::string_view prefix, std::string_view name);
  Result<void> add(const ActorId& by, const KeyId& id, OwnedKey key);
  [[nodiscard]] Result<void> check_person(const Person& person) const;
  [[nodiscard]] Result<void> check_components() const;
  [[nodiscard]] Result<void> check_origins() const;
  [[nodiscard]] bool holds_directly(const ActorId& actor,
                                    const RoleId& role,
                                    std::int64_t index) const;

  const Roster* roster_;
  std::map<KeyId, std::pair<ActorId, OwnedKey>> keys_;
  std::set<Bytes> points_;  // of every key in the roster
  std::map<ActorId, const Person*> people_;
  std::map<ActorId, const Service*> services_;
};

/// The display that a kind of key has; `application` decides for sk keys.
[[nodiscard]] Display display_of(KeyKind kind, std::string_view application);

}  // namespace twoseal
