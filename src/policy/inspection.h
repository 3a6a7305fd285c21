// One decision in the making: its inputs, and what each step has established so far. The steps are
// free functions in files of their own; each reads what earlier ones left here.
#pragma once

#include <optional>
#include <set>
#include <vector>

#include "model/plan.h"
#include "policy/bundle.h"
#include "policy/gate.h"
#include "policy/keyring.h"
#include "policy/log_view.h"
#include "policy/statements.h"

namespace twoseal {

/// What rules match with: labels of the host, of its workspace, or of an asset without an agent.
struct TargetLabels {
  std::string name;
  Name env;
  Name data_class;
  std::set<ComponentId> components;
};

/// The release that lets a phase begin.
struct ServingRelease {
  Release release;
  const Judged* judged = nullptr;
  std::int64_t index = 0;
  bool withdrawn = false;  ///< serves no phase, but its signer released one all the same
};

struct Inspection {
  DecisionInputs inputs;
  Anchor anchor = Anchor::memory;
  Findings findings;
  Bundle bundle;

  // Steps 3 to 8.
  const Named<Roster>* roster = nullptr;
  std::optional<Keyring> keyring;
  bool policy_memory = true;      ///< whether remembered policy versions still bind
  bool assignment_memory = true;  ///< the same for assignments
  bool time_memory = true;        ///< the same for freshness
  std::set<LogPoint> seen;        ///< by root keys and timekeepers
  UnixSeconds hi = 0;
  UnixSeconds lo = 0;
  UnixSeconds floor = 0;
  std::optional<LogView> log;
  std::optional<StatementJudge> judge;
  const Policy* policy = nullptr;
  const Restrictions* restrictions = nullptr;
  const Assignment* assignment = nullptr;

  // Steps 9 and later.
  const Change* change = nullptr;
  Digest core;  ///< what evidence is about
  std::optional<State> state;
  std::optional<State> undo_state;  ///< of a rollback that is a state
  std::optional<Plan> plan;
  std::vector<TargetLabels> targets;     ///< the host alone, or every asset
  std::size_t phase = 0;                 ///< index into change->phases
  bool has_phase = true;                 ///< whether the host is in exactly one
  std::vector<ServingRelease> releases;  ///< valid ones of any phase, by index in the log
  const ServingRelease* serving = nullptr;
  std::set<Digest> withdrawn;  ///< statements that their own signers took back
  std::set<Name> effects;      ///< declared and derived
  std::vector<const Judged*> counted;
  std::vector<Name> rules;
  std::vector<Criterion> criteria;
  bool gates_passed = false;  ///< of Replay: they were found open for another host of the phase

  void refuse(Step step, Errc code, std::string text) {
    findings.refuse(step, code, std::move(text));
  }

  [[nodiscard]] const Digest& change_digest() const { return bundle.change->digest; }

  [[nodiscard]] Name phase_name() const;

  /// Everything that the change may do to a host: the resources of its state and of the state that
  /// takes it back. Points into both.
  [[nodiscard]] std::vector<const Resource*> resources() const;
};

/// The phase of a change that a person carries out: it has only one.
[[nodiscard]] const Name& whole_phase();

// Step 3; then the signatures of fresh and the times; steps 4 to 8.
void check_roster(Inspection& in);
void check_times(Inspection& in);
void check_fresh(Inspection& in);
void check_policy(Inspection& in);
void check_restrictions(Inspection& in);
void check_assignment(Inspection& in);
void check_log(Inspection& in);

/// The valid release that lets `phase` begin: its own, or where it may lack one that of the nearest
/// phase before that has one. nullptr when there is none.
[[nodiscard]] const ServingRelease* serving_release(const Inspection& in, std::size_t phase);

/// Steps 8 and 14: which release serves the phase, and what it names.
void check_release(Inspection& in);
void check_content(Inspection& in);   // 9
void check_target(Inspection& in);    // 10
void find_withdrawn(Inspection& in);  // before 12, behind check_release()
void check_author(Inspection& in);    // 12

/// Steps 11, 13 and 15 with `effects`; findings about the quorum go to `step`, which is 15, or 22
/// when admit() asks again with the effects of the host's own plan.
void check_approval(Inspection& in, const std::set<Name>& effects, Step step);
/// Declared and derived effects; S6 for what is not declared. Before check_approval().
void derive_effects(Inspection& in);
void check_use(Inspection& in);    // 16
void check_gates(Inspection& in);  // 17

/// The newest valid, recorded results of the hosts of `phase`, counted.
[[nodiscard]] GateTally phase_tally(Inspection& in, const Phase& phase);

/// The same without the hosts that took the change back since somebody asked them to: they did not
/// fail.
[[nodiscard]] GateTally tally_of_unasked(Inspection& in, const Phase& phase);
void check_halts(Inspection& in);      // 18
void check_resources(Inspection& in);  // 19 and 20

/// The valid, included results of `host` in `phase`, in the order of the log. Points into the
/// bundle.
[[nodiscard]] std::vector<const HostResult*> results_of(Inspection& in,
                                                        const Phase& phase,
                                                        const HostId& host);

/// Whether `stop` was raised validly by somebody who may, or, raised or not, was lifted. For who
/// makes the list of stops.
[[nodiscard]] bool is_raised(Inspection& in, const Digest& digest, const Stop& stop);
[[nodiscard]] bool is_lifted(Inspection& in, const Digest& digest, const Stop& stop);

/// Steps 10 to 20 in their order, behind check_content().
void check_rest(Inspection& in);

/// The newest assignment of `host`, proven as docs/formats/decision.md asks in step 6; or why not.
/// `remembered`: the version that the chain starts from, if any.
[[nodiscard]] Result<const Assignment*> proven_assignment(
    Inspection& in, const HostId& host, const std::optional<VersionRef>& remembered);

}  // namespace twoseal
