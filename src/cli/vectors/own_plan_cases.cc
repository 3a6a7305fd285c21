// Steps 21 to 23, admit(): the plan that the host makes itself.
#include "cli/vectors/cases.h"
#include "crypto/hash.h"

namespace twoseal::vectors {
namespace {

// Lets the host plan `own`, which differs from what was approved.
CaseList::FileEdit planning(std::function<void(PlanClass&)> edit) {
  return [edit = std::move(edit)](Files& files, World& w) {
    const std::string approved = "blobs/" + w.digest_of("class:web-01").hex();
    auto own = codec::decode<PlanClass>(files.at(approved)).value();
    edit(own);
    const Bytes bytes = codec::encode(own);
    files["blobs/" + sha256(bytes).hex()] = bytes;
    edit_file<DecisionInputs>(files, "inputs.json", [&](DecisionInputs& inputs) {
      inputs.own_plan->class_digest = sha256(bytes);
    });
  };
}

// Lets hosts and approvers agree on a plan whose steps `edit` changed.
CaseList::Edit planned(std::function<void(PlanStep&)> edit) {
  return [edit = std::move(edit)](World& w) {
    for (auto& [host, one] : w.classes) {
      edit(one.steps[0]);
    }
  };
}

void add_agreement_cases(CaseList& list) {
  list.permit("permit-without-own-plan", "whether the host may plan, before it has", [](World& w) {
    w.with_own_plan = false;
  });
  list.refuse_files("c4-another-content",
                    "the host would write something else",
                    planning([](PlanClass& own) { own.steps[0].diff[0].new_value = "other\n"; }));
  list.refuse_files("c4-another-action",
                    "the host would change what was to be created",
                    planning([](PlanClass& own) { own.steps[0].action = StepAction::change; }));
  list.refuse_files("c4-step-more",
                    "the host would do one thing more",
                    planning([](PlanClass& own) { own.steps.push_back(own.steps[0]); }));
  list.refuse_files(
      "c4-another-token", "the same steps, from another starting point", [](Files& files, World&) {
        edit_file<DecisionInputs>(files, "inputs.json", [](DecisionInputs& inputs) {
          inputs.own_plan->token[0] = static_cast<char>(inputs.own_plan->token[0] ^ 1);
        });
      });
  list.refuse_files(
      "c4-token-of-another-host", "the token of another host", [](Files& files, World&) {
        edit_file<DecisionInputs>(files, "inputs.json", [](DecisionInputs& inputs) {
          inputs.own_plan->token = sha256("token web-02").bytes();
        });
      });
  list.refuse(
      "c4-plan-of-another-host",
      "the host would do what was approved for another host",
      [](World& w) { w.classes["web-02"].steps[0].diff[0].new_value = "other\n"; },
      [](Files& files, World& w) {
        edit_file<DecisionInputs>(files, "inputs.json", [&](DecisionInputs& inputs) {
          inputs.own_plan->class_digest = w.digest_of("class:web-02");
        });
      });
  list.refuse_files(
      "c4-own-plan-missing", "the host's own plan is not here", [](Files& files, World&) {
        edit_file<DecisionInputs>(files, "inputs.json", [](DecisionInputs& inputs) {
          inputs.own_plan->class_digest = sha256("nothing");
        });
      });
  list.refuse_files(
      "c4-own-plan-unreadable", "the host's own plan is no plan", [](Files& files, World& w) {
        edit_file<DecisionInputs>(files, "inputs.json", [&](DecisionInputs& inputs) {
          inputs.own_plan->class_digest = w.digest_of("state");
        });
      });
  list.refuse_files("c4-own-plan-of-another-org",
                    "the host's own plan is of another organisation",
                    planning([](PlanClass& own) { own.org = sha256("another"); }));
  const auto nothing_to_do = planning([](PlanClass& own) { own.steps.clear(); });
  list.nochange("nochange", "nothing is left to do", [](World&) {}, nothing_to_do);
  list.refuse(
      "s3-nothing-to-do-unapproved",
      "nothing is left to do, but an approval is missing all the same",
      [](World& w) { drop(w, "engineering"); },
      nothing_to_do);
}

void add_effect_cases(CaseList& list) {
  const auto effect = planned([](PlanStep& step) { step.effects = {name("reboot")}; });
  list.refuse("s6-plan-with-undeclared-effect",
              "the plan has an effect that the change does not declare",
              effect);
  list.permit("permit-plan-with-declared-effect",
              "the plan has an effect that the change declares",
              [=](World& w) {
                effect(w);
                w.change.effects = {name("reboot")};
              });
  const auto risk = planned([](PlanStep& step) { step.risks = {name("maintainer-scripts")}; });
  list.refuse("s6-plan-with-undeclared-risk", "the plan has a risk that nobody accepted", risk);
  list.permit(
      "permit-plan-with-declared-risk", "the plan has a risk that the change names", [=](World& w) {
        risk(w);
        w.change.risks = {name("maintainer-scripts")};
      });
  list.refuse("s3-effect-asks-for-more",
              "an effect of the plan, declared, asks for a further approval",
              [=](World& w) {
                effect(w);
                w.change.effects = {name("reboot")};
                Rule rule = w.policy.rules[0];
                rule.id = name("reboots");
                rule.match.effects = {{name("reboot")}};
                rule.need = {{1, role("it-manager")}};
                w.policy.rules.push_back(rule);
              });
  const auto opaque = [](const std::optional<std::vector<std::string>>& undo) {
    return [=](World& w) {
      planned([=](PlanStep& step) {
        step.effects = {name("opaque")};
        step.opaque = Opaque{{"/usr/sbin/a2enmod", "ssl"}, undo};
      })(w);
      w.change.effects = {name("opaque")};
    };
  };
  list.refuse(
      "b3-opaque-without-undo", "an opaque step that nobody can undo", opaque(std::nullopt));
  list.permit("permit-opaque-with-undo",
              "an opaque step that names its undo",
              opaque({{"/usr/sbin/a2dismod", "ssl"}}));
  list.permit("permit-opaque-with-procedure",
              "an opaque step, and people who carry the rollback out",
              [=](World& w) {
                opaque(std::nullopt)(w);
                w.blobs["procedure"] = "x";
                w.change.rollback.auto_on.clear();
                w.change.rollback.kind = RollbackKind::procedure;
                w.change.rollback.blob = sha256("x");
              });
}

}  // namespace

void add_own_plan_cases(CaseList& list) {
  add_agreement_cases(list);
  add_effect_cases(list);
}

}  // namespace twoseal::vectors
