// What a host needs to decide: the files of a decision directory, out of store and view.
// docs/formats/decision-directory.md.
//
// Most of it is the same for every host of a change: it is made once for a fresh and a checkpoint,
// and shared. A host's own part is its assignment with two proofs, and the way from its checkpoint.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

#include "base/mutex.h"
#include "model/plan.h"
#include "storage/registry.h"
#include "workflow/ledger_view.h"
#include "workflow/member_tree.h"
#include "workflow/timekeeper.h"

namespace twoseal {

/// What a host remembers, as it says itself; 0: nothing.
struct Remembered {
  std::int64_t roster = 0;
  std::int64_t policy = 0;
  std::int64_t restrictions = 0;
  std::int64_t assignment = 0;
  std::uint64_t checkpoint = 0;  ///< its size
};

/// The files for one host. A path that is in two of the parts has the same bytes in both. `fresh`:
/// the one among them.
struct HostFiles {
  std::vector<std::shared_ptr<const Files>> shared;
  Files own;
  std::shared_ptr<const FreshNow> fresh;

  /// All in one.
  [[nodiscard]] Files all() const;
};

/// The blobs that resources of a state take their content from.
[[nodiscard]] std::vector<Digest> sources_of(const State& state);

/// All verbs are safe for several threads at once.
class DecisionFiles {
 public:
  /// All must outlive it.
  DecisionFiles(const Store& store, const LedgerView& view, const Timekeeper& timekeeper)
      : store_(store), view_(view), timekeeper_(timekeeper) {}

  /// The documents that are in force for `host` (nothing: for no host in particular), and what it
  /// takes to decide about `change` there, or to take it back. Errc::not_found for a host without
  /// an assignment or a change that the log has not; Errc::try_again while no checkpoint covers
  /// what was recorded about the change, or no fresh was made; errors of the store.
  [[nodiscard]] Result<HostFiles> files_for(const std::optional<HostId>& host,
                                            const std::optional<Digest>& change,
                                            const Remembered& remembered);

  /// What a host could decide about `change` right before entry `before` of the log, which is its
  /// own result: with `fresh`, one that was made until then and kept, and what was recorded below
  /// that entry; proven in the log of now. Errc::not_found when the fresh does not name what was in
  /// force, or for what files_for() does not find; Errc::try_again and errors of the store
  /// likewise.
  [[nodiscard]] Result<HostFiles> files_before(const HostId& host,
                                               const Digest& change,
                                               std::uint64_t before,
                                               const KeptFresh& fresh);

  /// What `host` itself signed about `change`, proven in the log of now: under results/,
  /// statements/ and proofs/, with checkpoint.txt. Nothing but the checkpoint where it signed
  /// nothing. Errors as files_for().
  [[nodiscard]] Result<Files> results_of(const HostId& host, const Digest& change);

  /// The documents with the newest assignment of every host: what people resolve selectors with.
  /// Errors as files_for().
  [[nodiscard]] Result<Files> files_of_all(const Remembered& remembered);

 private:
  /// Files, and the sizes of the log that the signers of their statements had seen.
  struct Part {
    std::shared_ptr<const Files> files;
    std::set<std::uint64_t> seen;
  };

  struct BatchPart {
    Part part;
    MemberTree tree;
  };

  using Versions = std::tuple<std::int64_t, std::int64_t, std::int64_t>;

  /// What was made for one fresh and one size of the log.
  struct Generation {
    std::shared_ptr<const FreshNow> fresh;
    std::uint64_t size = 0;
    Bytes note;
    NodeSource nodes;
    std::optional<Part> halts;
    std::optional<MemberTree> lines;
    std::map<Versions, Part> chains;
    std::map<Digest, BatchPart> batches;
    /// Each with the size of the log that it was made from.
    std::map<Digest, std::pair<std::uint64_t, Part>> changes;
    /// Of the phases before the number.
    std::map<std::pair<Digest, std::size_t>, std::pair<std::uint64_t, Part>> results;
    std::map<std::uint64_t, Bytes> consistencies;
  };

  class Maker;
  struct NeededOutcomes;

  [[nodiscard]] Result<std::shared_ptr<Generation>> generation() REQUIRES(mutex_);
  [[nodiscard]] Result<std::shared_ptr<const FreshNow>> past_fresh(const KeptFresh& fresh)
      REQUIRES(past_mutex_);
  [[nodiscard]] Result<std::shared_ptr<Generation>> past_generation(
      std::shared_ptr<const FreshNow> then) REQUIRES(past_mutex_);
  [[nodiscard]] static Result<HostFiles> make_files(const Store& store,
                                                    Generation& made,
                                                    const std::optional<HostId>& host,
                                                    const ChangeFacts* facts,
                                                    const Remembered& remembered);

  const Store& store_;
  const LedgerView& view_;
  const Timekeeper& timekeeper_;

  Mutex mutex_;
  std::shared_ptr<Generation> generation_ GUARDED_BY(mutex_);

  /// Who looks back waits for others who do: it takes as long as there are documents, and hosts do
  /// not wait for it. Taken before mutex_.
  Mutex past_mutex_;
  /// The last that was looked back to.
  std::shared_ptr<Generation> past_ GUARDED_BY(past_mutex_);
};

}  // namespace twoseal
