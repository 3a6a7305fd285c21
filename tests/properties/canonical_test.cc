// Canonical text has one reading and one spelling: what is written is read back as it was, and what
// is accepted, however it came about, is written again as the very same bytes.
#include <array>

#include <doctest/doctest.h>

#include "base/json.h"
#include "base/limits.h"
#include "codec/objects.h"
#include "model/plan.h"
#include "tests/properties/random_edit.h"
#include "tests/properties/random_world.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace
using properties::Dice;
using properties::Recipe;
using vectors::World;

namespace {

constexpr std::uint64_t kTextsByDefault = 20'000;
constexpr std::uint64_t kWorldsByDefault = 150;
constexpr std::size_t kEditsMax = 3;

std::string any_text(Dice& dice) {
  static constexpr std::array<std::string_view, 12> kParts = {"a",
                                                              "Z",
                                                              "0",
                                                              "\"",
                                                              "\\",
                                                              "\n",
                                                              "\t",
                                                              "/",
                                                              "\xc3\xa9",
                                                              "\xe2\x82\xac",
                                                              "\xf0\x9f\x94\x92",
                                                              " "};
  std::string text;
  for (std::size_t n = dice.below(6); n > 0; --n) {
    text += kParts[dice.below(kParts.size())];
  }
  return text;
}

std::int64_t any_integer(Dice& dice) {
  const auto small = static_cast<std::int64_t>(dice.below(2000)) - 1000;
  return dice.one_of<std::int64_t>({0, small, limits::kIntegerMax, -limits::kIntegerMax});
}

// A value in canonical text, written without the product's writer but for quote().
std::string any_value(Dice& dice, std::size_t depth) {
  const std::size_t kind = dice.below(depth > 0 ? 6 : 4);
  switch (kind) {
    case 0:
      return std::to_string(any_integer(dice));
    case 1:
      return dice.one_of<std::string>({"true", "false", "null"});
    case 2:
    case 3:
      return json::quote(any_text(dice));
    case 4: {
      std::string text = "[";
      for (std::size_t n = dice.below(4); n > 0; --n) {
        text += (text.size() > 1 ? "," : "") + any_value(dice, depth - 1);
      }
      return text + "]";
    }
    default: {
      std::map<std::string, std::string> members;
      for (std::size_t n = dice.below(5); n > 0; --n) {
        const std::string key{dice.one_of({'a', 'b', '_', '0', '.', ':', '/', '-'}),
                              dice.one_of({'a', 'z', '9'})};
        members[key] = any_value(dice, depth - 1);
      }
      std::string text = "{";
      for (const auto& [key, value] : members) {
        text += (text.size() > 1 ? ",\"" : "\"") + key + "\":" + value;
      }
      return text + "}";
    }
  }
}

std::string any_document(Dice& dice) {
  return "{\"a\":" + any_value(dice, 4) + ",\"b\":" + any_value(dice, 4) + "}";
}

// Written again from what was read.
std::string written(const json::Value& value) {
  switch (value.kind()) {
    case json::Kind::null:
      return "null";
    case json::Kind::boolean:
      return value.boolean() ? "true" : "false";
    case json::Kind::integer:
      return std::to_string(value.integer());
    case json::Kind::string:
      return json::quote(value.text());
    case json::Kind::array:
    case json::Kind::object:
      break;
  }
  const bool object = value.kind() == json::Kind::object;
  std::string text = object ? "{" : "[";
  for (std::size_t i = 0; i < value.count(); ++i) {
    json::Value one = value.first();
    for (std::size_t skip = 0; skip < (object ? 2 * i : i); ++skip) {
      one = one.after();
    }
    text += i > 0 ? "," : "";
    text += written(one);
    text += object ? ":" + written(one.after()) : "";
  }
  return text + (object ? "}" : "]");
}

// Whether `bytes` are refused, or written again as they were; and both checks say the same.
bool has_one_spelling(BytesView bytes) {
  const auto document = json::Document::parse(bytes);
  return document.has_value() == json::check_canonical(bytes).has_value() &&
         (!document || written(document->root()) == bytes);
}

// Some octets removed, put in, changed or repeated.
Bytes damaged(Bytes bytes, Dice& dice) {
  static constexpr std::string_view kLikely = "{}[],:\"\\ue0-19.+ntrf/\n\t \x7f\xc3\xa9\x00";
  for (std::size_t edits = 1 + dice.below(kEditsMax); edits > 0 && !bytes.empty(); --edits) {
    const std::size_t at = dice.below(bytes.size());
    const char other =
        dice.once_in(4) ? static_cast<char>(dice.below(256)) : kLikely[dice.below(kLikely.size())];
    switch (dice.below(4)) {
      case 0:
        bytes.erase(at, 1 + dice.below(3));
        break;
      case 1:
        bytes.insert(at, 1, other);
        break;
      case 2:
        bytes.insert(at, bytes.substr(dice.below(bytes.size()), 1 + dice.below(8)));
        break;
      default:
        bytes[at] = other;
        break;
    }
  }
  return bytes;
}

template <class T>
bool reads_as(BytesView bytes, bool& wrong) {
  const auto object = codec::decode<T>(bytes);
  wrong = wrong || (object && codec::encode(*object) != bytes);
  return object.has_value();
}

// How many kinds of object `bytes` are read as; `wrong` when one is written otherwise.
int kinds_of(BytesView bytes, bool& wrong) {
  int count = 0;
  const auto add = [&](bool reads) { count += reads ? 1 : 0; };
  add(reads_as<Roster>(bytes, wrong));
  add(reads_as<Policy>(bytes, wrong));
  add(reads_as<Restrictions>(bytes, wrong));
  add(reads_as<Assignment>(bytes, wrong));
  add(reads_as<Batch>(bytes, wrong));
  add(reads_as<Fresh>(bytes, wrong));
  add(reads_as<StopList>(bytes, wrong));
  add(reads_as<Stop>(bytes, wrong));
  add(reads_as<Change>(bytes, wrong));
  add(reads_as<Release>(bytes, wrong));
  add(reads_as<Evidence>(bytes, wrong));
  add(reads_as<HostResult>(bytes, wrong));
  add(reads_as<State>(bytes, wrong));
  add(reads_as<Plan>(bytes, wrong));
  add(reads_as<PlanClass>(bytes, wrong));
  add(reads_as<Statement>(bytes, wrong));
  add(reads_as<SignatureRecord>(bytes, wrong));
  add(reads_as<LedgerEntry>(bytes, wrong));
  add(reads_as<InclusionProof>(bytes, wrong));
  add(reads_as<MemberProof>(bytes, wrong));
  add(reads_as<ConsistencyProof>(bytes, wrong));
  add(reads_as<AgentState>(bytes, wrong));
  add(reads_as<DecisionInputs>(bytes, wrong));
  return count;
}

std::uint64_t any_seed() {
  return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange<std::uint64_t>(0, 1'000'000'000));
}

}  // namespace

TEST_CASE("canonical text is read and written as it was") {
  CHECK(properties::holds("canonical texts", kTextsByDefault, [] {
    Dice dice(any_seed());
    const std::string text = any_document(dice);
    const auto document = json::Document::parse(text);
    RC_ASSERT(document.has_value());
    RC_ASSERT(written(document->root()) == text);
  }));
}

TEST_CASE("damaged text that is accepted is written as it was") {
  std::uint64_t accepted = 0;
  CHECK(properties::holds("damaged texts", kTextsByDefault, [&] {
    Dice dice(any_seed());
    const std::string text = damaged(any_document(dice), dice);
    RC_ASSERT(has_one_spelling(text));
    accepted += json::check_canonical(text) ? 1 : 0;
  }));
  std::cout << "  accepted: " << accepted << "\n";
  CHECK(accepted > 0);
}

TEST_CASE("objects are read as one kind only and written as they were, damaged ones too") {
  std::uint64_t objects = 0;
  std::uint64_t accepted = 0;
  CHECK(properties::holds("objects of random worlds", kWorldsByDefault, [&] {
    const Recipe recipe = *properties::recipes(3);
    Dice dice(any_seed());
    World world;
    properties::make_world(recipe, world);
    const auto files = properties::sealed(world);
    RC_PRE(files.has_value());
    for (const auto& [path, bytes] : *files) {
      bool wrong = false;
      const int kinds = kinds_of(bytes, wrong);
      RC_ASSERT(!wrong);
      RC_ASSERT(kinds <= 1);
      objects += static_cast<std::uint64_t>(kinds);
      const Bytes other = damaged(bytes, dice);
      accepted += static_cast<std::uint64_t>(kinds_of(other, wrong));
      RC_ASSERT(!wrong);
    }
  }));
  std::cout << "  objects: " << objects << ", accepted with damage: " << accepted << "\n";
}
