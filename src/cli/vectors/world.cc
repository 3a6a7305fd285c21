#include "cli/vectors/world.h"

#include <algorithm>
#include <stdexcept>

#include "base/check.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "ledger/merkle.h"
#include "ledger/note.h"
#include "model/names.h"

namespace twoseal::vectors {
namespace {

Event event_of(Act act, ObjType type) {
  switch (act) {
    case Act::author:
      return Event::authored;
    case Act::approve:
      return Event::approved;
    case Act::reject:
      return Event::rejected;
    case Act::signoff:
      return Event::signed_off;
    case Act::release:
      return Event::released;
    case Act::rollback:
      return Event::rolled_back;
    case Act::withdraw:
      return Event::withdrawn;
    case Act::attest:
      return Event::attested;
    case Act::lift:
      return Event::lifted;
    case Act::login:
      return Event::session;
    default:
      break;
  }
  switch (type) {
    case ObjType::roster:
      return Event::roster;
    case ObjType::policy:
      return Event::policy;
    case ObjType::restrictions:
      return Event::restrictions;
    case ObjType::assignments:
      return Event::assignments;
    case ObjType::stop:
      return Event::stopped;
    default:
      return Event::applied;
  }
}

Event event_of(const std::string& outcome) {
  return outcome == "rolled-back"          ? Event::rolled_back
         : outcome == "stale"              ? Event::stale
         : outcome == "interrupted"        ? Event::interrupted
         : outcome.starts_with("refused:") ? Event::refused
                                           : Event::applied;
}

std::string json_path(std::string_view folder, const Digest& digest) {
  return std::string(folder) + "/" + digest.hex() + ".json";
}

std::string hex_of(const HostId& host) {
  return host.text().substr(2);
}

std::int64_t signed_of(std::size_t size) {
  return static_cast<std::int64_t>(size);
}

std::vector<Digest> path_of(std::span<const Digest> leaves, std::size_t index) {
  return inclusion_proof(nodes_of(leaves), index, leaves.size()).value();
}

}  // namespace

void World::give_key(std::string_view id, const std::string& key) {
  RosterKey entry;
  entry.id = keys.at(key).pub.id();
  entry.kind = keys.at(key).kind;
  entry.pub = keys.at(key).pub.encoded();
  if (entry.kind == KeyKind::passkey) {
    entry.rp_id = std::string(kRpId);
  }
  person(id).keys.push_back(std::move(entry));
}

Person& World::person(std::string_view id) {
  for (Person& one : rosters.back().people) {
    if (one.id.text() == id) {
      return one;
    }
  }
  check_failed("the person is in the world", std::source_location::current());
}

RosterKey& World::roster_key(std::string_view key_name) {
  const KeyId& id = keys.at(std::string(key_name)).pub.id();
  for (Person& one : rosters.back().people) {
    for (RosterKey& key : one.keys) {
      if (key.id == id) {
        return key;
      }
    }
  }
  check_failed("the key is in the roster of the world", std::source_location::current());
}

HostId World::host_id(const std::string& host_name) const {
  return HostId::parse("h:" + hosts.at(host_name).key.pub.id().text()).value();
}

Signing& World::signing(std::string_view label) {
  for (auto* list : {&genesis, &statements, &fresh_signatures}) {
    for (Signing& one : *list) {
      if (one.label == label) {
        return one;
      }
    }
  }
  check_failed("the world has a statement of that label", std::source_location::current());
}

const Digest& World::digest_of(const std::string& about) const {
  return digests_.at(about);
}

const Digest& World::statement(const std::string& label) const {
  return labels_.at(label);
}

LogPoint World::point(std::int64_t size) const {
  if (size < 0 || size > signed_of(leaves_.size())) {
    throw std::out_of_range("the log of the world has no " + std::to_string(size) + " entries");
  }
  return {root_of(std::span(leaves_).first(static_cast<std::size_t>(size))), size};
}

void World::put(const std::string& about, const std::string& path, Bytes bytes) {
  if (on_bytes) {
    on_bytes(about, bytes);
  }
  const Digest digest = sha256(bytes);
  digests_[about] = digest;
  const bool by_digest = path.ends_with('/');
  files_[by_digest ? path + digest.hex() + (path == "blobs/" ? "" : ".json") : path] =
      std::move(bytes);
}

Digest World::resolve(const std::string& about) {
  constexpr std::string_view kStatement = "statement:";
  if (about.starts_with(kStatement)) {
    return labels_.at(about.substr(kStatement.size()));
  }
  return digest_of(about);
}

std::string World::owner_of(const std::string& key) const {
  const KeyId& id = keys.at(key).pub.id();
  const Roster& roster = rosters.back();
  for (const Person& one : roster.people) {
    for (const RosterKey& held : one.keys) {
      if (held.id == id) {
        return one.id.text();
      }
    }
  }
  for (const Service& one : roster.services) {
    if (one.pub == keys.at(key).pub.encoded()) {
      return one.id.text();
    }
  }
  if (key.starts_with("host:")) {
    return "h:" + id.text();
  }
  if (key.starts_with("root")) {
    return "root:" + id.text();
  }
  return key.starts_with("timekeeper") ? "t:" + id.text() : "p:nobody";
}

SignatureRecord World::make_record(const Signing& signing, const Statement& statement) {
  const SoftwareKey& key = keys.at(signing.signer.value_or(signing.key));
  const std::string name_space = signing.name_space.value_or(signature_namespace(statement.act));
  SignatureRecord record;
  record.statement = codec::encode(statement);
  if (on_bytes) {
    on_bytes("statement:" + signing.label, record.statement);
  }
  if (key.kind == KeyKind::passkey) {
    record.kind = RecordKind::webauthn;
    Assertion assertion = passkey_sign(*key.key,
                                       signing.authenticator,
                                       signing.rp_id.value_or(std::string(kRpId)),
                                       signing.origin.value_or(std::string(kOrigin)),
                                       record.statement);
    record.auth_data = std::move(assertion.auth_data);
    record.client_data = std::move(assertion.client_data);
    record.signature = std::move(assertion.signature);
  } else if (key.kind == KeyKind::sk) {
    record.armor =
        security_key_sign(*key.key, key.pub, signing.authenticator, name_space, record.statement);
  } else {
    record.armor = key.key->sign_sshsig(name_space, record.statement);
  }
  return record;
}

void World::sign(const Signing& signing) {
  if (signing.type == ObjType::release && !signing.obj) {
    seal_release(signing.about.substr(signing.about.find(':') + 1));
  }
  Statement statement;
  statement.act = signing.act;
  statement.at = signing.at;
  statement.by = actor(signing.by.value_or(owner_of(signing.key)));
  statement.key =
      KeyId::parse(signing.key_id.value_or(keys.at(signing.key).pub.id().text())).value();
  statement.obj = signing.obj ? *signing.obj : resolve(signing.about);
  statement.obj_type = signing.type;
  statement.org = signing.org.value_or(org_);
  statement.role = signing.role.empty() ? RoleId() : role(signing.role);
  statement.roster =
      signing.roster.value_or(signing.type == ObjType::roster
                                  ? std::stoll(signing.about.substr(signing.about.find(':') + 1))
                                  : rosters.back().version);
  statement.seen = signing.seen.value_or(point(signing.seen_size.value_or(genesis_size_)));
  const SignatureRecord made = make_record(signing, statement);
  const Digest digest = sha256(made.statement);
  if (!signing.label.empty()) {
    labels_[signing.label] = digest;
  }
  if (signing.in_files) {
    const std::string file = signing.label.empty() ? digest.hex().substr(0, 12) : signing.label;
    files_["statements/" + file + ".json"] = codec::encode(made);
  }
  if (signing.late) {
    late_.emplace_back([=, this] { record(signing, statement, digest); });
  } else if (signing.in_log) {
    record(signing, statement, digest);
  }
  seen_.push_back(statement.seen);
  if (signing.named) {
    named_.push_back(digest);
  }
}

void World::record(const Signing& signing, const Statement& statement, const Digest& digest) {
  LedgerEntry entry;
  entry.at = signing.entry_at.value_or(statement.at + 1);
  entry.by = statement.by;
  entry.obj = statement.obj;
  entry.org = org_;
  entry.seq = signed_of(entries_.size());
  entry.stmt = digest;
  entry.ev = event_of(statement.act, statement.obj_type);
  if (statement.obj_type == ObjType::result) {
    const auto number = static_cast<std::size_t>(std::stoul(signing.about.substr(7)));
    entry.ev = event_of(results.at(number).outcome);
  }
  entry.ev = signing.event.value_or(entry.ev);
  if (entry.ev == Event::released) {
    const std::string phase = signing.about.substr(signing.about.find(':') + 1);
    const Release& release = releases.at(phase);
    entry.phase = release.phase;
    entry.stmts = release.stmts;
    entry.stmts->push_back(digest);
    std::sort(entry.stmts->begin(), entry.stmts->end());
  }
  Bytes bytes = codec::encode(entry);
  if (on_bytes) {
    on_bytes("entry:" + signing.label, bytes);
  }
  index_of_[digest] = entry.seq;
  leaves_.push_back(leaf_hash(bytes));
  entries_.push_back(std::move(bytes));
}

void World::seal_release(const std::string& phase) {
  Release& release = releases[phase];
  release.org = org_;
  if (release.phase.empty()) {
    release.phase = name(phase);
  }
  if (release.nonce.empty()) {
    release.nonce = nonce_of("release " + phase);
  }
  if (release.change == Digest()) {
    release.change = digest_of("change");
  }
  if (release.stmts.empty()) {
    release.stmts = named_;
    std::sort(release.stmts.begin(), release.stmts.end());
  }
  put("release:" + phase, "blobs/", codec::encode(release));
}

void World::seal_rosters() {
  std::optional<Digest> before;
  for (Roster& roster : rosters) {
    if (before) {
      roster.org = org_;
      roster.prev = roster.prev ? roster.prev : before;
    }
    const std::string number = std::to_string(roster.version);
    put("roster:" + number, "roster/" + number + ".json", codec::encode(roster));
    before = digest_of("roster:" + number);
    if (roster.version == 1) {
      org_ = *before;
    }
  }
}

void World::seal_documents() {
  policy.org = org_;
  put("policy", "policy/" + std::to_string(policy.version) + ".json", codec::encode(policy));
  Digest before = digest_of("policy");
  for (Policy& later : later_policies) {
    later.org = org_;
    later.prev = later.prev ? later.prev : std::optional(before);
    const std::string number = std::to_string(later.version);
    put("policy:" + number, "policy/" + number + ".json", codec::encode(later));
    before = digest_of("policy:" + number);
  }
  restrictions.org = org_;
  put("restrictions",
      "restrictions/" + std::to_string(restrictions.version) + ".json",
      codec::encode(restrictions));
}

void World::seal_batches() {
  std::map<Name, std::vector<std::pair<Digest, std::string>>> batches;
  std::vector<std::pair<std::string, std::string>> lines;
  for (auto& [host_name, one] : hosts) {
    std::optional<Digest> before;
    const std::string folder = "assignments/" + hex_of(one.versions.back().host) + "/";
    for (Assignment& assignment : one.versions) {
      assignment.org = org_;
      assignment.prev = assignment.prev ? assignment.prev : before;
      const std::string number = std::to_string(assignment.version);
      put("assignment:" + host_name, folder + number + ".json", codec::encode(assignment));
      before = digest_of("assignment:" + host_name);
    }
    const Assignment& newest = one.versions.back();
    batches[newest.env].emplace_back(*before, folder);
    lines.emplace_back(
        newest.host.text() + " " + std::to_string(newest.version) + " " + before->text() + "\n",
        folder);
  }
  for (auto& [env, members] : batches) {
    std::sort(members.begin(), members.end());
    std::vector<Digest> leaves;
    for (const auto& [digest, folder] : members) {
      leaves.push_back(leaf_hash(digest.text()));
    }
    const Bytes batch = codec::encode(Batch{env, org_, root_of(leaves)});
    for (std::size_t i = 0; i < members.size(); ++i) {
      put("batch:" + env.text(), members[i].second + "batch.json", batch);
      put("batch-proof",
          members[i].second + "batch-proof.json",
          codec::encode(MemberProof{signed_of(i), path_of(leaves, i), signed_of(leaves.size())}));
    }
  }
  std::sort(lines.begin(), lines.end());
  std::vector<Digest> leaves;
  for (const auto& [line, folder] : lines) {
    leaves.push_back(leaf_hash(line));
  }
  fresh.assignments_root = root_of(leaves);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    put("root-proof",
        lines[i].second + "root-proof.json",
        codec::encode(MemberProof{signed_of(i), path_of(leaves, i), signed_of(leaves.size())}));
  }
}

