#include "audit/audit.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <set>

#include "audit/reading.h"
#include "audit/replay.h"
#include "audit/roster_walk.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "ledger/merkle.h"
#include "ledger/note.h"

namespace twoseal {
namespace {

constexpr std::uint64_t kProgressEvery = 4096;

// The first octets of a digest: enough to see that a log of millions repeats nothing.
std::uint64_t mark_of(const Digest& digest) {
  std::uint64_t mark = 0;
  std::memcpy(&mark, digest.bytes().data(), sizeof mark);
  return mark;
}

class Auditor {
 public:
  Auditor(const AuditSource& source, const Digest& org)
      : source_(source), org_(org), rosters_(source, org) {}

  AuditReport run(BytesView checkpoint) {
    read_rosters();
    replay_.emplace(source_, org_, rosters_.terms());
    roots_.push_back(empty_root());
    for (std::uint64_t index = 0; index < source_.size && keyring_; ++index) {
      replay(index);
      if (source_.progress && index % kProgressEvery == 0) {
        source_.progress(index);
      }
    }
    if (keyring_) {
      find_repeated();
      check_checkpoint(checkpoint);
    }
    for (const std::uint64_t index : replay_->lost()) {
      problem(index, "could not be read again, so that what is said of others may be wrong");
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

  void read_rosters() {
    rosters_.take_all(
        [&](std::uint64_t index, const std::string& wrong) { problem(index, wrong); });
    for (const std::string& complaint : rosters_.complaints()) {
      problem("rosters", complaint);
    }
    if (!rosters_.terms().empty()) {
      keyring_ = Keyring::build(rosters_.terms().back().roster.value).value();
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
      replay_statement(index, *bytes, *entry);
    } else if (needs_statement(entry->ev)) {
      problem(index, "nobody signed what it says");
    }
  }

  void replay_statement(std::uint64_t index, const Bytes& bytes, const LedgerEntry& entry) {
    auto source = read_statement(source_, *entry.stmt);
    if (!source) {
      problem(index, "its signature record is not here: " + source.error().what);
      return;
    }
    const RecordedStatement recorded{bytes, entry, *std::move(source)};
    marks_.push_back(mark_of(*entry.stmt));
    const Statement& statement = recorded.source.statement;
    if (statement.org != org_) {
      problem(index, "its statement is of another organisation");
      return;
    }
    if (const auto seen = unseen(statement)) {
      problem(index, *seen);
    }
    const auto wrong = judge(recorded);
    if (wrong) {
      problem(index, statement.by.text() + ": " + *wrong);
    }
    weigh(recorded, !wrong);
  }

  // Why a statement should not have been recorded as it was; nothing when all is well.
  [[nodiscard]] std::optional<std::string> judge(const RecordedStatement& recorded) {
    switch (actor_kind(recorded.source.statement.by)) {
      case ActorKind::host:
        return judge_host(recorded.entry, recorded.source);
      case ActorKind::root:
        // The walk of the rosters has judged the others.
        return recorded.entry.ev == Event::roster ? std::nullopt
                                                  : std::optional("root keys sign rosters alone");
      default:
        return judge_person(recorded);
    }
  }

  [[nodiscard]] std::optional<std::string> judge_person(const RecordedStatement& recorded) {
    const LedgerEntry& entry = recorded.entry;
    const SignedStatement& source = recorded.source;
    const Keyring& then = keyring_at(recorded.place());
    Judged judged = examine_signature(source, then);
    judged.moment = {source.statement.at, entry.at, entry.seq};
    if (judged.problem) {
      return judged.problem;
    }
    ++report_.signatures;
    judged.problem = contradiction(source.statement, entry);
    if (!judged.problem) {
      judged.problem = examine_standing(judged, then);
    }
    if (!judged.problem) {
      judged.problem = examine_keys(judged, then);
    }
    return judged.problem;
  }

  // What the keys say for themselves: then, when the statement was recorded, and by the newest
  // roster.
  [[nodiscard]] std::optional<std::string> examine_keys(Judged& judged, const Keyring& then) {
    const Statement& statement = judged.statement();
    if (statement.roster > then.roster().version) {
      return "it was made under roster " + std::to_string(statement.roster) +
             ", which was not in force";
    }
    if (judged.key->login_only) {
      return "the key is for login only";
    }
    if (judged.key->compromised) {
      return "the key was marked compromised before";
    }
    judged.key = keyring_->find(statement.by, statement.key);
    if (judged.key == nullptr) {
      return "the newest roster does not name the key any more";
    }
    report_.doubtful += judged.key->compromised ? 1 : 0;
    return examine_standing(judged, *keyring_);
  }

  // Of the roster in force when entry `index` was recorded, or of the first one before.
  [[nodiscard]] const Keyring& keyring_at(std::uint64_t index) {
    const auto& terms = rosters_.terms();
    while (!then_ || (term_ + 1 < terms.size() && terms[term_ + 1].from < index)) {
      term_ += then_ ? 1 : 0;
      then_ = Keyring::build(terms[term_].roster.value).value();
    }
    return *then_;
  }

  [[nodiscard]] std::optional<std::string> judge_host(const LedgerEntry& entry,
                                                      const SignedStatement& source) {
    if (auto wrong = host_signature(source)) {
      return wrong;
    }
    ++report_.signatures;
    ++report_.by_hosts;
    return contradiction(source.statement, entry);
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

  // What the statement leads to, by the rules that were in force. What is not sound is held as
  // well: the rules tell why it does not count; only documents must be sound, which are held for
  // good.
  void weigh(const RecordedStatement& recorded, bool sound) {
    const std::uint64_t index = recorded.place();
    const Statement& statement = recorded.source.statement;
    if (statement.obj_type == ObjType::result) {
      weigh_result(recorded);
    } else if (sound || !Replay::is_document(statement.obj_type)) {
      const auto missing = replay_->take(recorded);
      if (missing) {
        problem(index, *missing);
      }
      if (statement.act == Act::release && !missing) {
        weigh_release(recorded);
      }
    }
    if (report_.problems.size() >= kAuditProblemsMax) {
      replay_->give_up();
    }
  }

  void weigh_result(const RecordedStatement& recorded) {
    const LedgerEntry& entry = recorded.entry;
    const std::uint64_t index = recorded.place();
    const auto result = read_object<HostResult>(source_, entry.obj);
    if (!result || result->host.text() != entry.by.text() || result->org != org_) {
      problem(index, result ? "its result is of another host" : "its result is not here");
      return;
    }
    if (entry.ev != event_of_outcome(result->outcome)) {
      problem(index, "its entry says otherwise than its result, which is " + result->outcome);
    }
    if (result->at > entry.at + limits::kClockSkew) {
      problem(index, "its result is dated after its entry");
    }
    for (const std::string& objection : replay_->objections(*result, recorded)) {
      problem(index, entry.by.text() + " carried out what the rules did not allow: " + objection);
    }
  }

  void weigh_release(const RecordedStatement& recorded) {
    const LedgerEntry& entry = recorded.entry;
    const std::uint64_t index = recorded.place();
    const Statement& statement = recorded.source.statement;
    const auto release = read_object<Release>(source_, statement.obj);
    if (!release) {
      problem(index, "its release is not here: " + release.error().what);
      return;
    }
    ++report_.releases;
    auto named = release->stmts;
    named.push_back(*entry.stmt);
    std::sort(named.begin(), named.end());
    if (entry.phase != release->phase || entry.stmts != named) {
      problem(index, "its entry names another phase or other statements than its release");
    }
    for (const std::string& objection : replay_->objections(*release, recorded)) {
      problem(index, statement.by.text() + " released what the rules did not allow: " + objection);
    }
  }

  // Names every entry whose statement stands in an earlier one already.
  void find_repeated() {
    std::sort(marks_.begin(), marks_.end());
    std::set<std::uint64_t> twice;
    for (auto at = marks_.begin(); (at = std::adjacent_find(at, marks_.end())) != marks_.end();
         ++at) {
      twice.insert(*at);
    }
    std::map<Digest, std::uint64_t> first;
    for (std::uint64_t index = 0; index < source_.size && !twice.empty(); ++index) {
      const auto bytes = source_.entry(index);
      const auto entry = bytes ? codec::decode<LedgerEntry>(*bytes, limits::kEntryMax)
                               : Result<LedgerEntry>(std::unexpected(bytes.error()));
      if (!entry || !entry->stmt || !twice.contains(mark_of(*entry->stmt))) {
        continue;
      }
      const auto [found, added] = first.emplace(*entry->stmt, index);
      if (!added) {
        problem(index,
                "its statement stands in entry " + std::to_string(found->second) + " already");
      }
    }
  }

  void check_checkpoint(BytesView checkpoint) {
    std::vector<NoteKey> keys;
    for (const std::string& vkey : keyring_->roster().log.vkeys) {
      keys.push_back(NoteKey::parse(vkey).value());  // else the keyring had not been built
    }
    const auto opened = open_checkpoint(checkpoint, keyring_->roster().log.origin, keys);
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
  RosterWalk rosters_;
  std::optional<Keyring> keyring_;  // of the newest
  std::size_t term_ = 0;
  std::optional<Keyring> then_;  // of term_
  CompactTree tree_;
  std::vector<Digest> roots_;  // [size]
  UnixSeconds last_at_ = 0;
  std::optional<Replay> replay_;
  std::map<HostId, PublicKey> host_keys_;
  std::vector<std::uint64_t> marks_;  // of every statement
  AuditReport report_;
};

}  // namespace

AuditReport audit(const AuditSource& source, const Digest& org, BytesView checkpoint) {
  return Auditor(source, org).run(checkpoint);
}

}  // namespace twoseal
