#include "policy/audit.h"

#include <doctest/doctest.h>

#include "cli/vectors/cases.h"
#include "cli/vectors/world.h"
#include "codec/objects.h"
#include "crypto/hash.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace
using vectors::World;

namespace {

// A sealed world as an audit reads it; tests alter the parts.
struct Recorded {
  explicit Recorded(World& world) : files(world.seal()), entries(world.log()), org(world.org()) {
    for (const auto& [path, bytes] : files) {
      if (path.starts_with("statements/")) {
        const auto record = codec::decode<SignatureRecord>(bytes).value();
        records[sha256(record.statement)] = bytes;
      } else {
        objects[sha256(bytes)] = bytes;
      }
    }
    checkpoint = files.at("checkpoint.txt");
  }

  AuditReport run() const {
    const auto look = [](const std::map<Digest, Bytes>& map,
                         const Digest& digest) -> Result<Bytes> {
      const auto found = map.find(digest);
      return found != map.end() ? Result<Bytes>(found->second) : fail(Errc::not_found, "not here");
    };
    AuditSource source;
    source.size = entries.size();
    source.entry = [&](std::uint64_t index) -> Result<Bytes> {
      return entries[index].empty() ? fail(Errc::store_failed, "unreadable")
                                    : Result<Bytes>(entries[index]);
    };
    source.record = [&, look](const Digest& digest) { return look(records, digest); };
    source.host_key = [&](const HostId& host) -> Result<Bytes> {
      const std::string prefix = "assignments/" + host.text().substr(2) + "/";
      const auto found = files.find(prefix + "1.json");
      if (found == files.end()) {
        return fail(Errc::not_found, "not here");
      }
      return codec::decode<Assignment>(found->second).value().keys.id;
    };
    source.object = [&, look](const Digest& digest) { return look(objects, digest); };
    return audit(source, org, checkpoint);
  }

  Files files;
  std::vector<Bytes> entries;
  Digest org;
  std::map<Digest, Bytes> records;
  std::map<Digest, Bytes> objects;
  Bytes checkpoint;
};

std::string text_of(const AuditReport& report) {
  std::string text;
  for (const std::string& one : report.problems) {
    text += one + "\n";
  }
  return text;
}

bool names(const AuditReport& report, std::string_view what) {
  return text_of(report).find(what) != std::string::npos;
}

}  // namespace

TEST_CASE("a ledger as it was written audits clean") {
  World world;
  const Recorded recorded(world);
  const AuditReport report = recorded.run();
  CAPTURE(text_of(report));
  CHECK(report.clean());
  CHECK(report.point == world.point(static_cast<std::int64_t>(recorded.entries.size())));
  CHECK(report.signatures == 11);
  CHECK(report.releases == 1);
}

TEST_CASE("each entry that is rewritten, moved or lost is named") {
  World world;
  const Recorded recorded(world);
  for (std::size_t i = 0; i < recorded.entries.size(); ++i) {
    CAPTURE(i);
    Recorded altered = recorded;
    Bytes& bytes = altered.entries[i];
    const auto at = bytes.find("\"at\":") + 5;
    bytes[at] = bytes[at] == '9' ? '8' : static_cast<char>(bytes[at] + 1);
    CHECK_FALSE(altered.run().clean());
    altered = recorded;
    altered.entries[i].clear();
    CHECK_FALSE(altered.run().clean());
    altered = recorded;
    altered.entries.erase(altered.entries.begin() + static_cast<std::ptrdiff_t>(i));
    CHECK_FALSE(altered.run().clean());
  }
  Recorded swapped = recorded;
  std::swap(swapped.entries[9], swapped.entries[10]);
  CHECK(names(swapped.run(), "entry 9: says to be entry 10"));
}

TEST_CASE("a missing record, object or checkpoint is named") {
  World world;
  const Recorded recorded(world);
  Recorded without = recorded;
  without.records.erase(world.statement("security"));
  CHECK(names(without.run(), "its signature record is not here"));
  without = recorded;
  without.objects.erase(world.digest_of("change"));
  CHECK(names(without.run(), "its change is not here"));
  without = recorded;
  without.objects.erase(world.digest_of("release:canary"));
  CHECK(names(without.run(), "its release is not here"));
  without = recorded;
  without.checkpoint = "x";
  CHECK(names(without.run(), "checkpoint: "));
  without = recorded;
  without.entries.pop_back();
  CHECK(names(without.run(), "checkpoint: signs 13 entries"));
  without = recorded;
  without.objects.erase(world.org());
  CHECK(names(without.run(), "its roster is not here"));
}

