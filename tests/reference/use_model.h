// Window, gates, stops, resources; and the own plan.
#pragma once

#include "tests/reference/approval_model.h"

namespace twoseal::reference {

/// Steps 16 to 23.
class UseSteps : public Approvals {
 protected:
  using Approvals::Approvals;

  // Step 16.
  void check_use() {
    if (lo_ < change_->window.not_before) {
      refuse(16, Errc::refuse_w1, Exit::pending);
    }
    if (hi_ > change_->window.not_after) {
      refuse(16, Errc::refuse_w1, Exit::denied);
    }
    demand(change_->use == Use::once, 16, Errc::refuse_w2);
    if (in_.state) {
      for (const UsedChange& used : in_.state->used) {
        const bool again = used.rolled_back && serving_ != nullptr && serving_->release.after &&
                           *serving_->release.after >= *used.rolled_back &&
                           serving_->valid->place.index > *used.rolled_back;
        demand(used.change != digest_ || again, 16, Errc::refuse_w2);
      }
    }
    if (!is_by_person()) {
      std::size_t mentions = 0;
      for (const ScopeState& scope : in_.state ? in_.state->scopes : std::vector<ScopeState>()) {
        if (scope.scope == *change_->scope) {
          ++mentions;
          demand(planned_host_ && planned_host_->base == scope.base, 16, Errc::refuse_w3);
        }
      }
      demand(mentions > 0 || (planned_host_ && !planned_host_->base), 16, Errc::refuse_w3);
    }
    for (const Digest& required : change_->requires_changes) {
      bool applied = false;
      if (in_.state) {
        for (const AppliedChange& one : in_.state->applied) {
          // The last word counts.
          applied = one.change == required ? !one.rolled_back : applied;
        }
      }
      demand(applied, 16, Errc::refuse_w3);
    }
  }

  // Step 17.
  void check_gates() {
    for (std::size_t i = 0; phase_ && i < *phase_; ++i) {
      const Phase& phase = (*change_->phases)[i];
      switch (phase.gate.kind) {
        case GateKind::automatic:
          check_auto_gate(phase);
          break;
        case GateKind::owner:
          check_owner_gate(phase, i);
          break;
        case GateKind::person:
          if (serving_of(phase_name(i + 1)) == nullptr) {
            refuse(17, Errc::refuse_w4, Exit::pending);
          }
          break;
      }
    }
  }

  void check_auto_gate(const Phase& phase) {
    std::map<HostId, std::pair<std::int64_t, const HostResult*>> last;
    std::map<HostId, UnixSeconds> entry_at;
    for (const auto& [digest, result] : in_.results) {
      if (result.change != digest_ || result.phase != phase.name ||
          std::find(phase.hosts.begin(), phase.hosts.end(), result.host) == phase.hosts.end()) {
        continue;
      }
      if (!is_proven(result.host, std::nullopt)) {
        continue;
      }
      for (const Valid& one : valid_on(ObjType::result, Act::sign, digest)) {
        const auto known = last.find(result.host);
        if (one.from->statement.by.text() == result.host.text() &&
            (known == last.end() || one.place.index > known->second.first)) {
          last[result.host] = {one.place.index, &result};
          entry_at[result.host] = one.place.entry.at;
        }
      }
    }
    std::int64_t ok = 0;
    std::int64_t failed = 0;
    std::int64_t stale = 0;
    UnixSeconds latest = 0;
    for (const auto& [host, place] : last) {
      const HostResult& result = *place.second;
      if (result.outcome == "ok" || result.outcome == "nochange") {
        ++ok;
        latest = std::max({latest, result.at, entry_at[host]});
      } else if (result.outcome == "failed" || result.outcome == "rolled-back" ||
                 result.outcome == "interrupted") {
        ++failed;
      } else if (result.outcome == "stale" || result.outcome == "refused:C4") {
        ++stale;
      }
    }
    const std::int64_t failed_max = *phase.gate.failed_max;
    if (failed > failed_max) {
      refuse(17, Errc::refuse_w4, Exit::denied);
    } else if (ok < static_cast<std::int64_t>(phase.hosts.size()) - stale - failed_max || ok < 1 ||
               lo_ < latest + phase.soak) {
      refuse(17, Errc::refuse_w4, Exit::pending);
    }
  }

