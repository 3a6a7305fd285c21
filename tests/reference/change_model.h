// The change with its blobs, targets and releases, and the rules that match.
#pragma once

#include "model/names.h"
#include "policy/effects.h"
#include "tests/reference/document_model.h"

namespace twoseal::reference {

/// Steps 8 to 11.
class ChangeSteps : public Documents {
 protected:
  using Documents::Documents;

  [[nodiscard]] bool is_by_person() const { return change_->executor.by == ExecutorBy::person; }

  void find_change() {
    if (!in_.change) {
      return;
    }
    change_ = &in_.change->value;
    digest_ = in_.change->digest;
    if (change_->phases) {
      std::vector<std::size_t> in_phases;
      for (std::size_t i = 0; i < change_->phases->size(); ++i) {
        const auto& hosts = (*change_->phases)[i].hosts;
        if (inputs_.host && std::find(hosts.begin(), hosts.end(), *inputs_.host) != hosts.end()) {
          in_phases.push_back(i);
        }
      }
      if (in_phases.size() == 1) {
        phase_ = in_phases.front();
      }
    }
    find_releases();
  }

  [[nodiscard]] std::optional<Release> release_of(const Signed& one) const {
    const auto blob = in_.blobs.find(one.statement.obj);
    if (one.statement.act != Act::release || one.statement.obj_type != ObjType::release ||
        blob == in_.blobs.end()) {
      return std::nullopt;
    }
    auto release = codec::decode<Release>(blob->second);
    return release && release->org == inputs_.org ? std::optional(*std::move(release))
                                                  : std::nullopt;
  }

  [[nodiscard]] Name phase_name(std::size_t i) const {
    return is_by_person() ? id_of<Name>("all") : (*change_->phases)[i].name;
  }

  void find_releases() {
    for (const auto& [digest, one] : in_.statements) {
      if (auto release = release_of(one)) {
        Released released{&one, *release, judge(one)};
        released.lacks_entry = !place_of(one.digest) &&
                               one.statement.at <= hi_ + limits::kClockSkew && judge(one, false);
        if (released.valid && !acts_as(*released.valid, id_of<RoleId>("executor"))) {
          released.valid.reset();
        }
        releases_.push_back(std::move(released));
      }
    }
    if (is_by_person()) {
      serving_ = serving_of(id_of<Name>("all"));
    } else if (phase_) {
      serving_ = serving_release(*phase_);
    }
  }

  // Of the valid releases of a phase the one with the highest index.
  [[nodiscard]] const Released* serving_of(const Name& phase) const {
    const Released* last = nullptr;
    for (const Released& one : releases_) {
      if (one.valid && one.release.change == digest_ && one.release.phase == phase &&
          !is_taken_back(*one.from) &&
          (last == nullptr || one.valid->place.index > last->valid->place.index)) {
        last = &one;
      }
    }
    return last;
  }

  [[nodiscard]] bool may_lack_release(std::size_t phase) const {
    return change_->auto_rule.has_value() ||
           (phase > 0 && (*change_->phases)[phase - 1].gate.kind == GateKind::automatic);
  }

  [[nodiscard]] const Released* serving_release(std::size_t phase) const {
    // The nearest phase that has one, as long as every phase up to there may lack its own.
    for (std::size_t i = phase;; --i) {
      const Released* one = serving_of(phase_name(i));
      if (one != nullptr || i == 0 || !may_lack_release(i)) {
        return one;
      }
    }
  }

  // Whether the statement counts as far as the release is concerned.
  [[nodiscard]] bool is_named(const Digest& statement) const {
    return serving_ == nullptr ||
           std::find(serving_->release.stmts.begin(), serving_->release.stmts.end(), statement) !=
               serving_->release.stmts.end();
  }

  // Step 8.
  void check_entries() {
    if (change_ == nullptr) {
      return;
    }
    for (const Released& one : releases_) {
      demand(one.release.change != digest_ || !one.lacks_entry, 8, Errc::refuse_l4);
    }
    if (serving_ == nullptr) {
      return;
    }
    for (const Digest& named : serving_->release.stmts) {
      const auto place = place_of(named);
      demand(
          !in_.statements.contains(named) || (place && place->index < serving_->valid->place.index),
          8,
          Errc::refuse_l4);
    }
  }

  // What a resource wants as content is here, too.
  void check_sources() {
    for (const Resource& resource : resources()) {
      const auto source = resource.want.find("source");
      if (source != resource.want.end() && std::holds_alternative<std::string>(source->second)) {
        const auto digest = Digest::parse(std::get<std::string>(source->second));
        demand(!digest || in_.blobs.contains(*digest), 9, Errc::refuse_c1);
      }
    }
  }

