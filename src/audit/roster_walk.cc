#include "audit/roster_walk.h"

#include <algorithm>

#include "audit/reading.h"
#include "policy/inspection.h"

namespace twoseal {
namespace {

constexpr std::size_t kWaitingMax = 64;

std::string name_of(std::int64_t version) {
  return "roster " + std::to_string(version);
}

}  // namespace

std::optional<std::string> RosterWalk::take(std::uint64_t index, const LedgerEntry& entry) {
  const auto roster = read_object<Roster>(source_, entry.obj);
  if (!roster || (roster->version == 1) != !roster->org ||
      roster->org.value_or(entry.obj) != org_) {
    return "its roster is not here";
  }
  const auto source = entry.stmt ? read_statement(source_, *entry.stmt)
                                 : Result<SignedStatement>(fail(Errc::not_found, ""));
  if (!source || actor_kind(source->statement.by) != ActorKind::root) {
    return std::nullopt;
  }
  if (auto problem = problem_of(*source, entry, *roster)) {
    return source->statement.by.text() + ": " + *problem;
  }
  if (roster->version <= static_cast<std::int64_t>(terms_.size())) {
    const auto& held = terms_[static_cast<std::size_t>(roster->version) - 1].roster;
    return held.digest == entry.obj
               ? std::nullopt
               : std::optional("is about another " + name_of(roster->version) + " than in force");
  }
  if (!waiting_.contains(entry.obj) && waiting_.size() == kWaitingMax) {
    return "more rosters wait for their signatures than are followed";
  }
  Waiting& waiting = waiting_[entry.obj];
  waiting.version = roster->version;
  for (const BareKey& bare : roster->root.keys) {
    if (auto key = root_key(bare.id, *roster)) {
      root_keys_.emplace(bare.id, *std::move(key));
    }
  }
  if (waiting.signatures.emplace(source->statement.key, *source).second) {
    advance(index);
  }
  return std::nullopt;
}

void RosterWalk::take_all(
    const std::function<void(std::uint64_t index, const std::string& wrong)>& tell) {
  for (std::uint64_t index = 0; index < source_.size; ++index) {
    const auto bytes = source_.entry(index);
    if (!bytes) {
      tell(index, "cannot be read: " + bytes.error().what);
      continue;
    }
    // Most entries are about something else, and the text shows it without decoding.
    if (bytes->find("\"ev\":\"roster\"") == Bytes::npos) {
      continue;
    }
    const auto entry = codec::decode<LedgerEntry>(*bytes, limits::kEntryMax);
    if (!entry) {
      continue;  // for the judge of all entries
    }
    if (const auto wrong = take(index, *entry)) {
      tell(index, *wrong);
    }
  }
}

// The root key `id` of `roster` itself, or of any other that is known.
std::optional<PublicKey> RosterWalk::root_key(const KeyId& id, const Roster& roster) const {
  for (const BareKey& bare : roster.root.keys) {
    if (bare.id == id) {
      auto key = PublicKey::parse_ssh(bare.pub);
      return key && key->id() == id ? std::optional(*std::move(key)) : std::nullopt;
    }
  }
  const auto found = root_keys_.find(id);
  return found != root_keys_.end() ? std::optional(found->second) : std::nullopt;
}

std::optional<std::string> RosterWalk::problem_of(const SignedStatement& source,
                                                  const LedgerEntry& entry,
                                                  const Roster& roster) const {
  const Statement& statement = source.statement;
  if (!is_allowed(statement.obj_type, statement.act, ActorKind::root) ||
      statement.by.text() != "root:" + statement.key.text() || !statement.role.empty()) {
    return "root keys sign rosters, and have no role";
  }
  if (entry.by != statement.by || entry.obj != statement.obj ||
      statement.roster != roster.version) {
    return "its entry in the log says something else";
  }
  const auto key = root_key(statement.key, roster);
  if (!key) {
    return "the key is no root key of its roster or of one before";
  }
  const auto facts = verify_record(source, *key, nullptr, nullptr);
  return facts ? std::nullopt : std::optional(facts.error().what);
}

// Lets every roster that waits follow the one in force, as far as they are signed.
void RosterWalk::advance(std::uint64_t index) {
  while (std::any_of(waiting_.begin(), waiting_.end(), [&](const auto& one) {
    return settle(index, one.first, one.second);
  })) {
    drop_settled();
  }
}

// What follows no longer. Two that were signed enough under one number stay, as a complaint.
void RosterWalk::drop_settled() {
  const auto held = static_cast<std::int64_t>(terms_.size());
  const Named<Roster>* before = held > 1 ? &terms_[terms_.size() - 2].roster : nullptr;
  std::erase_if(waiting_, [&](const auto& one) {
    if (one.first == terms_.back().roster.digest || one.second.version != held) {
      return one.second.version <= held;
    }
    const auto rival = read_object<Roster>(source_, one.first);
    return rival && !judge({one.first, *rival}, one.second, before).empty();
  });
}

bool RosterWalk::settle(std::uint64_t index, const Digest& digest, const Waiting& waiting) {
  if (waiting.version != static_cast<std::int64_t>(terms_.size()) + 1) {
    return false;
  }
  auto roster = read_object<Roster>(source_, digest);
  if (!roster) {
    lost_ = true;
    return false;
  }
  Named<Roster> named{digest, *std::move(roster)};
  if (!judge(named, waiting, newest()).empty()) {
    return false;
  }
  terms_.push_back({index, std::move(named)});
  return true;
}

const Named<Roster>* RosterWalk::newest() const {
  return terms_.empty() ? nullptr : &terms_.back().roster;
}

// Step 3 of a host that holds `held`.
Findings RosterWalk::judge(const Named<Roster>& roster,
                           const Waiting& waiting,
                           const Named<Roster>* held) const {
  Inspection in;
  in.bundle.rosters.emplace(roster.value.version, roster);
  if (held != nullptr) {
    in.bundle.rosters.emplace(held->value.version, *held);
    in.bundle.state.emplace().roster = VersionRef{held->digest, held->value.version};
  }
  for (const auto& [key, source] : waiting.signatures) {
    in.bundle.statements.emplace(source.digest, source);
  }
  check_roster(in);
  return in.findings;
}

std::vector<WaitingRoster> RosterWalk::waiting() const {
  std::vector<WaitingRoster> list;
  for (const auto& [digest, one] : waiting_) {
    list.push_back({digest, one.version, {}});
    for (const auto& [key, source] : one.signatures) {
      list.back().signers.push_back(key);
    }
  }
  return list;
}

std::vector<std::string> RosterWalk::complaints() const {
  std::vector<std::string> lines;
  if (terms_.empty()) {
    lines.emplace_back("none is in force");
  }
  if (lost_) {
    lines.emplace_back("one could not be read again, and may be in force");
  }
  const auto next = static_cast<std::int64_t>(terms_.size()) + 1;
  for (const auto& [digest, waiting] : waiting_) {
    const auto roster = read_object<Roster>(source_, digest);
    if (waiting.version < next) {
      lines.push_back(name_of(waiting.version) + ": another one is in force");
    } else if (waiting.version > next || !roster) {
      lines.push_back(name_of(waiting.version) + ": no " + name_of(next) + " is in force");
    } else {
      for (const Reason& reason : judge({digest, *roster}, waiting, newest()).sorted()) {
        lines.push_back(reason.text);
      }
    }
  }
  return lines;
}

}  // namespace twoseal
