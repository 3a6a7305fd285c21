// Author, approvals, release, and what stands in for a quorum.
#pragma once

#include "tests/reference/change_model.h"
#include "tests/reference/quorum_model.h"

namespace twoseal::reference {

/// Steps 12 to 15.
class Approvals : public ChangeSteps {
 protected:
  using ChangeSteps::ChangeSteps;

  [[nodiscard]] bool is_withdrawn(const Signed& one, bool need_named = true) const {
    const auto taken = valid_on(ObjType::statement, Act::withdraw, one.digest);
    return std::any_of(taken.begin(), taken.end(), [&](const Valid& withdrawal) {
      return withdrawal.from->statement.by == one.statement.by &&
             (!need_named || is_named(withdrawal.from->digest));
    });
  }

  void check_author() {
    const auto authors = valid_on(ObjType::change, Act::author, digest_);
    demand(std::any_of(authors.begin(),
                       authors.end(),
                       [&](const Valid& one) {
                         return one.from->statement.by == change_->author &&
                                is_named(one.from->digest) && !is_withdrawn(*one.from);
                       }),
           12,
           Errc::refuse_s1);
  }

  [[nodiscard]] bool is_contributor(const ActorId& actor) const {
    return change_->contributors &&
           std::find(change_->contributors->begin(), change_->contributors->end(), actor.text()) !=
               change_->contributors->end();
  }

  [[nodiscard]] std::set<ActorId> disqualified() const {
    std::set<ActorId> people = {change_->author};
    if (change_->executor.who) {
      people.insert(change_->executor.who->begin(), change_->executor.who->end());
    }
    for (const Person& person : roster_->people) {
      if (is_contributor(person.id)) {
        people.insert(person.id);
      }
    }
    for (const Released& one : releases_) {
      if (one.valid && one.release.change == digest_) {
        people.insert(one.from->statement.by);
      }
    }
    return people;
  }

  [[nodiscard]] bool has_unknown_contributor() const {
    return change_->contributors &&
           std::find(change_->contributors->begin(), change_->contributors->end(), "?") !=
               change_->contributors->end();
  }

  [[nodiscard]] std::size_t people_min() const {
    std::size_t count = 1;
    for (const Target& target : targets_) {
      if (target.env.text() == "prod") {
        count = 2;
      }
    }
    if (change_->contributors) {
      count += static_cast<std::size_t>(
          std::count(change_->contributors->begin(), change_->contributors->end(), "?"));
    }
    return count;
  }

  [[nodiscard]] std::vector<const Signed*> ballots() const {
    std::vector<const Signed*> result;
    for (const auto& [digest, one] : in_.statements) {
      const Statement& statement = one.statement;
      if (statement.obj_type == ObjType::change && statement.obj == digest_ &&
          (statement.act == Act::approve || statement.act == Act::reject) && is_named(digest)) {
        result.push_back(&one);
      }
    }
    return result;
  }

  [[nodiscard]] QuorumQuestion question_for(const Asked& asked) const {
    QuorumQuestion question;
    question.need = asked.need;
    question.min_local = asked.min_local;
    question.need_uv = asked.need_uv;
    question.no_sync = asked.no_sync;
    question.people_min = people_min();
    question.disqualified = disqualified();
    for (const Signed* one : ballots()) {
      const Statement& statement = one->statement;
      const auto valid = judge(*one);
      Vote vote;
      vote.by = statement.by;
      vote.approves = statement.act == Act::approve;
      vote.role = statement.role;
      vote.at = statement.at;
      vote.digest = one->digest;
      vote.valid = valid.has_value();
      vote.withdrawn = is_withdrawn(*one);
      vote.aged = hi_ - statement.at > asked.max_age;
      Place place;
      if (valid) {
        place = valid->place;
        vote.local = valid->display == Display::local &&
                     !(asked.no_file && valid->kind == KeyKind::local_file);
        vote.user_verified = valid->user_verified;
        vote.backup_eligible = valid->backup_eligible;
      } else {
        // It stands where its entry does, whatever is wrong with it.
        const auto entry = place_of(one->digest);
        place.index = entry ? entry->index : 0;
        place.entry.at = entry ? entry->entry.at : statement.at;
      }
      for (const auto& [role, n] : asked.need) {
        if (holds(statement.by, role, statement.at, place)) {
          vote.held.insert(role);
        }
      }
      question.votes.push_back(std::move(vote));
    }
    return question;
  }

