// From signature records to entries of the ledger: what must be known and true before one is
// appended. docs/formats/ledger.md.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "policy/statements.h"
#include "storage/ledger_writer.h"
#include "workflow/documents.h"

namespace twoseal {

/// A canonical object that decodes. `type`: `change`; `version`: of documents that form chains,
/// else 0.
struct ObjectFile {
  std::string path;
  std::string type;
  std::int64_t version = 0;
  Digest digest;
  Bytes bytes;
};

/// Reads and decodes an object of any type that has a page in docs/formats. Errc::bad_field for
/// another type; errors of read_file() and the codec, each with the path.
[[nodiscard]] Result<ObjectFile> read_object(const std::string& path);

/// The same for bytes that came from `path`.
[[nodiscard]] Result<ObjectFile> parse_object(Bytes bytes, const std::string& path);

/// Reads a signature record with its statement. Errors with the path.
[[nodiscard]] Result<SignedStatement> read_record(const std::string& path);

[[nodiscard]] Result<SignedStatement> parse_record(BytesView bytes, const std::string& path);

/// Objects by digest.
using Objects = std::map<Digest, ObjectFile>;

/// The objects among the files of a decision directory; whatever is no object is left out.
[[nodiscard]] Objects objects_in(const Files& files);

/// What who follows the log has at hand, so that nothing of it is read and decoded for each record.
struct KnownLog {
  std::shared_ptr<const Documents> documents;  ///< with a roster in force
  std::uint64_t size = 0;                      ///< of the log
  std::function<Result<Digest>(std::uint64_t size)> root_at;
  std::function<bool(const Digest& root)> has_list;  ///< of a batch with this root
};

/// What a store already knows, as far as recording needs it.
class RecordingDesk {
 public:
  /// `store` must outlive the desk; `objects`: those that come with the records; `now`: when they
  /// are recorded. With `known`, which must outlive it too, the roster in force is the newest.
  RecordingDesk(const Store& store,
                Objects objects,
                UnixSeconds now,
                const KnownLog* known = nullptr);

  /// The draft of the entry for `record`, with the object it is about. Refuses what an auditor
  /// would: Errc::exists_already for a statement that is recorded already; Errc::not_found when
  /// object, roster, the state and plan of a change, or the assignments of a batch are not here;
  /// Errc::bad_signature with the reason, also when key or role have
  /// ended or when it is older than a day; Errc::refuse_l5 when its signer saw another log;
  /// Errc::refuse_b2 for another organisation; Errc::bad_field for a statement that no entry
  /// records.
  [[nodiscard]] Result<EntryDraft> draft(const SignedStatement& record);

 private:
  [[nodiscard]] Result<ObjectFile> object(const Digest& digest) const;
  [[nodiscard]] Result<void> add_object(const Digest& digest, EntryDraft& draft) const;
  [[nodiscard]] Result<void> add_content(const Change& change, EntryDraft& draft) const;
  [[nodiscard]] Result<void> add_members(const Batch& batch, EntryDraft& draft) const;
  [[nodiscard]] Result<void> add_companions(const Statement& statement,
                                            BytesView object,
                                            EntryDraft& draft) const;
  [[nodiscard]] Result<Roster> roster_for(const Statement& statement) const;
  [[nodiscard]] Result<Digest> organisation() const;
  [[nodiscard]] bool knows(const Statement& statement) const;
  [[nodiscard]] bool has_list(const Digest& root) const;
  [[nodiscard]] Result<void> check_host_statement(const SignedStatement& record,
                                                  EntryDraft& draft) const;
  [[nodiscard]] Result<void> check_signature(const SignedStatement& record,
                                             const LedgerEntry& entry) const;
  [[nodiscard]] Result<ObjectFile> assignment_of(const ActorId& host) const;
  [[nodiscard]] static Result<void> check_host(const SignedStatement& record,
                                               const Assignment& host);
  [[nodiscard]] Result<void> check_seen(const LogPoint& seen) const;

  const Store& store_;
  Objects objects_;
  UnixSeconds now_;
  const KnownLog* known_;
  std::uint64_t drafted_ = 0;
};

/// The assignments of each batch that a store holds a list of, by the root of their tree.
struct BatchLists {
  std::map<Digest, std::vector<Digest>> members;
  std::vector<std::string> unreadable;  ///< why each other list cannot be read, with its digest
};

[[nodiscard]] Result<BatchLists> batch_lists(const Store& store);

/// The newest roster of the store and `objects`; Errc::not_found when there is none.
[[nodiscard]] Result<Roster> newest_roster(const Store& store, const Objects& objects);

}  // namespace twoseal
