// Which statements are valid, and who holds which role.
#pragma once

#include "ledger/merkle.h"
#include "model/statement.h"
#include "tests/reference/facts_model.h"
#include "tests/reference/signature_model.h"

namespace twoseal::reference {

/// The section "Which statements are valid" of docs/formats/decision.md.
class Statements : public Facts {
 protected:
  using Facts::Facts;

  static bool event_fits(const Statement& statement, Event event) {
    switch (statement.act) {
      case Act::author:
        return event == Event::authored;
      case Act::approve:
        return event == Event::approved;
      case Act::reject:
        return event == Event::rejected;
      case Act::signoff:
        return event == Event::signed_off && statement.obj_type == ObjType::change;
      case Act::release:
        return event == Event::released;
      case Act::rollback:
        return event == Event::rolled_back;
      case Act::withdraw:
        return event == Event::withdrawn;
      case Act::attest:
        return event == Event::attested;
      case Act::lift:
        return event == Event::lifted;
      case Act::login:
      case Act::plan:
        return false;
      case Act::sign:
        break;
    }
    switch (statement.obj_type) {
      case ObjType::policy:
        return event == Event::policy;
      case ObjType::restrictions:
        return event == Event::restrictions;
      case ObjType::assignments:
        return event == Event::assignments;
      case ObjType::stop:
        return event == Event::stopped;
      case ObjType::result:
        return event == Event::applied || event == Event::rolled_back || event == Event::refused ||
               event == Event::stale || event == Event::interrupted;
      default:
        return false;
    }
  }

  static bool needs_entry(const Statement& statement) {
    switch (statement.obj_type) {
      case ObjType::roster:
      case ObjType::fresh:
      case ObjType::plan_request:
      case ObjType::plan_answer:
      case ObjType::report:
      case ObjType::session:
        return false;
      default:
        return true;
    }
  }

  static bool needs_local_key(const Statement& statement) {
    return statement.obj_type == ObjType::policy || statement.obj_type == ObjType::restrictions ||
           statement.obj_type == ObjType::assignments || statement.act == Act::lift;
  }

  // The entry of the statement with this digest, when it is proven.
  [[nodiscard]] std::optional<Place> place_of(const Digest& statement) const {
    const auto proof = in_.inclusions.find(statement);
    if (proof == in_.inclusions.end() || !checkpoint_) {
      return std::nullopt;
    }
    const InclusionProof& one = proof->second;
    auto entry = codec::decode<LedgerEntry>(one.entry, limits::kEntryMax);
    const bool proven = entry && one.index >= 0 &&
                        one.size == static_cast<std::int64_t>(checkpoint_->size) &&
                        verify_inclusion(leaf_hash(one.entry),
                                         static_cast<std::uint64_t>(one.index),
                                         checkpoint_->size,
                                         one.path,
                                         checkpoint_->root);
    if (!proven || entry->org != inputs_.org || entry->seq != one.index ||
        entry->stmt != statement) {
      return std::nullopt;
    }
    return Place{one.index, *std::move(entry)};
  }

  [[nodiscard]] const Person* find_person(const ActorId& id) const {
    for (const Person& person : roster_->people) {
      if (person.id == id) {
        return &person;
      }
    }
    return nullptr;
  }

  // Whether the person holds the role by a grant or as an owner.
  [[nodiscard]] bool holds_itself(const ActorId& id, const RoleId& role, std::int64_t index) const {
    const Person* person = find_person(id);
    if (person == nullptr) {
      return false;
    }
    for (const RoleGrant& grant : person->roles) {
      if (grant.role == role && (!grant.until || index < *grant.until)) {
        return true;
      }
    }
    for (const Component& component : roster_->components) {
      if (role.text() == "owner:" + component.id.text() &&
          std::find(component.owners.begin(), component.owners.end(), id) !=
              component.owners.end()) {
        return true;
      }
    }
    return false;
  }

  [[nodiscard]] bool holds(const ActorId& id,
                           const RoleId& role,
                           UnixSeconds at,
                           const Place& place) const {
    if (holds_itself(id, role, place.index)) {
      return true;
    }
    const Person* person = find_person(id);
    return person != nullptr && person->deputy && person->deputy->from <= at &&
           place.entry.at <= person->deputy->to + limits::kClockSkew &&
           holds_itself(person->deputy->of, role, place.index);
  }

  [[nodiscard]] bool holds(const Valid& one, const RoleId& role) const {
    return holds(one.from->statement.by, role, one.from->statement.at, one.place);
  }

  // Whether the signer acts in `role`: names it, or names none and holds it.
  [[nodiscard]] bool acts_as(const Valid& one, const RoleId& role) const {
    const Statement& statement = one.from->statement;
    return (statement.role.empty() || statement.role == role) && holds(one, role);
  }

