#include "policy/statements.h"

#include <algorithm>
#include <array>

#include "base/limits.h"
#include "codec/client_data.h"
#include "codec/objects.h"
#include "crypto/webauthn.h"
#include "model/names.h"

namespace twoseal {
namespace {

struct ActEvent {
  Act act;
  ObjType type;
  std::array<Event, 5> events;  // any of them; the last one fills up
};

constexpr std::array<Event, 5> only(Event event) {
  return {event, event, event, event, event};
}

// Which entry records which act. What a host did is recorded by its outcome.
constexpr std::array kActEvents = {
    ActEvent{Act::author, ObjType::change, only(Event::authored)},
    ActEvent{Act::approve, ObjType::change, only(Event::approved)},
    ActEvent{Act::reject, ObjType::change, only(Event::rejected)},
    ActEvent{Act::signoff, ObjType::change, only(Event::signed_off)},
    ActEvent{Act::release, ObjType::release, only(Event::released)},
    ActEvent{Act::rollback, ObjType::rollback, only(Event::rolled_back)},
    ActEvent{Act::withdraw, ObjType::statement, only(Event::withdrawn)},
    ActEvent{Act::attest, ObjType::evidence, only(Event::attested)},
    ActEvent{Act::sign, ObjType::policy, only(Event::policy)},
    ActEvent{Act::sign, ObjType::restrictions, only(Event::restrictions)},
    ActEvent{Act::sign, ObjType::assignments, only(Event::assignments)},
    ActEvent{Act::sign, ObjType::stop, only(Event::stopped)},
    ActEvent{Act::lift, ObjType::stop, only(Event::lifted)},
    ActEvent{Act::approve, ObjType::plan_request, only(Event::approved)},
    ActEvent{Act::sign, ObjType::verdict, only(Event::verdict)},
    ActEvent{Act::signoff, ObjType::verdict, only(Event::signed_off)},
    ActEvent{Act::sign, ObjType::emergency, only(Event::emergency)},
    ActEvent{Act::signoff, ObjType::emergency, only(Event::signed_off)},
    ActEvent{
        Act::sign,
        ObjType::result,
        {Event::applied, Event::rolled_back, Event::refused, Event::stale, Event::interrupted}},
};

bool records(const Statement& statement, Event event) {
  for (const ActEvent& row : kActEvents) {
    if (row.act == statement.act && row.type == statement.obj_type) {
      return std::find(row.events.begin(), row.events.end(), event) != row.events.end();
    }
  }
  return false;
}

}  // namespace

bool needs_local_key(Act act, ObjType type) {
  const bool document =
      type == ObjType::policy || type == ObjType::restrictions || type == ObjType::assignments;
  return (act == Act::sign && document) || act == Act::lift;
}

Result<SignatureFacts> verify_record(const SignedStatement& source,
                                     const PublicKey& key,
                                     const std::string* rp_id,
                                     const std::string* origin) {
  const SignatureRecord& record = source.record;
  if (record.kind == RecordKind::sshsig) {
    return verify_sshsig(
        key, signature_namespace(source.statement.act), record.statement, record.armor);
  }
  if (rp_id == nullptr || origin == nullptr) {
    return fail(Errc::key_rule, "a passkey assertion by a key that is no passkey");
  }
  TWOSEAL_TRY(const ClientData client, codec::parse_client_data(record.client_data));
  return verify_webauthn(key,
                         *rp_id,
                         *origin,
                         record.statement,
                         record.auth_data,
                         record.client_data,
                         client,
                         record.signature);
}

const Judged& StatementJudge::keep(Judged judged) {
  const Judged& kept = judged_.emplace(judged.source->digest, std::move(judged)).first->second;
  if (kept.valid()) {
    seen_.insert(kept.statement().seen);
    if (kept.statement().roster > keyring_.roster().version) {
      findings_.refuse(Step::fresh,
                       Errc::refuse_f3,
                       "a statement by " + kept.statement().by.text() + " was made under roster " +
                           std::to_string(kept.statement().roster) + ", newer than the one here");
    }
  } else {
    findings_.note("not counted: " + std::string(name_of(kept.statement().act)) + " by " +
                   kept.statement().by.text() + ": " + *kept.problem);
  }
  return kept;
}

const Judged& StatementJudge::judge(const SignedStatement& source) {
  const auto found = judged_.find(source.digest);
  return found != judged_.end() ? found->second : keep(examine(source));
}

Judged examine_signature(const SignedStatement& source, const Keyring& keyring) {
  Judged judged{.source = &source};
  const Statement& statement = source.statement;
  judged.moment = {statement.at, statement.at, 0};
  if (!is_allowed(statement.obj_type, statement.act, actor_kind(statement.by))) {
    judged.problem = "this act is not open to this signer for this object";
    return judged;
  }
  judged.key = keyring.find(statement.by, statement.key);
  if (judged.key == nullptr) {
    judged.problem = "the key is not among the signer's keys in the roster";
    return judged;
  }
  const OwnedKey& key = *judged.key;
  const std::string* rp_id = key.rp_id ? &*key.rp_id : nullptr;
  const std::string* origin = rp_id != nullptr ? keyring.origin(*rp_id) : nullptr;
  const auto facts = verify_record(source, key.pub, rp_id, origin);
  if (!facts) {
    judged.problem = facts.error().what;
    return judged;
  }
  judged.user_verified = key.kind == KeyKind::local_file || facts->user_verified;
  judged.backup_eligible = facts->backup_eligible;
  if (needs_local_key(statement.act, statement.obj_type) && key.display != Display::local &&
      !keyring.roster().demo) {
    judged.problem = "only local keys sign this";
  }
  return judged;
}

std::optional<std::string> contradiction(const Statement& statement, const LedgerEntry& entry) {
  if (entry.by != statement.by || entry.obj != statement.obj || !records(statement, entry.ev)) {
    return "its entry in the log says something else";
  }
  if (entry.seq < statement.seen.size) {
    return "it was recorded before what it says to have seen";
  }
  if (statement.at > entry.at + limits::kClockSkew ||
      statement.at < entry.at - limits::kStatementAgeMax) {
    return "it was not recorded within a day of its date";
  }
  return std::nullopt;
}

bool needs_statement(Event event) {
  return event == Event::roster ||
         std::any_of(kActEvents.begin(), kActEvents.end(), [&](const ActEvent& row) {
           return std::find(row.events.begin(), row.events.end(), event) != row.events.end();
         });
}

std::optional<std::string> examine_standing(const Judged& judged, const Keyring& keyring) {
  const Statement& statement = judged.statement();
  if (judged.moment.index >= judged.key->until.value_or(limits::kIntegerMax)) {
    return "the key had ended before";
  }
  if (!statement.role.empty() && !keyring.holds(statement.by, statement.role, judged.moment)) {
    return "the signer does not hold the role " + statement.role.text();
  }
  return std::nullopt;
}

Judged StatementJudge::examine(const SignedStatement& source) {
  Judged judged = examine_signature(source, keyring_);
  // It stands where its entry does, whatever is wrong with it.
  const auto recorded = examine_entry(judged);
  if (!judged.problem && judged.key->compromised) {
    judged.problem = "the key is compromised";
  } else if (!judged.problem && judged.key->login_only) {
    judged.problem = "the key is for login only";
  } else if (!judged.problem && recorded && !judged.unproven) {
    judged.problem = recorded;
  } else if (!judged.problem) {
    // Without an entry, as if it stood at index 0: what is wrong besides is the problem then.
    judged.problem = examine_standing(judged, keyring_);
  }
  judged.unproven =
      judged.unproven && !judged.problem && judged.statement().roster <= keyring_.roster().version;
  if (!judged.problem) {
    judged.problem = recorded;
  }
  return judged;
}

std::optional<std::string> StatementJudge::examine_entry(Judged& judged) const {
  const Statement& statement = judged.statement();
  judged.moment = {statement.at, statement.at, 0};
  const auto entry = log_.open() ? log_.entry_of(judged.source->digest)
                                 : Result<ProvenEntry>(fail(Errc::refuse_l4, "no checkpoint"));
  if (entry) {
    judged.moment = {statement.at, entry->at, entry->seq};
  }
  if (statement.at > hi_ + limits::kClockSkew) {
    return "it is dated in the future";
  }
  if (!log_.open()) {
    return std::nullopt;
  }
  if (!entry) {
    judged.unproven = true;
    return entry.error().what;
  }
  return contradiction(statement, *entry);
}

const Judged& StatementJudge::judge_host(const SignedStatement& source, const PublicKey& key) {
  const auto found = judged_.find(source.digest);
  if (found != judged_.end()) {
    return found->second;
  }
  Judged judged{.source = &source};
  const Statement& statement = source.statement;
  if (!is_allowed(statement.obj_type, statement.act, actor_kind(statement.by)) ||
      statement.by.text() != "h:" + key.id().text() || statement.key != key.id() ||
      !statement.role.empty()) {
    judged.problem = "it is not by the key of its host, which has no role";
  } else if (const auto facts = verify_record(source, key, nullptr, nullptr); !facts) {
    judged.problem = facts.error().what;
  } else {
    judged.problem = examine_entry(judged);
  }
  return keep(std::move(judged));
}

std::map<Digest, Judged> StatementJudge::take_out(const std::vector<Digest>& statements) {
  std::map<Digest, Judged> taken;
  for (const Digest& digest : statements) {
    if (auto node = judged_.extract(digest)) {
      taken.insert(std::move(node));
    }
  }
  seen_.clear();
  return taken;
}

void StatementJudge::judge_all() {
  for (const auto& [digest, source] : bundle_.statements) {
    const Statement& statement = source.statement;
    const bool recorded =
        std::any_of(kActEvents.begin(), kActEvents.end(), [&](const ActEvent& row) {
          return row.act == statement.act && row.type == statement.obj_type;
        });
    if (recorded && actor_kind(statement.by) != ActorKind::host) {
      judge(source);
    }
  }
}

bool StatementJudge::taken_back(const SignedStatement& source) {
  return std::any_of(
      bundle_.statements.begin(), bundle_.statements.end(), [&](const auto& candidate) {
        const Statement& statement = candidate.second.statement;
        return statement.act == Act::withdraw && statement.obj == source.digest &&
               statement.by == source.statement.by && judge(candidate.second).valid();
      });
}

std::vector<const Judged*> StatementJudge::valid(const Digest& obj, ObjType type, Act act) {
  std::vector<const Judged*> list;
  for (const auto& [digest, source] : bundle_.statements) {
    const Statement& statement = source.statement;
    if (statement.obj == obj && statement.obj_type == type && statement.act == act) {
      const Judged& judged = judge(source);
      const bool withdrawn = judged.valid() && needs_local_key(statement.act, statement.obj_type) &&
                             taken_back(source);
      if (withdrawn) {
        findings_.note("not counted: " + std::string(name_of(act)) + " by " + statement.by.text() +
                       ": withdrawn");
      } else if (judged.valid()) {
        list.push_back(&judged);
      }
    }
  }
  return list;
}

const SignedStatement* StatementJudge::find(const Digest& digest) const {
  const auto found = bundle_.statements.find(digest);
  return found != bundle_.statements.end() ? &found->second : nullptr;
}

}  // namespace twoseal
