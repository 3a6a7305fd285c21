#include "policy/rollback.h"

#include <algorithm>

#include "codec/objects.h"
#include "model/names.h"
#include "policy/authorize.h"
#include "policy/gate.h"
#include "policy/inspection.h"
#include "policy/rules.h"

namespace twoseal {
namespace {

// Steps that must hold for a change to be taken back. Content is among the later ones: what is
// taken back was checked when it was applied.
bool is_judged(Step step) {
  return step <= Step::entries && step != Step::policy;
}

bool is_about(const Rollback& rollback, const Inspection& in) {
  return rollback.org == in.inputs.org && rollback.change == in.change_digest() &&
         (!rollback.hosts ||
          (in.inputs.host &&
           std::binary_search(rollback.hosts->begin(), rollback.hosts->end(), *in.inputs.host)));
}

// Whether the signer may ask: in the role named, or in any when it names none.
bool may_ask(const Inspection& in, const Judged& judged, const std::set<RoleId>& roles) {
  const Statement& statement = judged.statement();
  return std::any_of(roles.begin(), roles.end(), [&](const RoleId& role) {
    return (statement.role.empty() || statement.role == role) &&
           in.keyring->holds(statement.by, role, judged.moment);
  });
}

std::set<RoleId> roles_that_ask(Inspection& in) {
  std::set<RoleId> roles = {RoleId::parse("executor").value()};
  if (in.policy != nullptr) {
    for (const auto& [role, n] : requirement_of(in, in.effects).need) {
      roles.insert(role);
    }
  }
  return roles;
}

// The newest rollback that is over: this host carried it out, or the release that its phase runs by
// overrides it, as far as it was recorded behind it. Nothing recorded before it asks for anything
// any more.
std::int64_t spent_rollback(const Inspection& in) {
  std::optional<std::int64_t> spent;
  if (in.serving != nullptr && in.serving->release.after) {
    spent = std::min(*in.serving->release.after, in.serving->index);
  }
  for (const UsedChange& one :
       in.bundle.state ? in.bundle.state->used : std::vector<UsedChange>()) {
    if (one.change == in.change_digest()) {
      spent = std::max({spent, one.rolled_back, one.overridden});
    }
  }
  return spent.value_or(-1);
}

// The first recorded statement that asks for it.
const Judged* find_statement(Inspection& in) {
  const std::set<RoleId> roles = roles_that_ask(in);
  const std::int64_t spent = spent_rollback(in);
  const Judged* first = nullptr;
  for (const auto& [digest, source] : in.bundle.statements) {
    const auto blob = in.bundle.blobs.find(source.statement.obj);
    if (source.statement.act != Act::rollback || blob == in.bundle.blobs.end()) {
      continue;
    }
    const auto rollback = codec::decode<Rollback>(blob->second);
    if (!rollback || !is_about(*rollback, in)) {
      continue;
    }
    const Judged& judged = in.judge->judge(source);
    if (!judged.valid()) {
      in.findings.note("not counted: rollback by " + source.statement.by.text() + ": " +
                       *judged.problem);
    } else if (in.judge->taken_back(source)) {
      in.findings.note("not counted: rollback by " + source.statement.by.text() + ": withdrawn");
    } else if (!may_ask(in, judged, roles)) {
      in.findings.note("not counted: rollback by " + source.statement.by.text() +
                       ": the signer holds no role that may ask");
    } else if (judged.moment.index <= spent) {
      in.findings.note("not counted: rollback by " + source.statement.by.text() +
                       ": it was carried out, or overridden by a release");
    } else if (first == nullptr || judged.moment.index < first->moment.index) {
      first = &judged;
    }
  }
  return first;
}

bool asks_for_gate(const Inspection& in) {
  const auto& triggers = in.change->rollback.auto_on;
  const bool named = std::any_of(
      triggers.begin(), triggers.end(), [](const Name& one) { return one.text() == "gate"; });
  if (!named || in.policy == nullptr) {
    return named;
  }
  const auto& forbidden = in.policy->no_auto_rollback;
  return std::none_of(forbidden.begin(), forbidden.end(), [&](const Name& one) {
    return one.text() == enum_name(in.change->kind) ||
           std::binary_search(in.change->risks.begin(), in.change->risks.end(), one);
  });
}

// The phase whose automatic gate is closed for good since too many of its hosts failed.
const Phase* closed_phase(Inspection& in) {
  if (!in.change->phases || !asks_for_gate(in)) {
    return nullptr;
  }
  for (const Phase& phase : *in.change->phases) {
    if (phase.gate.kind == GateKind::automatic &&
        judge_auto_gate(phase, tally_of_unasked(in, phase), in.lo) == GateAnswer::closed) {
      return &phase;
    }
  }
  return nullptr;
}

RollbackDecision conclude(Inspection& in) {
  RollbackDecision decision;
  decision.floor = in.floor;
  for (Reason& reason : in.findings.sorted()) {
    if (is_judged(reason.step)) {
      decision.reasons.push_back(std::move(reason));
    }
  }
  return decision;
}

void refuse(RollbackDecision& decision, Errc code, std::string text) {
  decision.reasons.push_back({Step::approvals, code, error_info(code).exit, std::move(text)});
}

}  // namespace

RollbackDecision authorize_rollback(const Files& files,
                                    const DecisionInputs& inputs,
                                    Anchor anchor) {
  const Authorization asked = authorize(files, inputs, anchor);
  Inspection& in = *asked.facts;
  RollbackDecision decision = conclude(in);
  if (!decision.permits()) {
    return decision;
  }
  if (in.change == nullptr) {
    refuse(decision, Errc::refuse_c1, "there is no change to take back");
    return decision;
  }
  if (const Judged* judged = find_statement(in)) {
    decision.entry = judged->moment.index;
    decision.why = judged->statement().by.text() + " asked for it";
    return decision;
  }
  if (const Phase* phase = closed_phase(in)) {
    decision.why = "too many hosts of phase " + phase->name.text() + " failed";
    return decision;
  }
  refuse(decision, Errc::refuse_s1, "nobody who may ask for the rollback did");
  return decision;
}

}  // namespace twoseal
