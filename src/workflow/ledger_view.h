// What a log says, kept in memory: documents in force, and each change with what became of it.
//
// The log and what it names are the truth; this is a projection of them that is built when a server
// starts and then follows each entry. Nothing of it is stored.
//
// Readers get immutable snapshots (a shared pointer, taken under a short lock), not a lock on the
// view: whoever renders a page or decides for a thousand hosts looks at one state of a change as
// long as it likes, and never holds up the one who follows the log. A new entry copies the facts of
// its own change only; outcomes of hosts are shared, so that a change of 2,000 hosts is copied in
// some ten microseconds.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "base/mutex.h"
#include "workflow/change_facts.h"
#include "workflow/documents.h"
#include "workflow/statement_index.h"

namespace twoseal {

/// A point of the log with the time of its newest entry.
struct ViewPoint {
  std::uint64_t size = 0;
  UnixSeconds last_at = 0;
};

/// What an entry names, as far as the view needs it, decoded.
struct EntryContent {
  LedgerEntry entry;
  Bytes bytes;
  std::optional<SignedStatement> source;  ///< only of documents, stops and withdrawals
  std::shared_ptr<const Change> change;
  Digest core;
  std::optional<Release> release;
  std::optional<Rollback> rollback;
  std::optional<HostResult> result;
  std::optional<Evidence> evidence;
};

/// All verbs but load() and take() are safe for several threads at once, also beside those two.
class LedgerView {
 public:
  /// An empty view of the log of the organisation `org` in `store`, which must outlive it.
  LedgerView(const Store& store, const Digest& org);

  /// Reads entries from the view's own size to the end of the log. Reads ahead on `threads`
  /// threads. Errors of the store, and Errc::ledger_inconsistent with the first entry whose object
  /// or record is not there.
  [[nodiscard]] Result<void> load(unsigned threads = 4);

  /// Takes the next entries, which are in the store; `first`: index of the first one. What the
  /// entry names is read from the store. `lists`: of batches that these entries are about, as far
  /// as they are new; others are looked for in the store. Gives the changes that they are about.
  /// Errc::ledger_inconsistent when entries were left out.
  [[nodiscard]] Result<std::set<Digest>> take(std::span<const StoredEntry> entries,
                                              std::uint64_t first,
                                              std::span<const BatchList> lists = {});

  [[nodiscard]] ViewPoint point() const;

  [[nodiscard]] const Digest& org() const { return org_; }

  [[nodiscard]] std::shared_ptr<const Documents> documents() const;

  /// What was in force when the log had `size` entries, read from the log again: for who looks
  /// back. Errors of load().
  [[nodiscard]] Result<std::shared_ptr<const Documents>> documents_at(std::uint64_t size) const;

  /// nullptr when the log has no such change.
  [[nodiscard]] std::shared_ptr<const ChangeFacts> change(const Digest& digest) const;

  /// Version `version` of CHG-`number`, or its newest when that is 0; nullptr.
  [[nodiscard]] std::shared_ptr<const ChangeFacts> change(std::int64_t number,
                                                          std::int64_t version = 0) const;

  /// The newest version of each number below `before` (0: from the newest on), newest first, at
  /// most `max`.
  [[nodiscard]] std::vector<std::shared_ptr<const ChangeFacts>> changes(std::int64_t before,
                                                                        std::size_t max) const;

  /// Changes that are not done, withdrawn, replaced or marked as expired: what a clock may move.
  [[nodiscard]] std::vector<std::shared_ptr<const ChangeFacts>> moving() const;

  /// The change that a statement's object belongs to, when the log knows it: itself, or that of a
  /// recorded release or rollback.
  [[nodiscard]] std::optional<Digest> change_of(const Digest& object) const;

  /// Whether the members of a batch with this root are known.
  [[nodiscard]] bool has_list(const Digest& root) const;

  /// Where the log has the statement. Errc::not_found.
  [[nodiscard]] Result<std::uint64_t> index_of(const Digest& statement) const;

  /// The first difference from `other`, or nothing. For tests: a view that followed the log and one
  /// that was built from it say the same.
  [[nodiscard]] std::optional<std::string> difference(const LedgerView& other) const;

 private:
  /// What was said about evidence for a change that is not authored yet.
  struct EarlyEvidence {
    std::vector<RecordedAct> evidence;
    std::vector<RecordedAct> withdrawals;
  };

  [[nodiscard]] Result<EntryContent> read_content(const StoredEntry& stored,
                                                  std::uint64_t index) const;
  [[nodiscard]] Result<void> read_object_of(EntryContent& content) const;
  [[nodiscard]] Result<void> apply(EntryContent content);
  [[nodiscard]] Result<void> apply_withdrawal(const EntryContent& content);
  [[nodiscard]] Result<void> find_list(const Digest& batch);
  void add_list(const BatchList& list);
  void apply_document(const EntryContent& content, const Digest& object);
  void apply_authored(const EntryContent& content) REQUIRES(mutex_);
  void apply_to_change(const EntryContent& content, const Digest& digest) REQUIRES(mutex_);
  void number(ChangeFacts& facts) REQUIRES(mutex_);
  [[nodiscard]] Result<void> read_lists();
  [[nodiscard]] std::optional<Digest> change_of_content(const EntryContent& content) const
      REQUIRES(mutex_);
  [[nodiscard]] std::shared_ptr<ChangeFacts> writable(const Digest& digest) REQUIRES(mutex_);
  void put(std::shared_ptr<const ChangeFacts> facts) REQUIRES(mutex_);
  void publish_documents();

  const Store& store_;
  const Digest org_;
  DocumentKeeper keeper_;  ///< touched by load() and take() alone
  bool documents_moved_ = false;
  std::set<Digest> touched_;  ///< changes, by the entries that are being taken
  bool loading_ = false;      ///< nobody has a snapshot yet, so facts are changed in place

  mutable Mutex mutex_;
  ViewPoint point_ GUARDED_BY(mutex_);
  std::shared_ptr<const Documents> documents_ GUARDED_BY(mutex_);
  std::map<Digest, std::shared_ptr<const ChangeFacts>> changes_ GUARDED_BY(mutex_);
  std::vector<std::vector<Digest>> numbers_ GUARDED_BY(mutex_);  ///< [n-1]: versions
  std::map<Digest, Digest> objects_ GUARDED_BY(mutex_);  ///< releases and rollbacks to changes
  std::map<std::pair<ScopeId, ActorId>, Digest> newest_ GUARDED_BY(mutex_);
  std::map<Digest, Digest> cores_ GUARDED_BY(mutex_);         ///< core to change
  std::map<Digest, EarlyEvidence> early_ GUARDED_BY(mutex_);  ///< by the core
  std::set<Digest> moving_ GUARDED_BY(mutex_);
  StatementIndex statements_ GUARDED_BY(mutex_);
  std::set<Digest> lists_ GUARDED_BY(mutex_);  ///< roots
  /// Entries about documents, ascending, with the document that each is about.
  std::vector<std::pair<std::uint64_t, Digest>> about_documents_ GUARDED_BY(mutex_);
};

}  // namespace twoseal
