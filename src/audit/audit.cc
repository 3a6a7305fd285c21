#include "audit/audit.h"

#include <algorithm>

#include "audit/reading.h"
#include "audit/replay.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "ledger/merkle.h"
#include "ledger/note.h"
#include "policy/inspection.h"

namespace twoseal {
namespace {

constexpr std::uint64_t kProgressEvery = 4096;

class Auditor {
 public:
  Auditor(const AuditSource& source, const Digest& org) : source_(source), org_(org) {}

  AuditReport run(BytesView checkpoint) {
    read_rosters();
    replay_.emplace(source_, org_, in_.bundle.rosters);
    roots_.push_back(empty_root());
    for (std::uint64_t index = 0; index < source_.size && in_.keyring; ++index) {
      replay(index);
      if (source_.progress && index % kProgressEvery == 0) {
        source_.progress(index);
      }
    }
    if (in_.keyring) {
      check_checkpoint(checkpoint);
    }
    report_.point = {roots_.back(), static_cast<std::int64_t>(tree_.size())};
    return std::move(report_);
  }

 private:
  void problem(const std::string& where, const std::string& what) {
    ++report_.problem_count;
    if (report_.problems.size() < kAuditProblemsMax) {
      report_.problems.push_back(where + ": " + what);
    }
  }

  void problem(std::uint64_t index, const std::string& what) {
    problem("entry " + std::to_string(index), what);
  }

  // Collects rosters and the statements on them, then walks the chain as a host would.
  void read_rosters() {
    Files files;
    for (std::uint64_t index = 0; index < source_.size; ++index) {
      const auto bytes = source_.entry(index);
      if (!bytes) {
        problem(index, "cannot be read: " + bytes.error().what);
        continue;
      }
      // Most entries are about something else, and the text shows it without decoding.
      if (bytes->find("\"ev\":\"roster\"") == Bytes::npos) {
        continue;
      }
      const auto entry = codec::decode<LedgerEntry>(*bytes, limits::kEntryMax);
      const auto object =
          entry ? source_.object(entry->obj) : Result<Bytes>(std::unexpected(entry.error()));
      const auto roster =
          object ? codec::decode<Roster>(*object) : Result<Roster>(std::unexpected(object.error()));
      if (!roster) {
        problem(index, "its roster is not here");
        continue;
      }
      files["roster/" + std::to_string(roster->version) + ".json"] = *object;
      const auto record = entry->stmt ? source_.record(*entry->stmt)
                                      : Result<Bytes>(fail(Errc::not_found, "nobody signed it"));
      if (record) {
        files["statements/" + entry->stmt->hex() + ".json"] = *record;
      }
    }
    in_.inputs.org = org_;
    in_.bundle = load_bundle(files, org_, in_.findings);
    check_roster(in_);
    for (const Reason& reason : in_.findings.sorted()) {
      problem("rosters", reason.text);
    }
  }

  void replay(std::uint64_t index) {
    const auto bytes = source_.entry(index);
    if (!bytes) {
      tree_.append(Digest());  // read_rosters() named it
      roots_.push_back(tree_.root());
      return;
    }
    tree_.append(leaf_hash(*bytes));
    roots_.push_back(tree_.root());
    const auto entry = codec::decode<LedgerEntry>(*bytes, limits::kEntryMax);
    if (!entry) {
      problem(index, entry.error().what);
      return;
    }
    if (entry->seq != static_cast<std::int64_t>(index)) {
      problem(index, "says to be entry " + std::to_string(entry->seq));
      return;
    }
    if (entry->org != org_) {
      problem(index, "belongs to another organisation");
    }
    if (entry->at < last_at_) {
      problem(index, "is older than the entry before");
    }
    last_at_ = std::max(last_at_, entry->at);
    if (entry->stmt) {
      replay_statement(index, *entry);
    } else if (needs_statement(entry->ev)) {
      problem(index, "nobody signed what it says");
    }
  }

  void replay_statement(std::uint64_t index, const LedgerEntry& entry) {
    const auto bytes = source_.record(*entry.stmt);
    if (!bytes) {
      problem(index, "its signature record is not here");
      return;
    }
    auto record = codec::decode<SignatureRecord>(*bytes, limits::kRecordMax);
    const auto statement = record
                               ? codec::decode<Statement>(record->statement, limits::kStatementMax)
                               : Result<Statement>(std::unexpected(record.error()));
    if (!statement || sha256(record->statement) != *entry.stmt || statement->org != org_) {
      problem(index,
              "its signature record is not a statement of this organisation with that digest");
      return;
    }
    const SignedStatement source{*entry.stmt, *statement, *std::move(record)};
    if (const auto seen = unseen(*statement)) {
      problem(index, *seen);
    }
    switch (actor_kind(statement->by)) {
      case ActorKind::host:
        judge_host(index, entry, source);
        break;
      case ActorKind::root:
        break;  // judged with the chain of rosters
      default:
        judge(index, entry, source);
    }
    weigh(index, entry, *statement);
  }

