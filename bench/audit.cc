// How long does an offline audit take? Goals: 1,000,000 entries with their signatures in 5 minutes,
// within 256 MB. Reference: the bare verification of as many Ed25519 signatures on one core.
//
//   audit [ENTRIES [DIRECTORY]]   default: 1,000,000, in build/bench
//
// The ledger is a real one, on disk: 20 hosts, and change after change that is authored, approved
// by two people, released, and carried out on every host, so that five of six entries are results
// and each of them is decided again. Another process makes it, so that the memory is the audit's
// own.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"
#include "base/limits.h"
#include "bench/report.h"
#include "cli/audit_source.h"
#include "cli/vectors/recorded.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "storage/ledger_writer.h"
#include "storage/sqlite/sqlite_store.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a program

namespace {

constexpr std::uint64_t kDefaultEntries = 1'000'000;
constexpr int kHosts = 20;
constexpr std::uint64_t kScopes = 50;
constexpr int kChangesPerSecond = 2;  // of the log's own clock
constexpr std::size_t kChangesPerCommit = 8;
constexpr double kKibi = 1024;
constexpr double kMega = 1e6;

// The World with more web servers, and one phase for all of them.
vectors::World make_world() {
  vectors::World world;
  for (int i = 3; i <= kHosts; ++i) {
    const std::string name = "web-" + std::to_string(100 + i);
    vectors::WorldHost host = world.hosts.at("web-01");
    host.key = vectors::software_key("host " + name, KeyKind::ssh);
    Assignment& assignment = host.versions.front();
    assignment.host = HostId::parse("h:" + host.key.pub.id().text()).value();
    assignment.keys.id = host.key.pub.encoded();
    assignment.name = name;
    world.keys["host:" + name] = host.key;
    world.hosts.emplace(name, std::move(host));
    world.classes[name] = world.classes.at("web-01");
    world.bases[name] = std::nullopt;
  }
  auto& targets = *world.change.targets.hosts;
  targets.clear();
  for (const auto& [name, planned] : world.classes) {
    targets.push_back({world.host_id(name), name});
  }
  std::sort(
      targets.begin(), targets.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  Phase& phase = world.change.phases->front();
  phase.hosts.clear();
  for (const TargetHost& target : targets) {
    phase.hosts.push_back(target.id);
  }
  world.change.phases->pop_back();
  return world;
}

// Drafts of entries as they come: the genesis of the World, then its change again and again, in one
// scope after the other, each on top of the last one of its scope.
class Author {
 public:
  Author() : world_(make_world()), recorded_(world_), change_(read<Change>("change")) {
    state_ = read<State>("state");
    plan_ = read<Plan>("plan");
    for (const TargetHost& target : *change_.targets.hosts) {
      hosts_.push_back("host:" + target.name);
    }
  }

  [[nodiscard]] const vectors::World& world() const { return world_; }

  [[nodiscard]] std::vector<EntryDraft> genesis() const {
    std::vector<EntryDraft> drafts;
    for (const Bytes& bytes : recorded_.entries) {
      EntryDraft draft{codec::decode<LedgerEntry>(bytes).value()};
      if (draft.entry.ev == Event::authored) {
        break;
      }
      const Bytes& object = recorded_.objects.at(draft.entry.obj);
      draft.documents.push_back({codec::peek_text(object, "type"), 1, object});
      draft.records.push_back(
          {*draft.entry.stmt, draft.entry.obj, recorded_.records.at(*draft.entry.stmt)});
      drafts.push_back(std::move(draft));
    }
    for (const auto& [root, list] : recorded_.members) {
      const Bytes bytes = codec::encode(BatchList{list, world_.org()});
      drafts.front().documents.push_back({"batch-list", 0, bytes});
      for (const Digest& digest : list) {
        drafts.front().documents.push_back({"assignment", 1, recorded_.objects.at(digest)});
      }
    }
    return drafts;
  }

  // Change `number`, made at `now`.
  void add_change(std::uint64_t number, UnixSeconds now, std::vector<EntryDraft>& drafts) {
    now_ = now;
    drafts_ = &drafts;
    std::optional<Digest>& base = bases_[number % kScopes];
    state_.scope = ScopeId::parse("scope-" + std::to_string(number % kScopes)).value();
    for (PlannedClass& one : plan_.classes) {
      for (PlannedHost& host : one.hosts) {
        host.base = base;
      }
    }
    plan_.state = sha256(codec::encode(state_));
    change_.scope = state_.scope;
    change_.apply = plan_.state;
    change_.plan = sha256(codec::encode(plan_));
    change_.window = {now + limits::kDay, now};
    change_.nonce = vectors::nonce_of("change " + std::to_string(number));
    const Bytes bytes = codec::encode(change_);
    const Digest change = sha256(bytes);
    base = change;
    std::vector<Digest> named = {add("leo", Act::author, ObjType::change, bytes, Event::authored)};
    drafts.back().documents.push_back({"state", 0, codec::encode(state_)});
    drafts.back().documents.push_back({"plan", 0, codec::encode(plan_)});
    named.push_back(add("amara", Act::approve, ObjType::change, bytes, Event::approved));
    named.push_back(add("bo", Act::approve, ObjType::change, bytes, Event::approved));
    std::sort(named.begin(), named.end());
    const Name phase = change_.phases->front().name;
    const Bytes release = codec::encode(
        Release{{}, change, vectors::nonce_of(change.text()), world_.org(), phase, named});
    named.push_back(add("eve", Act::release, ObjType::release, release, Event::released));
    std::sort(named.begin(), named.end());
    drafts.back().entry.phase = phase;
    drafts.back().entry.stmts = named;
    for (std::size_t i = 0; i < hosts_.size(); ++i) {
      HostResult result;
      result.at = now;
      result.change = change;
      result.host = (*change_.targets.hosts)[i].id;
      result.nonce = vectors::nonce_of(change.text() + hosts_[i]);
      result.org = world_.org();
      result.outcome = "ok";
      result.phase = phase;
      add(hosts_[i], Act::sign, ObjType::result, codec::encode(result), Event::applied);
    }
  }

 private:
  template <class T>
  [[nodiscard]] T read(const std::string& about) const {
    return codec::decode<T>(recorded_.objects.at(world_.digest_of(about))).value();
  }

  Digest add(const std::string& key, Act act, ObjType type, const Bytes& object, Event event) {
    const vectors::SoftwareKey& signer = world_.keys.at(key);
    const bool host = key.starts_with("host:");
    Statement statement;
    statement.act = act;
    statement.at = now_;
    statement.by = vectors::actor(host ? "h:" + signer.pub.id().text() : "p:" + key);
    statement.key = signer.pub.id();
    statement.obj = sha256(object);
    statement.obj_type = type;
    statement.org = world_.org();
    statement.roster = 1;
    statement.seen = world_.point(0);
    SignatureRecord record;
    record.statement = codec::encode(statement);
    record.armor = signer.key->sign_sshsig(signature_namespace(act), record.statement);
    const Digest digest = sha256(record.statement);
    EntryDraft draft;
    draft.entry.by = statement.by;
    draft.entry.ev = event;
    draft.entry.obj = statement.obj;
    draft.entry.org = world_.org();
    draft.entry.stmt = digest;
    draft.records.push_back({digest, statement.obj, codec::encode(record)});
    draft.documents.push_back({codec::peek_text(object, "type"), 0, object});
    drafts_->push_back(std::move(draft));
    return digest;
  }

  vectors::World world_;
  vectors::Recorded recorded_;
  Change change_;
  State state_;
  Plan plan_;
  std::vector<std::string> hosts_;
  std::array<std::optional<Digest>, kScopes> bases_;  // change last made in each scope
  UnixSeconds now_ = 0;
  std::vector<EntryDraft>* drafts_ = nullptr;
};

void append(LedgerWriter& writer, std::vector<EntryDraft>& drafts) {
  for (const auto& answer : writer.append(drafts)) {
    check(answer.has_value(), "the entry is committed");
  }
  drafts.clear();
}

// Makes a ledger of at least `entries` entries.
void make_ledger(const std::string& path, std::uint64_t entries) {
  Author author;
  ManualClock clock(vectors::kNow - 30 * limits::kDay + 1);
  const auto store = open_sqlite_store(path, OpenMode::fresh).value();
  const auto& key = author.world().keys.at("log");
  const auto writer =
      LedgerWriter::open(
          *store,
          clock,
          LogKey{NoteKey::make(std::string(vectors::kLogOrigin), key.pub.point()).value(),
                 [&](BytesView text) -> Result<Bytes> { return key.key->sign_raw(text); }},
          {})
          .value();
  std::vector<EntryDraft> drafts = author.genesis();
  clock.set(drafts.front().entry.at);
  append(*writer, drafts);
  for (std::uint64_t number = 0; writer->size() < entries; ++number) {
    clock.set(vectors::kNow + static_cast<UnixSeconds>(number) / kChangesPerSecond);
    author.add_change(number, clock.now(), drafts);
    if (number % kChangesPerCommit == kChangesPerCommit - 1) {
      append(*writer, drafts);
      check(writer->maintain().has_value(), "the lease is prolonged");
    }
  }
  check(writer->sign_checkpoint().has_value(), "the checkpoint is signed");
}

// In a process of its own: what it needs of memory is not the audit's.
void make_elsewhere(const std::string& path, std::uint64_t entries) {
  const pid_t child = fork();
  check(child >= 0, "a process can be made");
  if (child == 0) {
    make_ledger(path, entries);
    _exit(0);
  }
  int status = 0;
  check(waitpid(child, &status, 0) == child && status == 0, "the ledger was made");
}

double peak_megabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) * kKibi / kMega;
}

