// Asking hosts what a state would change on them, and verifying what they answer.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "authoring/change_yaml.h"
#include "cli/client/client.h"
#include "model/plan.h"

namespace twoseal::cli {

/// A change file whose hosts are known, by signed assignments alone.
struct DraftedChange {
  authoring::ChangeDraft draft;
  std::vector<Assignment> assignments;  ///< the newest of each host
  std::vector<TargetHost> targets;      ///< empty when a person carries it out
  std::vector<std::string> unproven;    ///< hosts that no selector can name, with the reason
};

/// As it came, and as it was verified.
struct SignedAnswer {
  Bytes bytes;   ///< canonical PlanAnswer
  Bytes record;  ///< of its host
};

/// What hosts answered, verified: each by the host's own key, each class by its digest.
struct GatheredPlan {
  Plan plan;
  Bytes bytes;  ///< canonical
  std::map<Digest, PlanClass> classes;
  std::map<Digest, Bytes> class_bytes;
  Bytes request;  ///< canonical PlanRequest that was answered
  std::map<HostId, SignedAnswer> answers;
  std::vector<std::string> refused;  ///< `web-03: TS-4102 …`
  std::vector<std::string> silent;   ///< names of hosts that did not answer in time

  [[nodiscard]] bool complete() const { return refused.empty() && silent.empty(); }

  /// Whether any host would change.
  [[nodiscard]] bool changes() const;

  /// Of all steps, ascending.
  [[nodiscard]] std::vector<Name> risks() const;
  [[nodiscard]] std::vector<Name> effects() const;
};

/// Reads the change file at `path` and resolves its targets. `only`: the names of hosts that it is
/// narrowed to, instead of its own selector. Errors of read_change() and resolve_targets().
[[nodiscard]] Result<DraftedChange> draft_change(
    Trust& trust, const std::string& path, const std::optional<std::vector<std::string>>& only);

/// Hands in a request for plans, signed by the person of the profile, and waits for every host or
/// until `wait` is over. Errors of a call; Errc::bad_signature, naming the host, when an answer is
/// not its own; Errc::refuse_c1 for a class with another digest.
[[nodiscard]] Result<GatheredPlan> gather_plan(Client& client,
                                               const DraftedChange& drafted,
                                               std::chrono::seconds wait,
                                               const Arguments& arguments,
                                               const Session& session);

}  // namespace twoseal::cli
