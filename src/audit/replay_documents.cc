// Which documents, assignments and stops the log has put in force so far.
#include <algorithm>

#include "audit/reading.h"
#include "audit/replay.h"
#include "ledger/merkle.h"

namespace twoseal {
namespace {

template <class T>
std::optional<T> own_object(const AuditSource& source, const Digest& digest, const Digest& org) {
  auto object = read_object<T>(source, digest);
  return object && object->org == org ? std::optional(*std::move(object)) : std::nullopt;
}

// Adds one more document that waits for its signatures; nothing when it is not here.
template <class T>
bool wait_for(const AuditSource& source,
              const Digest& digest,
              const Digest& org,
              std::vector<Named<T>>& pending) {
  const bool waits = std::any_of(
      pending.begin(), pending.end(), [&](const auto& one) { return one.digest == digest; });
  if (waits) {
    return true;
  }
  auto document = own_object<T>(source, digest, org);
  if (document) {
    pending.push_back({digest, *std::move(document)});
  }
  return document.has_value();
}

// Moves documents that follow the chain and are signed as `check` demands into it.
template <class T, class Check>
void settle_chain(Inspection& in,
                  std::vector<Named<T>>& pending,
                  Versions<T>& chain,
                  const Check& check) {
  const auto in_force = [&](const Named<T>& document) {
    const std::int64_t version = document.value.version;
    const std::int64_t newest = chain.empty() ? 0 : chain.rbegin()->first;
    if (version != newest + 1) {
      return false;
    }
    chain.emplace(version, document);
    in.findings = {};
    check(in);
    if (in.findings.empty()) {
      return true;
    }
    chain.erase(version);
    return false;
  };
  while (std::erase_if(pending, in_force) > 0) {
  }
}

}  // namespace

std::optional<std::string> Replay::take_document(const RecordedStatement& recorded) {
  const Statement& statement = recorded.source.statement;
  const Digest& digest = statement.obj;
  switch (statement.obj_type) {
    case ObjType::roster:
      take_roster(recorded.place());
      return std::nullopt;
    case ObjType::stop:
      if (auto stop = own_object<Stop>(source_, digest, org_)) {
        in_.bundle.stops.emplace(digest, *std::move(stop));
        return std::nullopt;
      }
      return "its stop is not here";
    case ObjType::policy:
      return wait_for(source_, digest, org_, policies_) ? std::nullopt
                                                        : std::optional("its policy is not here");
    case ObjType::restrictions:
      return wait_for(source_, digest, org_, restrictions_)
                 ? std::nullopt
                 : std::optional("its restrictions are not here");
    default:
      return take_batch(recorded);
  }
}

// The newest one that is in force at `index`.
void Replay::take_roster(std::uint64_t index) {
  const Named<Roster>* newest = in_.roster;
  for (const RosterTerm& term : rosters_) {
    newest = term.from <= index ? &term.roster : newest;
  }
  if (newest == in_.roster) {
    return;
  }
  in_.roster = newest;
  in_.keyring = Keyring::build(newest->value).value();
  in_.log.emplace(in_.bundle, org_);
  // Every statement is held against its own entry, so none is dated in the future.
  in_.judge.emplace(in_.bundle, *in_.keyring, *in_.log, limits::kIntegerMax / 2, in_.findings);
}

std::optional<std::string> Replay::take_batch(const RecordedStatement& recorded) {
  const Digest& digest = recorded.source.statement.obj;
  auto batch = own_object<Batch>(source_, digest, org_);
  if (!batch) {
    return "its batch of assignments is not here";
  }
  const auto waits = [&](const WaitingBatch& one) { return one.batch.digest == digest; };
  if (std::any_of(batches_.begin(), batches_.end(), waits)) {
    return std::nullopt;
  }
  auto members = source_.members(batch->root);
  if (!members) {
    return "the list of its assignments is not here";
  }
  for (const Digest& member : *members) {
    if (!own_object<Assignment>(source_, member, org_)) {
      return "assignment " + member.text() + " is not here";
    }
  }
  if (root_of(leaves_of(*members)) != batch->root) {
    return "the list of its assignments has another root";
  }
  batches_.push_back({{digest, *std::move(batch)}, *std::move(members), recorded.place()});
  return std::nullopt;
}

bool Replay::settle_assignment(const WaitingBatch& waiting, const Digest& digest) {
  const auto assignment = own_object<Assignment>(source_, digest, org_);
  if (!assignment) {
    lost_.insert(waiting.from);
    return true;
  }
  HostDocuments& documents = in_.bundle.assignments[assignment->host];
  const std::int64_t newest = documents.versions.empty() ? 0 : documents.versions.rbegin()->first;
  if (assignment->version <= newest) {
    return true;
  }
  if (assignment->version != newest + 1) {
    return false;
  }
  const auto before = documents.batch;
  documents.versions.emplace(assignment->version, Named<Assignment>{digest, *assignment});
  documents.batch = waiting.batch;
  if (proven_assignment(in_, assignment->host, std::nullopt)) {
    return true;
  }
  documents.versions.erase(assignment->version);
  documents.batch = before;
  return false;
}

void Replay::settle_batches() {
  std::erase_if(batches_, [&](const WaitingBatch& waiting) {
    bool all = true;
    for (const Digest& member : waiting.members) {
      all = settle_assignment(waiting, member) && all;
    }
    return all;
  });
}

void Replay::settle() {
  if (settled_ || !in_.keyring) {
    return;
  }
  settled_ = true;
  proven_.clear();
  in_.hi = in_.lo = 0;  // what has expired is judged with each decision
  in_.bundle.state.reset();
  settle_chain(in_, policies_, in_.bundle.policies, check_policy);
  settle_chain(in_, restrictions_, in_.bundle.restrictions, check_restrictions);
  in_.findings = {};
  check_policy(in_);
  check_restrictions(in_);
  about_documents_ = in_.findings.sorted();
  if (in_.policy != nullptr) {
    settle_batches();
  }
}

void Replay::check_expiry() {
  const auto expired = [&](Step step, Errc code, std::string_view what, const auto& document) {
    if (in_.hi >= document.expires) {
      in_.refuse(step,
                 code,
                 std::string(what) + " " + std::to_string(document.version) + " expired at " +
                     std::to_string(document.expires));
    }
  };
  expired(Step::roster, Errc::refuse_r3, "roster", in_.roster->value);
  if (in_.policy != nullptr) {
    expired(Step::policy, Errc::refuse_p2, "policy", *in_.policy);
  }
  if (in_.restrictions != nullptr) {
    expired(Step::policy, Errc::refuse_p2, "restrictions", *in_.restrictions);
  }
}

}  // namespace twoseal
