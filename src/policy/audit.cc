#include "policy/audit.h"

#include <algorithm>

#include "codec/objects.h"
#include "crypto/hash.h"
#include "ledger/merkle.h"
#include "ledger/note.h"
#include "policy/inspection.h"

namespace twoseal {
namespace {

constexpr std::uint64_t kProgressEvery = 4096;

// Numbers for values that recur, so that a million approvals stay small in memory.
template <class T>
class Numbering {
 public:
  std::uint32_t of(const T& value) {
    return numbers_.emplace(value, static_cast<std::uint32_t>(numbers_.size())).first->second;
  }

 private:
  std::map<T, std::uint32_t> numbers_;
};

// A statement that a release may name.
struct Recorded {
  std::uint32_t by;
  std::uint32_t about;
  Act act;
  bool needed;  ///< its signer held a role that some rule of the policy then asks for
};

class Auditor {
 public:
  Auditor(const AuditSource& source, const Digest& org) : source_(source), org_(org) {}

  AuditReport run(BytesView checkpoint) {
    read_rosters();
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
    }
    if (entry->org != org_) {
      problem(index, "belongs to another organisation");
    }
    if (entry->at < last_at_) {
      problem(index, "is older than the entry before");
    }
    last_at_ = std::max(last_at_, entry->at);
    if (entry->ev == Event::policy) {
      take_policy(index, entry->obj);
    }
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
    remember(index, entry, *statement);
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

  void remember(std::uint64_t index, const LedgerEntry& entry, const Statement& statement) {
    if (statement.act == Act::release) {
      replay_release(index, entry, statement);
    } else if (statement.obj_type == ObjType::result) {
      replay_result(index, statement.obj);
    }
    if (statement.act == Act::author) {
      authored_.insert(objects_.of(statement.obj));
    }
    switch (statement.act) {
      case Act::author:
      case Act::approve:
      case Act::reject:
      case Act::withdraw:
      case Act::attest:
      case Act::release:
        recorded_.emplace(*entry.stmt,
                          Recorded{people_.of(statement.by),
                                   objects_.of(statement.obj),
                                   statement.act,
                                   is_needed(statement, entry)});
        break;
      default:
        break;
    }
  }

  // The roles that the newest policy so far asks for anywhere.
  void take_policy(std::uint64_t index, const Digest& digest) {
    const auto bytes = source_.object(digest);
    const auto policy =
        bytes ? codec::decode<Policy>(*bytes) : Result<Policy>(std::unexpected(bytes.error()));
    if (!policy) {
      problem(index, "its policy is not here: " + policy.error().what);
      return;
    }
    if (policy->version <= policy_version_) {
      return;
    }
    policy_version_ = policy->version;
    needed_roles_ = {policy->emergency.roles.begin(), policy->emergency.roles.end()};
    for (const Rule& rule : policy->rules) {
      for (const Need& need : rule.need) {
        needed_roles_.insert(need.role);
      }
      owners_ = owners_ || rule.owner_ack;
    }
  }

  [[nodiscard]] bool is_needed(const Statement& statement, const LedgerEntry& entry) const {
    if (!statement.role.empty()) {
      return needed_roles_.contains(statement.role) ||
             (owners_ && statement.role.text().starts_with("owner:"));
    }
    const RoleMoment moment{statement.at, entry.at, entry.seq};
    return owners_ ||
           std::any_of(needed_roles_.begin(), needed_roles_.end(), [&](const RoleId& role) {
             return in_.keyring->holds(statement.by, role, moment);
           });
  }

  // What a host did follows a release of that change, or its author's word where no release is
  // needed.
  void replay_result(std::uint64_t index, const Digest& digest) {
    const auto bytes = source_.object(digest);
    const auto result = bytes ? codec::decode<HostResult>(*bytes)
                              : Result<HostResult>(std::unexpected(bytes.error()));
    if (!result) {
      problem(index, "its result is not here: " + result.error().what);
      return;
    }
    const bool did_nothing = result->outcome.starts_with("refused:") || result->outcome == "stale";
    if (!did_nothing && !released_.contains(objects_.of(result->change)) &&
        !is_automatic(result->change)) {
      problem(index, "a host carried out a change that nobody had released");
    }
  }

