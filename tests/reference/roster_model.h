// Rosters, freshness and the times.
#pragma once

#include "tests/reference/statement_model.h"

namespace twoseal::reference {

/// Steps 3 and 4, and the section "Time".
class Rosters : public Statements {
 protected:
  using Statements::Statements;

  // Steps 3 and 4 and the time, which need each other.
  void check_roster_and_fresh() {
    check_roster();
    if (forgets_time_) {
      floor_ = roster_->issued;
    }
    hi_ = std::max(inputs_.clock, floor_);
    lo_ = inputs_.clock;
    const bool roster_stands = causes_.empty();
    if (!roster_stands) {
      return;
    }
    const bool signed_well = in_.fresh && is_fresh_signed();
    const bool future = signed_well && in_.fresh->value.at > inputs_.clock + limits::kDay;
    if (signed_well && !future) {
      floor_ = std::max(floor_, in_.fresh->value.at);
      hi_ = std::max(inputs_.clock, floor_);
      lo_ = std::min(inputs_.clock, in_.fresh->value.at);
    }
    if (hi_ >= roster_->expires) {
      refuse(3, Errc::refuse_r3);
      return;
    }
    if (!signed_well || future) {
      refuse(4, Errc::refuse_f1);
      return;
    }
    check_fresh(in_.fresh->value);
    leave_lowest_step();
  }

  void check_roster() {
    const auto& rosters = in_.rosters;
    if (rosters.empty()) {
      refuse(3, Errc::refuse_r1);
      return;
    }
    const auto remembered = in_.state ? in_.state->roster : std::nullopt;
    const auto newest = std::prev(rosters.end());
    const std::int64_t first = remembered ? remembered->version : 1;
    const auto start = rosters.find(first);
    if (newest->first < first || start == rosters.end() || !is_linked(rosters) ||
        !is_short(rosters, remembered)) {
      // Without the version before, nobody can say whose signatures the next one needs.
      refuse(3, Errc::refuse_r2);
    }
    if (remembered && start != rosters.end() && start->second.digest != remembered->digest) {
      refuse(3, Errc::refuse_r5);
    }
    if (!causes_.empty()) {
      return;
    }
    for (auto at = rosters.begin(); at != rosters.end(); ++at) {
      const Held<Roster>* before = at == rosters.begin() ? nullptr : &std::prev(at)->second;
      demand(is_content_right(at->second.value, before), 3, Errc::refuse_r4);
      if (remembered && at->first <= first) {
        continue;
      }
      demand(
          before == nullptr || is_root_signed(at->second, before->value.root), 3, Errc::refuse_r1);
      demand(is_root_signed(at->second, at->second.value.root), 3, Errc::refuse_r1);
    }
    if (!causes_.empty()) {
      return;
    }
    roster_ = &newest->second.value;
    const Roster& from = start->second.value;
    forgets_policies_ = lost_all_keys(from, *roster_, "security-officer");
    forgets_assignment_ =
        lost_all_keys(from, *roster_, "devops-lead") || lost_all_keys(from, *roster_, "it-manager");
    forgets_time_ = lost_all_timekeepers(from, *roster_);
  }

  // Versions without a gap, each naming the one before.
  template <class T>
  static bool is_linked(const Chain<T>& chain) {
    for (auto at = chain.begin(); at != chain.end(); ++at) {
      if (at != chain.begin() && (at->first != std::prev(at)->first + 1 ||
                                  at->second.value.prev != std::prev(at)->second.digest)) {
        return false;
      }
    }
    return true;
  }

  template <class T>
  static bool is_short(const Chain<T>& chain, const std::optional<VersionRef>& remembered) {
    const auto count = static_cast<std::int64_t>(limits::kChainMax);
    return remembered ? chain.rbegin()->first - remembered->version <= count
                      : static_cast<std::int64_t>(chain.size()) <= count;
  }

  bool is_root_signed(const Held<Roster>& roster, const KeyGroup& root) const {
    std::set<KeyId> signers;
    for (const BareKey& key : root.keys) {
      const auto pub = PublicKey::parse_ssh(key.pub);
      for (const auto& [digest, one] : in_.statements) {
        const Statement& statement = one.statement;
        if (statement.obj_type == ObjType::roster && statement.act == Act::sign &&
            statement.obj == roster.digest && statement.roster == roster.value.version &&
            statement.by.text() == "root:" + key.id.text() && statement.key == key.id &&
            statement.role.empty() && pub && pub->id() == key.id && verify(*pub, "", "", one)) {
          signers.insert(key.id);
        }
      }
    }
    return static_cast<std::int64_t>(signers.size()) >= root.threshold;
  }

  static bool fits_kind(const RosterKey& key, const PublicKey& pub) {
    switch (key.kind) {
      case KeyKind::sk:
        return pub.is_sk();
      case KeyKind::passkey:
        return pub.is_passkey();
      case KeyKind::local_file:
        return pub.type() == KeyType::ssh_ed25519;
      case KeyKind::ssh:
        return pub.type() == KeyType::ssh_ed25519 || pub.type() == KeyType::ssh_ecdsa_p256;
    }
    return false;
  }

