#include "audit/audit.h"

#include <doctest/doctest.h>

#include "cli/vectors/cases.h"
#include "cli/vectors/recorded.h"
#include "codec/objects.h"
#include "crypto/hash.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace
using vectors::Recorded;
using vectors::text_of;
using vectors::World;

namespace {

bool names(const AuditReport& report, std::string_view what) {
  return text_of(report).find(what) != std::string::npos;
}

// Records the last `count` statements of the genesis behind all others.
void record_last(World& world, std::ptrdiff_t count) {
  for (auto one = world.genesis.end() - count; one != world.genesis.end(); ++one) {
    one->at = vectors::kNow + 500;
    world.statements.push_back(*one);
  }
  world.genesis.erase(world.genesis.end() - count, world.genesis.end());
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
        }).find("does not count as a release by an executor") != std::string::npos);
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
  CHECK(names(Recorded(world).run(), "p:eve released what the rules did not allow: S3: "));
}

TEST_CASE(
    "a release has its author, a role that a rule asks for, and names only what was recorded") {
  World onlooker;
  onlooker.signing("security").key = "omar";
  onlooker.signing("security").role = "";
  drop(onlooker, "engineering");
  CHECK(names(Recorded(onlooker).run(), "S3: needed are different people"));
  World unwritten;
  drop(unwritten, "author");
  CHECK(names(Recorded(unwritten).run(), "S1: there is no valid signature by the author"));
  World later;
  later.signing("engineering").late = true;
  CHECK(names(Recorded(later).run(), "S5: the release names statement"));
}

TEST_CASE("a host that carried out what nobody released is named") {
  World world;
  vectors::make_second_phase(world);
  drop(world, "release");
  CHECK(names(Recorded(world).run(), "S5: no executor has released phase canary"));
  World unknown;
  vectors::make_second_phase(unknown);
  unknown.results.front().change = sha256("never written");
  CHECK(names(Recorded(unknown).run(), "its change is not here"));
  World other;
  vectors::make_second_phase(other);
  other.results.front().host = other.host_id("web-02");
  CHECK(names(Recorded(other).run(), "its result is of another host"));
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

TEST_CASE("an entry that says otherwise than its release or its result is named") {
  const auto altered = [](Event event, auto edit) {
    World world;
    vectors::make_second_phase(world);
    Recorded recorded(world);
    for (Bytes& bytes : recorded.entries) {
      auto entry = codec::decode<LedgerEntry>(bytes, limits::kEntryMax).value();
      if (entry.ev == event) {
        edit(entry);
        bytes = codec::encode(entry);
      }
    }
    return recorded.run();
  };
  const char* other = "names another phase or other statements";
  CHECK(names(altered(Event::released, [](auto& entry) { entry.stmts->pop_back(); }), other));
  CHECK(names(
      altered(Event::released, [](auto& entry) { entry.phase = Name::parse("rest").value(); }),
      other));
  CHECK(names(altered(Event::applied, [](auto& entry) { entry.ev = Event::stale; }),
              "its entry says otherwise than its result, which is ok"));
}

TEST_CASE("a key for login signs nothing, and a compromised one leaves doubt") {
  World login;
  login.roster_key("bo").login_only = true;
  CHECK(names(Recorded(login).run(), "the key is for login only"));
  World stolen;
  for (auto* list : {&stolen.genesis, &stolen.statements}) {
    for (vectors::Signing& one : *list) {
      one.roster = 1;
    }
  }
  vectors::add_roster(stolen);
  stolen.roster_key("bo").compromised = true;
  record_last(stolen, 2);
  const AuditReport report = Recorded(stolen).run();
  CAPTURE(text_of(report));
  CHECK(report.clean());
  CHECK(report.doubtful == 1);
}

TEST_CASE("a forged first roster is no organisation") {
  World world;
  world.signing("root-1").signer = "leo";
  world.signing("root-2").signer = "leo";
  CHECK(names(Recorded(world).run(), "rosters: none is in force"));
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
