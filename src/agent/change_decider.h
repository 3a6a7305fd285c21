// Whether a change may be carried out here, now: authorize(), the host's own plan, admit().
#pragma once

#include <optional>
#include <vector>

#include "agent/change_runner.h"
#include "agent/documents.h"
#include "agent/plan_desk.h"
#include "model/contact.h"

namespace twoseal {

/// Exactly one of `order`, `outcome` and `wait` says what happens. `reasons`: why it was refused or
/// has to wait. `criteria`: of an auto-approval or an emergency, as found here.
struct ChangeVerdict {
  std::optional<RunOrder> order;
  std::optional<RunOutcome> outcome;
  bool wait = false;  ///< ask again later: window, gate, freshness, stop, freeze
  std::vector<Reason> reasons;
  std::vector<Criterion> criteria;
  Digest change;
  std::optional<State> state;
  PlanInputs inputs;
};

/// For one host. Not for two threads at once.
class ChangeDecider {
 public:
  struct Parts {
    System& system;
    HeldDocuments& documents;
    RunBook& book;
    Bytes token_key;  ///< 32 octets that never leave the host
  };

  explicit ChangeDecider(Parts parts) : parts_(std::move(parts)) {}

  /// Decides about the change in `files`, a decision directory of the server without state and
  /// inputs: steps 2 to 22. Over a damaged journal whatever need not wait is refused with J1.
  /// Errors are of the agent's own store alone.
  [[nodiscard]] Result<ChangeVerdict> decide(const Files& files);

  /// Plans what a request asks for. `files`: `request.json`, `record.json`, and `blobs/HEX` with
  /// the state and what it names. Gives the answer and the bytes of the class, or why there is
  /// none: Errc::plan_refused, Errc::bad_signature, Errc::refuse_j1 over a damaged journal, errors
  /// of plan_state().
  struct PlanReply {
    PlanAnswer answer;
    Bytes plan_class;
  };

  [[nodiscard]] Result<PlanReply> answer_plan(const Files& files, PlanDesk& answered);

  /// Everything that the host remembers, as decisions read it.
  [[nodiscard]] AgentState state() const;

  /// What templates and sources of a state read on this host.
  [[nodiscard]] PlanInputs plan_inputs(const std::map<Digest, Bytes>& blobs) const;

 private:
  [[nodiscard]] Result<ChangeVerdict> admit_plan(const Files& asked,
                                                 const Authorization& authorization,
                                                 ChangeVerdict verdict);

  Parts parts_;
};

}  // namespace twoseal
