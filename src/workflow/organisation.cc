#include "workflow/organisation.h"

#include <algorithm>
#include <set>

#include "base/clock.h"
#include "base/limits.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "ledger/merkle.h"
#include "policy/authorize.h"
#include "workflow/log.h"
#include "workflow/recording.h"

namespace twoseal {
namespace {

constexpr std::string_view kFreshRecord = "statements/fresh.json";

// Statements are recorded in an order in which each finds what it builds on: documents, then by
// what the signer had seen, then by time, then by act.
int stage_of(const Statement& statement) {
  switch (statement.obj_type) {
    case ObjType::roster:
      return 0;
    case ObjType::policy:
      return 1;
    case ObjType::restrictions:
      return 2;
    case ObjType::assignments:
      return 3;
    default:
      return 4;
  }
}

int place_of(Act act) {
  constexpr Act kOrder[] = {Act::author,
                            Act::attest,
                            Act::approve,
                            Act::reject,
                            Act::withdraw,
                            Act::release,
                            Act::rollback,
                            Act::signoff};
  return static_cast<int>(std::find(std::begin(kOrder), std::end(kOrder), act) -
                          std::begin(kOrder));
}

struct Waiting {
  std::string path;
  SignedStatement record;

  [[nodiscard]] auto rank() const {
    const Statement& statement = record.statement;
    return std::tuple(
        stage_of(statement), statement.seen.size, statement.at, place_of(statement.act), path);
  }
};

// The records that belong into the log, in their order.
Result<std::vector<Waiting>> waiting_records(const Files& files, const Store& store) {
  std::vector<Waiting> waiting;
  for (const auto& [path, bytes] : files) {
    if (!path.starts_with("statements/")) {
      continue;
    }
    TWOSEAL_TRY(SignedStatement record, parse_record(bytes, path));
    if (record.statement.obj_type != ObjType::fresh && !store.record(record.digest)) {
      waiting.push_back({path, std::move(record)});
    }
  }
  std::sort(waiting.begin(), waiting.end(), [](const Waiting& a, const Waiting& b) {
    return a.rank() < b.rank();
  });
  return waiting;
}

// Each record gets a commit of its own: the next one may build on it.
Result<void> record_all(const Files& files, Store& store, LedgerWriter& writer, UnixSeconds now) {
  TWOSEAL_TRY(const auto waiting, waiting_records(files, store));
  const Objects objects = objects_in(files);
  for (const Waiting& one : waiting) {
    auto draft = RecordingDesk(store, objects, now).draft(one.record);
    if (!draft) {
      return std::unexpected(in_file(std::move(draft).error(), one.path));
    }
    auto appended = writer.append(*draft);
    if (!appended) {
      return std::unexpected(in_file(std::move(appended).error(), one.path));
    }
  }
  return {};
}

// The log at the moment of renewal.
struct LogNow {
  const Store& store;
  std::uint64_t size;
  Digest root;
};

// Inclusion of every recorded statement, and growth since every point that a signer saw.
Result<void> add_proofs(const Files& files, const LogNow& log, Files& out) {
  std::map<Digest, std::uint64_t> index_of;
  std::vector<Bytes> entries;
  for (std::uint64_t index = 0; index < log.size; ++index) {
    TWOSEAL_TRY(auto stored, log.store.entries(index, 1));
    TWOSEAL_TRY(const LedgerEntry entry, codec::decode<LedgerEntry>(stored.front().bytes));
    if (entry.stmt) {
      index_of[*entry.stmt] = index;
    }
    entries.push_back(std::move(stored.front().bytes));
  }
  const NodeSource nodes = nodes_of_store(log.store, log.size);
  std::set<std::uint64_t> seen;
  for (const auto& [path, bytes] : files) {
    if (!path.starts_with("statements/")) {
      continue;
    }
    TWOSEAL_TRY(const SignedStatement record, parse_record(bytes, path));
    seen.insert(static_cast<std::uint64_t>(record.statement.seen.size));
    const auto found = index_of.find(record.digest);
    if (found == index_of.end()) {
      continue;
    }
    TWOSEAL_TRY(auto proof_path, inclusion_proof(nodes, found->second, log.size));
    out["proofs/" + record.digest.hex() + ".json"] =
        codec::encode(InclusionProof{entries[found->second],
                                     static_cast<std::int64_t>(found->second),
                                     std::move(proof_path),
                                     static_cast<std::int64_t>(log.size)});
  }
  for (const std::uint64_t from : seen) {
    if (from == 0 || from >= log.size) {
      continue;
    }
    TWOSEAL_TRY(auto proof_path, consistency_proof(nodes, from, log.size));
    const std::string name = std::to_string(from) + "-" + std::to_string(log.size);
    out["proofs/consistency-" + name + ".json"] =
        codec::encode(ConsistencyProof{static_cast<std::int64_t>(from),
                                       std::move(proof_path),
                                       static_cast<std::int64_t>(log.size)});
  }
  return {};
}

// Proofs of each newest assignment under the root that fresh names; gives that root.
Result<Digest> add_root_proofs(const Organisation& organisation, Files& out) {
  std::vector<std::pair<std::string, std::string>> lines;  // line, folder
  for (const auto& [host, documents] : organisation.bundle.assignments) {
    if (documents.versions.empty()) {
      continue;
    }
    const auto& [version, newest] = *documents.versions.rbegin();
    lines.emplace_back(
        host.text() + " " + std::to_string(version) + " " + newest.digest.text() + "\n",
        "assignments/" + host.text().substr(2) + "/");
  }
  std::sort(lines.begin(), lines.end());
  std::vector<Digest> leaves;
  for (const auto& [line, folder] : lines) {
    leaves.push_back(leaf_hash(line));
  }
  for (std::size_t i = 0; i < lines.size(); ++i) {
    TWOSEAL_TRY(auto path, inclusion_proof(nodes_of(leaves), i, leaves.size()));
    out[lines[i].second + "root-proof.json"] = codec::encode(MemberProof{
        static_cast<std::int64_t>(i), std::move(path), static_cast<std::int64_t>(leaves.size())});
  }
  return root_of(leaves);
}

template <class T>
VersionRef reference(const Named<T>& document) {
  return {document.digest, document.value.version};
}

Result<void> add_fresh(const Organisation& organisation,
                       const ServerKeys& keys,
                       const LogNow& log,
                       UnixSeconds now,
                       Files& out) {
  StopList stops{.at = now, .org = organisation.org};
  for (const auto& [digest, stop] : organisation.bundle.stops) {
    stops.list.push_back(digest);
  }
  out["stops/list.json"] = codec::encode(stops);
  Fresh fresh;
  TWOSEAL_TRY(fresh.assignments_root, add_root_proofs(organisation, out));
  fresh.at = now;
  fresh.log = {log.root, static_cast<std::int64_t>(log.size)};
  fresh.org = organisation.org;
  fresh.policy = reference(*organisation.policy);
  fresh.restrictions = reference(*organisation.restrictions);
  fresh.roster = reference(*organisation.roster);
  fresh.stops = sha256(out["stops/list.json"]);
  fresh.ttl = kFreshTtl;
  out["fresh.json"] = codec::encode(fresh);

  const KeyId key = keys.timekeeper.public_key().id();
  Statement statement;
  statement.act = Act::sign;
  statement.at = now;
  TWOSEAL_TRY(statement.by, ActorId::parse("t:" + key.text()));
  statement.key = key;
  statement.obj = sha256(out["fresh.json"]);
  statement.obj_type = ObjType::fresh;
  statement.org = organisation.org;
  statement.roster = organisation.roster->value.version;
  statement.seen = fresh.log;
  SignatureRecord record;
  record.statement = codec::encode(statement);
  record.armor = keys.timekeeper.sign_sshsig(signature_namespace(Act::sign), record.statement);
  out[std::string(kFreshRecord)] = codec::encode(record);
  return {};
}

Result<void> check_keys(const Organisation& organisation, const ServerKeys& keys) {
  const Roster& roster = organisation.roster->value;
  const auto& timekeepers = roster.timekeepers.keys;
  if (std::none_of(timekeepers.begin(), timekeepers.end(), [&](const BareKey& one) {
        return one.pub == keys.timekeeper.public_key().encoded();
      })) {
    return fail(Errc::bad_key, "the timekeeper key is not the one in the roster");
  }
  TWOSEAL_TRY(const NoteKey log, NoteKey::make(roster.log.origin, keys.log.public_key().point()));
  if (std::find(roster.log.vkeys.begin(), roster.log.vkeys.end(), log.text()) ==
      roster.log.vkeys.end()) {
    return fail(Errc::bad_key, "the log key is not the one in the roster");
  }
  return {};
}

// What decide is asked: kept from before, but for the time.
Result<Bytes> renewed_inputs(const Files& files,
                             const Digest& org,
                             UnixSeconds now,
                             const std::optional<HostId>& host) {
  DecisionInputs inputs;
  if (files.contains("inputs.json")) {
    TWOSEAL_TRY(inputs, load_inputs(files));
  }
  inputs.clock = now;
  inputs.floor = std::max(inputs.floor, now);
  inputs.org = org;
  if (host && inputs.host != host) {
    inputs.host = host;
    inputs.own_plan.reset();  // it was that of another host
  }
  return codec::encode(inputs);
}

// Borrows `key`: the writer does not outlive it.
Result<LogKey> log_key_of(const PrivateKey& key, const std::string& origin) {
  TWOSEAL_TRY(NoteKey note_key, NoteKey::make(origin, key.public_key().point()));
  return LogKey{std::move(note_key),
                [&key](BytesView text) -> Result<Bytes> { return key.sign_raw(text); }};
}

template <class T>
const Named<T>* newest(const Versions<T>& versions) {
  return versions.empty() ? nullptr : &versions.rbegin()->second;
}

}  // namespace

Result<Organisation> read_organisation(const Files& files, const std::string& directory) {
  const auto first = files.find("roster/1.json");
  if (first == files.end()) {
    return fail(Errc::no_input, "there is no roster/1.json in it", directory);
  }
  Organisation organisation;
  organisation.org = sha256(first->second);
  Findings findings;
  organisation.bundle = load_bundle(files, organisation.org, findings);
  if (!findings.empty()) {
    return fail(Errc::bad_field, findings.sorted().front().text, directory);
  }
  organisation.roster = newest(organisation.bundle.rosters);
  organisation.policy = newest(organisation.bundle.policies);
  organisation.restrictions = newest(organisation.bundle.restrictions);
  if (organisation.policy == nullptr || organisation.restrictions == nullptr) {
    return fail(Errc::no_input, "policy or restrictions are missing in it", directory);
  }
  return organisation;
}

Result<Files> renew(const Files& files,
                    const Organisation& organisation,
                    const ServerKeys& keys,
                    Store& store,
                    UnixSeconds now,
                    const std::optional<HostId>& host) {
  TWOSEAL_TRY_VOID(check_keys(organisation, keys));
  TWOSEAL_TRY(LogKey key, log_key_of(keys.log, organisation.roster->value.log.origin));
  ManualClock clock(now);
  TWOSEAL_TRY(const auto writer,
              LedgerWriter::open(store, clock, std::move(key), {"twoseal org", 30}));
  TWOSEAL_TRY_VOID(writer->sign_checkpoint());  // of size 0, in a new log
  TWOSEAL_TRY_VOID(record_all(files, store, *writer, now));
  TWOSEAL_TRY_VOID(writer->sign_checkpoint());
  const LogNow log{store, writer->size(), writer->root()};
  Files out;
  TWOSEAL_TRY(out["checkpoint.txt"], newest_note(store));
  TWOSEAL_TRY_VOID(add_fresh(organisation, keys, log, now, out));
  TWOSEAL_TRY_VOID(add_proofs(files, log, out));
  TWOSEAL_TRY(out["inputs.json"], renewed_inputs(files, organisation.org, now, host));
  return out;
}

Result<HostId> find_host(const Organisation& organisation, const std::string& text) {
  for (const auto& [host, documents] : organisation.bundle.assignments) {
    if (!documents.versions.empty() &&
        (host.text() == text || documents.versions.rbegin()->second.value.name == text)) {
      return host;
    }
  }
  return fail(Errc::usage, "no host '" + text + "' is assigned");
}

std::vector<Reason> document_reasons(const Files& files,
                                     const Organisation& organisation,
                                     UnixSeconds now) {
  std::vector<Reason> reasons;
  std::set<Name> seen;
  for (const auto& [host, documents] : organisation.bundle.assignments) {
    // Hosts of one environment share their batch.
    if (documents.versions.empty() ||
        !seen.insert(documents.versions.rbegin()->second.value.env).second) {
      continue;
    }
    DecisionInputs inputs;
    inputs.clock = now;
    inputs.floor = now;
    inputs.host = host;
    inputs.org = organisation.org;
    for (Reason& reason : authorize(files, inputs).decision.reasons) {
      const bool known = std::any_of(reasons.begin(), reasons.end(), [&](const Reason& one) {
        return one.text == reason.text && one.code == reason.code;
      });
      if (reason.step <= Step::checkpoint && !known) {
        reasons.push_back(std::move(reason));
      }
    }
  }
  std::stable_sort(reasons.begin(), reasons.end(), [](const Reason& a, const Reason& b) {
    return a.step < b.step;
  });
  return reasons;
}

Files assignment_files(const std::vector<Assignment>& assignments, const Digest& org) {
  struct Member {
    Digest digest;
    std::string folder;
    auto operator<=>(const Member&) const = default;
  };

  Files files;
  std::map<Name, std::vector<Member>> batches;
  for (const Assignment& assignment : assignments) {
    const std::string folder = "assignments/" + assignment.host.text().substr(2) + "/";
    const Bytes bytes = codec::encode(assignment);
    batches[assignment.env].push_back({sha256(bytes), folder});
    files[folder + std::to_string(assignment.version) + ".json"] = bytes;
  }
  for (auto& [env, members] : batches) {
    std::sort(members.begin(), members.end());
    std::vector<Digest> leaves;
    for (const Member& member : members) {
      leaves.push_back(leaf_hash(member.digest.text()));
    }
    const Bytes batch = codec::encode(Batch{env, org, root_of(leaves)});
    for (std::size_t i = 0; i < members.size(); ++i) {
      files[members[i].folder + "batch.json"] = batch;
      files[members[i].folder + "batch-proof.json"] =
          codec::encode(MemberProof{static_cast<std::int64_t>(i),
                                    inclusion_proof(nodes_of(leaves), i, leaves.size()).value(),
                                    static_cast<std::int64_t>(leaves.size())});
    }
  }
  return files;
}

std::map<Name, std::string> batch_paths(const Files& files) {
  std::map<Name, std::string> paths;
  for (const auto& [path, bytes] : files) {
    if (!path.ends_with("/batch.json")) {
      continue;
    }
    if (const auto batch = codec::decode<Batch>(bytes)) {
      paths.emplace(batch->env, path);
    }
  }
  return paths;
}

}  // namespace twoseal