  // Step 9.
  void check_content() {
    const auto demand_c1 = [&](bool holds) { demand(holds, 9, Errc::refuse_c1); };
    demand_c1(!blob_fault_ && change_ != nullptr);
    if (change_ == nullptr) {
      return;
    }
    const bool ours = std::any_of(releases_.begin(), releases_.end(), [&](const Released& one) {
      return one.valid && one.release.change == digest_;
    });
    const bool of_others = std::any_of(releases_.begin(), releases_.end(), [&](const auto& one) {
      return one.release.change != digest_;
    });
    demand_c1(ours || !of_others);
    demand_c1(!change_->rollback.blob || in_.blobs.contains(*change_->rollback.blob));
    if (change_->rollback.state) {
      undo_state_ = blob_as<State>(*change_->rollback.state);
      demand_c1(undo_state_ && change_->scope && undo_state_->scope == *change_->scope);
    }
    for (const EvidenceRef& evidence : change_->evidence) {
      demand_c1(in_.blobs.contains(evidence.blob));
    }
    if (is_by_person()) {
      check_sources();
      return;
    }
    state_ = blob_as<State>(change_->apply);
    plan_ = blob_as<Plan>(change_->plan);
    demand_c1(state_ && plan_);
    check_sources();
    if (!state_ || !plan_) {
      return;
    }
    demand_c1(plan_->state == *change_->apply && state_->scope == *change_->scope);
    std::set<HostId> planned;
    for (const PlannedClass& one : plan_->classes) {
      const auto steps = blob_as<PlanClass>(one.class_digest);
      demand_c1(!change_->auto_rule || steps);
      for (const PlannedHost& host : one.hosts) {
        planned.insert(host.id);
        if (host.id == inputs_.host) {
          planned_host_ = host;
          planned_class_ = one.class_digest;
        }
      }
    }
    std::set<HostId> listed;
    if (change_->targets.hosts) {
      for (const TargetHost& host : *change_->targets.hosts) {
        listed.insert(host.id);
      }
      demand_c1(planned == listed);
    }
  }

  // Step 10.
  void check_target() {
    const auto demand_c2 = [&](bool holds) { demand(holds, 10, Errc::refuse_c2); };
    demand_c2(!change_->targets.where);
    if (is_by_person()) {
      demand_c2(!inputs_.host && change_->targets.assets);
      if (change_->targets.assets) {
        for (const TargetAsset& asset : *change_->targets.assets) {
          demand_c2(!asset.id.text().starts_with("h:"));
          for (const auto& [host, documents] : in_.hosts) {
            demand_c2(documents.versions.empty() ||
                      documents.versions.rbegin()->second.value.name != asset.name);
          }
          targets_.push_back(
              {asset.env, asset.data_class, {asset.components.begin(), asset.components.end()}});
        }
      }
      return;
    }
    demand_c2(inputs_.host && assignment_ != nullptr && change_->targets.hosts);
    if (!causes_.empty()) {
      return;
    }
    const auto& hosts = *change_->targets.hosts;
    demand_c2(std::any_of(hosts.begin(), hosts.end(), [&](const TargetHost& host) {
      return host.id == *inputs_.host && host.name == assignment_->name;
    }));
    std::multiset<HostId> in_phases;
    for (const Phase& phase : *change_->phases) {
      in_phases.insert(phase.hosts.begin(), phase.hosts.end());
    }
    std::multiset<HostId> listed;
    for (const TargetHost& host : hosts) {
      listed.insert(host.id);
    }
    demand_c2(in_phases == listed && phase_);
    if (change_->executor.by == ExecutorBy::agent) {
      targets_.push_back({assignment_->env, assignment_->data_class, {}});
      return;
    }
    demand_c2(change_->executor.host == inputs_.host);
    const Workspace* workspace = nullptr;
    if (assignment_->workspaces) {
      for (const Workspace& one : *assignment_->workspaces) {
        workspace = one.id == *change_->executor.workspace ? &one : workspace;
      }
    }
    demand_c2(workspace != nullptr);
    if (workspace != nullptr) {
      targets_.push_back({workspace->env,
                          workspace->data_class,
                          {workspace->components.begin(), workspace->components.end()}});
    }
  }

  // Whether a component's `owns` covers what a resource touches: paths by whole parts.
  static bool owns(const std::string& prefix, const std::string& touched) {
    if (!touched.starts_with(prefix)) {
      return false;
    }
    return prefix[0] != '/' || prefix.ends_with('/') || touched.size() == prefix.size() ||
           touched[prefix.size()] == '/';
  }