  void check_owner_gate(const Phase& phase, std::size_t i) {
    const Released* released = serving_release(i);
    std::set<ActorId> people;
    for (const Valid& one : valid_on(ObjType::change, Act::signoff, digest_)) {
      const bool owner =
          std::any_of(change_->components.begin(),
                      change_->components.end(),
                      [&](const ComponentId& component) {
                        return holds(one, id_of<RoleId>("owner:" + component.text()));
                      });
      if (owner && released != nullptr && one.place.index > released->valid->place.index &&
          !is_withdrawn(*one.from, false)) {
        people.insert(one.from->statement.by);
      }
    }
    if (static_cast<std::int64_t>(people.size()) < *phase.gate.n) {
      refuse(17, Errc::refuse_w4, Exit::pending);
    }
  }

  // Step 18.
  void check_halts() {
    demand(in_.stop_list && in_.stop_list->digest == in_.fresh->value.stops, 18, Errc::refuse_w5);
    if (in_.stop_list) {
      for (const Digest& listed : in_.stop_list->value.list) {
        demand(in_.stops.contains(listed), 18, Errc::refuse_w5);
      }
    }
    for (const auto& [digest, stop] : in_.stops) {
      demand(!is_active(digest, stop), 18, Errc::refuse_w5);
    }
    for (const Freeze& freeze : restrictions_->freezes) {
      const bool here = std::any_of(targets_.begin(), targets_.end(), [&](const Target& target) {
        return std::find(freeze.envs.begin(), freeze.envs.end(), target.env) != freeze.envs.end();
      });
      const bool active = freeze.from <= hi_ && lo_ < freeze.to && here &&
                          (!freeze.scope || freeze.scope == change_->scope);
      demand(!active || (is_emergency() && freeze.emergency), 18, Errc::refuse_w6);
    }
  }

  // Whether the signer may raise a stop, or lift one together with another.
  [[nodiscard]] bool may_stop(const Valid& one) const {
    std::set<RoleId> roles;
    for (const Person& person : roster_->people) {
      for (const RoleGrant& grant : person.roles) {
        roles.insert(grant.role);
      }
    }
    for (const Component& component : roster_->components) {
      if (const auto role = RoleId::parse("owner:" + component.id.text())) {
        roles.insert(*role);
      }
    }
    return std::any_of(roles.begin(), roles.end(), [&](const RoleId& role) {
      return role.text() != "auditor" && role.text() != "executive" && holds(one, role);
    });
  }

  [[nodiscard]] bool is_active(const Digest& digest, const Stop& stop) const {
    const bool here = (stop.target.change && stop.target.change == digest_) ||
                      (stop.target.scope && stop.target.scope == change_->scope) ||
                      (stop.target.org && stop.target.org == inputs_.org);
    if (stop.from > hi_ || lo_ > stop.to || !here) {
      return false;
    }
    const auto raised = valid_on(ObjType::stop, Act::sign, digest);
    const bool by_raiser = std::any_of(raised.begin(), raised.end(), [&](const Valid& one) {
      return one.from->statement.by == stop.by && may_stop(one);
    });
    const bool listed = in_.stop_list && std::find(in_.stop_list->value.list.begin(),
                                                   in_.stop_list->value.list.end(),
                                                   digest) != in_.stop_list->value.list.end();
    std::set<ActorId> others;
    bool lifted = false;
    for (const Valid& one : valid_on(ObjType::stop, Act::lift, digest)) {
      if (one.from->statement.by == stop.by) {
        lifted = true;
      } else if (may_stop(one)) {
        others.insert(one.from->statement.by);
      }
    }
    return (by_raiser || listed) && !lifted && others.size() < 2;
  }

  // Step 19.
  void check_secrets() {
    bool secret = !change_->secrets.empty();
    for (const Resource& resource : resources()) {
      secret = secret || resource.secret;
    }
    demand(!secret, 19, Errc::refuse_k1);
  }

