// A permitted decision directory with one byte changed is refused, or permits the very same thing:
// the same organisation, host, phase and change, carried by the same statements.
//
// Every byte of every file is changed twice, once by one bit and once to a random other value. One
// run of the tests takes every n-th byte; which ones depends on the seed, so that n successive
// seeds take them all. TWOSEAL_PROPERTY_CASES above the number of bytes takes all at once.
#include <random>

#include <doctest/doctest.h>

#include "cli/vectors/cases.h"
#include "codec/objects.h"
#include "policy/authorize.h"
#include "tests/properties/property.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace
using vectors::World;

namespace {

constexpr std::uint64_t kBytesByDefault = 800;

struct Place {
  std::string path;
  std::size_t offset = 0;
};

std::vector<Place> places_of(const Files& files) {
  std::vector<Place> places;
  for (const auto& [path, bytes] : files) {
    for (std::size_t offset = 0; offset < bytes.size(); ++offset) {
      places.push_back({path, offset});
    }
  }
  return places;
}

// Asks as the command line does: what is asked stands in the directory too.
Decision decide_all(const Files& files) {
  const auto inputs = load_inputs(files);
  return inputs ? decide(files, *inputs) : Decision();
}

bool means_the_same(const Decision& a, const Decision& b) {
  return a.answer == b.answer && a.org == b.org && a.host == b.host && a.phase == b.phase &&
         a.change == b.change && a.counted == b.counted;
}

struct Tally {
  std::uint64_t tried = 0;
  std::uint64_t permitted = 0;
};

// Tries one other value for one byte.
void try_byte(Files& files, const Place& place, char value, const Decision& honest, Tally& tally) {
  char& byte = files.at(place.path)[place.offset];
  const char before = byte;
  byte = value;
  const Decision decision = decide_all(files);
  byte = before;
  ++tally.tried;
  if (decision.answer == Answer::refuse) {
    return;
  }
  ++tally.permitted;
  INFO(place.path, " byte ", place.offset, ": ", int{before}, " became ", int{value});
  CHECK(means_the_same(decision, honest));
}

void try_world(const std::string& name, World& world) {
  Files files = world.seal();
  const Decision honest = decide_all(files);
  REQUIRE(honest.answer == Answer::permit);
  const std::vector<Place> places = places_of(files);
  const std::uint64_t wanted = properties::cases(kBytesByDefault);
  const std::size_t stride = std::max<std::size_t>(1, places.size() / wanted);
  std::mt19937_64 random(properties::seed());
  Tally tally;
  for (std::size_t i = properties::seed() % stride; i < places.size(); i += stride) {
    const Place& place = places[i];
    const char before = files.at(place.path)[place.offset];
    const auto bit = static_cast<char>(before ^ (1 << random() % 8));
    const auto other = static_cast<char>(before + 1 + static_cast<int>(random() % 255));
    try_byte(files, place, bit, honest, tally);
    try_byte(files, place, other, honest, tally);
  }
  properties::announce("bytes of " + name + " (" + std::to_string(places.size()) +
                           " in all, every " + std::to_string(stride) + "th twice, " +
                           std::to_string(tally.permitted) + " permitted the same)",
                       tally.tried);
}

// A stop of the whole organisation by Eve, who lifts it with a local key.
void add_lifted_stop(World& world) {
  world.keys["eve-local"] = vectors::software_key("eve-local", KeyKind::local_file);
  world.give_key("p:eve", "eve-local");
  Stop stop;
  stop.by = vectors::actor("p:eve");
  stop.effect = StopEffect::stop;
  stop.from = vectors::kNow;
  stop.id = vectors::name("stop-1");
  stop.target.org = Digest();
  stop.to = vectors::kNow + 86'400;
  world.stops = {stop};
  vectors::Signing raise;
  raise.act = Act::sign;
  raise.type = ObjType::stop;
  raise.about = "stop:0";
  raise.key = "eve";
  raise.label = "raise";
  raise.named = false;
  world.statements.push_back(raise);
  vectors::Signing lift = raise;
  lift.act = Act::lift;
  lift.key = "eve-local";
  lift.label = "lift";
  world.statements.push_back(lift);
}

}  // namespace

TEST_CASE("no byte of the basic organisation can be changed to permit anything else") {
  World world;
  try_world("the basic organisation", world);
}

TEST_CASE(
    "no byte of approvals by passkey and security key can be changed to permit anything else") {
  World world;
  world.policy.rules[0].min_local = 0;
  world.signing("security").key = "mia";
  world.signing("engineering").key = "noor";
  try_world("passkey and security key", world);
}

// The phase lacks a release of its own, since damage to one that it may lack leaves the earlier
// one.
TEST_CASE(
    "no byte of a second phase with evidence and a stop can be changed to permit anything else") {
  World world;
  world.policy.rules[0].evidence_required = {{vectors::name("test-run")}};
  vectors::add_evidence(world, "test-run", "ci");
  vectors::make_second_phase(world);
  add_lifted_stop(world);
  try_world("the second phase", world);
}
