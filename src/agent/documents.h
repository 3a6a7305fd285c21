// The documents that the host holds: verified by the trust core at each contact, kept whole.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "agent/home.h"
#include "policy/authorize.h"
#include "policy/inspection.h"

namespace twoseal {

/// What the host is, and where its trust begins; of the join.
struct HostIdentity {
  Digest org;
  HostId host;
  OwnKeys keys;
};

/// Not for two threads at once. What could not be written down is not held.
class HeldDocuments {
 public:
  /// Reads what is held. `home` must outlive it. Errc::refuse_j1 when it cannot be read.
  [[nodiscard]] static Result<HeldDocuments> open(AgentHome& home, HostIdentity identity);

  /// Nothing is held, whatever lies in `home`, and what is taken is not written there: for a host
  /// that lost what it had learnt and only looks on.
  [[nodiscard]] static HeldDocuments without_memory(AgentHome& home, HostIdentity identity);

  /// Judges `newer` (a decision directory without a change) together with what the host remembers:
  /// steps 2 to 7, and R4 for a demonstration, which no host obeys. Without reasons it becomes what
  /// is held, synced; with reasons nothing changes but the floor, which rises at most. `clock`: the
  /// host's.
  [[nodiscard]] Result<std::vector<Reason>> take(Files newer, UnixSeconds clock);

  /// Everything that was verified; nullptr before the first take().
  [[nodiscard]] const Inspection* facts() const {
    return verified_ ? verified_->facts.get() : nullptr;
  }

  /// What the host remembers of documents, without runs.
  [[nodiscard]] const AgentState& state() const { return state_; }

  [[nodiscard]] UnixSeconds floor() const { return floor_; }

  [[nodiscard]] const HostIdentity& identity() const { return identity_; }

  /// What decide is asked now.
  [[nodiscard]] DecisionInputs inputs(UnixSeconds clock) const;

  /// The floor after a decision, kept when it rose.
  [[nodiscard]] Result<void> raise_floor(UnixSeconds floor);

  /// The newest point of the log that was verified; the empty log before the first.
  [[nodiscard]] LogPoint seen() const;

  /// Labels, environment and name, when assigned.
  [[nodiscard]] const Assignment* assignment() const {
    return facts() != nullptr ? facts()->assignment : nullptr;
  }

 private:
  HeldDocuments(AgentHome& home, HostIdentity identity)
      : home_(&home), identity_(std::move(identity)) {}

  [[nodiscard]] Result<void> save(Files files, const AgentState& state, UnixSeconds floor);

  AgentHome* home_;
  bool is_kept_ = true;  ///< whether what is taken is written down
  HostIdentity identity_;
  AgentState state_;
  UnixSeconds floor_ = 0;
  Files files_;
  std::optional<Authorization> verified_;
};

}  // namespace twoseal
