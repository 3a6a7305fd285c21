// Tiles: how the tree and the entries are served and exported, after C2SP tlog-tiles. A hash tile
// holds up to 256 hashes of one level, an entry bundle up to 256 entries; the rightmost ones are
// partial. docs/formats/tiles.md.
//
// Tiles carry no proof of their own. Who reads them makes proofs out of them and verifies those.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "ledger/merkle.h"

namespace twoseal {

inline constexpr unsigned kTileHeight = 8;                  ///< tree levels in one tile
inline constexpr unsigned kTileWidth = 1U << kTileHeight;   ///< hashes or entries in a full tile
inline constexpr unsigned kTileLevels = 64U / kTileHeight;  ///< enough for every tree size

/// Names a tile. `level`: 0 for leaf hashes and entries, n for the roots of full tiles of n - 1.
/// `width`: hashes or entries in it, 1 to 256.
struct TilePath {
  enum class Kind { hashes, entries };

  Kind kind = Kind::hashes;
  unsigned level = 0;
  std::uint64_t index = 0;
  unsigned width = kTileWidth;

  auto operator<=>(const TilePath&) const = default;
};

/// `tile/0/x001/x234/067`, `tile/entries/000.p/17`.
[[nodiscard]] std::string tile_path_text(const TilePath& path);

/// Reads exactly what tile_path_text() prints. Errc::bad_tile.
[[nodiscard]] Result<TilePath> parse_tile_path(std::string_view text);

/// How many hashes or entries of that tile a tree of `size` has: 0 to 256. Ignores path.width.
[[nodiscard]] unsigned tile_width_at(const TilePath& path, std::uint64_t size);

/// The hashes one after another, 32 octets each.
[[nodiscard]] Bytes encode_tile(std::span<const Digest> hashes);

/// Exactly `width` hashes. Errc::bad_tile.
[[nodiscard]] Result<std::vector<Digest>> decode_tile(BytesView bytes, unsigned width);

/// Appends one entry to a bundle: its length as two octets, high one first, then its bytes. Stops
/// the process above limits::kEntryMax: entries are bounded before they are logged.
void append_to_bundle(Bytes& bundle, BytesView entry);

/// Exactly `width` entries of at most limits::kEntryMax bytes, as views into `bytes`.
/// Errc::bad_tile.
[[nodiscard]] Result<std::vector<BytesView>> decode_bundle(BytesView bytes, unsigned width);

/// Gives the bytes of a hash tile.
using TileSource = std::function<Result<Bytes>(const TilePath& path)>;

/// Nodes of the tree of `size` leaves, read out of tiles; each tile is asked for once and kept.
/// Errc::bad_tile for a node outside that tree or a malformed tile; passes on the errors of
/// `tiles`. Not for use by several threads at once.
[[nodiscard]] NodeSource nodes_of_tiles(TileSource tiles, std::uint64_t size);

}  // namespace twoseal
