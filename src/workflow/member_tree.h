// A small Merkle tree with all its nodes at hand, for many proofs out of one list.
#pragma once

#include <vector>

#include "ledger/merkle.h"
#include "model/ledger_entry.h"

namespace twoseal {

class MemberTree {
 public:
  /// `leaves`: leaf hashes.
  explicit MemberTree(std::vector<Digest> leaves) {
    levels_.push_back(std::move(leaves));
    while (levels_.back().size() > 1) {
      const std::vector<Digest>& below = levels_.back();
      std::vector<Digest> above;
      for (std::size_t i = 0; i + 1 < below.size(); i += 2) {
        above.push_back(node_hash(below[i], below[i + 1]));
      }
      levels_.push_back(std::move(above));
    }
  }

  [[nodiscard]] std::size_t size() const { return levels_.front().size(); }

  /// The proof of leaf `index`. Errc::bad_proof when there is none.
  [[nodiscard]] Result<MemberProof> prove(std::size_t index) const {
    const NodeSource nodes = [this](unsigned level, std::uint64_t place) -> Result<Digest> {
      if (level >= levels_.size() || place >= levels_[level].size()) {
        return fail(Errc::bad_proof, "the tree has no such node");
      }
      return levels_[level][place];
    };
    TWOSEAL_TRY(std::vector<Digest> path, inclusion_proof(nodes, index, size()));
    return MemberProof{
        static_cast<std::int64_t>(index), std::move(path), static_cast<std::int64_t>(size())};
  }

 private:
  std::vector<std::vector<Digest>> levels_;  ///< [level][index], complete subtrees only
};

}  // namespace twoseal
