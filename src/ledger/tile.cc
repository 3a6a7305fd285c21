#include "ledger/tile.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <memory>
#include <utility>

#include "base/check.h"
#include "base/limits.h"

namespace twoseal {
namespace {

constexpr std::string_view kEntries = "entries/";
constexpr std::uint64_t kIndexMax = (std::uint64_t{1} << (64U - kTileHeight)) - 1;

std::unexpected<Error> refuse(std::string what) {
  return fail(Errc::bad_tile, std::move(what));
}

// A number without leading zeros at the start of `text`, which is cut off; nothing when absent.
bool cut_number(std::string_view& text, std::uint64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) {
    return false;
  }
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

}  // namespace

std::string tile_path_text(const TilePath& path) {
  std::string index = std::to_string(path.index);
  index.insert(0, (3 - index.size() % 3) % 3, '0');
  std::string text = "tile/";
  if (path.kind == TilePath::Kind::entries) {
    text += kEntries;
  } else {
    text += std::to_string(path.level) + "/";
  }
  std::size_t at = 0;
  for (; at + 3 < index.size(); at += 3) {
    text += "x" + index.substr(at, 3) + "/";
  }
  text += index.substr(at);
  if (path.width != kTileWidth) {
    text += ".p/" + std::to_string(path.width);
  }
  return text;
}

Result<TilePath> parse_tile_path(std::string_view text) {
  // Reads generously, then accepts only the one spelling that tile_path_text() gives.
  TilePath path;
  std::string_view rest = text;
  std::uint64_t number = 0;
  rest.remove_prefix(std::min<std::size_t>(rest.size(), 5));
  if (rest.starts_with(kEntries)) {
    path.kind = TilePath::Kind::entries;
    rest.remove_prefix(kEntries.size());
  } else if (cut_number(rest, number) && rest.starts_with('/')) {
    path.level = static_cast<unsigned>(std::min<std::uint64_t>(number, kTileLevels));
    rest.remove_prefix(1);
  }
  while (rest.starts_with('x') && rest.size() > 4 && path.index <= kIndexMax / 1000) {
    std::string_view group = rest.substr(1, 3);
    if (!cut_number(group, number)) {
      break;
    }
    path.index = path.index * 1000 + number;
    rest.remove_prefix(5);
  }
  if (cut_number(rest, number)) {
    path.index = path.index * 1000 + std::min<std::uint64_t>(number, 999);
  }
  if (rest.starts_with(".p/")) {
    rest.remove_prefix(3);
    path.width = cut_number(rest, number) && number >= 1 && number < kTileWidth
                     ? static_cast<unsigned>(number)
                     : kTileWidth;
  }
  const std::string spelling = tile_path_text(path);
  if (path.level >= kTileLevels || path.index > kIndexMax || spelling != text) {
    return refuse("'" + std::string(text.substr(0, 80)) + "' is not the path of a tile");
  }
  return path;
}

unsigned tile_width_at(const TilePath& path, std::uint64_t size) {
  const std::uint64_t hashes = size >> (kTileHeight * path.level);
  const std::uint64_t begin = path.index * kTileWidth;
  return begin >= hashes
             ? 0
             : static_cast<unsigned>(std::min<std::uint64_t>(hashes - begin, kTileWidth));
}

Bytes encode_tile(std::span<const Digest> hashes) {
  Bytes bytes;
  bytes.reserve(hashes.size() * Digest::kSize);
  for (const Digest& hash : hashes) {
    bytes += hash.view();
  }
  return bytes;
}

Result<std::vector<Digest>> decode_tile(BytesView bytes, unsigned width) {
  if (bytes.size() != width * Digest::kSize) {
    return refuse("a tile of " + std::to_string(width) + " hashes has " +
                  std::to_string(width * Digest::kSize) + " bytes, not " +
                  std::to_string(bytes.size()));
  }
  std::vector<Digest> hashes;
  hashes.reserve(width);
  for (std::size_t at = 0; at < bytes.size(); at += Digest::kSize) {
    hashes.push_back(Digest::from_bytes(bytes.substr(at, Digest::kSize)));
  }
  return hashes;
}

void append_to_bundle(Bytes& bundle, BytesView entry) {
  check(entry.size() <= limits::kEntryMax, "entries are bounded before they are logged");
  bundle.push_back(static_cast<char>(entry.size() >> 8U));
  bundle.push_back(static_cast<char>(entry.size() & 0xFFU));
  bundle += entry;
}

Result<std::vector<BytesView>> decode_bundle(BytesView bytes, unsigned width) {
  std::vector<BytesView> entries;
  entries.reserve(width);
  while (!bytes.empty()) {
    const std::size_t length =
        bytes.size() < 2 ? limits::kEntryMax + 1 : octet(bytes, 0) * 256U + octet(bytes, 1);
    if (length > limits::kEntryMax || length + 2 > bytes.size()) {
      return refuse("entry " + std::to_string(entries.size()) +
                    " of the bundle is cut or too long");
    }
    entries.push_back(bytes.substr(2, length));
    bytes.remove_prefix(2 + length);
  }
  if (entries.size() != width) {
    return refuse("a bundle of " + std::to_string(width) + " entries has " +
                  std::to_string(entries.size()));
  }
  return entries;
}

NodeSource nodes_of_tiles(TileSource tiles, std::uint64_t size) {
  auto kept = std::make_shared<std::map<TilePath, std::vector<Digest>>>();
  return [tiles = std::move(tiles), size, kept](unsigned level,
                                                std::uint64_t index) -> Result<Digest> {
    // Asked before anything is shifted, which would make a large index a small one.
    if (level >= 64 || index >= size >> level) {
      return refuse("no node " + std::to_string(index) + " of level " + std::to_string(level) +
                    " in a tree of " + std::to_string(size));
    }
    const std::uint64_t first = index << (level % kTileHeight);
    const std::size_t offset = first % kTileWidth;
    const std::size_t count = std::size_t{1} << (level % kTileHeight);
    TilePath path{.level = level / kTileHeight, .index = first / kTileWidth};
    path.width = tile_width_at(path, size);
    auto found = kept->find(path);
    if (found == kept->end()) {
      TWOSEAL_TRY(const Bytes bytes, tiles(path));
      TWOSEAL_TRY(std::vector<Digest> hashes, decode_tile(bytes, path.width));
      found = kept->emplace(path, std::move(hashes)).first;
    }
    return root_of(std::span(found->second).subspan(offset, count));
  };
}

}  // namespace twoseal