  [[nodiscard]] std::set<ComponentId> touched_components() const {
    std::set<ComponentId> result(change_->components.begin(), change_->components.end());
    for (const Component& component : roster_->components) {
      for (const Resource& resource : resources()) {
        for (const std::string& prefix : component.owns) {
          for (const std::string& touched : touched_by(resource)) {
            if (owns(prefix, touched)) {
              result.insert(component.id);
            }
          }
          if (prefix.starts_with('/') && replaces_what_is_below(resource) &&
              owns(resource.key, prefix)) {
            result.insert(component.id);
          }
        }
      }
    }
    return result;
  }

  [[nodiscard]] std::set<ComponentId> components_of(const Target& target) const {
    auto result = touched_components();
    result.insert(target.components.begin(), target.components.end());
    return result;
  }

  // What the change may put on the host: its state, and the one that takes it back.
  [[nodiscard]] std::vector<Resource> resources() const {
    std::vector<Resource> all;
    if (state_) {
      all = state_->resources;
    }
    if (undo_state_) {
      all.insert(all.end(), undo_state_->resources.begin(), undo_state_->resources.end());
    }
    return all;
  }

  static bool replaces_what_is_below(const Resource& resource) {
    const bool stays =
        resource.kind.text() == "directory" && resource.want.find("absent") == resource.want.end();
    return has_path(resource.kind) && !stays;
  }

  // Effects of the resources of the change.
  [[nodiscard]] std::set<Name> derived_effects() const {
    std::set<Name> effects;
    for (const Resource& resource : resources()) {
      effects.merge(effects_of(resource));
    }
    return effects;
  }

  [[nodiscard]] bool matches(const Match& match,
                             const Target& target,
                             const std::set<Name>& effects) const {
    const auto shares = [](const auto& list, const auto& set) {
      return !list || std::any_of(list->begin(), list->end(), [&](const auto& item) {
        return set.contains(item);
      });
    };
    const auto components = components_of(target);
    std::set<Name> types;
    for (const Component& component : roster_->components) {
      if (components.contains(component.id)) {
        types.insert(id_of<Name>(enum_name(component.type)));
      }
    }
    return shares(match.kinds, std::set<Name>{id_of<Name>(enum_name(change_->kind))}) &&
           shares(match.envs, std::set<Name>{target.env}) && shares(match.components, components) &&
           shares(match.component_types, types) &&
           shares(match.data_classes, std::set<Name>{target.data_class}) &&
           shares(match.effects, effects);
  }

  // Step 11.
  [[nodiscard]] Asked asked_with(const std::set<Name>& derived) const {
    std::set<Name> effects(change_->effects.begin(), change_->effects.end());
    effects.insert(derived.begin(), derived.end());
    Asked asked;
    asked.matched = true;
    std::set<ComponentId> components;
    for (const Target& target : targets_) {
      components.merge(components_of(target));
      bool matched = false;
      for (const Rule& rule : policy_->rules) {
        if (!matches(rule.match, target, effects)) {
          continue;
        }
        matched = true;
        for (const Need& need : rule.need) {
          asked.need[need.role] = std::max(asked.need[need.role], need.n);
        }
        asked.min_local = std::max(asked.min_local, rule.min_local);
        asked.max_age = std::min(asked.max_age, rule.max_age);
        asked.need_uv = asked.need_uv || rule.need_uv;
        asked.no_sync = asked.no_sync || rule.no_sync;
        asked.no_file = asked.no_file || rule.no_file;
        asked.owner_ack = asked.owner_ack || rule.owner_ack;
        if (rule.evidence_required) {
          asked.evidence.insert(rule.evidence_required->begin(), rule.evidence_required->end());
        }
      }
      asked.matched = asked.matched && matched;
    }
    if (asked.owner_ack) {
      for (const ComponentId& component : components) {
        const RoleId role = id_of<RoleId>("owner:" + component.text());
        asked.need[role] = std::max<std::int64_t>(asked.need[role], 1);
      }
    }
    return asked;
  }

  [[nodiscard]] bool is_emergency() const { return change_->kind == ChangeKind::emergency; }

  void check_rules() {
    demand(change_->min_policy <= policy_->version, 11, Errc::refuse_c3);
    asked_ = asked_with(derived_effects());
    demand(asked_.matched || is_emergency(), 11, Errc::refuse_c3);
  }
};

}  // namespace twoseal::reference
