#include "ledger/tile.h"

#include <doctest/doctest.h>

#include "base/limits.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

std::vector<Digest> leaves_of(std::size_t size) {
  std::vector<Digest> leaves;
  leaves.reserve(size);
  for (std::size_t i = 0; i < size; ++i) {
    leaves.push_back(leaf_hash("entry " + std::to_string(i)));
  }
  return leaves;
}

// Serves the tiles of a tree that is given by its leaf hashes.
struct Tiles {
  std::vector<Digest> leaves;
  std::vector<std::string> asked = {};

  Result<Bytes> read(const TilePath& path) {
    asked.push_back(tile_path_text(path));
    const std::size_t span = std::size_t{1} << (kTileHeight * path.level);
    std::vector<Digest> hashes;
    for (std::size_t i = 0; i < path.width; ++i) {
      const std::size_t begin = (path.index * kTileWidth + i) * span;
      hashes.push_back(root_of(std::span(leaves).subspan(begin, span)));
    }
    return encode_tile(hashes);
  }

  NodeSource nodes() {
    return nodes_of_tiles([this](const TilePath& path) { return read(path); }, leaves.size());
  }
};

}  // namespace

TEST_CASE("paths of tiles are written as C2SP tlog-tiles says") {
  using Kind = TilePath::Kind;
  const std::vector<std::pair<TilePath, std::string>> cases = {
      {{Kind::hashes, 0, 0, 256}, "tile/0/000"},
      {{Kind::hashes, 3, 67, 256}, "tile/3/067"},
      {{Kind::hashes, 0, 1234067, 256}, "tile/0/x001/x234/067"},
      {{Kind::hashes, 0, 1000, 1}, "tile/0/x001/000.p/1"},
      {{Kind::hashes, 7, 999, 255}, "tile/7/999.p/255"},
      {{Kind::entries, 0, 123, 256}, "tile/entries/123"},
      {{Kind::entries, 0, 1234067, 8}, "tile/entries/x001/x234/067.p/8"},
      {{Kind::hashes, 0, (std::uint64_t{1} << 56U) - 1, 256},
       "tile/0/x072/x057/x594/x037/x927/935"},
  };
  for (const auto& [path, text] : cases) {
    CAPTURE(text);
    CHECK(tile_path_text(path) == text);
    REQUIRE(parse_tile_path(text).has_value());
    CHECK(parse_tile_path(text).value() == path);
  }
}

TEST_CASE("tiles are ordered by kind, level, index and width") {
  using Kind = TilePath::Kind;
  const std::vector<TilePath> ascending = {{Kind::hashes, 0, 0, 256},
                                           {Kind::hashes, 1, 0, 1},
                                           {Kind::hashes, 1, 2, 1},
                                           {Kind::hashes, 1, 2, 3},
                                           {Kind::entries, 0, 0, 1}};
  for (std::size_t i = 0; i < ascending.size(); ++i) {
    for (std::size_t j = 0; j < ascending.size(); ++j) {
      CHECK((ascending[i] < ascending[j]) == (i < j));
      CHECK((ascending[i] == ascending[j]) == (i == j));
    }
  }
}

TEST_CASE("every other spelling of a path is refused") {
  for (const char* text : {"",
                           "tile",
                           "tile/",
                           "tile/0",
                           "tile/0/",
                           "tile/0000",
                           "tile/x/000",
                           "tale/0/000",
                           "/tile/0/000",
                           "tile/0/00",
                           "tile/0/0000",
                           "tile/0/x000/000",
                           "tile/0/x001/x000",
                           "tile/0/x1/000",
                           "tile/0/x1a0/000",
                           "tile/0/xabc/000",
                           "tile/0/x001x000",
                           "tile/0/1234067",
                           "tile/0/99999999999999999999999",
                           "tile/00/000",
                           "tile/8/000",
                           "tile/64/000",
                           "tile/-1/000",
                           "tile/0/-01",
                           "tile/0/+01",
                           "tile/0/000/",
                           "tile/0/000.p",
                           "tile/0/000.p/",
                           "tile/0/000.p/0",
                           "tile/0/000.p/01",
                           "tile/0/000.p/256",
                           "tile/0/000.p/1x",
                           "tile/0/000.p/1/",
                           "tile/0/../000",
                           "tile/0/x072/x057/x594/x037/x927/936",
                           "tile/0/x999/x999/x999/x999/x999/x999/x999/x999/999",
                           "tile/0/x018/x446/x744/x073/x709/x551/616",
                           "tile/entries/",
                           "tile/entries/0",
                           "tile/entries/0/000",
                           "tile/data/000"}) {
    CAPTURE(text);
    const auto path = parse_tile_path(text);
    REQUIRE_FALSE(path.has_value());
    CHECK(path.error().code == Errc::bad_tile);
  }
}