  // The statement as valid, or nothing. `entries`: whether it must be in the log.
  [[nodiscard]] std::optional<Valid> judge(const Signed& one,
                                           bool entries = true,
                                           bool newer_roster = false) const {
    const Statement& statement = one.statement;
    Valid valid;
    valid.from = &one;
    if (!is_allowed(statement.obj_type, statement.act, actor_kind(statement.by)) ||
        (statement.roster > roster_->version && !newer_roster)) {
      return std::nullopt;
    }
    if (needs_entry(statement) && entries) {
      const auto place = place_of(one.digest);
      if (!place || place->entry.by != statement.by || place->entry.obj != statement.obj ||
          !event_fits(statement, place->entry.ev) || place->index < statement.seen.size ||
          statement.at < place->entry.at - limits::kDay ||
          statement.at > place->entry.at + limits::kClockSkew ||
          statement.at > hi_ + limits::kClockSkew) {
        return std::nullopt;
      }
      valid.place = *place;
    } else if (needs_entry(statement) && statement.at > hi_ + limits::kClockSkew) {
      return std::nullopt;
    } else {
      valid.place.index = 0;
      valid.place.entry.at = statement.at;
    }
    const bool signed_well = actor_kind(statement.by) == ActorKind::person    ? judge_person(valid)
                             : actor_kind(statement.by) == ActorKind::service ? judge_service(valid)
                                                                              : judge_bare(valid);
    if (!signed_well ||
        (needs_local_key(statement) && !roster_->demo && valid.display != Display::local)) {
      return std::nullopt;
    }
    return valid;
  }

  bool judge_person(Valid& valid) const {
    const Statement& statement = valid.from->statement;
    const Person* person = find_person(statement.by);
    if (person == nullptr) {
      return false;
    }
    for (const RosterKey& key : person->keys) {
      if (key.id != statement.key) {
        continue;
      }
      const auto pub = parse_key(key);
      std::string origin;
      for (const WebOrigin& one : roster_->origins) {
        origin = key.rp_id == one.rp_id ? one.origin : origin;
      }
      const auto facts = verify(*pub, key.rp_id.value_or(""), origin, *valid.from);
      if (!facts || key.compromised || key.login_only ||
          (key.until && valid.place.index >= *key.until) ||
          (!statement.role.empty() &&
           !holds(statement.by, statement.role, statement.at, valid.place))) {
        return false;
      }
      valid.kind = key.kind;
      valid.display = display_of(key.kind, *pub);
      valid.user_verified =
          key.kind == KeyKind::local_file || (key.kind != KeyKind::ssh && facts->user_verified);
      valid.backup_eligible = facts->backup_eligible;
      return true;
    }
    return false;
  }

  bool judge_service(Valid& valid) const {
    const Statement& statement = valid.from->statement;
    for (const Service& service : roster_->services) {
      if (service.id != statement.by) {
        continue;
      }
      const auto pub = PublicKey::parse_ssh(service.pub);
      return pub && pub->id() == statement.key && verify(*pub, "", "", *valid.from) &&
             (!service.until || valid.place.index < *service.until) &&
             (statement.role.empty() ||
              std::find(service.roles.begin(), service.roles.end(), statement.role) !=
                  service.roles.end());
    }
    return false;
  }

  // Hosts, root keys and timekeepers.
  bool judge_bare(Valid& valid) const {
    const Statement& statement = valid.from->statement;
    std::optional<Bytes> blob;
    std::string prefix;
    if (actor_kind(statement.by) == ActorKind::host) {
      prefix = "h:";
      const auto host = HostId::parse(statement.by.text());
      const auto folder = host ? in_.hosts.find(*host) : in_.hosts.end();
      if (folder != in_.hosts.end() && !folder->second.versions.empty()) {
        blob = folder->second.versions.rbegin()->second.value.keys.id;
      }
    } else {
      const bool root = actor_kind(statement.by) == ActorKind::root;
      prefix = root ? "root:" : "t:";
      for (const BareKey& key : root ? roster_->root.keys : roster_->timekeepers.keys) {
        if (key.id == statement.key) {
          blob = key.pub;
        }
      }
    }
    const auto pub = blob ? PublicKey::parse_ssh(*blob) : fail(Errc::bad_key, "no such key");
    return pub && pub->id() == statement.key &&
           statement.by.text() == prefix + statement.key.text() && statement.role.empty() &&
           verify(*pub, "", "", *valid.from);
  }

  // All valid statements that do `act` to the object `obj` of type `type`.
  [[nodiscard]] std::vector<Valid> valid_on(ObjType type,
                                            Act act,
                                            const Digest& obj,
                                            bool entries = true) const {
    std::vector<Valid> result;
    for (const auto& [digest, one] : in_.statements) {
      if (one.statement.obj_type == type && one.statement.act == act && one.statement.obj == obj) {
        const auto valid = judge(one, entries);
        // On a document or a lift, taken back is as good as never given.
        if (valid && !(needs_local_key(one.statement) && is_taken_back(one, entries))) {
          result.push_back(*valid);
        }
      }
    }
    return result;
  }

  [[nodiscard]] bool is_taken_back(const Signed& one, bool entries = true) const {
    return std::any_of(in_.statements.begin(), in_.statements.end(), [&](const auto& other) {
      const Statement& statement = other.second.statement;
      return statement.act == Act::withdraw && statement.obj == one.digest &&
             statement.by == one.statement.by && judge(other.second, entries).has_value();
    });
  }
};

}  // namespace twoseal::reference
