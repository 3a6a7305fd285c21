#include "audit/roster_walk.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "cli/vectors/cases.h"
#include "cli/vectors/recorded.h"
#include "codec/objects.h"
#include "crypto/hash.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace
using vectors::Recorded;
using vectors::Signing;
using vectors::text_of;
using vectors::World;

namespace {

constexpr std::size_t kWaitingMax = 64;  // that of the walk

// A world with a second roster whose signatures stand last in the log; everything else was signed
// under the first one.
World with_second() {
  World world;
  for (auto* list : {&world.genesis, &world.statements}) {
    for (Signing& one : *list) {
      one.roster = one.roster.value_or(1);
    }
  }
  add_roster(world);
  for (auto one = world.genesis.end() - 2; one != world.genesis.end(); ++one) {
    one->at = vectors::kNow + 500;
    world.statements.push_back(*one);
  }
  world.genesis.erase(world.genesis.end() - 2, world.genesis.end());
  return world;
}

// One more signature on roster `version`, by `key`, about `digest` when that is not its own.
Signing& add_signature(World& world,
                       const std::string& key,
                       std::int64_t version,
                       std::optional<Digest> digest = {}) {
  Signing signing;
  signing.act = Act::sign;
  signing.type = ObjType::roster;
  signing.about = "roster:" + std::to_string(version);
  signing.key = key;
  signing.label = signing.about + key;
  signing.at = vectors::kNow + 600;
  signing.obj = digest;
  signing.named = false;
  world.statements.push_back(signing);
  return world.statements.back();
}

// A roster 2 as nobody put it into `world`, with a nonce of its own.
Bytes other_second(World world, char nonce) {
  static_cast<void>(world.seal());
  Roster roster = world.rosters.front();
  roster.version = 2;
  roster.org = world.org();
  roster.prev = world.org();
  roster.nonce[1] = nonce;
  return codec::encode(roster);
}

RosterWalk walk(const AuditSource& source, const Recorded& recorded) {
  RosterWalk walk(source, recorded.org);
  for (std::size_t i = 0; i < recorded.entries.size(); ++i) {
    const auto entry = codec::decode<LedgerEntry>(recorded.entries[i], limits::kEntryMax).value();
    if (entry.ev == Event::roster) {
      CHECK_FALSE(walk.take(i, entry).has_value());
    }
  }
  return walk;
}

bool names(const World& world, std::string_view what) {
  World sealed = world;
  const std::string text = text_of(Recorded(sealed).run());
  CAPTURE(text);
  CHECK(text.find(what) != std::string::npos);
  return text.find(what) != std::string::npos;
}

}  // namespace

TEST_CASE("a roster is in force from its last signature needed") {
  World world = with_second();
  const Recorded recorded(world);
  const AuditSource source = recorded.source();
  const RosterWalk rosters = walk(source, recorded);
  REQUIRE(rosters.terms().size() == 2);
  CHECK(rosters.terms()[0].from == 1);
  CHECK(rosters.terms()[0].roster.digest == recorded.org);
  CHECK(rosters.terms()[1].from == recorded.entries.size() - 1);
  CHECK(rosters.complaints().empty());
  CHECK(recorded.run().clean());
}

TEST_CASE("a roster that one root key signed is not in force, and what is goes on being judged") {
  World world = with_second();
  drop(world, "roster-2-root-2");
  CHECK(
      names(world, "rosters: roster 2: 1 of 2 signatures by the root keys of the version before"));
  drop(world, "engineering");
  CHECK(names(world, "released what the rules did not allow: S3"));
}

TEST_CASE("rosters that are completed in another order follow one another all the same") {
  World world = with_second();
  add_roster(world);
  for (auto one = world.genesis.end() - 2; one != world.genesis.end(); ++one) {
    one->at = vectors::kNow + 500;
    world.statements.insert(world.statements.end() - 1, *one);
  }
  world.genesis.erase(world.genesis.end() - 2, world.genesis.end());
  const Recorded recorded(world);
  const AuditSource source = recorded.source();
  const RosterWalk rosters = walk(source, recorded);
  REQUIRE(rosters.terms().size() == 3);
  CHECK(rosters.terms()[2].from == recorded.entries.size() - 1);
  drop(world, "roster-2-root-2");
  CHECK(names(world, "rosters: roster 3: no roster 2 is in force"));
}

