// The Merkle tree of the log: RFC 9162 §2.1 over SHA-256. Leaf = SHA-256(0x00 || entry), node =
// SHA-256(0x01 || left || right), empty tree = SHA-256 of nothing. docs/formats/ledger.md.
//
// Sizes and indices are counted in entries. Nothing here holds a tree: who proves brings a source
// of node hashes (a slice in a test, tiles in the store), who verifies needs the path alone.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/id.h"

namespace twoseal {

/// SHA-256(0x00 || entry).
[[nodiscard]] Digest leaf_hash(BytesView entry);

/// SHA-256(0x01 || left || right).
[[nodiscard]] Digest node_hash(const Digest& left, const Digest& right);

/// Root of the tree of size 0: SHA-256 of nothing.
[[nodiscard]] Digest empty_root();

/// Gives the hash of the complete subtree over leaves [index << level, (index + 1) << level).
using NodeSource = std::function<Result<Digest>(unsigned level, std::uint64_t index)>;

/// Told of each subtree of two or more leaves that an append completes.
using NodeSink = std::function<void(unsigned level, std::uint64_t index, const Digest& hash)>;

/// The right edge of a tree: all that is needed to append and to name the root, in 2 KiB.
class CompactTree {
 public:
  /// The edge of the first `size` leaves of `nodes`. Passes on the errors of `nodes`.
  [[nodiscard]] static Result<CompactTree> load(const NodeSource& nodes, std::uint64_t size);

  /// Appends a leaf hash; `completed` hears of the nodes above it, lowest first.
  void append(const Digest& leaf, const NodeSink& completed = {});

  [[nodiscard]] std::uint64_t size() const { return size_; }

  [[nodiscard]] Digest root() const;

 private:
  std::uint64_t size_ = 0;
  std::array<Digest, 64> peaks_;  ///< [level] counts where that bit of size_ is set
};

/// Leaf hashes of the tree over a list of objects: each leaf is the text of a digest.
[[nodiscard]] std::vector<Digest> leaves_of(std::span<const Digest> objects);

/// Root over `leaves` (leaf hashes).
[[nodiscard]] Digest root_of(std::span<const Digest> leaves);

/// Nodes computed from leaf hashes, which must outlive it. For tests and small trees.
[[nodiscard]] NodeSource nodes_of(std::span<const Digest> leaves);

/// Audit path of leaf `index` in the tree of the first `size` leaves, lowest sibling first (RFC
/// 9162 §2.1.3.1). Errc::bad_proof when index >= size; passes on the errors of `nodes`.
[[nodiscard]] Result<std::vector<Digest>> inclusion_proof(const NodeSource& nodes,
                                                          std::uint64_t index,
                                                          std::uint64_t size);

/// Proof that the tree of `old_size` is a prefix of the one of `new_size` (RFC 9162 §2.1.4.1).
/// Empty when old_size is 0 or equals new_size. Errc::bad_proof when old_size > new_size.
[[nodiscard]] Result<std::vector<Digest>> consistency_proof(const NodeSource& nodes,
                                                            std::uint64_t old_size,
                                                            std::uint64_t new_size);

/// Whether `leaf` stands at `index` of the tree (`size`, `root`). Errc::bad_proof with the reason;
/// a path that is one hash too long or too short is refused.
[[nodiscard]] Result<void> verify_inclusion(const Digest& leaf,
                                            std::uint64_t index,
                                            std::uint64_t size,
                                            std::span<const Digest> path,
                                            const Digest& root);

/// Whether the tree (`new_size`, `new_root`) continues (`old_size`, `old_root`). The empty tree is
/// continued by every tree, with an empty path; equal sizes need equal roots and an empty path.
/// Errc::bad_proof with the reason.
[[nodiscard]] Result<void> verify_consistency(std::uint64_t old_size,
                                              std::uint64_t new_size,
                                              std::span<const Digest> path,
                                              const Digest& old_root,
                                              const Digest& new_root);

}  // namespace twoseal