  // Valid attestations that something passed, about this change, by an outsider.
  [[nodiscard]] std::vector<std::pair<Valid, Evidence>> passes() const {
    std::vector<std::pair<Valid, Evidence>> result;
    for (const auto& [digest, one] : in_.statements) {
      if (one.statement.act != Act::attest || !is_named(digest) ||
          one.statement.by == change_->author || is_contributor(one.statement.by)) {
        continue;
      }
      const auto evidence = blob_as<Evidence>(one.statement.obj);
      const auto valid = judge(one);
      if (evidence && valid && evidence->verdict == Verdict::pass &&
          evidence->subject == codec::change_core(in_.change_bytes) && !is_withdrawn(one)) {
        result.emplace_back(*valid, *evidence);
      }
    }
    return result;
  }

  void check_quorum() {
    const auto derived = derived_effects();
    for (const Name& effect : derived) {
      demand(std::find(change_->effects.begin(), change_->effects.end(), effect) !=
                 change_->effects.end(),
             15,
             Errc::refuse_s6);
    }
    if (change_->auto_rule) {
      demand(meets_auto_criteria(), 15, Errc::refuse_s4);
    }
    if (is_emergency()) {
      demand(meets_emergency_criteria(), 15, Errc::refuse_s4);
    }
    const QuorumAnswer answer = quorum(question_for(asked_));
    demand(is_emergency() || answer.opponents.empty(), 15, Errc::refuse_s3);
    if (change_->auto_rule || is_emergency()) {
      return;
    }
    if (answer.outcome != QuorumOutcome::met) {
      refuse(15, Errc::refuse_s3);
      if (answer.opponents.empty() && answer.outcome == QuorumOutcome::short_by_age) {
        refuse(13, Errc::refuse_s2, Exit::denied);
      }
      if (answer.opponents.empty() && answer.outcome == QuorumOutcome::short_by_validity) {
        refuse(13, Errc::refuse_s2);
      }
    }
    for (const Name& kind : asked_.evidence) {
      const auto passed = passes();
      demand(std::any_of(passed.begin(),
                         passed.end(),
                         [&](const auto& one) { return one.second.kind == kind; }),
             15,
             Errc::refuse_s3);
    }
  }

  [[nodiscard]] std::int64_t passed_today(const Name& rule) const {
    std::int64_t count = 0;
    if (in_.state) {
      for (const DayCount& one : in_.state->counts) {
        if (one.day == hi_ / limits::kDay && one.rule == rule) {
          count += one.n;
        }
      }
    }
    return count;
  }

  [[nodiscard]] std::int64_t target_count() const {
    return static_cast<std::int64_t>(change_->targets.hosts    ? change_->targets.hosts->size()
                                     : change_->targets.assets ? change_->targets.assets->size()
                                                               : 0);
  }

  bool meets_auto_criteria() const {
    const auto rule = std::find_if(
        policy_->auto_rules.begin(), policy_->auto_rules.end(), [&](const AutoRule& one) {
          return one.id == *change_->auto_rule;
        });
    if (rule == policy_->auto_rules.end()) {
      return false;
    }
    auto effects = derived_effects();
    effects.insert(change_->effects.begin(), change_->effects.end());
    bool meets = change_->plan && hi_ < rule->expires && target_count() <= rule->max_hosts &&
                 passed_today(rule->id) < rule->per_day &&
                 (change_->phases ? static_cast<std::int64_t>(change_->phases->size()) : 0) >=
                     rule->phases_required &&
                 change_->window.not_after - change_->window.not_before <= rule->window &&
                 change_->rollback.kind == RollbackKind::restore && change_->secrets.empty() &&
                 !effects.contains(id_of<Name>("opaque"));
    for (const Target& target : targets_) {
      meets = meets && matches(rule->match, target, effects) &&
              std::find(rule->envs.begin(), rule->envs.end(), target.env) != rule->envs.end();
    }
    for (const HealthCheck& health : change_->health) {
      meets = meets && health.kind != HealthKind::command;
    }
    if (plan_) {
      for (const PlannedClass& one : plan_->classes) {
        const auto steps = blob_as<PlanClass>(one.class_digest);
        for (const PlanStep& step : steps->steps) {
          meets = meets && !step.opaque &&
                  std::find(rule->only_actions.begin(),
                            rule->only_actions.end(),
                            id_of<Name>(enum_name(step.action))) != rule->only_actions.end();
        }
      }
    }
    const auto passed = passes();
    for (const EvidenceNeed& need : rule->evidence_required) {
      meets = meets && std::any_of(passed.begin(), passed.end(), [&](const auto& one) {
                return one.second.kind == need.kind && is_among(one.first, need.by);
              });
    }
    return meets;
  }