  static bool is_content_right(const Roster& roster, const Held<Roster>* before) {
    std::set<Bytes> points;
    std::set<KeyId> key_ids;
    std::set<std::string> ids;
    std::set<std::string> components;
    std::set<ActorId> people;
    bool right = true;
    const auto add = [&](const Result<PublicKey>& pub, const KeyId* id) {
      right = right && pub && points.insert(pub->point()).second &&
              key_ids.insert(pub->id()).second && (id == nullptr || pub->id() == *id);
    };
    std::set<std::string> rp_ids;
    for (const WebOrigin& origin : roster.origins) {
      right = right && rp_ids.insert(origin.rp_id).second;
    }
    for (const Person& person : roster.people) {
      right = right && actor_kind(person.id) == ActorKind::person &&
              ids.insert(person.id.text()).second;
      people.insert(person.id);
      std::set<RoleId> roles;
      for (const RoleGrant& grant : person.roles) {
        right = right && roles.insert(grant.role).second;
      }
      for (const RosterKey& key : person.keys) {
        const auto pub = parse_key(key);
        add(pub, &key.id);
        right = right && fits_kind(key, *pub) &&
                key.rp_id.has_value() == (key.kind == KeyKind::passkey) &&
                (!key.rp_id || rp_ids.contains(*key.rp_id));
      }
    }
    for (const Service& service : roster.services) {
      const auto pub = PublicKey::parse_ssh(service.pub);
      right = right && actor_kind(service.id) == ActorKind::service &&
              ids.insert(service.id.text()).second;
      add(pub, nullptr);
      right = right && !pub->is_sk();
    }
    for (const KeyGroup* group : {&roster.root, &roster.timekeepers}) {
      for (const BareKey& key : group->keys) {
        add(PublicKey::parse_ssh(key.pub), &key.id);
      }
      right = right && group->threshold <= static_cast<std::int64_t>(group->keys.size());
    }
    for (const Component& component : roster.components) {
      right = right && components.insert(component.id.text()).second &&
              RoleId::parse("owner:" + component.id.text());
      for (const ActorId& owner : component.owners) {
        right = right && people.contains(owner);
      }
    }
    for (const Person& person : roster.people) {
      right = right && (!person.deputy ||
                        (people.contains(person.deputy->of) && person.deputy->of != person.id));
    }
    for (const std::string& vkey : roster.log.vkeys) {
      const auto key = NoteKey::parse(vkey);
      right = right && key && key->name() == roster.log.origin &&
              points.insert(key->key().point()).second;
    }
    return right && roster.prev.has_value() == (roster.version > 1) &&
           (before == nullptr || before->value.demo == roster.demo);
  }

  static std::set<Bytes> keys_of(const Roster& roster, std::string_view role) {
    std::set<Bytes> keys;
    for (const Person& person : roster.people) {
      const bool holds =
          std::any_of(person.roles.begin(), person.roles.end(), [&](const RoleGrant& grant) {
            return grant.role.text() == role && !grant.until;
          });
      for (const RosterKey& key : person.keys) {
        if (holds && !key.until && !key.compromised && !key.login_only) {
          keys.insert(key.pub);
        }
      }
    }
    return keys;
  }

  static bool lost_all(const std::set<Bytes>& then, const std::set<Bytes>& now) {
    return !then.empty() && std::none_of(then.begin(), then.end(), [&](const Bytes& key) {
      return now.contains(key);
    });
  }

  static bool lost_all_keys(const Roster& from, const Roster& to, std::string_view role) {
    std::set<Bytes> still_counting;
    for (const Person& person : to.people) {
      for (const RosterKey& key : person.keys) {
        if (!key.compromised) {
          still_counting.insert(key.pub);
        }
      }
    }
    return lost_all(keys_of(from, role), still_counting);
  }

  static bool lost_all_timekeepers(const Roster& from, const Roster& to) {
    std::set<Bytes> then;
    std::set<Bytes> now;
    for (const BareKey& key : from.timekeepers.keys) {
      then.insert(key.pub);
    }
    for (const BareKey& key : to.timekeepers.keys) {
      now.insert(key.pub);
    }
    return lost_all(then, now);
  }

  // Step 4.
  bool is_fresh_signed() const {
    std::set<KeyId> signers;
    for (const BareKey& key : roster_->timekeepers.keys) {
      const auto pub = PublicKey::parse_ssh(key.pub);
      for (const auto& [digest, one] : in_.statements) {
        const Statement& statement = one.statement;
        if (statement.obj_type == ObjType::fresh && statement.act == Act::sign &&
            statement.obj == in_.fresh->digest && statement.at == in_.fresh->value.at &&
            statement.by.text() == "t:" + key.id.text() && statement.key == key.id &&
            statement.role.empty() && statement.roster <= roster_->version &&
            verify(*pub, "", "", one)) {
          signers.insert(key.id);
        }
      }
    }
    return static_cast<std::int64_t>(signers.size()) >= roster_->timekeepers.threshold;
  }

  template <class T>
  void compare_version(const VersionRef& named, const Chain<T>& chain) {
    if (chain.empty()) {
      return;
    }
    const auto newest = std::prev(chain.end());
    if (named.version != newest->first) {
      refuse(4, Errc::refuse_f3);
    } else if (named.digest != newest->second.digest) {
      refuse(3, Errc::refuse_r5);
    }
  }

  void check_fresh(const Fresh& fresh) {
    if (fresh.at + fresh.ttl < hi_) {
      refuse(4, Errc::refuse_f2);
    }
    if (!forgets_time_ && in_.state && in_.state->fresh_at && fresh.at < *in_.state->fresh_at) {
      refuse(4, Errc::refuse_f3);
    }
    compare_version(fresh.roster, in_.rosters);
    compare_version(fresh.policy, in_.policies);
    compare_version(fresh.restrictions, in_.restrictions);
  }
};

}  // namespace twoseal::reference