  // Step 20.
  void check_resources() {
    for (const Resource& resource : resources()) {
      demand(is_known_kind(resource.kind), 20, Errc::refuse_c5);
      demand(!has_path(resource.kind) || is_plain_path(resource.key), 20, Errc::refuse_c5);
      demand(!is_agents_own(resource), 20, Errc::refuse_c5);
      if (resource.kind.text() == "agent_update") {
        const auto& listed = policy_->releases;
        demand(std::any_of(listed.begin(),
                           listed.end(),
                           [&](const Digest& one) { return one.text() == resource.key; }),
               20,
               Errc::refuse_c5);
      }
      if (!in_.state) {
        continue;
      }
      for (const ScopeState& scope : in_.state->scopes) {
        for (const std::string& held : scope.resources) {
          demand(scope.scope == change_->scope || !clash(resource.identity(), held),
                 20,
                 Errc::refuse_c5);
        }
      }
    }
    for (const auto* state : {&state_, &undo_state_}) {
      if (!state->has_value()) {
        continue;
      }
      const auto& all = (*state)->resources;
      for (std::size_t i = 0; i < all.size(); ++i) {
        for (std::size_t k = 0; k < i; ++k) {
          demand(!clash(all[i].identity(), all[k].identity()), 20, Errc::refuse_c5);
        }
      }
    }
  }

  // The same resource, or a whole file, directory or link and something else of the same path.
  static bool clash(const std::string& a, const std::string& b) {
    const auto kind = [](const std::string& text) { return text.substr(0, text.find(':')); };
    const auto rest = [](const std::string& text) { return text.substr(text.find(':') + 1); };
    const auto is_content = [&](const std::string& text) {
      const std::string word = kind(text);
      return word == "file" || word == "directory" || word == "symlink" || word == "setting";
    };
    const auto path = [&](const std::string& text) {
      return rest(text).substr(0, rest(text).find('#'));
    };
    const auto is_part = [](const std::string& text) {
      return text.find('#') != std::string::npos;
    };
    return a == b ||
           (is_content(a) && is_content(b) && path(a) == path(b) && !(is_part(a) && is_part(b)));
  }

  [[nodiscard]] bool is_agents_own(const Resource& resource) const {
    for (const Handler& handler : resource.then) {
      if (handler.unit.starts_with("twoseal")) {
        return true;
      }
    }
    const std::string& kind = resource.kind.text();
    if (!has_path(resource.kind)) {
      return (kind == "service" || kind == "timer" || kind == "package") &&
             resource.key.starts_with("twoseal");
    }
    Resource led = resource;
    if (kind == "symlink" && resource.want.contains("to") &&
        std::holds_alternative<std::string>(resource.want.at("to"))) {
      led.key = std::get<std::string>(resource.want.at("to"));
    }
    return is_at_agents_own(resource) || is_at_agents_own(led);
  }

  [[nodiscard]] bool is_at_agents_own(const Resource& resource) const {
    if (resource.key.find("/twoseal-agent.") != std::string::npos) {
      return true;
    }
    std::vector<std::string> own = {"/etc/twoseal",
                                    "/run/twoseal",
                                    "/usr/bin/twoseal",
                                    "/usr/local/bin/twoseal",
                                    "/var/lib/twoseal"};
    if (in_.state) {
      own.insert(own.end(), in_.state->own_paths.begin(), in_.state->own_paths.end());
    }
    return std::any_of(own.begin(), own.end(), [&](std::string path) {
      while (path.ends_with('/')) {
        path.pop_back();
      }
      return owns(path, resource.key) ||
             (replaces_what_is_below(resource) && owns(resource.key, path));
    });
  }

  Answer admit() {
    const auto own = blob_as<PlanClass>(inputs_.own_plan->class_digest);
    if (!own || !plan_) {
      refuse(21, Errc::refuse_c4);
      throw Refused();
    }
    if (own->steps.empty()) {
      return Answer::nochange;
    }
    demand(planned_host_ && planned_class_ == inputs_.own_plan->class_digest &&
               planned_host_->token == inputs_.own_plan->token,
           21,
           Errc::refuse_c4);
    stop_if_refused();
    for (const PlanStep& step : own->steps) {
      for (const Name& risk : step.risks) {
        demand(
            std::find(change_->risks.begin(), change_->risks.end(), risk) != change_->risks.end(),
            22,
            Errc::refuse_s6);
      }
    }
    // Whatever the plan adds is declared, so the rules of step 11 ask for the same again.
    for (const PlanStep& step : own->steps) {
      for (const Name& effect : step.effects) {
        demand(std::find(change_->effects.begin(), change_->effects.end(), effect) !=
                   change_->effects.end(),
               22,
               Errc::refuse_s6);
      }
    }
    stop_if_refused();
    for (const PlanStep& step : own->steps) {
      demand(change_->rollback.kind != RollbackKind::restore || !step.opaque || step.opaque->undo,
             23,
             Errc::refuse_b3);
    }
    stop_if_refused();
    return Answer::permit;
  }
};

}  // namespace twoseal::reference
