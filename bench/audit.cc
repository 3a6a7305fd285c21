// How long does an offline audit take? Goals: 1,000,000 entries with their signatures in 5 minutes,
// within 256 MB. Reference: the bare verification of as many Ed25519 signatures on one core.
// `audit N` takes another number of entries. The log is made on the fly from a few signers: what is
// measured is the replay, not the making (its time is taken off).
#include "audit/audit.h"

#include <cstdlib>
#include <sys/resource.h>

#include "bench/report.h"
#include "cli/vectors/world.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "ledger/merkle.h"
#include "ledger/note.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a program

namespace {

constexpr std::uint64_t kDefaultEntries = 1'000'000;
constexpr double kKibi = 1024;
constexpr double kMega = 1e6;

// The sealed world first, then approvals of ever new changes by Bo and Eve.
class Log {
 public:
  Log() : files_(world_.seal()) {
    for (const auto& [path, bytes] : files_) {
      objects_[sha256(bytes)] = bytes;
      if (path.starts_with("statements/")) {
        records_[sha256(codec::decode<SignatureRecord>(bytes).value().statement)] = bytes;
      }
    }
  }

  [[nodiscard]] const Digest& org() const { return world_.org(); }

  [[nodiscard]] const vectors::World& world() const { return world_; }

  Result<Bytes> entry(std::uint64_t index) {
    if (index < world_.log().size()) {
      return world_.log()[index];
    }
    make(index);
    return entry_;
  }

  Result<Bytes> record(const Digest& digest) {
    const auto found = records_.find(digest);
    return found != records_.end() ? found->second : digest == digest_ ? record_ : Bytes();
  }

  Result<Bytes> object(const Digest& digest) {
    const auto found = objects_.find(digest);
    return found != objects_.end() ? Result<Bytes>(found->second) : fail(Errc::not_found, "");
  }

 private:
  void make(std::uint64_t index) {
    const auto& key = world_.keys.at("eve");
    Statement statement;
    statement.act = Act::approve;
    statement.at = vectors::kNow + static_cast<std::int64_t>(index);
    statement.by = vectors::actor("p:eve");
    statement.key = key.pub.id();
    statement.obj = sha256(std::to_string(index));
    statement.org = org();
    statement.roster = 1;
    statement.seen = world_.point(static_cast<std::int64_t>(world_.log().size()));
    SignatureRecord record;
    record.statement = codec::encode(statement);
    record.armor = key.key->sign_sshsig("approve.v1@twoseal", record.statement);
    digest_ = sha256(record.statement);
    record_ = codec::encode(record);
    LedgerEntry entry;
    entry.at = statement.at;
    entry.by = statement.by;
    entry.ev = Event::approved;
    entry.obj = statement.obj;
    entry.org = org();
    entry.seq = static_cast<std::int64_t>(index);
    entry.stmt = digest_;
    entry_ = codec::encode(entry);
  }

  vectors::World world_;
  Files files_;
  std::map<Digest, Bytes> objects_;
  std::map<Digest, Bytes> records_;
  Bytes entry_;
  Bytes record_;
  Digest digest_;
};

double peak_megabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) * kKibi / kMega;
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t size = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : kDefaultEntries;
  Log log;
  CompactTree tree;
  const double making = bench::seconds([&] {
    for (std::uint64_t i = 0; i < size; ++i) {
      tree.append(leaf_hash(log.entry(i).value()));
    }
  });
  const auto& key = log.world().keys.at("log");
  const Checkpoint point{"example.org/twoseal/log1", size, tree.root()};
  const auto note =
      sign_checkpoint(point,
                      NoteKey::make(point.origin, key.pub.point()).value(),
                      [&](BytesView text) -> Result<Bytes> { return key.key->sign_raw(text); })
          .value();
  AuditSource source;
  source.size = size;
  source.entry = [&](std::uint64_t index) { return log.entry(index); };
  source.record = [&](const Digest& digest) { return log.record(digest); };
  source.host_key = [](const HostId&) -> Result<Bytes> { return fail(Errc::not_found, ""); };
  source.object = [&](const Digest& digest) { return log.object(digest); };
  AuditReport report;
  const double auditing = bench::seconds([&] { report = audit(source, log.org(), note); });
  const auto& eve = log.world().keys.at("eve");
  const Bytes message(400, 'm');
  const Bytes signature = eve.key->sign_raw(message);
  constexpr int kRounds = 2000;
  bool good = report.clean() && report.signatures > 0;
  const double bare = bench::best_seconds(3, [&] {
    for (int i = 0; i < kRounds; ++i) {
      good = eve.pub.verify_raw(message, signature).has_value() && good;
    }
  });
  // The audit reads every entry twice, and every read makes it again.
  const double net = auditing - 2 * making;
  const double million = kMega / static_cast<double>(size);
  const int written = bench::report(
      "audit",
      {{"audit, scaled to 1,000,000 entries",
        "s",
        net * million,
        bare / kRounds * kMega,
        300,
        bench::Goal::at_most},
       {"entries audited in this run", "", static_cast<double>(size)},
       {"peak memory", "MB", peak_megabytes(), std::nullopt, 256, bench::Goal::at_most}});
  return good ? written : 1;
}