TEST_CASE("a tree of 70,000 has the tiles that the specification counts") {
  const auto width = [](unsigned level, std::uint64_t index) {
    return tile_width_at({.level = level, .index = index}, 70'000);
  };
  CHECK(width(0, 272) == 256);
  CHECK(width(0, 273) == 112);
  CHECK(width(0, 274) == 0);
  CHECK(width(1, 0) == 256);
  CHECK(width(1, 1) == 17);
  CHECK(width(2, 0) == 1);
  CHECK(width(3, 0) == 0);
  CHECK(tile_width_at({.level = 1}, 256) == 1);
}

TEST_CASE("tiles hold exactly their hashes") {
  const auto leaves = leaves_of(3);
  const Bytes bytes = encode_tile(leaves);
  CHECK(bytes.size() == 96);
  CHECK(decode_tile(bytes, 3).value() == leaves);
  CHECK(decode_tile(bytes, 2).error().what == "a tile of 2 hashes has 64 bytes, not 96");
  CHECK(decode_tile(bytes, 4).error().code == Errc::bad_tile);
  CHECK_FALSE(decode_tile(bytes.substr(1), 3).has_value());
}

TEST_CASE("bundles hold exactly their entries") {
  const std::vector<Bytes> entries = {"{}", std::string(300, 'x'), "", std::string(60'000, 'y')};
  Bytes bundle;
  for (const Bytes& entry : entries) {
    append_to_bundle(bundle, entry);
  }
  CHECK(bundle.substr(0, 6) == Bytes("\x00\x02{}\x01\x2c", 6));
  const auto views = decode_bundle(bundle, 4).value();
  for (std::size_t i = 0; i < entries.size(); ++i) {
    CHECK(views[i] == entries[i]);
  }
  CHECK(decode_bundle("", 0).value().empty());
  CHECK(decode_bundle(bundle, 3).error().what == "a bundle of 3 entries has 4");
  CHECK_FALSE(decode_bundle(bundle, 5).has_value());
  CHECK(decode_bundle(bundle.substr(0, bundle.size() - 1), 4).error().what ==
        "entry 3 of the bundle is cut or too long");
  CHECK_FALSE(decode_bundle(bundle + Bytes("\0", 1), 4).has_value());
  CHECK_FALSE(decode_bundle(bundle + Bytes("\0\1", 2), 5).has_value());
  CHECK(decode_bundle(Bytes("\xea\x61", 2) + std::string(60'001, 'z'), 1).error().code ==
        Errc::bad_tile);
}

TEST_CASE("proofs read out of tiles are those of the leaves") {
  for (const std::size_t size : {1U, 255U, 256U, 257U, 600U, 70'000U}) {
    Tiles tiles{leaves_of(size)};
    const NodeSource nodes = tiles.nodes();
    const Digest root = root_of(tiles.leaves);
    CHECK(CompactTree::load(nodes, size).value().root() == root);
    for (const std::size_t index : {std::size_t{0}, size / 3, size - 1}) {
      const auto path = inclusion_proof(nodes, index, size).value();
      CHECK(verify_inclusion(tiles.leaves[index], index, size, path, root).has_value());
      const std::size_t from = index + 1;
      const auto step = consistency_proof(nodes, from, size).value();
      const Digest old_root = root_of(std::span(tiles.leaves).first(from));
      CHECK(verify_consistency(from, size, step, old_root, root).has_value());
    }
  }
}

TEST_CASE("each tile is asked for once, and partial ones by their width") {
  Tiles tiles{leaves_of(600)};
  const NodeSource nodes = tiles.nodes();
  CHECK(inclusion_proof(nodes, 599, 600).has_value());
  CHECK(inclusion_proof(nodes, 512, 600).has_value());
  CHECK(tiles.asked == std::vector<std::string>{"tile/1/000.p/2", "tile/0/002.p/88"});
}

TEST_CASE("a node outside the tree, a malformed tile and an error of the source are refused") {
  Tiles tiles{leaves_of(5)};
  CHECK(tiles.nodes()(0, 5).error().what == "no node 5 of level 0 in a tree of 5");
  // Shifted to the level of its tile, this index would be 0.
  CHECK(tiles.nodes()(2, std::uint64_t{1} << 62U).error().code == Errc::bad_tile);
  CHECK(tiles.nodes()(64, 0).error().code == Errc::bad_tile);
  CHECK(tiles.nodes()(2, 1).error().code == Errc::bad_tile);
  CHECK(tiles.nodes()(8, 0).error().code == Errc::bad_tile);
  const NodeSource cut = nodes_of_tiles([](const TilePath&) { return Bytes("short"); }, 5);
  CHECK(cut(0, 0).error().code == Errc::bad_tile);
  const NodeSource gone = nodes_of_tiles(
      [](const TilePath&) -> Result<Bytes> { return fail(Errc::not_found, "no such tile"); }, 5);
  CHECK(gone(0, 0).error().code == Errc::not_found);
}
