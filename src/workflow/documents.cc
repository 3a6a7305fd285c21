#include "workflow/documents.h"

#include <algorithm>

#include "codec/objects.h"
#include "crypto/hash.h"
#include "ledger/merkle.h"

namespace twoseal {
namespace {

constexpr std::size_t kAssignmentsKept = 2;  // the newest, and the one that it relabels

template <class T>
std::optional<T> own_object(const AuditSource& source, const Digest& digest, const Digest& org) {
  auto object = read_object<T>(source, digest);
  return object && object->org == org ? std::optional(*std::move(object)) : std::nullopt;
}

AuditSource source_of(const Store& store) {
  AuditSource source;
  source.record = [&store](const Digest& statement) -> Result<Bytes> {
    TWOSEAL_TRY(SignedRecord record, store.record(statement));
    return std::move(record.bytes);
  };
  source.object = [&store](const Digest& object) -> Result<Bytes> {
    TWOSEAL_TRY(StoredDocument document, store.document(object));
    return std::move(document.bytes);
  };
  return source;
}

// Adds one more document that waits for its signatures, unless it waits or is in force already.
template <class T>
void wait_for(const AuditSource& source,
              const Digest& digest,
              const Digest& org,
              const std::vector<VersionRef>& chain,
              std::vector<Named<T>>& pending) {
  const auto same = [&](const auto& one) { return one.digest == digest; };
  if (std::any_of(pending.begin(), pending.end(), same)) {
    return;
  }
  auto document = own_object<T>(source, digest, org);
  if (document && document->version > std::ssize(chain)) {
    pending.push_back({digest, *std::move(document)});
  }
}

// Lets those of `pending` follow the version in force that are signed as `check` demands; from then
// on only their own signatures matter.
template <class T, class Check>
void settle_chain(Inspection& in,
                  std::vector<Named<T>>& pending,
                  Versions<T>& in_force,
                  std::vector<VersionRef>& chain,
                  std::optional<VersionRef> AgentState::* memory,
                  const Check& check) {
  (*in.bundle.state).*memory = chain.empty() ? std::nullopt : std::optional(chain.back());
  const auto follows = [&](const Named<T>& document) {
    if (document.value.version != std::ssize(chain) + 1) {
      return false;
    }
    Versions<T> before = std::exchange(in_force, {});
    in_force.emplace(document.value.version, document);
    in.findings = {};
    check(in);
    if (!in.findings.empty()) {
      in_force = std::move(before);
      return false;
    }
    chain.push_back({document.digest, document.value.version});
    (*in.bundle.state).*memory = chain.back();
    return true;
  };
  while (std::erase_if(pending, follows) > 0) {
  }
  std::erase_if(pending, [&](const auto& one) { return one.value.version <= std::ssize(chain); });
}

template <class T>
std::shared_ptr<const Named<T>> newest_of(const Versions<T>& versions) {
  return versions.empty() ? nullptr : std::make_shared<const Named<T>>(versions.rbegin()->second);
}

}  // namespace

const HeldHost* Documents::host(const HostId& id) const {
  const auto found = hosts.find(id);
  return found == hosts.end() ? nullptr : &found->second;
}

bool Documents::is_assigned(const HostId& id, UnixSeconds now) const {
  const HeldHost* held = host(id);
  return held != nullptr && now < held->assignment->expires;
}

std::vector<Digest> Documents::active_stops(UnixSeconds now) const {
  std::vector<Digest> active;
  for (const HeldStop& one : stops) {
    if (one.raised && !one.lifted && one.stop.to >= now) {
      active.push_back(one.digest);
    }
  }
  std::sort(active.begin(), active.end());
  return active;
}

DocumentKeeper::DocumentKeeper(const Store& store, const Digest& org)
    : org_(org), source_(source_of(store)), walk_(source_, org_) {
  in_.anchor = Anchor::log;
  in_.inputs.org = org_;
  in_.bundle.state.emplace();
}

bool DocumentKeeper::is_document(ObjType type) {
  return type == ObjType::roster || type == ObjType::policy || type == ObjType::restrictions ||
         type == ObjType::assignments || type == ObjType::stop;
}

Digest DocumentKeeper::add_list(const BatchList& list) {
  const Digest root = root_of(leaves_of(list.assignments));
  lists_.emplace(root, list.assignments);
  return root;
}

void DocumentKeeper::take(const RecordedStatement& recorded, const Digest& object) {
  const Digest& digest = recorded.source.digest;
  statements_[object].push_back({digest, recorded.place()});
  size_ = std::uint64_t{recorded.place()} + 1;
  at_ = recorded.entry.at;
  in_.bundle.statements.emplace(digest, recorded.source);
  in_.bundle.inclusions[digest] = {recorded.bytes, recorded.entry.seq, {}, 0};
  if (recorded.source.statement.obj == object) {
    take_object(recorded);
  }
  if (!in_.keyring) {
    return;
  }
  in_.hi = in_.lo = 0;  // what has expired is judged with each decision
  settle_documents();
  if (in_.policy != nullptr) {
    settle_batches();
    drop_old_batches();
  }
}

void DocumentKeeper::take_object(const RecordedStatement& recorded) {
  const Statement& statement = recorded.source.statement;
  switch (statement.obj_type) {
    case ObjType::roster:
      static_cast<void>(
          walk_.take(recorded.place(), recorded.entry));  // an audit tells what is wrong
      renew_roster();
      break;
    case ObjType::stop:
      if (auto stop = own_object<Stop>(source_, statement.obj, org_)) {
        in_.bundle.stops.emplace(statement.obj, *std::move(stop));
      }
      break;
    case ObjType::policy:
      wait_for(source_, statement.obj, org_, policy_chain_, policies_);
      break;
    case ObjType::restrictions:
      wait_for(source_, statement.obj, org_, restrictions_chain_, restrictions_);
      break;
    default:
      take_batch(statement.obj);
  }
}

void DocumentKeeper::renew_roster() {
  if (walk_.terms().empty() || in_.roster == &walk_.terms().back().roster) {
    return;
  }
  // A vector of terms may have moved, so everything that refers into it is made anew.
  in_.roster = &walk_.terms().back().roster;
  in_.judge.reset();
  in_.keyring = Keyring::build(in_.roster->value).value();
  in_.log.emplace(in_.bundle, org_);
  // Every statement is held against its own entry, so none is dated in the future.
  in_.judge.emplace(in_.bundle, *in_.keyring, *in_.log, limits::kIntegerMax / 2, in_.findings);
}

void DocumentKeeper::take_batch(const Digest& digest) {
  const auto same = [&](const auto& one) { return one->batch.digest == digest; };
  if (std::any_of(waiting_.begin(), waiting_.end(), same)) {
    return;
  }
  auto batch = own_object<Batch>(source_, digest, org_);
  const auto list = batch ? lists_.find(batch->root) : lists_.end();
  if (list != lists_.end()) {
    waiting_.push_back(
        std::make_shared<const HeldBatch>(HeldBatch{{digest, *std::move(batch)}, list->second}));
  }
}

void DocumentKeeper::settle_documents() {
  settle_chain(
      in_, policies_, in_.bundle.policies, policy_chain_, &AgentState::policy, check_policy);
  settle_chain(in_,
               restrictions_,
               in_.bundle.restrictions,
               restrictions_chain_,
               &AgentState::restrictions,
               check_restrictions);
  in_.findings = {};
  check_policy(in_);
  check_restrictions(in_);
}

bool DocumentKeeper::settle_assignment(const std::shared_ptr<const HeldBatch>& batch,
                                       const Digest& digest) {
  auto assignment = own_object<Assignment>(source_, digest, org_);
  if (!assignment) {
    return false;
  }
  const HostId host = assignment->host;
  HostDocuments& documents = in_.bundle.assignments[host];
  HeldHost& held = hosts_[host];
  const std::int64_t newest = std::ssize(held.versions);
  const bool again = assignment->version == newest && held.versions.back().digest == digest;
  if (!again && assignment->version != newest + 1) {
    return assignment->version <= newest;
  }
  const auto before = documents.batch;
  documents.batch = batch->batch;
  documents.versions.emplace(assignment->version, Named<Assignment>{digest, *assignment});
  if (!proven_assignment(in_, host, std::nullopt)) {
    documents.batch = before;
    if (!again) {
      documents.versions.erase(assignment->version);
    }
    return again;  // what is in force already waits for nobody
  }
  if (!again) {
    held.versions.push_back({digest, assignment->version});
    held.assignment = std::make_shared<const Assignment>(*std::move(assignment));
    held.since = at_;
  }
  held.batch = batch;
  if (documents.versions.size() > kAssignmentsKept) {
    documents.versions.erase(documents.versions.begin());
  }
  return true;
}

void DocumentKeeper::settle_batches() {
  const auto settled = [&](const std::shared_ptr<const HeldBatch>& batch) {
    bool all = true;
    for (const Digest& member : batch->members) {
      all = settle_assignment(batch, member) && all;
    }
    return all;
  };
  while (std::erase_if(waiting_, settled) > 0) {
  }
  std::erase_if(hosts_, [](const auto& one) { return one.second.versions.empty(); });
}

// Statements on batches that no host rests on any more would be looked through with each new one.
void DocumentKeeper::drop_old_batches() {
  std::set<Digest> used;
  for (const auto& [host, held] : hosts_) {
    used.insert(held.batch->batch.digest);
  }
  for (const auto& one : waiting_) {
    used.insert(one->batch.digest);
  }
  std::vector<Digest> old;
  for (auto one = statements_.begin(); one != statements_.end();) {
    const auto statement = in_.bundle.statements.find(one->second.front().statement);
    const bool drops = statement != in_.bundle.statements.end() &&
                       statement->second.statement.obj_type == ObjType::assignments &&
                       !used.contains(one->first);
    if (!drops) {
      ++one;
      continue;
    }
    for (const PlacedStatement& placed : one->second) {
      old.push_back(placed.statement);
    }
    one = statements_.erase(one);
  }
  static_cast<void>(in_.judge->take_out(old));
  for (const Digest& digest : old) {
    in_.bundle.statements.erase(digest);
    in_.bundle.inclusions.erase(digest);
  }
}

std::vector<HeldStop> DocumentKeeper::judged_stops() {
  std::vector<HeldStop> stops;
  for (const auto& [digest, stop] : in_.bundle.stops) {
    stops.push_back({digest,
                     stop,
                     in_.judge && is_raised(in_, digest, stop),
                     in_.judge && is_lifted(in_, digest, stop)});
  }
  return stops;
}

// Everybody whose signature on `document` counts.
std::vector<ActorId> DocumentKeeper::signers_of(const Digest& document, ObjType type) {
  std::set<ActorId> signers;
  for (const Judged* judged : in_.judge->valid(document, type, Act::sign)) {
    signers.insert(judged->statement().by);
  }
  return {signers.begin(), signers.end()};
}

// Rosters that root keys in force signed: anybody can sign a roster that names their own keys.
std::vector<WaitingDocument> DocumentKeeper::waiting_rosters() const {
  std::vector<WaitingDocument> list;
  for (const WaitingRoster& one : walk_.waiting()) {
    if (one.version <= in_.roster->value.version) {
      continue;  // it comes too late, whoever signs it
    }
    WaitingDocument waiting{ObjType::roster, one.digest, one.version, {}, {}};
    for (const BareKey& key : in_.roster->value.root.keys) {
      if (std::binary_search(one.signers.begin(), one.signers.end(), key.id)) {
        waiting.signers.push_back(ActorId::parse("root:" + key.id.text()).value());
      }
    }
    list.push_back(std::move(waiting));
  }
  return list;
}

// What nobody signed whose signature counts is not shown: it would hide what others wait for.
std::vector<WaitingDocument> DocumentKeeper::waiting_documents() {
  if (!in_.judge) {
    return {};
  }
  std::vector<WaitingDocument> list = waiting_rosters();
  for (const auto& one : policies_) {
    list.push_back({ObjType::policy,
                    one.digest,
                    one.value.version,
                    {},
                    signers_of(one.digest, ObjType::policy)});
  }
  for (const auto& one : restrictions_) {
    list.push_back({ObjType::restrictions,
                    one.digest,
                    one.value.version,
                    {},
                    signers_of(one.digest, ObjType::restrictions)});
  }
  for (const auto& one : waiting_) {
    list.push_back({ObjType::assignments,
                    sha256(codec::encode(BatchList{one->members, org_})),
                    0,
                    one->batch.value.env,
                    signers_of(one->batch.digest, ObjType::assignments)});
  }
  std::erase_if(list, [](const WaitingDocument& one) { return one.signers.empty(); });
  std::stable_sort(list.begin(), list.end(), [](const auto& a, const auto& b) {
    return a.signers.size() > b.signers.size();
  });
  return list;
}

std::shared_ptr<const Documents> DocumentKeeper::documents() {
  auto made = std::make_shared<Documents>();
  made->org = org_;
  made->size = size_;
  if (in_.roster != nullptr) {
    made->roster = std::make_shared<const Named<Roster>>(*in_.roster);
    made->keyring = std::make_shared<const Keyring>(Keyring::build(made->roster->value).value());
  }
  for (const RosterTerm& term : walk_.terms()) {
    made->rosters.push_back({term.roster.digest, term.roster.value.version});
  }
  made->policy = newest_of(in_.bundle.policies);
  made->restrictions = newest_of(in_.bundle.restrictions);
  made->policies = policy_chain_;
  made->restrictions_before = restrictions_chain_;
  made->hosts = hosts_;
  for (auto& [host, held] : made->hosts) {
    const VersionRef& newest = held.versions.back();
    held.place = made->lines.size();
    made->lines.push_back(leaf_hash(host.text() + " " + std::to_string(newest.version) + " " +
                                    newest.digest.text() + "\n"));
    made->names[held.assignment->name] = host;
  }
  made->assignments_root = root_of(made->lines);
  made->stops = judged_stops();
  made->waiting = waiting_documents();
  made->statements = statements_;
  return made;
}

}  // namespace twoseal
