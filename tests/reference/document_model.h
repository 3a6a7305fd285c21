// Policy, restrictions, assignments and the checkpoint.
#pragma once

#include <functional>

#include "ledger/merkle.h"
#include "tests/reference/roster_model.h"

namespace twoseal::reference {

/// Steps 5 to 7.
class Documents : public Rosters {
 protected:
  using Rosters::Rosters;

  // Opens the checkpoint and looks at what it must continue, without the statements.
  std::set<Cause> open_checkpoint_early() {
    std::set<Cause> found;
    const auto add = [&](Errc code) { found.insert({7, code, error_info(code).exit}); };
    std::vector<NoteKey> keys;
    for (const std::string& vkey : roster_->log.vkeys) {
      keys.push_back(NoteKey::parse(vkey).value());
    }
    if (in_.checkpoint) {
      auto opened = open_checkpoint(*in_.checkpoint, roster_->log.origin, keys);
      if (opened) {
        checkpoint_ = *opened;
      }
    }
    if (!checkpoint_) {
      add(Errc::refuse_l1);
      return found;
    }
    if (roster_->witness_min > 0) {
      add(Errc::refuse_l2);
    }
    if (in_.state && in_.state->checkpoint) {
      if (const auto code = continues(*in_.state->checkpoint, Errc::refuse_l3)) {
        add(*code);
      }
    }
    if (in_.fresh) {
      if (const auto code = continues(in_.fresh->value.log, Errc::refuse_l5)) {
        add(*code);
      }
    }
    return found;
  }

  [[nodiscard]] std::optional<Errc> continues(const LogPoint& older, Errc otherwise) const {
    const auto size = static_cast<std::int64_t>(checkpoint_->size);
    if (older.size > size) {
      return Errc::refuse_f2;
    }
    if (older.size == size || older.size == 0) {
      const bool same = older.root == (older.size == 0 ? empty_root() : checkpoint_->root);
      return same ? std::nullopt : std::optional(otherwise);
    }
    const auto proof = in_.consistencies.find({older.size, size});
    const bool proven = proof != in_.consistencies.end() &&
                        verify_consistency(static_cast<std::uint64_t>(older.size),
                                           checkpoint_->size,
                                           proof->second.path,
                                           older.root,
                                           checkpoint_->root);
    return proven ? std::nullopt : std::optional(otherwise);
  }

  // Two documents of one version belong to step 3, whatever else is wrong.
  template <class T>
  void check_remembered(const Chain<T>& chain, const std::optional<VersionRef>& remembered) {
    const auto held =
        remembered && !forgets_policies_ ? chain.find(remembered->version) : chain.end();
    demand(held == chain.end() || held->second.digest == remembered->digest, 3, Errc::refuse_r5);
  }

  template <class T>
  void check_chain(const Chain<T>& chain, ObjType type, std::optional<VersionRef> remembered) {
    if (chain.empty()) {
      refuse(5, Errc::refuse_p2);
      return;
    }
    if (forgets_policies_) {
      remembered.reset();
    }
    const auto newest = std::prev(chain.end());
    demand(is_linked(chain) && is_short(chain, remembered), 5, Errc::refuse_p2);
    for (const auto& [version, one] : chain) {
      demand(is_document_signed(one.digest, type), 5, Errc::refuse_p1);
    }
    demand(hi_ < newest->second.value.expires, 5, Errc::refuse_p2);
    if (!remembered) {
      return;
    }
    demand(newest->first >= remembered->version, 5, Errc::refuse_p2);
    if (!chain.contains(remembered->version)) {
      const auto next = chain.find(remembered->version + 1);
      demand(
          next != chain.end() && next->second.value.prev == remembered->digest, 5, Errc::refuse_p2);
    }
  }

  bool is_document_signed(const Digest& digest, ObjType type) const {
    std::set<ActorId> people;
    bool officer = false;
    for (const Valid& one : valid_on(type, Act::sign, digest, checkpoint_.has_value())) {
      people.insert(one.from->statement.by);
      officer = officer || acts_as(one, id_of<RoleId>("security-officer"));
    }
    return officer && static_cast<std::int64_t>(people.size()) >= roster_->policy_threshold;
  }

  void check_documents() {
    check_chain(in_.policies, ObjType::policy, in_.state ? in_.state->policy : std::nullopt);
    check_chain(in_.restrictions,
                ObjType::restrictions,
                in_.state ? in_.state->restrictions : std::nullopt);
    if (causes_.empty()) {
      policy_ = &in_.policies.rbegin()->second.value;
      restrictions_ = &in_.restrictions.rbegin()->second.value;
    }
  }

  [[nodiscard]] const HostFolder* own_folder() const {
    if (!inputs_.host) {
      return nullptr;
    }
    const auto found = in_.hosts.find(*inputs_.host);
    return found == in_.hosts.end() ? nullptr : &found->second;
  }

  // Step 6.
  void check_assignment() {
    if (!inputs_.host) {
      return;
    }
    const auto remembered =
        in_.state && !forgets_assignment_ ? in_.state->assignment : std::nullopt;
    if (!is_proven(*inputs_.host, remembered)) {
      refuse(6, Errc::refuse_h1);
      return;
    }
    assignment_ = &own_folder()->versions.rbegin()->second.value;
    if (in_.state && in_.state->keys) {
      demand(in_.state->keys->id == assignment_->keys.id &&
                 in_.state->keys->tls == assignment_->keys.tls,
             6,
             Errc::refuse_h2);
    }
  }

