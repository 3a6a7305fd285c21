#include "storage/store.h"

#include <algorithm>

#include "crypto/hash.h"

namespace twoseal {

Result<Bytes> read_blob(const Store& store, const Digest& digest) {
  TWOSEAL_TRY(const std::uint64_t size, store.blob_size(digest));
  Bytes bytes;
  bytes.reserve(size);
  for (std::uint64_t i = 0; bytes.size() < size; ++i) {
    TWOSEAL_TRY(const Bytes chunk, store.blob_chunk(digest, i));
    bytes += chunk;
  }
  if (sha256(bytes) != digest) {
    return fail(Errc::ledger_inconsistent, "the blob " + digest.text() + " has another digest now");
  }
  return bytes;
}

Result<Bytes> read_tile(const Store& store, std::string_view path) {
  TWOSEAL_TRY(const TilePath tile, parse_tile_path(path));
  TWOSEAL_TRY(const LedgerHead head, store.head());
  if (tile.width > tile_width_at(tile, head.size)) {
    return fail(Errc::not_found,
                "the log of " + std::to_string(head.size) + " entries has no " + std::string(path));
  }
  const std::uint64_t first = tile.index * kTileWidth;
  if (tile.kind == TilePath::Kind::hashes) {
    TWOSEAL_TRY(const std::vector<Digest> hashes, store.hashes(tile.level, first, tile.width));
    return encode_tile(hashes);
  }
  TWOSEAL_TRY(const std::vector<StoredEntry> entries, store.entries(first, tile.width));
  Bytes bundle;
  for (const StoredEntry& entry : entries) {
    append_to_bundle(bundle, entry.bytes);
  }
  return bundle;
}

NodeSource nodes_of_store(const Store& store, std::uint64_t size) {
  return nodes_of_tiles(
      [&store](const TilePath& path) -> Result<Bytes> {
        TWOSEAL_TRY(const std::vector<Digest> hashes,
                    store.hashes(path.level, path.index * kTileWidth, path.width));
        return encode_tile(hashes);
      },
      size);
}

}  // namespace twoseal
