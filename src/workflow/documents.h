// The documents that a log has put in force: roster, policy, restrictions, assignments, stops.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "audit/reading.h"
#include "audit/roster_walk.h"
#include "model/assignment.h"
#include "model/fresh.h"
#include "policy/inspection.h"
#include "policy/keyring.h"
#include "storage/store.h"

namespace twoseal {

/// A recorded statement by digest and place.
struct PlacedStatement {
  Digest statement;
  std::uint64_t index = 0;

  bool operator==(const PlacedStatement&) const = default;
};

/// A batch that some host's newest assignment lies in.
struct HeldBatch {
  Named<Batch> batch;
  std::vector<Digest> members;  ///< ascending: the leaves of its tree
};

/// A host with its newest assignment.
struct HeldHost {
  std::vector<VersionRef> versions;  ///< ascending from 1
  std::shared_ptr<const Assignment> assignment;
  std::shared_ptr<const HeldBatch> batch;
  std::size_t place = 0;  ///< of its line under assignments_root
  UnixSeconds since = 0;  ///< when enough people had signed its newest version, by the log
};

struct HeldStop {
  Digest digest;
  Stop stop;
  bool raised = false;  ///< by somebody who may
  bool lifted = false;
};

/// A document that somebody signed who may, and that is not in force: more have to sign it.
struct WaitingDocument {
  ObjType type = ObjType::policy;
  Digest digest;                 ///< of assignments: of their list
  std::int64_t version = 0;      ///< 0 of assignments
  std::optional<Name> env;       ///< of assignments
  std::vector<ActorId> signers;  ///< whose signatures count
};

/// What was in force at one moment. Never changed, so any thread may read it as long as it likes.
struct Documents {
  Digest org;
  std::shared_ptr<const Named<Roster>> roster;  ///< null before the first is signed
  std::shared_ptr<const Keyring> keyring;       ///< of `roster`
  std::shared_ptr<const Named<Policy>> policy;
  std::shared_ptr<const Named<Restrictions>> restrictions;
  std::vector<VersionRef> rosters;  ///< in force now or before, ascending from 1
  std::vector<VersionRef> policies;
  std::vector<VersionRef> restrictions_before;
  std::map<HostId, HeldHost> hosts;
  std::map<std::string, HostId> names;
  std::vector<Digest> lines;  ///< leaf hashes of the lines under assignments_root
  Digest assignments_root;
  std::vector<HeldStop> stops;           ///< all that were recorded
  std::vector<WaitingDocument> waiting;  ///< the one with most signatures first
  std::uint64_t size = 0;  ///< one more than the index of the newest entry about a document
  /// Statements on each document, current batch and stop, and what takes them back.
  std::map<Digest, std::vector<PlacedStatement>> statements;

  /// nullptr when no host has this id.
  [[nodiscard]] const HeldHost* host(const HostId& id) const;

  /// Whether the newest assignment of the host counts at `now`: it was neither retired nor
  /// forgotten.
  [[nodiscard]] bool is_assigned(const HostId& id, UnixSeconds now) const;

  /// Those that a fresh made at `now` lists: raised, not lifted, and not over.
  [[nodiscard]] std::vector<Digest> active_stops(UnixSeconds now) const;
};

/// Follows the entries about documents as an auditor does (audit/replay_documents.cc), by the same
/// steps of policy/. Not for two threads at once.
class DocumentKeeper {
 public:
  /// `store` must outlive the keeper. `org`: digest of roster version 1.
  DocumentKeeper(const Store& store, const Digest& org);

  DocumentKeeper(const DocumentKeeper&) = delete;
  DocumentKeeper& operator=(const DocumentKeeper&) = delete;

  /// Whether objects of `type` are documents here.
  [[nodiscard]] static bool is_document(ObjType type);

  /// A list of assignments that a batch may name; gives the root of its tree.
  Digest add_list(const BatchList& list);

  /// Takes an entry about the document `object`: a statement on it, or one that takes such a
  /// statement back. What is signed well enough then comes into force.
  void take(const RecordedStatement& recorded, const Digest& object);

  /// What is in force now.
  [[nodiscard]] std::shared_ptr<const Documents> documents();

 private:
  void take_object(const RecordedStatement& recorded);
  void take_batch(const Digest& digest);
  void renew_roster();
  void settle_documents();
  bool settle_assignment(const std::shared_ptr<const HeldBatch>& batch, const Digest& digest);
  void settle_batches();
  void drop_old_batches();
  [[nodiscard]] std::vector<HeldStop> judged_stops();
  [[nodiscard]] std::vector<ActorId> signers_of(const Digest& document, ObjType type);
  [[nodiscard]] std::vector<WaitingDocument> waiting_rosters() const;
  [[nodiscard]] std::vector<WaitingDocument> waiting_documents();

  const Digest org_;
  const AuditSource source_;  ///< of the store
  RosterWalk walk_;
  Inspection in_;
  std::map<Digest, std::vector<Digest>> lists_;  ///< members by root
  std::vector<Named<Policy>> policies_;          ///< recorded, but not in force
  std::vector<Named<Restrictions>> restrictions_;
  std::vector<std::shared_ptr<const HeldBatch>> waiting_;
  std::map<HostId, HeldHost> hosts_;
  std::vector<VersionRef> policy_chain_;
  std::vector<VersionRef> restrictions_chain_;
  std::map<Digest, std::vector<PlacedStatement>> statements_;
  std::uint64_t size_ = 0;
  UnixSeconds at_ = 0;  ///< of the entry that is taken
};

}  // namespace twoseal
