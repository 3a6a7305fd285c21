#include "ledger/merkle.h"

#include <algorithm>
#include <bit>

#include "crypto/hash.h"

namespace twoseal {
namespace {

constexpr BytesView kLeafPrefix("\x00", 1);
constexpr BytesView kNodePrefix("\x01", 1);

// Root over leaves [begin, end), where `begin` is a multiple of the power of two that holds the
// range, as all ranges of RFC 9162 proofs are: complete subtrees from left to right.
Result<Digest> range_root(const NodeSource& nodes, std::uint64_t begin, std::uint64_t end) {
  const std::uint64_t left_size = std::bit_floor(end - begin);
  const auto level = static_cast<unsigned>(std::countr_zero(left_size));
  TWOSEAL_TRY(const Digest left, nodes(level, begin >> level));
  if (begin + left_size == end) {
    return left;
  }
  TWOSEAL_TRY(const Digest right, range_root(nodes, begin + left_size, end));
  return node_hash(left, right);
}

// Where RFC 9162 splits [begin, end): after the largest power of two below its length.
std::uint64_t split(std::uint64_t begin, std::uint64_t end) {
  return begin + std::bit_floor(end - begin - 1);
}

// Appends the root over [begin, end) to `path`.
Result<void> push_range(std::vector<Digest>& path,
                        const NodeSource& nodes,
                        std::uint64_t begin,
                        std::uint64_t end) {
  TWOSEAL_TRY(path.emplace_back(), range_root(nodes, begin, end));
  return {};
}

std::unexpected<Error> refuse(std::string what) {
  return fail(Errc::bad_proof, std::move(what));
}

// Climbs from a node to the root of RFC 9162 §2.1.3.2 and §2.1.4.2. `node`: index of the node where
// the path starts, `last`: index of the last node of its level.
struct Climb {
  std::uint64_t node;
  std::uint64_t last;

  enum class Side { left, right };

