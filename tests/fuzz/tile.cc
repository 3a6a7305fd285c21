// Tiles and bundles of entries: paths and bundles have one spelling, and a proof out of tiles that
// somebody damaged is either the true one or does not verify. The first octet chooses.
#include "ledger/tile.h"

#include <algorithm>

#include "base/check.h"
#include "base/limits.h"
#include "codec/objects.h"
#include "model/ledger_entry.h"
#include "tests/fuzz/choices.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a program of one namespace

namespace {

void read_path(const std::string& text) {
  const auto path = parse_tile_path(text);
  if (path) {
    check(tile_path_text(*path) == text, "a path has one spelling");
    check(path->level < kTileLevels && path->width >= 1 && path->width <= kTileWidth,
          "an accepted path names a tile");
  }
}

void make_path(fuzz::Choices& choices) {
  TilePath path;
  path.kind = choices.flag() ? TilePath::Kind::entries : TilePath::Kind::hashes;
  path.level =
      path.kind == TilePath::Kind::entries ? 0 : static_cast<unsigned>(choices.below(kTileLevels));
  path.index = (choices.number<std::uint64_t>() >> kTileHeight) >> choices.below(56);
  path.width = 1 + choices.octet();
  std::string text = tile_path_text(path);
  check(parse_tile_path(text).value() == path, "a path that was printed is read");
  while (!choices.at_end()) {
    text = fuzz::damaged(text, choices);
  }
  read_path(text);
}

void read_bundle(BytesView bytes, unsigned width) {
  const auto entries = decode_bundle(bytes, width);
  if (!entries) {
    return;
  }
  check(entries->size() == width, "a bundle has as many entries as it was asked for");
  Bytes written;
  for (const BytesView entry : *entries) {
    append_to_bundle(written, entry);
    if (const auto object = codec::decode<LedgerEntry>(entry, limits::kEntryMax)) {
      check(codec::encode(*object) == entry, "an entry has one spelling");
    }
  }
  check(written == bytes, "one list of entries has one bundle");
}

void read_tile(BytesView bytes, unsigned width) {
  const auto hashes = decode_tile(bytes, width);
  check(!hashes || (hashes->size() == width && encode_tile(*hashes) == bytes),
        "one list of hashes has one tile");
}

constexpr std::size_t kLeaves = 600;  // two full tiles, a partial one, and one above them

const std::vector<Digest>& leaves() {
  static const std::vector<Digest> kHashes = [] {
    std::vector<Digest> hashes;
    for (std::size_t i = 0; i < kLeaves; ++i) {
      hashes.push_back(leaf_hash(std::to_string(i)));
    }
    return hashes;
  }();
  return kHashes;
}

Result<Bytes> true_tile(const TilePath& path) {
  std::vector<Digest> hashes;
  for (std::uint64_t i = 0; i < path.width; ++i) {
    const std::uint64_t index = path.index * kTileWidth + i;
    const std::uint64_t count = std::uint64_t{1} << (kTileHeight * path.level);
    hashes.push_back(root_of(std::span(leaves()).subspan(index * count, count)));
  }
  return encode_tile(hashes);
}

void prove(fuzz::Choices& choices) {
  const std::size_t size = 1 + choices.number<std::uint16_t>() % kLeaves;
  const std::size_t index = choices.number<std::uint16_t>() % size;
  const bool lies = choices.flag();
  const TileSource source = [&](const TilePath& path) {
    check(path.width == tile_width_at(path, size) && path.width > 0,
          "only tiles of the tree are asked for");
    auto tile = true_tile(path);
    return lies ? Result<Bytes>(fuzz::damaged(*tile, choices)) : tile;
  };
  const auto told = inclusion_proof(nodes_of_tiles(source, size), index, size);
  if (!told) {
    check(lies, "true tiles give a proof");
    return;
  }
  const auto within = std::span(leaves()).first(size);
  const auto proof = inclusion_proof(nodes_of(within), index, size).value();
  check(lies || *told == proof, "true tiles give the true proof");
  check(verify_inclusion(leaves()[index], index, size, *told, root_of(within)).has_value() ==
            (*told == proof),
        "only the true proof verifies");
}

void ask_beyond(fuzz::Choices& choices) {
  const std::uint64_t size = choices.number<std::uint64_t>() % (kLeaves + 1);
  const auto level = static_cast<unsigned>(choices.below(64));
  const std::uint64_t index = choices.number<std::uint64_t>() >> choices.below(64);
  const auto node = nodes_of_tiles(true_tile, size)(level, index);
  const bool inside = level < 10 && index < (size >> level);
  check(node.has_value() == inside, "nodes of the tree are given, and no others");
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name that libFuzzer asks for
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Choices choices(data, size);
  switch (choices.below(6)) {
    case 0:
      read_path(choices.rest());
      break;
    case 1:
      make_path(choices);
      break;
    case 2: {
      const unsigned width = choices.octet();
      read_bundle(choices.rest(), width);
      break;
    }
    case 3: {
      const unsigned width = choices.octet();
      read_tile(choices.rest(), width);
      break;
    }
    case 4:
      prove(choices);
      break;
    default:
      ask_beyond(choices);
  }
  return 0;
}