  // Whether the change claims an auto rule, and its author signed it: it needs no release then.
  [[nodiscard]] bool is_automatic(const Digest& digest) {
    const auto bytes = source_.object(digest);
    const auto change =
        bytes ? codec::decode<Change>(*bytes) : Result<Change>(std::unexpected(bytes.error()));
    return change && change->auto_rule && authored_.contains(objects_.of(digest));
  }

  void replay_release(std::uint64_t index, const LedgerEntry& entry, const Statement& statement) {
    ++report_.releases;
    const auto bytes = source_.object(statement.obj);
    const auto release =
        bytes ? codec::decode<Release>(*bytes) : Result<Release>(std::unexpected(bytes.error()));
    if (!release) {
      problem(index, "its release is not here: " + release.error().what);
      return;
    }
    released_.insert(objects_.of(release->change));
    if (!in_.keyring->holds(
            statement.by, RoleId::parse("executor").value(), {statement.at, entry.at, entry.seq})) {
      problem(index, statement.by.text() + " does not hold the role executor");
    }
    std::vector<Digest> expected = release->stmts;
    expected.push_back(*entry.stmt);
    std::sort(expected.begin(), expected.end());
    if (entry.stmts != expected || entry.phase != release->phase) {
      problem(index, "names other statements or another phase than its release");
    }
    check_separation(index, statement.by, *release);
  }

  void check_separation(std::uint64_t index, const ActorId& releaser, const Release& release) {
    const auto bytes = source_.object(release.change);
    const auto change =
        bytes ? codec::decode<Change>(*bytes) : Result<Change>(std::unexpected(bytes.error()));
    if (!change) {
      problem(index, "its change is not here: " + change.error().what);
      return;
    }
    const std::uint32_t author = people_.of(change->author);
    std::set<std::uint32_t> approvers;
    bool authored = false;
    for (const Digest& digest : release.stmts) {
      const auto found = recorded_.find(digest);
      if (found == recorded_.end()) {
        problem(index, "names statement " + digest.text() + ", which was not recorded before it");
        continue;
      }
      const Recorded& one = found->second;
      const bool about = one.about == objects_.of(release.change);
      const bool judges =
          one.act == Act::author || one.act == Act::approve || one.act == Act::reject;
      if (judges && !about) {
        problem(index, "names statement " + digest.text() + " about another change");
      }
      authored = authored || (about && one.act == Act::author && one.by == author);
      if (about && one.act == Act::approve && one.needed) {
        approvers.insert(one.by);
      }
    }
    if (!authored) {
      problem(index, "names no signature by the author of its change");
    }
    if (policy_version_ == 0) {
      problem(index, "no policy was recorded before it");
    }
    approvers.erase(people_.of(releaser));
    approvers.erase(author);
    for (const std::string& one : change->contributors.value_or(std::vector<std::string>())) {
      if (const auto contributor = ActorId::parse(one)) {
        approvers.erase(people_.of(*contributor));
      }
    }
    if (approvers.empty() && !change->auto_rule) {
      problem(index,
              "nobody but its author and its executor approved the released change in a role that "
              "a rule asks for");
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
  Numbering<ActorId> people_;
  Numbering<Digest> objects_;
  std::map<Digest, Recorded> recorded_;  // by statement
  std::set<std::uint32_t> authored_;     // changes
  std::set<std::uint32_t> released_;     // changes
  std::int64_t policy_version_ = 0;
  std::set<RoleId> needed_roles_;
  bool owners_ = false;  // whether some rule asks for owners of components
  std::map<HostId, PublicKey> host_keys_;
  AuditReport report_;
};

}  // namespace

AuditReport audit(const AuditSource& source, const Digest& org, BytesView checkpoint) {
  return Auditor(source, org).run(checkpoint);
}

}  // namespace twoseal