TEST_CASE("a statement that should not count is named with its entry") {
  const auto problem = [](auto edit) {
    World world;
    edit(world);
    return text_of(Recorded(world).run());
  };
  CHECK(problem([](World& w) { w.signing("security").signer = "leo"; }).find("p:amara: ") !=
        std::string::npos);
  CHECK(problem([](World& w) {
          w.signing("security").by = "p:bo";
        }).find("not among the signer's keys") != std::string::npos);
  CHECK(problem([](World& w) {
          w.signing("security").event = Event::rejected;
        }).find("says something else") != std::string::npos);
  CHECK(problem([](World& w) {
          w.signing("security").seen = LogPoint{sha256("x"), 3};
        }).find("had seen another log") != std::string::npos);
  CHECK(problem([](World& w) {
          w.roster_key("amara").until = 3;
        }).find("the key had ended before") != std::string::npos);
  CHECK(problem([](World& w) {
          w.signing("release").key = "omar";
          w.signing("release").role = "";
        }).find("does not hold the role executor") != std::string::npos);
}

TEST_CASE("what a host says is checked with the key that its id names") {
  World world;
  vectors::make_second_phase(world);
  const Recorded recorded(world);
  const AuditReport report = recorded.run();
  CAPTURE(text_of(report));
  CHECK(report.clean());
  CHECK(report.by_hosts == 1);
  Recorded without = recorded;
  const std::string first = "assignments/" + world.host_id("web-01").text().substr(2) + "/1.json";
  const std::string second = "assignments/" + world.host_id("web-02").text().substr(2) + "/1.json";
  without.files.erase(first);
  CHECK(names(without.run(), "the assignment of this host, which holds its key, is not here"));
  // Another key does not help: the id of the host names its own.
  without.files[first] = recorded.files.at(second);
  CHECK(names(without.run(), "the assignment of this host, which holds its key, is not here"));
  World forged;
  vectors::make_second_phase(forged);
  for (vectors::Signing& one : forged.statements) {
    if (one.type == ObjType::result) {
      one.signer = "leo";
    }
  }
  CHECK_FALSE(Recorded(forged).run().clean());
}

TEST_CASE("a release without an approval by somebody else is named") {
  World world;
  world.signing("security").key = "eve";
  world.signing("security").role = "";
  world.signing("engineering").key = "leo";
  CHECK(names(Recorded(world).run(), "nobody but its author and its executor approved"));
}

TEST_CASE(
    "a release has its author, a role that a rule asks for, and names only what was recorded") {
  World onlooker;
  onlooker.signing("security").key = "omar";
  onlooker.signing("security").role = "";
  drop(onlooker, "engineering");
  CHECK(names(Recorded(onlooker).run(), "in a role that a rule asks for"));
  World unwritten;
  drop(unwritten, "author");
  CHECK(names(Recorded(unwritten).run(), "names no signature by the author"));
  World later;
  later.signing("engineering").late = true;
  CHECK(names(Recorded(later).run(), "which was not recorded before it"));
}

TEST_CASE("a host that carried out what nobody released is named") {
  World world;
  vectors::make_second_phase(world);
  Recorded recorded(world);
  for (const auto& [digest, bytes] : recorded.objects) {
    if (const auto result = codec::decode<HostResult>(bytes)) {
      World unreleased;
      vectors::make_second_phase(unreleased);
      for (HostResult& one : unreleased.results) {
        one.change = sha256("never released");
      }
      CHECK(names(Recorded(unreleased).run(), "a change that nobody had released"));
    }
  }
}

TEST_CASE("an entry of what people do without their statement is named") {
  World world;
  Recorded recorded(world);
  for (Bytes& bytes : recorded.entries) {
    auto entry = codec::decode<LedgerEntry>(bytes, limits::kEntryMax).value();
    if (entry.ev == Event::approved) {
      entry.stmt.reset();
      bytes = codec::encode(entry);
    }
  }
  CHECK(names(recorded.run(), "nobody signed what it says"));
}

TEST_CASE("a key for login signs nothing, and a compromised one leaves doubt") {
  World login;
  login.roster_key("bo").login_only = true;
  CHECK(names(Recorded(login).run(), "the key is for login only"));
  World stolen;
  stolen.roster_key("bo").compromised = true;
  const AuditReport report = Recorded(stolen).run();
  CHECK(report.clean());
  CHECK(report.doubtful == 1);
}

TEST_CASE("a forged first roster is no organisation") {
  World world;
  world.signing("root-1").signer = "leo";
  world.signing("root-2").signer = "leo";
  CHECK(names(Recorded(world).run(), "rosters: roster 1: 0 of 2 signatures"));
}

TEST_CASE("an entry that cannot be read is named, also when there is no roster without it") {
  World world;
  Recorded recorded(world);
  for (const std::size_t index : {0U, 1U, 9U}) {
    recorded.entries[index].clear();
  }
  const AuditReport report = recorded.run();
  CHECK(names(report, "entry 0: cannot be read: unreadable"));
  CHECK(names(report, "entry 9: cannot be read: unreadable"));
}