void World::seal_change() {
  change.org = org_;
  if (change.executor.by != ExecutorBy::person) {
    state.org = org_;
    put("state", "blobs/", codec::encode(state));
    Plan plan;
    plan.org = org_;
    plan.state = digest_of("state");
    std::map<Digest, std::vector<PlannedHost>> by_class;
    for (auto& [host_name, one] : classes) {
      one.org = org_;
      put("class:" + host_name, "blobs/", codec::encode(one));
      by_class[digest_of("class:" + host_name)].push_back(
          {bases.at(host_name), host_id(host_name), sha256("token " + host_name).bytes()});
    }
    for (auto& [digest, planned] : by_class) {
      std::sort(
          planned.begin(), planned.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
      plan.classes.push_back({digest, planned});
    }
    put("plan", "blobs/", codec::encode(plan));
    change.apply = change.apply ? change.apply : std::optional(digest_of("state"));
    change.plan = change.plan ? change.plan : std::optional(digest_of("plan"));
  }
  for (const auto& [blob_name, bytes] : blobs) {
    put("blob:" + blob_name, "blobs/", bytes);
  }
  const Digest core = codec::change_core(codec::encode(change));
  for (auto& [evidence_name, one] : evidence) {
    one.org = org_;
    one.subject = one.subject == Digest() ? core : one.subject;
    one.nonce = nonce_of("evidence " + evidence_name);
    put("blob:" + evidence_name, "blobs/", codec::encode(one));
  }
  put("change", "change.json", codec::encode(change));
  for (std::size_t i = 0; i < results.size(); ++i) {
    HostResult& result = results[i];
    result.org = org_;
    result.change = result.change == Digest() ? digest_of("change") : result.change;
    result.nonce = result.nonce.empty() ? nonce_of("result " + std::to_string(i)) : result.nonce;
    put("result:" + std::to_string(i), "results/", codec::encode(result));
  }
  for (std::size_t i = 0; i < stops.size(); ++i) {
    Stop& stop = stops[i];
    stop.org = org_;
    stop.nonce = nonce_of("stop " + std::to_string(i));
    if (stop.target.change == Digest()) {
      stop.target.change = digest_of("change");
    }
    if (stop.target.org == Digest()) {
      stop.target.org = org_;
    }
    put("stop:" + std::to_string(i), "stops/", codec::encode(stop));
  }
}

void World::seal_fresh() {
  StopList list;
  list.at = fresh.at;
  list.org = org_;
  for (std::size_t i = 0; i < stops.size(); ++i) {
    if (i >= stop_listed.size() || stop_listed[i]) {
      list.list.push_back(digest_of("stop:" + std::to_string(i)));
    }
  }
  std::sort(list.list.begin(), list.list.end());
  put("stops", "stops/list.json", codec::encode(list));
  const auto ref = [&](const std::string& about, std::int64_t version) {
    return VersionRef{digest_of(about), version};
  };
  const std::int64_t newest = rosters.back().version;
  fresh.org = org_;
  fresh.log = fresh.log.size == 0 ? point(signed_of(leaves_.size())) : fresh.log;
  fresh.roster =
      fresh.roster.version == 0 ? ref("roster:" + std::to_string(newest), newest) : fresh.roster;
  if (fresh.policy.version == 0) {
    const std::int64_t version =
        later_policies.empty() ? policy.version : later_policies.back().version;
    fresh.policy =
        ref(later_policies.empty() ? "policy" : "policy:" + std::to_string(version), version);
  }
  if (fresh.restrictions.version == 0) {
    fresh.restrictions = ref("restrictions", restrictions.version);
  }
  fresh.stops = fresh.stops == Digest() ? digest_of("stops") : fresh.stops;
  put("fresh", "fresh.json", codec::encode(fresh));
  for (const Signing& one : fresh_signatures) {
    sign(one);
  }
}

void World::seal_proofs() {
  const std::span<const Digest> leaves(leaves_);
  const std::int64_t size = signed_of(leaves.size());
  for (const auto& [digest, index] : index_of_) {
    InclusionProof proof;
    proof.entry = entries_[static_cast<std::size_t>(index)];
    proof.index = index;
    proof.path = path_of(leaves, static_cast<std::size_t>(index));
    proof.size = size;
    files_[json_path("proofs", digest)] = codec::encode(proof);
  }
  seen_.push_back(fresh.log);
  for (const LogPoint& seen : seen_) {
    if (seen.size > 0 && seen.size < size) {
      ConsistencyProof proof;
      proof.from = seen.size;
      proof.size = size;
      proof.path = consistency_proof(nodes_of(leaves),
                                     static_cast<std::uint64_t>(seen.size),
                                     static_cast<std::uint64_t>(size))
                       .value();
      files_["proofs/consistency-" + std::to_string(seen.size) + "-" + std::to_string(size) +
             ".json"] = codec::encode(proof);
    }
  }
  const SoftwareKey& key = keys.at(log_key);
  const auto note_key = NoteKey::make(log_origin, key.pub.point()).value();
  Checkpoint checkpoint{log_origin, static_cast<std::uint64_t>(size), root_of(leaves)};
  Bytes note = sign_checkpoint(checkpoint, note_key, [&](BytesView text) -> Result<Bytes> {
                 return key.key->sign_raw(text);
               }).value();
  if (on_bytes) {
    on_bytes("checkpoint", note);
  }
  files_["checkpoint.txt"] = std::move(note);
}

void World::seal_memory() {
  agent.org = org_;
  if (remembers) {
    const auto ref = [&](const std::string& about, std::int64_t version) {
      return VersionRef{digest_of(about), version};
    };
    agent.policy = agent.policy ? agent.policy : std::optional(ref("policy", policy.version));
    agent.restrictions = agent.restrictions
                             ? agent.restrictions
                             : std::optional(ref("restrictions", restrictions.version));
    agent.checkpoint = agent.checkpoint ? agent.checkpoint : std::optional(point(genesis_size_));
    if (!host.empty()) {
      const WorldHost& own = hosts.at(host);
      const Assignment& first = own.versions.front();
      const Digest digest = sha256(codec::encode(first));
      agent.assignment =
          agent.assignment ? agent.assignment : std::optional(VersionRef{digest, first.version});
      agent.keys =
          agent.keys ? agent.keys
                     : std::optional(OwnKeys{own.key.pub.encoded(), own.versions.back().keys.tls});
    }
  }
  put("state.json", "state.json", codec::encode(agent));
  inputs.org = inputs.org == Digest() ? org_ : inputs.org;
  if (!host.empty()) {
    inputs.host = inputs.host ? inputs.host : std::optional(host_id(host));
    if (with_own_plan && !inputs.own_plan && classes.contains(host)) {
      inputs.own_plan = OwnPlan{digest_of("class:" + host), sha256("token " + host).bytes()};
    }
  }
  put("inputs", "inputs.json", codec::encode(inputs));
}

Files World::seal() {
  seal_rosters();
  seal_documents();
  seal_batches();
  seen_.clear();
  for (Signing& one : genesis) {
    one.seen = one.seen.value_or(LogPoint{empty_root(), 0});
    sign(one);
  }
  genesis_size_ = signed_of(entries_.size());
  named_.clear();
  late_.clear();
  seal_change();
  for (const Signing& one : statements) {
    sign(one);
  }
  for (const auto& record_late : late_) {
    record_late();
  }
  seal_fresh();
  seen_.push_back(agent.checkpoint.value_or(point(genesis_size_)));
  seal_proofs();
  seal_memory();
  return std::move(files_);
}

}  // namespace twoseal::vectors
