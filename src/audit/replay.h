// Whether the rules allowed what a release and a host's result say, judged again from the log.
//
// A decision directory proves to one host what it needs to know. Who reads a log from its beginning
// needs no such proofs: it shows where every statement stands, and which documents, assignments and
// stops were in force between a release and its result. The steps are those of the decision.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "audit/audit.h"
#include "audit/held_change.h"
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

  /// Why the rules did not let its signer release `release`, just taken with `recorded`; empty when
  /// they did. Judged for the first host of its phase, up to the approvals (step 15).
  [[nodiscard]] std::vector<std::string> objections(const Release& release,
                                                    const RecordedStatement& recorded);

  /// Takes `result` of the next entry, `recorded`. Why the rules let the host do what it says at no
  /// moment between its release and now; empty when they did at one, and when the host did nothing.
  [[nodiscard]] std::vector<std::string> objections(const HostResult& result,
                                                    const RecordedStatement& recorded);

  /// From now on, what the rules of now refuse is not asked again with those of before.
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
    AgentState state;                    ///< but for its counts, which depend on the clock
    const HostMemory* memory = nullptr;  ///< of `host`
  };

  /// When the rules allow it, and by which release; 0 for none.
  struct Allowance {
    UnixSeconds clock = 0;
    std::int64_t release = 0;
  };

  struct Span {
    UnixSeconds from = 0;
    UnixSeconds to = 0;
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
  void settle_documents();
  void settle_batches();
  bool settle_assignment(const WaitingBatch& waiting, const Digest& digest);
  void check_expiry();

  // replay_change.cc: the change in hand.
  bool hold(const Digest& change);
  bool read_change(const Digest& change);
  bool take_up(const Digest& change);
  void put_aside();
  void read_on();
  void hold_statement(const RecordedStatement& recorded);
  void hold_result(const RecordedStatement& recorded, const HostResult& result);
  [[nodiscard]] bool hold_blob(const Digest& digest);
  void hold_classes();
  [[nodiscard]] bool is_held(const Digest& change) const;
  [[nodiscard]] bool has_gates() const;

  [[nodiscard]] std::vector<Reason> decide(const Question& question);
  void begin(const Question& question);
  void check_host();

  // replay_moments.cc: when a host can have decided.
  [[nodiscard]] std::optional<Allowance> allowed_at(const Question& question, Span span);
  [[nodiscard]] std::optional<Allowance> allowed_before(const Question& question,
                                                        Span span,
                                                        const std::vector<LogMoment>& moments);
  [[nodiscard]] std::set<UnixSeconds> clocks_in(Span span) const;
  [[nodiscard]] std::vector<LogMoment> moments_since(std::int64_t entry, UnixSeconds end) const;
  [[nodiscard]] LogMoment released() const;
  [[nodiscard]] std::int64_t run_max() const;
  [[nodiscard]] Replay* past(std::uint32_t limit);
  [[nodiscard]] AgentState memory_of(const HostId& host) const;
  [[nodiscard]] std::int64_t overridden(const HostId& host, const Run& run) const;
  [[nodiscard]] std::optional<Digest> planned_base(const HostId& host) const;
  void remember(const HostResult& result, Run run, UnixSeconds clock);

  const AuditSource& source_;
  const Digest& org_;
  const std::vector<RosterTerm>& rosters_;
  bool patient_ = true;
  std::set<std::uint64_t> lost_;

  std::map<Digest, std::vector<std::uint32_t>> about_;     ///< entries about each change
  std::map<Digest, std::vector<std::uint32_t>> attested_;  ///< entries of evidence, by core
  std::vector<LogMoment> documents_;                       ///< entries about documents and stops
  std::map<HostId, HostMemory> hosts_;

  Inspection in_;
  std::vector<Named<Policy>> policies_;  ///< recorded, but not in force
  std::vector<Named<Restrictions>> restrictions_;
  std::vector<WaitingBatch> batches_;
  std::map<HostId, const Assignment*> proven_;  ///< since the documents last changed
  std::vector<Reason> about_documents_;         ///< what is wrong with those in force

  std::optional<HeldChange> held_;                          ///< the change in hand
  std::list<AsideChange> aside_;                            ///< others, the newest first
  std::map<std::uint32_t, std::unique_ptr<Replay>> pasts_;  ///< as before an entry, of held_
};

}  // namespace twoseal
