#include "policy/keyring.h"

#include <algorithm>
#include <set>

#include "base/limits.h"
#include "ledger/note.h"
#include "model/statement.h"

namespace twoseal {
namespace {

constexpr std::string_view kOwnApplication = "ssh:twoseal";
constexpr std::string_view kOwnerPrefix = "owner:";

std::unexpected<Error> refuse(std::string what) {
  return fail(Errc::refuse_r4, std::move(what));
}

Result<PublicKey> parse_key(KeyKind kind, BytesView pub) {
  TWOSEAL_TRY(PublicKey key,
              kind == KeyKind::passkey ? PublicKey::parse_spki(pub) : PublicKey::parse_ssh(pub));
  const bool fits = kind == KeyKind::passkey      ? key.is_passkey()
                    : kind == KeyKind::sk         ? key.is_sk()
                    : kind == KeyKind::local_file ? key.type() == KeyType::ssh_ed25519
                                                  : !key.is_sk();
  if (!fits) {
    return refuse("its kind does not fit its public key");
  }
  return key;
}

}  // namespace

Display display_of(KeyKind kind, std::string_view application) {
  const bool own = kind == KeyKind::sk && application == kOwnApplication;
  return kind == KeyKind::passkey             ? Display::portal
         : kind == KeyKind::local_file || own ? Display::local
                                              : Display::soft;
}

Result<Keyring> Keyring::build(const Roster& roster) {
  Keyring ring(roster);
  TWOSEAL_TRY_VOID(ring.check_origins());
  TWOSEAL_TRY_VOID(ring.add_people());
  TWOSEAL_TRY_VOID(ring.add_services());
  TWOSEAL_TRY_VOID(ring.add_group(roster.root, "root:", "root"));
  TWOSEAL_TRY_VOID(ring.add_group(roster.timekeepers, "t:", "timekeepers"));
  TWOSEAL_TRY_VOID(ring.check_components());
  for (const std::string& vkey : roster.log.vkeys) {
    const auto key = NoteKey::parse(vkey);
    if (!key || key->name() != roster.log.origin) {
      return refuse("a key of the log is not a vkey of its origin");
    }
    if (!ring.points_.insert(key->key().point()).second) {
      return refuse("a key of the log stands twice, perhaps in another form");
    }
  }
  if (roster.prev.has_value() != (roster.version > 1)) {
    return refuse("prev stands in every version but the first");
  }
  return ring;
}

Result<void> Keyring::add(const ActorId& by, const KeyId& id, OwnedKey key) {
  if (key.pub.id() != id) {
    return refuse(by.text() + ": the key id is not that of its key");
  }
  // One private key can stand as a plain key, as a security key and as a passkey, with three ids;
  // the point is the same in all of them.
  if (!points_.insert(key.pub.point()).second ||
      !keys_.emplace(id, std::pair(by, std::move(key))).second) {
    return refuse(by.text() + ": key " + id.text() + " stands twice, perhaps in another form");
  }
  return {};
}

Result<void> Keyring::check_person(const Person& person) const {
  if (actor_kind(person.id) != ActorKind::person) {
    return refuse("'" + person.id.text() + "' is not the id of a person");
  }
  std::set<RoleId> roles;
  for (const RoleGrant& grant : person.roles) {
    if (!roles.insert(grant.role).second) {
      return refuse(person.id.text() + ": role " + grant.role.text() + " stands twice");
    }
  }
  if (person.deputy && (person.deputy->of == person.id || !people_.contains(person.deputy->of))) {
    return refuse(person.id.text() + ": is deputy for somebody who is not in the roster");
  }
  return {};
}

Result<void> Keyring::add_people() {
  for (const Person& person : roster_->people) {
    if (!people_.emplace(person.id, &person).second) {
      return refuse(person.id.text() + " stands twice");
    }
  }
  for (const Person& person : roster_->people) {
    TWOSEAL_TRY_VOID(check_person(person));
    for (const RosterKey& key : person.keys) {
      auto parsed = parse_key(key.kind, key.pub);
      if (!parsed) {
        return refuse(person.id.text() + ": key " + key.id.text() + ": " + parsed.error().what);
      }
      const bool passkey = key.kind == KeyKind::passkey;
      if (key.rp_id.has_value() != passkey || (passkey && origin(*key.rp_id) == nullptr)) {
        return refuse(person.id.text() +
                      ": a passkey, and only a passkey, names an rp_id that has an origin");
      }
      const Display display = display_of(key.kind, parsed->application());
      TWOSEAL_TRY_VOID(add(person.id,
                           key.id,
                           {*std::move(parsed),
                            key.kind,
                            display,
                            key.rp_id,
                            key.until,
                            key.compromised,
                            key.login_only}));
    }
  }
  return {};
}

Result<void> Keyring::add_services() {
  for (const Service& service : roster_->services) {
    if (actor_kind(service.id) != ActorKind::service ||
        !services_.emplace(service.id, &service).second) {
      return refuse("'" + service.id.text() + "' is not the id of a service, or stands twice");
    }
    auto key = parse_key(KeyKind::ssh, service.pub);
    if (!key) {
      return refuse(service.id.text() + ": " + key.error().what);
    }
    const KeyId id = key->id();
    OwnedKey owned;
    owned.pub = *std::move(key);
    owned.until = service.until;
    TWOSEAL_TRY_VOID(add(service.id, id, std::move(owned)));
  }
  return {};
}

Result<void> Keyring::add_group(const KeyGroup& group,
                                std::string_view prefix,
                                std::string_view name) {
  if (group.threshold > static_cast<std::int64_t>(group.keys.size())) {
    return refuse(std::string(name) + ": the threshold is above the number of keys");
  }
  for (const BareKey& bare : group.keys) {
    auto key = PublicKey::parse_ssh(bare.pub);
    if (!key) {
      return refuse(std::string(name) + ": key " + bare.id.text() + ": " + key.error().what);
    }
    const ActorId by = ActorId::parse(std::string(prefix) + bare.id.text()).value();
    OwnedKey owned;
    owned.kind = key->is_sk() ? KeyKind::sk : KeyKind::ssh;
    owned.pub = *std::move(key);
    TWOSEAL_TRY_VOID(add(by, bare.id, std::move(owned)));
  }
  return {};
}

Result<void> Keyring::check_components() const {
  std::set<ComponentId> ids;
  for (const Component& component : roster_->components) {
    if (!ids.insert(component.id).second) {
      return refuse("component " + component.id.text() + " stands twice");
    }
    for (const ActorId& owner : component.owners) {
      if (!people_.contains(owner)) {
        return refuse("component " + component.id.text() + ": owner " + owner.text() +
                      " is not in the roster");
      }
    }
  }
  return {};
}

Result<void> Keyring::check_origins() const {
  std::set<std::string_view> ids;
  for (const WebOrigin& one : roster_->origins) {
    if (!ids.insert(one.rp_id).second) {
      return refuse("rp id " + one.rp_id + " stands twice");
    }
  }
  return {};
}

const OwnedKey* Keyring::find(const ActorId& by, const KeyId& key) const {
  const auto found = keys_.find(key);
  return found != keys_.end() && found->second.first == by ? &found->second.second : nullptr;
}

const Person* Keyring::person(const ActorId& id) const {
  const auto found = people_.find(id);
  return found != people_.end() ? found->second : nullptr;
}

const Service* Keyring::service(const ActorId& id) const {
  const auto found = services_.find(id);
  return found != services_.end() ? found->second : nullptr;
}

const std::string* Keyring::origin(std::string_view rp_id) const {
  for (const WebOrigin& one : roster_->origins) {
    if (one.rp_id == rp_id) {
      return &one.origin;
    }
  }
  return nullptr;
}

bool Keyring::holds_directly(const ActorId& actor, const RoleId& role, std::int64_t index) const {
  if (const Service* found = service(actor)) {
    return std::binary_search(found->roles.begin(), found->roles.end(), role);
  }
  const Person* found = person(actor);
  if (found == nullptr) {
    return false;
  }
  const bool granted = std::any_of(found->roles.begin(), found->roles.end(), [&](const auto& one) {
    return one.role == role && index < one.until.value_or(limits::kIntegerMax);
  });
  if (granted || !role.text().starts_with(kOwnerPrefix)) {
    return granted;
  }
  const std::string_view id = std::string_view(role.text()).substr(kOwnerPrefix.size());
  return std::any_of(
      roster_->components.begin(), roster_->components.end(), [&](const Component& component) {
        return component.id.text() == id &&
               std::binary_search(component.owners.begin(), component.owners.end(), actor);
      });
}

bool Keyring::holds(const ActorId& actor, const RoleId& role, const RoleMoment& moment) const {
  if (holds_directly(actor, role, moment.index)) {
    return true;
  }
  const Person* found = person(actor);
  return found != nullptr && found->deputy && found->deputy->from <= moment.at &&
         moment.entry_at <= found->deputy->to + limits::kClockSkew &&
         holds_directly(found->deputy->of, role, moment.index);
}

}  // namespace twoseal