TEST_CASE("another roster of a version that is in force is named") {
  World world = with_second();
  const Bytes other = other_second(world, 'x');
  add_signature(world, "root-1", 2, sha256(other));
  Recorded recorded(world);
  CHECK(text_of(recorded.run()).find("its roster is not here") != std::string::npos);
  recorded.objects[sha256(other)] = other;
  CHECK(text_of(recorded.run()).find("is about another roster 2 than in force") !=
        std::string::npos);
}

TEST_CASE(
    "a roster that too few had signed when another one of its version came into force is "
    "forgotten") {
  World world = with_second();
  const Bytes other = other_second(world, 'x');
  add_signature(world, "root-1", 2, sha256(other));
  std::rotate(world.statements.end() - 3, world.statements.end() - 1, world.statements.end());
  Recorded recorded(world);
  recorded.objects[sha256(other)] = other;
  CHECK(text_of(recorded.run()).find("rosters:") == std::string::npos);
  const AuditSource source = recorded.source();
  CHECK(walk(source, recorded).waiting().empty());
}

TEST_CASE("so many rosters wait and no more") {
  World world = with_second();
  std::vector<Bytes> others;
  for (std::size_t i = 0; i <= kWaitingMax; ++i) {
    others.push_back(other_second(world, static_cast<char>(i)));
  }
  for (const Bytes& other : others) {
    add_signature(world, "root-1", 2, sha256(other)).label = sha256(other).hex();
  }
  Recorded recorded(world);
  for (const Bytes& other : others) {
    recorded.objects[sha256(other)] = other;
  }
  // All came behind the one in force.
  CHECK(recorded.run().problem_count == static_cast<std::int64_t>(others.size()));
  drop(world, "roster-2-root-1");
  drop(world, "roster-2-root-2");
  Recorded waiting(world);
  waiting.objects.insert(recorded.objects.begin(), recorded.objects.end());
  CHECK(text_of(waiting.run()).find("more rosters wait for their signatures than are followed") !=
        std::string::npos);
}

TEST_CASE("what root keys sign otherwise is named with its entry") {
  World stranger = with_second();
  add_signature(stranger, "root-1", 2).signer = "leo";
  CHECK(names(stranger, "entry 15: root:"));
  World person = with_second();
  add_signature(person, "leo", 2);
  CHECK(names(person, "p:leo: this act is not open to this signer for this object"));
  World unknown = with_second();
  unknown.keys["root-9"] = vectors::software_key("another root", KeyKind::ssh);
  add_signature(unknown, "root-9", 2);
  CHECK(names(unknown, "the key is no root key of its roster or of one before"));
  World pretended = with_second();
  add_signature(pretended, "root-1", 2).by = "root:" + pretended.keys.at("leo").pub.id().text();
  CHECK(names(pretended, "root keys sign rosters, and have no role"));
  World version = with_second();
  add_signature(version, "root-1", 2).roster = 1;
  CHECK(names(version, "its entry in the log says something else"));
  World change = with_second();
  Signing approval = change.signing("security");
  approval.key = "root-1";
  approval.role = "";
  approval.label = "by-root";
  approval.named = false;
  change.statements.push_back(approval);
  CHECK(names(change, "root keys sign rosters alone"));
}

TEST_CASE("a root key under an id that is not its own signs nothing") {
  World world = with_second();
  Roster other = world.rosters.front();
  static_cast<void>(world.seal());
  other.version = 2;
  other.org = world.org();
  other.prev = world.org();
  other.root.keys.front().pub = world.keys.at("leo").pub.encoded();
  const Bytes bytes = codec::encode(other);
  World again = with_second();
  for (const BareKey& key : other.root.keys) {
    const std::string name = again.keys.at("root-1").pub.id() == key.id ? "root-1" : "root-2";
    add_signature(again, name, 2, sha256(bytes)).label = name + "-odd";
  }
  Recorded recorded(again);
  recorded.objects[sha256(bytes)] = bytes;
  CHECK(text_of(recorded.run()).find("the key is no root key of its roster") != std::string::npos);
}
