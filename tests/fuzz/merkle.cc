// Proofs of the Merkle tree against a naive tree written after RFC 9162: true proofs are equal and
// accepted; under the true root and sizes no other leaf, index, path or older root is.
#include "ledger/merkle.h"

#include <algorithm>

#include "base/check.h"
#include "crypto/hash.h"
#include "tests/fuzz/choices.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a program of one namespace

namespace {

using Leaves = std::span<const Digest>;
using Path = std::vector<Digest>;

std::size_t split(std::size_t size) {
  std::size_t half = 1;
  while (half * 2 < size) {
    half *= 2;
  }
  return half;
}

// MTH of RFC 9162 §2.1.1, PATH of §2.1.3.1 and SUBPROOF of §2.1.4.1, word for word.
Digest naive_root(Leaves leaves) {
  if (leaves.empty()) {
    return sha256("");
  }
  if (leaves.size() == 1) {
    return leaves[0];
  }
  const std::size_t k = split(leaves.size());
  return sha256(Bytes(1, '\x01') + naive_root(leaves.first(k)).bytes() +
                naive_root(leaves.subspan(k)).bytes());
}

Path naive_path(std::size_t index, Leaves leaves) {
  if (leaves.size() == 1) {
    return {};
  }
  const std::size_t k = split(leaves.size());
  Path path =
      index < k ? naive_path(index, leaves.first(k)) : naive_path(index - k, leaves.subspan(k));
  path.push_back(naive_root(index < k ? leaves.subspan(k) : leaves.first(k)));
  return path;
}

Path naive_subproof(std::size_t old_size, Leaves leaves, bool complete) {
  if (old_size == leaves.size()) {
    return complete ? Path{} : Path{naive_root(leaves)};
  }
  const std::size_t k = split(leaves.size());
  Path path = old_size <= k ? naive_subproof(old_size, leaves.first(k), complete)
                            : naive_subproof(old_size - k, leaves.subspan(k), false);
  path.push_back(naive_root(old_size <= k ? leaves.subspan(k) : leaves.first(k)));
  return path;
}

Digest changed(const Digest& digest, fuzz::Choices& choices) {
  Bytes octets = digest.bytes();
  const std::size_t at = choices.below(octets.size());
  octets[at] = static_cast<char>(octet(octets, at) ^ (1U << choices.below(8)));
  return Digest::from_bytes(octets);
}

void change(Path& path, Leaves leaves, fuzz::Choices& choices) {
  const std::size_t at = choices.below(path.size() + 1);
  const auto place = path.begin() + static_cast<std::ptrdiff_t>(at);
  switch (choices.below(4)) {
    case 0:
      if (place != path.end()) {
        path.erase(place);
      }
      break;
    case 1:
      path.insert(place, leaves.empty() ? empty_root() : leaves[choices.below(leaves.size())]);
      break;
    case 2:
      if (place != path.end()) {
        std::swap(*place, path[choices.below(path.size())]);
      }
      break;
    default:
      if (place != path.end()) {
        *place = changed(*place, choices);
      }
  }
}

void check_inclusion(Leaves leaves, fuzz::Choices& choices) {
  if (leaves.empty()) {
    check(!inclusion_proof(nodes_of(leaves), 0, 0), "nothing is in the empty tree");
    return;
  }
  const Digest root = naive_root(leaves);
  const std::size_t index = choices.below(leaves.size());
  const Path path = naive_path(index, leaves);
  check(inclusion_proof(nodes_of(leaves), index, leaves.size()).value() == path,
        "the path is that of the RFC");
  check(verify_inclusion(leaves[index], index, leaves.size(), path, root).has_value(),
        "a true path is accepted");
  Path other = path;
  std::uint64_t other_index = index;
  Digest leaf = leaves[index];
  for (std::size_t faults = choices.below(3); faults > 0; --faults) {
    change(other, leaves, choices);
  }
  if (choices.flag()) {
    other_index = choices.number<std::uint64_t>();
  }
  if (choices.flag()) {
    leaf = choices.flag() ? changed(leaf, choices) : leaves[choices.below(leaves.size())];
  }
  const bool same = other == path && other_index == index && leaf == leaves[index];
  check(verify_inclusion(leaf, other_index, leaves.size(), other, root).has_value() == same,
        "under the true root and size only the true proof is accepted");
  check(!verify_inclusion(leaves[index], index, leaves.size(), path, changed(root, choices)),
        "a true proof fits no other root");
  // The root does not say its size, so another size may fit; it must only not crash.
  static_cast<void>(
      verify_inclusion(leaf, other_index, choices.number<std::uint64_t>(), other, root));
}

void check_consistency(Leaves leaves, fuzz::Choices& choices) {
  const Digest root = naive_root(leaves);
  const std::size_t old_size = choices.below(leaves.size() + 1);
  const Digest old_root = naive_root(leaves.first(old_size));
  const Path path = old_size == 0 ? Path{} : naive_subproof(old_size, leaves, true);
  check(consistency_proof(nodes_of(leaves), old_size, leaves.size()).value() == path,
        "the proof is that of the RFC");
  check(verify_consistency(old_size, leaves.size(), path, old_root, root).has_value(),
        "a true proof is accepted");
  Path other = path;
  Digest other_root = old_root;
  for (std::size_t faults = choices.below(3); faults > 0; --faults) {
    change(other, leaves, choices);
  }
  if (choices.flag()) {
    other_root = changed(other_root, choices);
  }
  check(verify_consistency(old_size, leaves.size(), other, other_root, root).has_value() ==
            (other == path && other_root == old_root),
        "under the true root and sizes only the true proof is accepted");
  static_cast<void>(verify_consistency(
      choices.number<std::uint64_t>(), choices.number<std::uint64_t>(), other, other_root, root));
}

void check_tree(Leaves leaves, fuzz::Choices& choices) {
  check(root_of(leaves) == naive_root(leaves), "the root is that of the RFC");
  const std::size_t begun = choices.below(leaves.size() + 1);
  auto tree = CompactTree::load(nodes_of(leaves), begun).value();
  for (std::size_t i = begun; i < leaves.size(); ++i) {
    tree.append(leaves[i]);
  }
  check(tree.size() == leaves.size() && tree.root() == naive_root(leaves),
        "a tree goes on from where it was loaded");
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name that libFuzzer asks for
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Choices choices(data, size);
  std::vector<Digest> leaves;
  const std::size_t count = choices.below(70);
  for (std::size_t i = 0; i < count; ++i) {
    leaves.push_back(leaf_hash(std::to_string(i)));
  }
  check_tree(leaves, choices);
  check_inclusion(leaves, choices);
  check_consistency(leaves, choices);
  return 0;
}