  // Whether the signer is listed itself, or holds a listed role.
  bool is_among(const Valid& one, const std::vector<ActorId>& list) const {
    const Statement& statement = one.from->statement;
    return std::any_of(list.begin(), list.end(), [&](const ActorId& item) {
      if (item == statement.by) {
        return true;
      }
      const auto role = RoleId::parse(item.text());
      if (!role) {
        return false;
      }
      for (const Service& service : roster_->services) {
        if (service.id == statement.by) {
          return std::find(service.roles.begin(), service.roles.end(), *role) !=
                 service.roles.end();
        }
      }
      return holds(one, *role);
    });
  }

  bool meets_emergency_criteria() {
    const EmergencyRule& rule = policy_->emergency;
    auto effects = derived_effects();
    effects.insert(change_->effects.begin(), change_->effects.end());
    bool meets = target_count() <= rule.max_hosts &&
                 passed_today(id_of<Name>("emergency")) < rule.per_day &&
                 change_->window.not_after - change_->window.not_before <= rule.window &&
                 !effects.contains(name_trust()) && change_->rollback.kind != RollbackKind::state &&
                 !has_unknown_contributor();
    // One local, user-verified approval that stands, by a lead of the policy.
    // What the rules ask of keys is replaced with them.
    Asked asked = asked_;
    asked.no_file = false;
    for (const RoleId& role : rule.roles) {
      asked.need.try_emplace(role, 1);
    }
    bool approved = false;
    QuorumQuestion question = question_for(asked);
    demand(quorum(question).opponents.empty(), 15, Errc::refuse_s3);
    question.min_local = 1;
    question.need_uv = true;
    question.no_sync = false;
    question.people_min = 1;
    for (Vote& vote : question.votes) {
      vote.aged = false;
    }
    for (const RoleId& role : rule.roles) {
      question.need = {{role, 1}};
      approved = approved || quorum(question).outcome == QuorumOutcome::met;
    }
    return meets && approved;
  }

  // Step 14.
  void check_release() {
    const auto demand_s5 = [&](bool holds) { demand(holds, 14, Errc::refuse_s5); };
    if (serving_ == nullptr) {
      demand_s5(change_->auto_rule.has_value());
      return;
    }
    const LedgerEntry& entry = serving_->valid->place.entry;
    std::vector<Digest> expected = serving_->release.stmts;
    expected.push_back(serving_->from->digest);
    std::sort(expected.begin(), expected.end());
    demand_s5(entry.stmts == expected && entry.phase == serving_->release.phase);
    for (const Digest& digest : serving_->release.stmts) {
      const auto found = in_.statements.find(digest);
      demand_s5(found != in_.statements.end() && may_be_named(found->second));
    }
  }

  [[nodiscard]] bool is_about_change(const Signed& one) const {
    const Statement& statement = one.statement;
    switch (statement.act) {
      case Act::author:
      case Act::approve:
      case Act::reject:
        return statement.obj_type == ObjType::change && statement.obj == digest_;
      case Act::attest: {
        const auto evidence = blob_as<Evidence>(statement.obj);
        return statement.obj_type == ObjType::evidence && evidence &&
               evidence->subject == codec::change_core(in_.change_bytes);
      }
      default:
        return false;
    }
  }

  [[nodiscard]] bool may_be_named(const Signed& one) const {
    if (one.statement.act == Act::withdraw && one.statement.obj_type == ObjType::statement) {
      const auto taken = in_.statements.find(one.statement.obj);
      return taken != in_.statements.end() && is_about_change(taken->second);
    }
    const auto release = release_of(one);
    return is_about_change(one) || (release && release->change == digest_);
  }
};

}  // namespace twoseal::reference
