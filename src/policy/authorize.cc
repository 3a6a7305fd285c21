#include "policy/authorize.h"

#include <algorithm>

#include "codec/objects.h"
#include "crypto/hash.h"
#include "policy/inspection.h"

namespace twoseal {
namespace {

// Steps 3 to 6: who may say what, and what is current.
void check_documents(Inspection& in) {
  check_roster(in);
  if (!in.keyring) {
    return;
  }
  check_times(in);
  in.log.emplace(in.bundle, in.roster->value, in.inputs.org, in.findings);
  in.judge.emplace(in.bundle, *in.keyring, *in.log, in.hi, in.findings);
  check_fresh(in);
  check_policy(in);
  check_restrictions(in);
  check_assignment(in);
}

// Steps 8 to 20: the change itself.
void check_change(Inspection& in) {
  if (!in.bundle.change) {
    in.refuse(Step::content, Errc::refuse_c1, "there is no change");
    return;
  }
  in.change = &in.bundle.change->value;
  check_content(in);
  check_rest(in);
}

Decision conclude(const Inspection& in) {
  Decision decision;
  decision.org = in.inputs.org;
  decision.host = in.inputs.host;
  decision.floor = in.floor;
  decision.reasons = in.findings.sorted();
  decision.notes = in.findings.notes();
  decision.rules = in.rules;
  decision.criteria = in.criteria;
  if (in.change != nullptr) {
    decision.change = in.change_digest();
    decision.phase = in.phase_name();
  }
  if (!decision.reasons.empty()) {
    decision.code = decision.reasons.front().code;
    decision.exit = decision.reasons.front().exit;
    return decision;
  }
  decision.answer = Answer::permit;
  decision.exit = Exit::done;
  std::set<Digest> counted;
  for (const Judged* judged : in.counted) {
    counted.insert(judged->source->digest);
  }
  if (in.serving != nullptr) {
    counted.insert(in.serving->judged->source->digest);
  }
  decision.counted.assign(counted.begin(), counted.end());
  return decision;
}

void check_own_plan(Inspection& in, const Digest& own_class, BytesView token) {
  const auto approved = [&](const PlannedHost& host) {
    return host.id == in.inputs.host && equal_constant_time(host.token, token);
  };
  const auto& classes = in.plan->classes;
  if (std::none_of(classes.begin(), classes.end(), [&](const PlannedClass& one) {
        return one.class_digest == own_class &&
               std::any_of(one.hosts.begin(), one.hosts.end(), approved);
      })) {
    in.refuse(Step::own_plan,
              Errc::refuse_c4,
              "the plan that this host makes now is not the one that was approved");
  }
}

// Risks and effects that the host's own plan shows are declared, and the rules hold with them.
void check_own_effects(Inspection& in, const PlanClass& own) {
  std::set<Name> effects = in.effects;
  const auto& risks = in.change->risks;
  for (const PlanStep& step : own.steps) {
    for (const Name& risk : step.risks) {
      if (!std::binary_search(risks.begin(), risks.end(), risk)) {
        in.refuse(Step::own_effects,
                  Errc::refuse_s6,
                  step.res + " carries the risk " + risk.text() + ", which was not accepted");
      }
    }
    for (const Name& effect : step.effects) {
      if (effects.insert(effect).second) {
        in.refuse(Step::own_effects,
                  Errc::refuse_s6,
                  step.res + " has the effect " + effect.text() + ", which was not declared");
      }
    }
    if (step.opaque && !step.opaque->undo && in.change->rollback.kind == RollbackKind::restore) {
      in.refuse(Step::undo,
                Errc::refuse_b3,
                step.res + " is opaque and names no undo, and the rollback is restore");
    }
  }
  if (effects != in.effects) {
    check_approval(in, effects, Step::own_effects);
  }
}

}  // namespace

Authorization authorize(const Files& files,
                        const DecisionInputs& inputs,
                        Anchor anchor,
                        const Unread& unread) {
  auto in = std::make_shared<Inspection>();
  in->inputs = inputs;
  in->anchor = anchor;
  in->floor = inputs.floor;
  in->bundle = load_bundle(files, inputs.org, in->findings, unread);
  check_documents(*in);
  if (in->keyring) {
    if (in->bundle.change) {
      in->core = codec::change_core(files.at("change.json"));
    }
    check_change(*in);
    check_log(*in);
  }
  Decision decision = conclude(*in);
  return {std::move(decision), std::move(in)};
}

Decision admit(const Authorization& authorization, BytesView own_class, BytesView token) {
  if (authorization.decision.answer != Answer::permit) {
    return authorization.decision;
  }
  Inspection& in = *authorization.facts;
  const auto own = codec::decode<PlanClass>(own_class);
  if (!own || own->org != in.inputs.org || !in.plan) {
    in.refuse(Step::own_plan, Errc::refuse_c4, "the host's own plan cannot be read");
    return conclude(in);
  }
  if (own->steps.empty()) {
    Decision decision = conclude(in);
    decision.answer = Answer::nochange;
    return decision;
  }
  check_own_plan(in, sha256(own_class), token);
  check_own_effects(in, *own);
  return conclude(in);
}

Decision decide(const Files& files,
                const DecisionInputs& inputs,
                Anchor anchor,
                const Unread& unread) {
  const Authorization authorization = authorize(files, inputs, anchor, unread);
  if (!inputs.own_plan) {
    return authorization.decision;
  }
  const auto& blobs = authorization.facts->bundle.blobs;
  const auto own = blobs.find(inputs.own_plan->class_digest);
  return admit(authorization, own != blobs.end() ? own->second : Bytes(), inputs.own_plan->token);
}

void check_rest(Inspection& in) {
  check_target(in);
  derive_effects(in);
  check_release(in);
  find_withdrawn(in);
  check_author(in);
  check_approval(in, in.effects, Step::quorum);
  if (in.policy != nullptr && in.change->min_policy > in.policy->version) {
    in.refuse(Step::rule,
              Errc::refuse_c3,
              "the change asks for policy " + std::to_string(in.change->min_policy) + "; here is " +
                  std::to_string(in.policy->version));
  }
  check_use(in);
  check_gates(in);
  check_halts(in);
  check_resources(in);
}

void check_log(Inspection& in) {
  if (!in.log->open()) {
    return;
  }
  if (in.bundle.state && in.bundle.state->checkpoint) {
    in.log->demand_continues(
        *in.bundle.state->checkpoint, Errc::refuse_l3, "this host", in.findings);
  }
  if (in.bundle.fresh) {
    in.log->demand_continues(
        in.bundle.fresh->value.log, Errc::refuse_l5, "the timekeeper", in.findings);
  }
  in.judge->judge_all();
  std::set<LogPoint> seen = in.judge->seen();
  seen.insert(in.seen.begin(), in.seen.end());
  for (const LogPoint& point : seen) {
    in.log->demand_continues(point, Errc::refuse_l5, "a signer", in.findings);
  }
}

}  // namespace twoseal
