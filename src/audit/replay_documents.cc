// Which documents, assignments and stops the log has put in force so far.
#include <algorithm>
#include <utility>

#include "audit/reading.h"
#include "audit/replay.h"
#include "ledger/merkle.h"

namespace twoseal {
namespace {

constexpr std::size_t kAssignmentsKept = 2;  // the newest, and the one that it relabels

template <class T>
std::optional<T> own_object(const AuditSource& source, const Digest& digest, const Digest& org) {
  auto object = read_object<T>(source, digest);
  return object && object->org == org ? std::optional(*std::move(object)) : std::nullopt;
}

// Adds one more document that waits for its signatures. What is wrong with it; nothing when it
// waits or is in force, and when a newer one is.
template <class T>
std::optional<std::string> wait_for(const AuditSource& source,
                                    const Digest& digest,
                                    const Digest& org,
                                    const Versions<T>& in_force,
                                    std::vector<Named<T>>& pending) {
  const bool waits = std::any_of(
      pending.begin(), pending.end(), [&](const auto& one) { return one.digest == digest; });
  if (waits) {
    return std::nullopt;
  }
  auto document = own_object<T>(source, digest, org);
  if (!document) {
    return "it is not here";
  }
  const std::int64_t newest = in_force.empty() ? 0 : in_force.rbegin()->first;
  if (document->version > newest) {
    pending.push_back({digest, *std::move(document)});
  } else if (document->version == newest && in_force.rbegin()->second.digest != digest) {
    return "another version " + std::to_string(newest) + " is in force";
  }
  return std::nullopt;
}

// Lets those of `pending` follow the version in force that are signed as `check` demands. What is
// in force is remembered as a host would, so that only its own signatures matter from then on.
template <class T, class Check>
void settle_chain(Inspection& in,
                  std::vector<Named<T>>& pending,
                  Versions<T>& in_force,
                  std::optional<VersionRef> AgentState::* memory,
                  const Check& check) {
  const auto follows = [&](const Named<T>& document) {
    const std::int64_t version = document.value.version;
    const std::int64_t newest = in_force.empty() ? 0 : in_force.rbegin()->first;
    if (version != newest + 1) {
      return false;
    }
    Versions<T> before = std::exchange(in_force, {});
    in_force.emplace(version, document);
    in.findings = {};
    check(in);
    if (!in.findings.empty()) {
      in_force = std::move(before);
      return false;
    }
    (*in.bundle.state).*memory = VersionRef{document.digest, version};
    return true;
  };
  while (std::erase_if(pending, follows) > 0) {
  }
  const std::int64_t newest = in_force.empty() ? 0 : in_force.rbegin()->first;
  std::erase_if(pending, [&](const auto& one) { return one.value.version <= newest; });
}

}  // namespace

std::optional<std::string> Replay::take_document(const RecordedStatement& recorded) {
  const Statement& statement = recorded.source.statement;
  const Digest& digest = statement.obj;
  const auto of = [](const std::string& what, const std::optional<std::string>& wrong) {
    return wrong ? std::optional(what + *wrong) : std::nullopt;
  };
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
      return of("its policy: ", wait_for(source_, digest, org_, in_.bundle.policies, policies_));
    case ObjType::restrictions:
      return of("its restrictions: ",
                wait_for(source_, digest, org_, in_.bundle.restrictions, restrictions_));
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
  for (AsideChange& one : aside_) {
    one.judged.clear();
  }
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
  const auto before = documents.batch;
  if (assignment->version == newest && documents.versions.rbegin()->second.digest == digest) {
    // Signed again, in another batch.
    documents.batch = waiting.batch;
    const bool proven = proven_assignment(in_, assignment->host, std::nullopt).has_value();
    documents.batch = proven ? documents.batch : before;
    return proven;
  }
  if (assignment->version <= newest) {
    return true;
  }
  if (assignment->version != newest + 1) {
    return false;
  }
  documents.versions.emplace(assignment->version, Named<Assignment>{digest, *assignment});
  documents.batch = waiting.batch;
  if (proven_assignment(in_, assignment->host, std::nullopt)) {
    if (documents.versions.size() > kAssignmentsKept) {
      documents.versions.erase(documents.versions.begin());
    }
    return true;
  }
  documents.versions.erase(assignment->version);
  documents.batch = before;
  return false;
}

void Replay::settle_batches() {
  const auto settled = [&](const WaitingBatch& waiting) {
    bool all = true;
    for (const Digest& member : waiting.members) {
      all = settle_assignment(waiting, member) && all;
    }
    return all;
  };
  while (std::erase_if(batches_, settled) > 0) {
  }
}

// Lets what is signed well enough by now come into force.
void Replay::settle() {
  if (!in_.keyring) {
    return;
  }
  proven_.clear();
  if (held_) {
    held_->open_phases.clear();
  }
  for (AsideChange& one : aside_) {
    one.held.open_phases.clear();
  }
  in_.hi = in_.lo = 0;  // what has expired is judged with each decision
  in_.bundle.state.emplace();
  settle_documents();
  if (in_.policy != nullptr) {
    settle_batches();
  }
}

void Replay::settle_documents() {
  const auto reference = [](const auto& versions) {
    return versions.empty() ? std::nullopt
                            : std::optional(VersionRef{versions.rbegin()->second.digest,
                                                       versions.rbegin()->first});
  };
  in_.bundle.state->policy = reference(in_.bundle.policies);
  in_.bundle.state->restrictions = reference(in_.bundle.restrictions);
  settle_chain(in_, policies_, in_.bundle.policies, &AgentState::policy, check_policy);
  settle_chain(
      in_, restrictions_, in_.bundle.restrictions, &AgentState::restrictions, check_restrictions);
  in_.findings = {};
  check_policy(in_);
  check_restrictions(in_);
  about_documents_ = in_.findings.sorted();
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