  void judge(std::uint64_t index, const LedgerEntry& entry, const SignedStatement& source) {
    Judged judged = examine_signature(source, *in_.keyring);
    judged.moment = {source.statement.at, entry.at, entry.seq};
    if (!judged.problem) {
      ++report_.signatures;
      judged.problem = contradiction(source.statement, entry);
    }
    if (!judged.problem) {
      judged.problem = examine_standing(judged, *in_.keyring);
    }
    if (!judged.problem && judged.key->login_only) {
      judged.problem = "the key is for login only";
    }
    if (!judged.problem && judged.key->compromised) {
      ++report_.doubtful;
    }
    if (judged.problem) {
      problem(index, source.statement.by.text() + ": " + *judged.problem);
    }
  }

  void judge_host(std::uint64_t index, const LedgerEntry& entry, const SignedStatement& source) {
    auto problem_found = host_signature(source);
    if (!problem_found) {
      ++report_.signatures;
      ++report_.by_hosts;
      problem_found = contradiction(source.statement, entry);
    }
    if (problem_found) {
      problem(index, source.statement.by.text() + ": " + *problem_found);
    }
  }

  // Why the host that `source` names did not sign it; nothing when it did.
  [[nodiscard]] std::optional<std::string> host_signature(const SignedStatement& source) {
    const Statement& statement = source.statement;
    const auto host = HostId::parse(statement.by.text());
    if (!host || !is_allowed(statement.obj_type, statement.act, ActorKind::host) ||
        statement.by.text() != "h:" + statement.key.text() || !statement.role.empty()) {
      return "it is not by the key of its host, which has no role";
    }
    auto known = host_keys_.find(*host);
    if (known == host_keys_.end()) {
      const auto blob = source_.host_key(*host);
      const auto key =
          blob ? PublicKey::parse_ssh(*blob) : Result<PublicKey>(std::unexpected(blob.error()));
      if (!key || key->id() != statement.key) {
        return "the assignment of this host, which holds its key, is not here";
      }
      known = host_keys_.emplace(*host, *key).first;
    }
    const auto facts = verify_record(source, known->second, nullptr, nullptr);
    return facts ? std::nullopt : std::optional(facts.error().what);
  }

  // What is wrong with the point of the log that the signer says to have seen.
  [[nodiscard]] std::optional<std::string> unseen(const Statement& statement) const {
    const auto size = static_cast<std::uint64_t>(statement.seen.size);
    if (size >= roots_.size() || roots_[size] != statement.seen.root) {
      return "its signer had seen another log of " + std::to_string(size) + " entries";
    }
    return std::nullopt;
  }

  // What the statement leads to, by the rules that were in force.
  void weigh(std::uint64_t index, const LedgerEntry& entry, const Statement& statement) {
    if (statement.obj_type == ObjType::result) {
      weigh_result(index, entry);
    } else if (const auto missing = replay_->take(index, statement)) {
      problem(index, *missing);
    }
    if (statement.act == Act::release) {
      weigh_release(index, entry, statement);
    }
    if (report_.problems.size() >= kAuditProblemsMax) {
      replay_->give_up();
    }
  }

  void weigh_result(std::uint64_t index, const LedgerEntry& entry) {
    const auto result = read_object<HostResult>(source_, entry.obj);
    if (!result || result->host.text() != entry.by.text() || result->org != org_) {
      problem(index, result ? "its result is of another host" : "its result is not here");
      return;
    }
    for (const std::string& objection : replay_->objections(*result, entry)) {
      problem(index, entry.by.text() + " carried out what the rules did not allow: " + objection);
    }
  }

  void weigh_release(std::uint64_t index, const LedgerEntry& entry, const Statement& statement) {
    ++report_.releases;
    const auto release = read_object<Release>(source_, statement.obj);
    if (!release) {
      problem(index, "its release is not here: " + release.error().what);
      return;
    }
    if (!in_.keyring->holds(
            statement.by, RoleId::parse("executor").value(), {statement.at, entry.at, entry.seq})) {
      problem(index, statement.by.text() + " does not hold the role executor");
    }
    for (const std::string& objection : replay_->objections(*release, entry.at)) {
      problem(index, statement.by.text() + " released what the rules did not allow: " + objection);
    }
  }

  void check_checkpoint(BytesView checkpoint) {
    std::vector<NoteKey> keys;
    for (const std::string& vkey : in_.roster->value.log.vkeys) {
      if (auto key = NoteKey::parse(vkey)) {
        keys.push_back(*std::move(key));
      }
    }
    const auto opened = open_checkpoint(checkpoint, in_.roster->value.log.origin, keys);
    if (!opened) {
      problem("checkpoint", opened.error().what);
    } else if (opened->size != tree_.size() || opened->root != tree_.root()) {
      problem("checkpoint",
              "signs " + std::to_string(opened->size) + " entries with root " +
                  opened->root.text() + "; the log has " + std::to_string(tree_.size()) +
                  " with root " + tree_.root().text());
    }
  }

  const AuditSource& source_;
  const Digest& org_;
  Inspection in_;
  CompactTree tree_;
  std::vector<Digest> roots_;  // [size]
  UnixSeconds last_at_ = 0;
  std::optional<Replay> replay_;
  std::map<HostId, PublicKey> host_keys_;
  AuditReport report_;
};

}  // namespace

AuditReport audit(const AuditSource& source, const Digest& org, BytesView checkpoint) {
  return Auditor(source, org).run(checkpoint);
}

}  // namespace twoseal
