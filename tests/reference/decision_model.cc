// The order of the steps. Each step stands in the file of its theme; every file extends the one
// before, and uses nothing behind it.
#include "tests/reference/decision_model.h"

#include <algorithm>

#include "tests/reference/use_model.h"

namespace twoseal::reference {
namespace {

class Model : public UseSteps {
 public:
  Model(const Files& files, const DecisionInputs& inputs) : UseSteps(files, inputs) {}

  Outcome decide() {
    Outcome outcome;
    try {
      authorize();
      outcome.answer = Answer::permit;
      if (inputs_.own_plan) {
        outcome.answer = admit();
      }
    } catch (const Refused&) {
      outcome.answer = Answer::refuse;
      outcome.causes = causes_;
    }
    outcome.floor = floor_;
    return outcome;
  }

 private:
  void authorize() {
    check_roster_and_fresh();
    if (roster_ != nullptr) {
      early_ = open_checkpoint_early();
      check_remembered(in_.policies, in_.state ? in_.state->policy : std::nullopt);
      check_remembered(in_.restrictions, in_.state ? in_.state->restrictions : std::nullopt);
      check_newer_rosters();
    }
    check_files();
    stop_if_refused();
    check_documents();
    leave_lowest_step();
    stop_if_refused();
    check_assignment();
    stop_if_refused();
    check_checkpoint();
    stop_if_refused();
    find_change();
    check_entries();
    stop_if_refused();
    check_content();
    stop_if_refused();
    check_target();
    stop_if_refused();
    check_rules();
    stop_if_refused();
    check_author();
    stop_if_refused();
    check_quorum();
    check_release();
    leave_lowest_step();
    stop_if_refused();
    check_use();
    stop_if_refused();
    check_gates();
    stop_if_refused();
    check_halts();
    stop_if_refused();
    check_secrets();
    stop_if_refused();
    check_resources();
    stop_if_refused();
  }

  template <class T>
  void check_org_of_blob(const std::optional<Digest>& digest) {
    const auto blob = digest ? in_.blobs.find(*digest) : in_.blobs.end();
    if (blob != in_.blobs.end()) {
      const auto value = codec::decode<T>(blob->second);
      demand(!value || value->org == inputs_.org, 2, Errc::refuse_b2);
    }
  }

  // Objects that are blobs belong to the organisation like all others.
  void check_org_of_blobs() {
    if (roster_ == nullptr || !in_.change) {
      return;
    }
    const Change& change = in_.change->value;
    check_org_of_blob<State>(change.apply);
    check_org_of_blob<State>(change.rollback.state);
    check_org_of_blob<Plan>(change.plan);
    if (const auto plan = blob_as<Plan>(change.plan); plan && change.auto_rule) {
      for (const PlannedClass& one : plan->classes) {
        check_org_of_blob<PlanClass>(one.class_digest);
      }
    }
  }

  // Step 2.
  void check_files() {
    check_org_of_blobs();
    for (const Errc code : in_.faults) {
      refuse(code == Errc::refuse_c1 ? 9 : 2, code);
    }
    const bool bytes = std::any_of(
        causes_.begin(), causes_.end(), [](const Cause& cause) { return cause.step == 2; });
    if (bytes) {
      leave_lowest_step();
      throw Refused();
    }
    // A wrong blob is step 9, unless something before it fails.
    blob_fault_ = std::erase_if(causes_, [](const Cause& cause) { return cause.step == 9; }) > 0;
    leave_lowest_step();
    stop_if_refused();
  }
};
}  // namespace

Outcome decide(const Files& files, const DecisionInputs& inputs) {
  return Model(files, inputs).decide();
}

std::string text_of(const Outcome& outcome) {
  std::string text = outcome.answer == Answer::permit     ? "permit"
                     : outcome.answer == Answer::nochange ? "nochange"
                                                          : "refuse";
  for (const Cause& cause : outcome.causes) {
    text += " " + std::to_string(cause.step) + " " + std::string(error_info(cause.code).refusal) +
            "(" + std::to_string(static_cast<int>(cause.exit)) + ")";
  }
  return text + " floor " + std::to_string(outcome.floor);
}

bool agrees(const Outcome& outcome, const Decision& decision) {
  if (outcome.answer != decision.answer || outcome.floor != decision.floor) {
    return false;
  }
  return outcome.answer != Answer::refuse ||
         outcome.causes.contains(
             {static_cast<int>(decision.reasons.front().step), decision.code, decision.exit});
}

}  // namespace twoseal::reference