// Seconds for a million bare verifications of Ed25519.
double bare_million() {
  const auto key = vectors::software_key("bench", KeyKind::ssh);
  const Bytes message(400, 'm');
  const Bytes signature = key.key->sign_raw(message);
  constexpr int kRounds = 2000;
  return kMega / kRounds * bench::best_seconds(3, [&] {
           for (int i = 0; i < kRounds; ++i) {
             check(key.pub.verify_raw(message, signature).has_value(), "the signature is good");
           }
         });
}

}  // namespace

// NOLINTNEXTLINE(bugprone-exception-escape): only for want of memory
int main(int argc, char** argv) {
  const std::uint64_t wanted = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : kDefaultEntries;
  const std::filesystem::path directory =
      std::filesystem::path(argc > 2 ? argv[2] : TWOSEAL_BENCH_SCRATCH) /
      ("audit-" + std::to_string(getpid()));
  std::filesystem::create_directories(directory);
  const std::string path = (directory / "store").string();
  make_elsewhere(path, wanted);
  const auto store = open_sqlite_store(path, OpenMode::reading).value();
  const auto saved = store->newest_checkpoint().value();
  const cli::StoreSource read = cli::audit_source(*store, saved->size).value();
  const Digest org = sha256(store->documents("roster", 1).value().front().bytes);
  AuditReport report;
  const double taken = bench::seconds([&] { report = audit(read.source, org, saved->note); });
  const double peak = peak_megabytes();
  std::filesystem::remove_all(directory);
  for (const std::string& problem : report.problems) {
    std::fprintf(stderr, "%s\n", problem.c_str());
  }
  check(report.clean(), "the ledger is clean");
  const double million = kMega / static_cast<double>(saved->size);
  return bench::report(
      "audit",
      {{.what = "audit, scaled to 1,000,000 entries",
        .unit = "s",
        .ours = taken * million,
        .reference = bare_million(),
        .goal = 300,
        .side = bench::Goal::at_most},
       {.what = "entries in this run", .ours = static_cast<double>(saved->size)},
       {.what = "of them results, decided again", .ours = static_cast<double>(report.by_hosts)},
       {.what = "peak memory",
        .unit = "MB",
        .ours = peak,
        .goal = 256,
        .side = bench::Goal::at_most}});
}
