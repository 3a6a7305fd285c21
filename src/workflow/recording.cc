#include "workflow/recording.h"

#include <algorithm>
#include <functional>

#include "audit/host_memory.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/os_file.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "ledger/merkle.h"
#include "model/agent_report.h"
#include "model/join_request.h"
#include "model/names.h"
#include "model/plan.h"
#include "model/session.h"
#include "workflow/log.h"

namespace twoseal {
namespace {

// Decodes an object and tells its version, 0 when it has none.
using Decoder = std::function<Result<std::int64_t>(BytesView)>;

template <class T>
Decoder decoder() {
  return [](BytesView bytes) -> Result<std::int64_t> {
    TWOSEAL_TRY(const T object, codec::decode<T>(bytes));
    if constexpr (requires { object.version; }) {
      return object.version;
    } else {
      return 0;
    }
  };
}

const std::map<std::string, Decoder, std::less<>>& decoders() {
  static const std::map<std::string, Decoder, std::less<>> kDecoders = {
      {"assignment", decoder<Assignment>()},    {"assignments", decoder<Batch>()},
      {"batch-list", decoder<BatchList>()},     {"change", decoder<Change>()},
      {"evidence", decoder<Evidence>()},        {"fresh", decoder<Fresh>()},
      {"join-request", decoder<JoinRequest>()}, {"plan", decoder<Plan>()},
      {"plan-answer", decoder<PlanAnswer>()},   {"plan-class", decoder<PlanClass>()},
      {"plan-request", decoder<PlanRequest>()}, {"policy", decoder<Policy>()},
      {"release", decoder<Release>()},          {"restrictions", decoder<Restrictions>()},
      {"report", decoder<AgentReport>()},       {"result", decoder<HostResult>()},
      {"rollback", decoder<Rollback>()},        {"roster", decoder<Roster>()},
      {"session", decoder<LoginSession>()},     {"state", decoder<State>()},
      {"statement", decoder<Statement>()},      {"stop", decoder<Stop>()},
      {"stops", decoder<StopList>()},
  };
  return kDecoders;
}

// The one event that records this statement, found by asking what would contradict it.
Result<Event> event_of(const Statement& statement, LedgerEntry entry, BytesView object) {
  if (statement.obj_type == ObjType::roster) {
    return Event::roster;
  }
  if (statement.obj_type == ObjType::result) {
    TWOSEAL_TRY(const HostResult result, codec::decode<HostResult>(object));
    return event_of_outcome(result.outcome);
  }
  for (const auto& row : enum_names<Event>()) {
    entry.ev = row.value;
    if (!contradiction(statement, entry)) {
      return row.value;
    }
  }
  return fail(Errc::bad_field,
              "no entry records " + std::string(name_of(statement.act)) + " of " +
                  std::string(name_of(statement.obj_type)));
}

// The newest assignment of each host of `env` among `objects`, ascending.
std::vector<Digest> newest_assignments(const Objects& objects, const Name& env) {
  std::map<HostId, std::pair<std::int64_t, Digest>> newest;
  for (const auto& [digest, file] : objects) {
    const auto assignment = file.type == "assignment"
                                ? codec::decode<Assignment>(file.bytes)
                                : Result<Assignment>(fail(Errc::bad_field, "of another type"));
    if (assignment && assignment->env == env) {
      auto& held = newest[assignment->host];
      held = std::max(held, std::pair(assignment->version, digest));
    }
  }
  std::vector<Digest> digests;
  for (const auto& [host, one] : newest) {
    digests.push_back(one.second);
  }
  std::sort(digests.begin(), digests.end());
  return digests;
}

Result<void> fill_release(LedgerEntry& entry, BytesView object) {
  TWOSEAL_TRY(Release release, codec::decode<Release>(object));
  entry.phase = release.phase;
  release.stmts.push_back(*entry.stmt);
  std::sort(release.stmts.begin(), release.stmts.end());
  entry.stmts = std::move(release.stmts);
  return {};
}

}  // namespace

Result<ObjectFile> parse_object(Bytes bytes, const std::string& path) {
  if (auto canonical = json::check_canonical(bytes); !canonical) {
    return std::unexpected(in_file(std::move(canonical).error(), path));
  }
  const std::string type = codec::peek_text(bytes, "type");
  const auto decoder = decoders().find(type);
  if (decoder == decoders().end()) {
    return fail(Errc::bad_field, "there are no objects of type '" + type + "'", path);
  }
  auto version = decoder->second(bytes);
  if (!version) {
    return std::unexpected(in_file(std::move(version).error(), path));
  }
  const Digest digest = sha256(bytes);
  return ObjectFile{path, type, *version, digest, std::move(bytes)};
}

Result<ObjectFile> read_object(const std::string& path) {
  TWOSEAL_TRY(Bytes bytes, read_file(path));
  return parse_object(std::move(bytes), path);
}

Objects objects_in(const Files& files) {
  Objects objects;
  for (const auto& [path, bytes] : files) {
    if (auto object = parse_object(bytes, path)) {
      const Digest digest = object->digest;
      objects.emplace(digest, *std::move(object));
    }
  }
  return objects;
}

Result<SignedStatement> parse_record(BytesView bytes, const std::string& path) {
  auto record = codec::decode<SignatureRecord>(bytes, limits::kRecordMax);
  auto statement = record ? codec::decode<Statement>(record->statement, limits::kStatementMax)
                          : Result<Statement>(std::unexpected(record.error()));
  if (!statement) {
    return std::unexpected(in_file(std::move(statement).error(), path));
  }
  return SignedStatement{sha256(record->statement), *std::move(statement), *std::move(record)};
}

Result<SignedStatement> read_record(const std::string& path) {
  TWOSEAL_TRY(const Bytes bytes, read_file(path, limits::kRecordMax));
  return parse_record(bytes, path);
}

Result<Roster> newest_roster(const Store& store, const Objects& objects) {
  std::optional<Roster> newest;
  const auto consider = [&](BytesView bytes) -> Result<void> {
    TWOSEAL_TRY(Roster roster, codec::decode<Roster>(bytes));
    if (!newest || roster.version > newest->version) {
      newest = std::move(roster);
    }
    return {};
  };
  for (const auto& [digest, object] : objects) {
    if (object.type == "roster") {
      TWOSEAL_TRY_VOID(consider(object.bytes));
    }
  }
  for (std::int64_t version = 1;; ++version) {
    TWOSEAL_TRY(const auto documents, store.documents("roster", version));
    if (documents.empty()) {
      break;
    }
    TWOSEAL_TRY_VOID(consider(documents.front().bytes));
  }
  if (!newest) {
    return fail(Errc::not_found, "there is no roster yet; give it with --with FILE");
  }
  return *std::move(newest);
}

Result<BatchLists> batch_lists(const Store& store) {
  BatchLists lists;
  TWOSEAL_TRY(const auto documents, store.documents("batch-list", 0));
  for (const StoredDocument& document : documents) {
    auto list = codec::decode<BatchList>(document.bytes);
    if (!list) {
      lists.unreadable.push_back("the batch-list " + sha256(document.bytes).text() +
                                 " cannot be read: " + list.error().what);
      continue;
    }
    const Digest root = root_of(leaves_of(list->assignments));
    lists.members.emplace(root, std::move(list->assignments));
  }
  return lists;
}

RecordingDesk::RecordingDesk(const Store& store,
                             Objects objects,
                             UnixSeconds now,
                             const KnownLog* known)
    : store_(store), objects_(std::move(objects)), now_(now), known_(known) {}

// Whether the roster that is known judges `statement`.
bool RecordingDesk::knows(const Statement& statement) const {
  return known_ != nullptr && statement.obj_type != ObjType::roster;
}

bool RecordingDesk::has_list(const Digest& root) const {
  if (known_ != nullptr) {
    return known_->has_list(root);
  }
  const auto lists = batch_lists(store_);
  return lists && lists->members.contains(root);
}

// The organisation that the newest roster belongs to.
Result<Digest> RecordingDesk::organisation() const {
  if (known_ != nullptr) {
    return known_->documents->org;
  }
  TWOSEAL_TRY(const Roster newest, newest_roster(store_, objects_));
  return newest.org.value_or(sha256(codec::encode(newest)));
}

Result<ObjectFile> RecordingDesk::object(const Digest& digest) const {
  if (const auto found = objects_.find(digest); found != objects_.end()) {
    return found->second;
  }
  auto document = store_.document(digest);
  if (!document && document.error().code == Errc::not_found) {
    return fail(Errc::not_found, "its object " + digest.text() + " is not here; add --with FILE");
  }
  if (!document) {
    return std::unexpected(std::move(document).error());
  }
  return parse_object(std::move(document->bytes), digest.text());
}

Result<void> RecordingDesk::add_object(const Digest& digest, EntryDraft& draft) const {
  TWOSEAL_TRY(ObjectFile file, object(digest));
  draft.documents.push_back({file.type, file.version, std::move(file.bytes)});
  return {};
}

// What decides about a change: its state, its plan, the state that takes it back. Plan classes come
// along when they are here; only criteria ask for them.
Result<void> RecordingDesk::add_content(const Change& change, EntryDraft& draft) const {
  for (const auto& digest : {change.apply, change.plan, change.rollback.state}) {
    if (digest) {
      TWOSEAL_TRY_VOID(add_object(*digest, draft));
    }
  }
  if (change.plan) {
    TWOSEAL_TRY(const ObjectFile file, object(*change.plan));
    TWOSEAL_TRY(const Plan plan, codec::decode<Plan>(file.bytes));
    for (const PlannedClass& one : plan.classes) {
      if (objects_.contains(one.class_digest)) {
        TWOSEAL_TRY_VOID(add_object(one.class_digest, draft));
      }
    }
  }
  return {};
}

// The assignments of a batch and their list, which its root alone does not tell.
Result<void> RecordingDesk::add_members(const Batch& batch, EntryDraft& draft) const {
  if (has_list(batch.root)) {
    return {};
  }
  BatchList list{newest_assignments(objects_, batch.env), batch.org};
  if (root_of(leaves_of(list.assignments)) != batch.root) {
    return fail(Errc::not_found,
                "the assignments of its batch are not all here, or others of " + batch.env.text() +
                    " are; add --with FILE for each of them");
  }
  for (const Digest& digest : list.assignments) {
    TWOSEAL_TRY_VOID(add_object(digest, draft));
  }
  draft.documents.push_back({"batch-list", 0, codec::encode(list)});
  return {};
}

// What an auditor will ask for besides the object that is signed.
Result<void> RecordingDesk::add_companions(const Statement& statement,
                                           BytesView object,
                                           EntryDraft& draft) const {
  if (statement.obj_type == ObjType::assignments) {
    TWOSEAL_TRY(const Batch batch, codec::decode<Batch>(object));
    return add_members(batch, draft);
  }
  if (statement.act == Act::author) {
    TWOSEAL_TRY(const Change change, codec::decode<Change>(object));
    return add_content(change, draft);
  }
  return {};
}

// A statement on a roster is judged by that roster's root keys, every other one by the newest.
Result<Roster> RecordingDesk::roster_for(const Statement& statement) const {
  if (statement.obj_type != ObjType::roster) {
    return newest_roster(store_, objects_);
  }
  TWOSEAL_TRY(const ObjectFile file, object(statement.obj));
  TWOSEAL_TRY(Roster roster, codec::decode<Roster>(file.bytes));
  if (roster.version != statement.roster) {
    return fail(Errc::bad_signature, "the statement names another version of the roster");
  }
  return roster;
}

Result<void> RecordingDesk::check_seen(const LogPoint& seen) const {
  const auto size = static_cast<std::uint64_t>(seen.size);
  const auto root = known_ != nullptr ? known_->root_at(size) : root_at(store_, size);
  if (!root && root.error().code != Errc::bad_proof) {
    return std::unexpected(root.error());
  }
  if (!root || *root != seen.root) {
    return fail(Errc::refuse_l5,
                "its signer had seen another log of " + std::to_string(seen.size) + " entries");
  }
  return {};
}

// The host's key is in its assignment, which comes with the record.
Result<ObjectFile> RecordingDesk::assignment_of(const ActorId& host) const {
  for (const auto& [digest, file] : objects_) {
    if (file.type != "assignment") {
      continue;
    }
    TWOSEAL_TRY(const Assignment assignment, codec::decode<Assignment>(file.bytes));
    if (assignment.host.text() == host.text()) {
      return file;
    }
  }
  return fail(Errc::not_found, "the assignment of its host is not here; add --with FILE");
}

// The id of a host is that of its key, so the assignment may come from anywhere.
Result<void> RecordingDesk::check_host(const SignedStatement& record, const Assignment& host) {
  TWOSEAL_TRY(const PublicKey key, PublicKey::parse_ssh(host.keys.id));
  if (key.id() != record.statement.key || "h:" + key.id().text() != record.statement.by.text()) {
    return fail(Errc::bad_signature,
                record.statement.by.text() + ": it is not by the key of its host");
  }
  TWOSEAL_TRY(const SignatureFacts facts, verify_record(record, key, nullptr, nullptr));
  static_cast<void>(facts);
  return {};
}

Result<void> RecordingDesk::check_signature(const SignedStatement& record,
                                            const LedgerEntry& entry) const {
  std::optional<Roster> roster;
  std::optional<Keyring> built;
  if (!knows(record.statement)) {
    TWOSEAL_TRY(roster, roster_for(record.statement));
    TWOSEAL_TRY(built, Keyring::build(*roster));
  }
  const Keyring& keyring = built ? *built : *known_->documents->keyring;
  Judged judged = examine_signature(record, keyring);
  judged.moment = {record.statement.at, now_, entry.seq};
  if (!judged.problem && actor_kind(record.statement.by) != ActorKind::root) {
    LedgerEntry placed = entry;
    placed.at = now_;
    judged.problem = contradiction(record.statement, placed);
  }
  if (!judged.problem && actor_kind(record.statement.by) != ActorKind::root) {
    judged.problem = examine_standing(judged, keyring);
  }
  if (judged.problem) {
    return fail(Errc::bad_signature, record.statement.by.text() + ": " + *judged.problem);
  }
  return {};
}

Result<void> RecordingDesk::check_host_statement(const SignedStatement& record,
                                                 EntryDraft& draft) const {
  const auto id = HostId::parse(record.statement.by.text());
  const HeldHost* held = known_ != nullptr && id ? known_->documents->host(*id) : nullptr;
  if (held != nullptr) {
    return check_host(record, *held->assignment);
  }
  TWOSEAL_TRY(ObjectFile file, assignment_of(record.statement.by));
  TWOSEAL_TRY(const Assignment assignment, codec::decode<Assignment>(file.bytes));
  TWOSEAL_TRY_VOID(check_host(record, assignment));
  draft.documents.push_back({file.type, file.version, std::move(file.bytes)});
  return {};
}

Result<EntryDraft> RecordingDesk::draft(const SignedStatement& record) {
  const Statement& statement = record.statement;
  if (store_.record(record.digest)) {
    return fail(Errc::exists_already, "the statement is recorded already: " + record.digest.text());
  }
  std::uint64_t size = known_ != nullptr ? known_->size : 0;
  if (known_ == nullptr) {
    TWOSEAL_TRY(const LedgerHead head, store_.head());
    size = head.size;
  }
  LedgerEntry entry;
  entry.at = statement.at;
  entry.by = statement.by;
  entry.obj = statement.obj;
  entry.org = statement.org;
  entry.stmt = record.digest;
  entry.seq = static_cast<std::int64_t>(size + drafted_);
  if (known_ != nullptr) {
    // Who follows the log may be a moment behind what the signer saw; check_seen() asks the store.
    entry.seq = std::max(entry.seq, statement.seen.size);
  }
  EntryDraft draft;
  Bytes object_bytes;
  if (statement.obj_type == ObjType::statement) {
    TWOSEAL_TRY(const SignedRecord withdrawn, store_.record(statement.obj));
  } else {
    TWOSEAL_TRY(ObjectFile file, object(statement.obj));
    object_bytes = file.bytes;
    draft.documents.push_back({file.type, file.version, std::move(file.bytes)});
  }
  TWOSEAL_TRY(const Digest org, organisation());
  if (org != statement.org) {
    return fail(Errc::refuse_b2, "it belongs to organisation " + statement.org.text());
  }
  TWOSEAL_TRY_VOID(check_seen(statement.seen));
  TWOSEAL_TRY(entry.ev, event_of(statement, entry, object_bytes));
  if (entry.ev == Event::released) {
    TWOSEAL_TRY_VOID(fill_release(entry, object_bytes));
  }
  if (actor_kind(statement.by) == ActorKind::host) {
    TWOSEAL_TRY_VOID(check_host_statement(record, draft));
  } else {
    TWOSEAL_TRY_VOID(check_signature(record, entry));
  }
  TWOSEAL_TRY_VOID(add_companions(statement, object_bytes, draft));
  ++drafted_;
  draft.records.push_back({record.digest, statement.obj, codec::encode(record.record)});
  draft.entry = std::move(entry);
  return draft;
}

}  // namespace twoseal
