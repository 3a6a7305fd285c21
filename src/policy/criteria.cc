#include "policy/criteria.h"

#include <algorithm>

#include "base/limits.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "model/names.h"
#include "policy/rules.h"

namespace twoseal {
namespace {

constexpr std::string_view kTrust = "trust";

// Writes one criterion down and refuses when it does not hold.
void criterion(Inspection& in, std::string name, std::string value, std::string limit, bool holds) {
  if (!holds) {
    in.refuse(Step::quorum,
              Errc::refuse_s4,
              name + ": " + value + (limit.empty() ? "" : "; allowed: " + limit));
  }
  in.criteria.push_back({holds, std::move(limit), std::move(name), std::move(value)});
}

void at_most(Inspection& in, std::string name, std::int64_t value, std::int64_t limit) {
  criterion(in, std::move(name), std::to_string(value), std::to_string(limit), value <= limit);
}

std::int64_t count_today(const Inspection& in, std::string_view rule) {
  std::int64_t count = 0;
  for (const DayCount& one : in.bundle.state ? in.bundle.state->counts : std::vector<DayCount>()) {
    count += one.day == in.hi / limits::kDay && one.rule.text() == rule ? one.n : 0;
  }
  return count;
}

std::int64_t target_count(const Change& change) {
  return static_cast<std::int64_t>(
      change.targets.hosts.value_or(std::vector<TargetHost>()).size() +
      change.targets.assets.value_or(std::vector<TargetAsset>()).size());
}

// Whether `by` names the attester or a role that the attester holds.
bool may_attest(const Inspection& in, const EvidenceNeed& need, const Judged& judged) {
  return std::any_of(need.by.begin(), need.by.end(), [&](const ActorId& one) {
    return one == judged.statement().by ||
           in.keyring->holds(
               judged.statement().by, RoleId::parse(one.text()).value(), judged.moment);
  });
}

// The steps of all classes of the plan. Missing classes are a finding: what cannot be seen cannot
// meet a criterion.
std::vector<PlanStep> planned_steps(Inspection& in) {
  std::vector<PlanStep> steps;
  for (const PlannedClass& one : in.plan ? in.plan->classes : std::vector<PlannedClass>()) {
    const auto blob = in.bundle.blobs.find(one.class_digest);
    auto plan_class = blob != in.bundle.blobs.end()
                          ? codec::decode<PlanClass>(blob->second)
                          : Result<PlanClass>(fail(Errc::refuse_c1, "it is not here"));
    if (!plan_class) {
      in.refuse(Step::content,
                Errc::refuse_c1,
                "plan class " + one.class_digest.text() + ": " + plan_class.error().what);
      continue;
    }
    if (plan_class->org != in.inputs.org) {
      in.refuse(Step::bytes,
                Errc::refuse_b2,
                "plan class " + one.class_digest.text() + ": belongs to another organisation");
    }
    steps.insert(steps.end(), plan_class->steps.begin(), plan_class->steps.end());
  }
  return steps;
}

void check_actions(Inspection& in, const AutoRule& rule) {
  std::string others;
  bool opaque = std::any_of(in.change->health.begin(),
                            in.change->health.end(),
                            [](const auto& one) { return one.kind == HealthKind::command; });
  for (const PlanStep& step : planned_steps(in)) {
    const Name action = Name::parse(enum_name(step.action)).value();
    if (!std::binary_search(rule.only_actions.begin(), rule.only_actions.end(), action)) {
      others += (others.empty() ? "" : " ") + action.text() + ":" + step.res;
    }
    opaque = opaque || step.opaque.has_value();
  }
  opaque = opaque || in.effects.contains(Name::parse("opaque").value());
  criterion(in, "only_actions", others.empty() ? "kept" : others, "", others.empty());
  criterion(in, "no_opaque_step", opaque ? "an opaque step or command" : "none", "", !opaque);
}

void check_labels(Inspection& in, const AutoRule& rule) {
  for (const TargetLabels& target : in.targets) {
    const bool env = std::binary_search(rule.envs.begin(), rule.envs.end(), target.env);
    criterion(in, "envs", target.env.text(), "", env);
    criterion(in, "match", target.name, "", matches(in, rule.match, target, in.effects));
  }
}

}  // namespace

bool has_evidence(Inspection& in, const Name& kind, const EvidenceNeed* need) {
  for (const auto& [digest, source] : in.bundle.statements) {
    const Statement& statement = source.statement;
    const auto blob = in.bundle.blobs.find(statement.obj);
    if (statement.act != Act::attest || blob == in.bundle.blobs.end() ||
        in.withdrawn.contains(digest) || !counts_for_release(in, digest) ||
        authors_of(*in.change).contains(statement.by)) {
      continue;
    }
    const auto evidence = codec::decode<Evidence>(blob->second);
    const bool about = evidence && evidence->org == in.inputs.org && evidence->kind == kind &&
                       evidence->verdict == Verdict::pass && evidence->subject == in.core;
    if (!about) {
      continue;
    }
    const Judged& judged = in.judge->judge(source);
    if (judged.valid() && (need == nullptr || may_attest(in, *need, judged))) {
      in.counted.push_back(&judged);
      return true;
    }
  }
  return false;
}

void check_auto(Inspection& in) {
  const auto rule = std::find_if(
      in.policy->auto_rules.begin(), in.policy->auto_rules.end(), [&](const AutoRule& one) {
        return one.id == *in.change->auto_rule;
      });
  if (rule == in.policy->auto_rules.end()) {
    in.refuse(Step::quorum,
              Errc::refuse_s4,
              "policy " + std::to_string(in.policy->version) + " has no auto rule " +
                  in.change->auto_rule->text());
    return;
  }
  const Change& change = *in.change;
  in.rules = {rule->id};
  criterion(
      in, "expires", std::to_string(in.hi), std::to_string(rule->expires), in.hi < rule->expires);
  check_labels(in, *rule);
  at_most(in, "max_hosts", target_count(change), rule->max_hosts);
  at_most(in, "window", change.window.not_after - change.window.not_before, rule->window);
  at_most(in, "per_day", count_today(in, rule->id.text()) + 1, rule->per_day);
  const auto phases = change.phases ? static_cast<std::int64_t>(change.phases->size()) : 0;
  criterion(in,
            "phases_required",
            std::to_string(phases),
            "at least " + std::to_string(rule->phases_required),
            phases >= rule->phases_required);
  criterion(in,
            "rollback",
            std::string(enum_name(change.rollback.kind)),
            "restore",
            change.rollback.kind == RollbackKind::restore);
  criterion(in, "no_secrets", std::to_string(change.secrets.size()), "0", change.secrets.empty());
  if (!change.plan) {
    criterion(in, "plan", "there is none, so nobody can see the steps", "", false);
  }
  check_actions(in, *rule);
  for (const EvidenceNeed& need : rule->evidence_required) {
    const bool found = has_evidence(in, need.kind, &need);
    criterion(in, "evidence", need.kind.text() + (found ? "" : " is missing"), "", found);
  }
}

void check_emergency(Inspection& in) {
  const Change& change = *in.change;
  const EmergencyRule& rule = in.policy->emergency;
  const Judged* lead = nullptr;
  for (const Judged* judged : standing_approvals(in)) {
    const Statement& statement = judged->statement();
    const bool in_role = std::any_of(rule.roles.begin(), rule.roles.end(), [&](const RoleId& role) {
      return (statement.role.empty() || statement.role == role) &&
             in.keyring->holds(statement.by, role, judged->moment);
    });
    if (in_role && judged->key->display == Display::local && judged->user_verified) {
      lead = judged;
    }
  }
  criterion(in,
            "approved by a lead with a local, user-verified key",
            lead != nullptr ? lead->statement().by.text() : "nobody",
            "",
            lead != nullptr);
  if (lead != nullptr) {
    in.counted.push_back(lead);
  }
  const auto contributors = change.contributors.value_or(std::vector<std::string>());
  const bool known = std::find(contributors.begin(), contributors.end(), "?") == contributors.end();
  criterion(in, "all contributors are known", known ? "yes" : "?", "", known);
  at_most(in, "max_hosts", target_count(change), rule.max_hosts);
  at_most(in, "window", change.window.not_after - change.window.not_before, rule.window);
  at_most(in, "per_day", count_today(in, "emergency") + 1, rule.per_day);
  const bool trust = in.effects.contains(Name::parse(kTrust).value());
  criterion(in, "no_trust_resources", trust ? "effect trust" : "none", "", !trust);
  criterion(in,
            "rollback",
            std::string(enum_name(change.rollback.kind)),
            "procedure or restore",
            change.rollback.kind != RollbackKind::state);
}

}  // namespace twoseal