  /// On which side the next hash of the path stands; moves up past it. Never called at the root.
  Side step() {
    const Side side = (node & 1U) != 0 || node == last ? Side::left : Side::right;
    if (side == Side::left) {
      const int levels = std::countr_zero(node);
      node >>= levels;
      last >>= levels;
    }
    node >>= 1U;
    last >>= 1U;
    return side;
  }
};

constexpr const char* kTooLong = "the path is too long for this index and size";
constexpr const char* kTooShort = "the path is too short for this index and size";

}  // namespace

Digest leaf_hash(BytesView entry) {
  return sha256({kLeafPrefix, entry});
}

Digest node_hash(const Digest& left, const Digest& right) {
  return sha256({kNodePrefix, left.view(), right.view()});
}

Digest empty_root() {
  return sha256(BytesView());
}

Result<CompactTree> CompactTree::load(const NodeSource& nodes, std::uint64_t size) {
  CompactTree tree;
  tree.size_ = size;
  for (std::uint64_t rest = size; rest != 0; rest &= rest - 1) {
    const auto level = static_cast<unsigned>(std::countr_zero(rest));
    TWOSEAL_TRY(tree.peaks_[level], nodes(level, (rest >> level) - 1));
  }
  return tree;
}

void CompactTree::append(const Digest& leaf, const NodeSink& completed) {
  Digest hash = leaf;
  unsigned level = 0;
  for (; (size_ >> level & 1U) != 0; ++level) {
    hash = node_hash(peaks_[level], hash);
    if (completed) {
      completed(level + 1, size_ >> (level + 1), hash);
    }
  }
  peaks_[level] = hash;
  ++size_;
}

Digest CompactTree::root() const {
  if (size_ == 0) {
    return empty_root();
  }
  std::uint64_t rest = size_ & (size_ - 1);
  Digest hash = peaks_[static_cast<unsigned>(std::countr_zero(size_))];
  for (; rest != 0; rest &= rest - 1) {
    hash = node_hash(peaks_[static_cast<unsigned>(std::countr_zero(rest))], hash);
  }
  return hash;
}

std::vector<Digest> leaves_of(std::span<const Digest> objects) {
  std::vector<Digest> leaves;
  leaves.reserve(objects.size());
  for (const Digest& object : objects) {
    leaves.push_back(leaf_hash(object.text()));
  }
  return leaves;
}

Digest root_of(std::span<const Digest> leaves) {
  CompactTree tree;
  for (const Digest& leaf : leaves) {
    tree.append(leaf);
  }
  return tree.root();
}

NodeSource nodes_of(std::span<const Digest> leaves) {
  return [leaves](unsigned level, std::uint64_t index) -> Result<Digest> {
    return root_of(leaves.subspan(index << level, std::size_t{1} << level));
  };
}

Result<std::vector<Digest>> inclusion_proof(const NodeSource& nodes,
                                            std::uint64_t index,
                                            std::uint64_t size) {
  if (index >= size) {
    return refuse("entry " + std::to_string(index) + " is not in a tree of " +
                  std::to_string(size));
  }
  std::vector<Digest> path;
  std::uint64_t begin = 0;
  std::uint64_t end = size;
  while (end - begin > 1) {
    const std::uint64_t middle = split(begin, end);
    if (index < middle) {
      TWOSEAL_TRY_VOID(push_range(path, nodes, middle, end));
      end = middle;
    } else {
      TWOSEAL_TRY_VOID(push_range(path, nodes, begin, middle));
      begin = middle;
    }
  }
  std::reverse(path.begin(), path.end());
  return path;
}

Result<std::vector<Digest>> consistency_proof(const NodeSource& nodes,
                                              std::uint64_t old_size,
                                              std::uint64_t new_size) {
  if (old_size > new_size) {
    return refuse("a tree of " + std::to_string(new_size) + " does not continue one of " +
                  std::to_string(old_size));
  }
  std::vector<Digest> path;
  if (old_size == 0) {
    return path;
  }
  std::uint64_t begin = 0;
  std::uint64_t end = new_size;
  while (end != old_size) {
    const std::uint64_t middle = split(begin, end);
    if (old_size <= middle) {
      TWOSEAL_TRY_VOID(push_range(path, nodes, middle, end));
      end = middle;
    } else {
      TWOSEAL_TRY_VOID(push_range(path, nodes, begin, middle));
      begin = middle;
    }
  }
  if (begin != 0) {
    TWOSEAL_TRY_VOID(push_range(path, nodes, begin, end));
  }
  std::reverse(path.begin(), path.end());
  return path;
}

Result<void> verify_inclusion(const Digest& leaf,
                              std::uint64_t index,
                              std::uint64_t size,
                              std::span<const Digest> path,
                              const Digest& root) {
  if (index >= size) {
    return refuse("entry " + std::to_string(index) + " is not in a tree of " +
                  std::to_string(size));
  }
  Climb climb{index, size - 1};
  Digest hash = leaf;
  for (const Digest& sibling : path) {
    if (climb.last == 0) {
      return refuse(kTooLong);
    }
    hash = climb.step() == Climb::Side::left ? node_hash(sibling, hash) : node_hash(hash, sibling);
  }
  if (climb.last != 0) {
    return refuse(kTooShort);
  }
  if (hash != root) {
    return refuse("the path does not lead from entry " + std::to_string(index) + " to the root");
  }
  return {};
}

namespace {

// From nothing to any tree, or from a tree to itself.
Result<void> verify_without_path(std::uint64_t size,
                                 std::span<const Digest> path,
                                 const Digest& old_root,
                                 const Digest& new_root) {
  if (!path.empty()) {
    return refuse("this step needs no path, but one is given");
  }
  if (size != 0 && old_root != new_root) {
    return refuse("two roots of one size " + std::to_string(size));
  }
  return {};
}

}  // namespace

Result<void> verify_consistency(std::uint64_t old_size,
                                std::uint64_t new_size,
                                std::span<const Digest> path,
                                const Digest& old_root,
                                const Digest& new_root) {
  if (old_size > new_size) {
    return refuse("a tree of " + std::to_string(new_size) + " does not continue one of " +
                  std::to_string(old_size));
  }
  if ((old_size == 0 && old_root != empty_root()) || (new_size == 0 && new_root != empty_root())) {
    return refuse("the empty tree has another root");
  }
  if (old_size == 0 || old_size == new_size) {
    return verify_without_path(old_size, path, old_root, new_root);
  }
  Climb climb{old_size - 1, new_size - 1};
  const int complete = std::countr_one(climb.node);
  climb.node >>= complete;
  climb.last >>= complete;
  // The node where old tree and proof meet; when the old tree is complete, its root, not repeated.
  if (climb.node != 0 && path.empty()) {
    return refuse(kTooShort);
  }
  Digest old_hash = climb.node == 0 ? old_root : path.front();
  Digest new_hash = old_hash;
  for (const Digest& sibling : path.subspan(climb.node == 0 ? 0 : 1)) {
    if (climb.last == 0) {
      return refuse(kTooLong);
    }
    if (climb.step() == Climb::Side::left) {
      old_hash = node_hash(sibling, old_hash);
      new_hash = node_hash(sibling, new_hash);
    } else {
      new_hash = node_hash(new_hash, sibling);
    }
  }
  if (climb.last != 0) {
    return refuse(kTooShort);
  }
  if (old_hash != old_root || new_hash != new_root) {
    return refuse(std::string("the path does not lead to the ") +
                  (old_hash != old_root ? "old" : "new") + " root");
  }
  return {};
}

}  // namespace twoseal