  // Whether the newest assignment of the host stands in a signed batch and in the current tree.
  [[nodiscard]] bool is_proven(const HostId& host,
                               const std::optional<VersionRef>& remembered) const {
    const auto found = in_.hosts.find(host);
    if (found == in_.hosts.end()) {
      return false;
    }
    const HostFolder& folder = found->second;
    if (folder.versions.empty() || !folder.batch || !folder.batch_proof || !folder.root_proof ||
        !is_linked(folder.versions) || !is_short(folder.versions, remembered)) {
      return false;
    }
    const auto& [version, newest] = *folder.versions.rbegin();
    const auto identity = PublicKey::parse_ssh(newest.value.keys.id);
    const std::string line =
        host.text() + " " + std::to_string(version) + " " + newest.digest.text() + "\n";
    if (hi_ >= newest.value.expires || !identity || identity->type() != KeyType::ssh_ed25519 ||
        host.text() != "h:" + identity->id().text() ||
        folder.batch->value.env != newest.value.env ||
        !is_member(*folder.batch_proof, newest.digest.text(), folder.batch->value.root) ||
        !is_member(*folder.root_proof, line, in_.fresh->value.assignments_root)) {
      return false;
    }
    std::int64_t first = std::max<std::int64_t>(version - 1, 1);
    if (remembered) {
      first = remembered->version;
      const auto held = folder.versions.find(first);
      if (held == folder.versions.end() || held->second.digest != remembered->digest) {
        return false;
      }
    }
    std::set<Name> envs;
    for (std::int64_t at = first; at <= version; ++at) {
      const auto held = folder.versions.find(at);
      if (held == folder.versions.end()) {
        return false;
      }
      envs.insert(held->second.value.env);
    }
    return is_batch_signed(folder.batch->digest, envs);
  }

  static bool is_member(const MemberProof& proof, const Bytes& leaf, const Digest& root) {
    return proof.index >= 0 && proof.size >= 0 &&
           verify_inclusion(leaf_hash(leaf),
                            static_cast<std::uint64_t>(proof.index),
                            static_cast<std::uint64_t>(proof.size),
                            proof.path,
                            root);
  }

  bool is_batch_signed(const Digest& batch, const std::set<Name>& envs) const {
    const auto signers = valid_on(ObjType::assignments, Act::sign, batch, checkpoint_.has_value());
    for (const Name& env : envs) {
      bool covered = false;
      for (const AssignRule& rule : policy_->assign) {
        if (std::find(rule.envs.begin(), rule.envs.end(), env) == rule.envs.end()) {
          continue;
        }
        covered = true;
        if (!satisfies(rule, signers)) {
          return false;
        }
      }
      if (!covered) {
        return false;
      }
    }
    return true;
  }

  // Tries every choice of different people for the places of the rule.
  bool satisfies(const AssignRule& rule, const std::vector<Valid>& signers) const {
    std::vector<const AnyNeed*> places;
    for (const AnyNeed& need : rule.need) {
      places.insert(places.end(), static_cast<std::size_t>(need.n), &need);
    }
    std::set<ActorId> used;
    const std::function<bool(std::size_t)> fill = [&](std::size_t place) -> bool {
      if (place == places.size()) {
        return true;
      }
      for (const Valid& one : signers) {
        const ActorId& by = one.from->statement.by;
        const bool fits = std::any_of(places[place]->roles.begin(),
                                      places[place]->roles.end(),
                                      [&](const RoleId& role) { return acts_as(one, role); });
        if (fits && used.insert(by).second) {
          if (fill(place + 1)) {
            return true;
          }
          used.erase(by);
        }
      }
      return false;
    };
    return fill(0);
  }

  // Step 7.
  void check_checkpoint() {
    causes_.insert(early_.begin(), early_.end());
    if (!checkpoint_) {
      return;
    }
    for (const auto& [digest, one] : in_.statements) {
      if (is_asked_for(one) && judge(one)) {
        if (const auto code = continues(one.statement.seen, Errc::refuse_l5)) {
          refuse(7, *code);
        }
      }
    }
  }

  // Whether anything is asked of the statement: of hosts, only the results behind automatic gates.
  [[nodiscard]] bool is_asked_for(const Signed& one) const {
    if (actor_kind(one.statement.by) != ActorKind::host) {
      return true;
    }
    const auto result = in_.results.find(one.statement.obj);
    if (result == in_.results.end() || !in_.change || !in_.change->value.phases ||
        result->second.change != in_.change->digest ||
        result->second.host.text() != one.statement.by.text() || policy_ == nullptr || !in_.fresh) {
      return false;
    }
    bool behind_gate = false;
    for (const Phase& phase : *in_.change->value.phases) {
      const auto stands = [&](const HostId& host) {
        return std::find(phase.hosts.begin(), phase.hosts.end(), host) != phase.hosts.end();
      };
      if (inputs_.host && stands(*inputs_.host)) {
        break;
      }
      behind_gate = behind_gate ||
                    (phase.gate.kind == GateKind::automatic && result->second.phase == phase.name &&
                     stands(result->second.host) && inputs_.host.has_value());
    }
    return behind_gate && is_proven(result->second.host, std::nullopt);
  }

  // A statement that is valid but for its roster proves that a newer one exists.
  void check_newer_rosters() {
    policy_ = in_.policies.empty() ? nullptr : &in_.policies.rbegin()->second.value;
    for (const auto& [digest, one] : in_.statements) {
      demand(one.statement.roster <= roster_->version ||
                 one.statement.obj_type == ObjType::roster || !is_asked_for(one) ||
                 !judge(one, checkpoint_.has_value(), true),
             4,
             Errc::refuse_f3);
    }
    policy_ = nullptr;
    leave_lowest_step();
  }
};

}  // namespace twoseal::reference
