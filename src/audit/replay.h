// Whether the rules allowed what a release and a host's result say, judged again from the log.
//
// A decision directory proves to one host what it needs to know. Who reads a log from its beginning
// needs no such proofs: it shows where every statement stands, and which documents, assignments and
// stops were in force between a release and its result. The steps are those of the decision.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "audit/audit.h"
#include "audit/host_memory.h"
#include "audit/reading.h"
#include "audit/roster_walk.h"
#include "base/id.h"
#include "model/change.h"
#include "model/ledger_entry.h"
#include "policy/inspection.h"

namespace twoseal {

class Replay {
 public:
  /// All must outlive the replay.
  Replay(const AuditSource& source, const Digest& org, const std::vector<RosterTerm>& rosters);

  /// Whether objects of `type` shape later decisions: documents and stops.
  [[nodiscard]] static bool is_document(ObjType type);

  /// Takes the next entry and its statement, unless it is a result. Says what the log names here
  /// and the source does not have; nothing when all is there.
  [[nodiscard]] std::optional<std::string> take(const RecordedStatement& recorded);

  /// Why the rules did not let anybody release `release`, just taken; empty when they did. Judged
  /// for the first host of its phase, up to the approvals (step 15).
  [[nodiscard]] std::vector<std::string> objections(const Release& release, UnixSeconds at);

  /// Takes `result` of the next entry, `recorded`. Why the rules let the host do what it says at no
  /// moment between its release and now; empty when they did at one, and when the host did nothing.
  [[nodiscard]] std::vector<std::string> objections(const HostResult& result,
                                                    const RecordedStatement& recorded);

  /// From now on, what the documents of now refuse is not asked again with those of before.
  void give_up() { patient_ = false; }

  /// Entries that could be read before, with what they name, and then no more: what is said of
  /// others may be wrong.
  [[nodiscard]] const std::set<std::uint64_t>& lost() const { return lost_; }

 private:
  struct WaitingBatch {
    Named<Batch> batch;
    std::vector<Digest> members;
    std::uint32_t from = 0;  ///< entry
  };

  struct Question {
    std::optional<HostId> host;
    UnixSeconds clock = 0;
    AgentState state;
  };

  [[nodiscard]] std::optional<RecordedStatement> recorded(std::uint64_t index);
  [[nodiscard]] std::optional<Digest> change_of(const Statement& statement) const;
  void put(const RecordedStatement& recorded);
  void take_again(std::uint64_t index);

  // replay_documents.cc
  [[nodiscard]] std::optional<std::string> take_document(const RecordedStatement& recorded);
  void take_roster(std::uint64_t index);
  [[nodiscard]] std::optional<std::string> take_batch(const RecordedStatement& recorded);
  void settle();
  void settle_batches();
  bool settle_assignment(const WaitingBatch& waiting, const Digest& digest);
  void check_expiry();

  // The change in hand.
  bool hold(const Digest& change);
  [[nodiscard]] bool has_gates() const;
  void let_go();
  void hold_statement(const RecordedStatement& recorded);
  [[nodiscard]] bool hold_blob(const Digest& digest);
  void hold_classes();

  [[nodiscard]] std::vector<Reason> decide(const Question& question);
  void begin(const Question& question);
  void check_host();
  [[nodiscard]] bool allowed_at(Question question, const std::set<UnixSeconds>& clocks);
  [[nodiscard]] bool allowed_before(const Question& question, const std::set<UnixSeconds>& clocks);
  [[nodiscard]] std::set<UnixSeconds> clocks_of(const HostResult& result);
  [[nodiscard]] UnixSeconds released_at();
  [[nodiscard]] AgentState memory_of(const HostId& host) const;
  [[nodiscard]] std::int64_t overridden(std::int64_t entry) const;
  [[nodiscard]] std::optional<Digest> planned_base(const HostId& host) const;
  void remember(const HostResult& result, std::int64_t entry, RunEnd end);

  const AuditSource& source_;
  const Digest& org_;
  const std::vector<RosterTerm>& rosters_;
  bool patient_ = true;
  std::set<std::uint64_t> lost_;

  std::map<Digest, std::vector<std::uint32_t>> about_;     ///< entries about each change
  std::map<Digest, std::vector<std::uint32_t>> attested_;  ///< entries of evidence, by core
  std::vector<std::uint32_t> documents_;                   ///< entries about documents and stops
  std::map<HostId, HostMemory> hosts_;

  Inspection in_;
  bool settled_ = true;
  std::vector<Named<Policy>> policies_;  ///< recorded, but not in force
  std::vector<Named<Restrictions>> restrictions_;
  std::vector<WaitingBatch> batches_;
  std::map<HostId, const Assignment*> proven_;  ///< since the documents last changed
  std::vector<Reason> about_documents_;         ///< what is wrong with those in force

  std::optional<Digest> held_;           ///< the change in hand
  std::vector<Digest> held_statements_;  ///< about it, in the bundle
  std::set<std::int64_t> rollbacks_;     ///< entries of rollbacks
  std::vector<Reason> about_content_;    ///< what is wrong with it by itself
  std::set<std::size_t> open_phases_;    ///< phases whose gates were found open
};

}  // namespace twoseal
