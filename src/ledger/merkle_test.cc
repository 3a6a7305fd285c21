#include "ledger/merkle.h"

#include <numeric>
#include <random>

#include <doctest/doctest.h>

#include "base/encoding.h"
#include "crypto/hash.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

constexpr std::size_t kSizeMax = 260;

// The leaves that Certificate Transparency implementations test with, and their roots by size.
const std::vector<Bytes> kEntries = {"",
                                     hex_decode("00").value(),
                                     hex_decode("10").value(),
                                     hex_decode("2021").value(),
                                     hex_decode("3031").value(),
                                     hex_decode("40414243").value(),
                                     hex_decode("5051525354555657").value(),
                                     hex_decode("606162636465666768696a6b6c6d6e6f").value()};
const std::vector<std::string> kRoots = {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};

std::vector<Digest> leaves_of(std::size_t size) {
  std::vector<Digest> leaves;
  leaves.reserve(size);
  for (std::size_t i = 0; i < size; ++i) {
    leaves.push_back(leaf_hash("entry " + std::to_string(i)));
  }
  return leaves;
}

const std::vector<Digest>& all_leaves() {
  static const std::vector<Digest> leaves = leaves_of(kSizeMax);
  return leaves;
}

// root_at(n): root over the first n leaves, straight from the definition of RFC 9162 §2.1.1.
Digest slow_root(std::span<const Digest> leaves) {
  if (leaves.empty()) {
    return sha256("");
  }
  if (leaves.size() == 1) {
    return leaves[0];
  }
  std::size_t k = 1;
  while (k * 2 < leaves.size()) {
    k *= 2;
  }
  return node_hash(slow_root(leaves.first(k)), slow_root(leaves.subspan(k)));
}

const Digest& root_at(std::size_t size) {
  static const std::vector<Digest> roots = [] {
    std::vector<Digest> list;
    for (std::size_t n = 0; n <= kSizeMax; ++n) {
      list.push_back(slow_root(std::span(all_leaves()).first(n)));
    }
    return list;
  }();
  return roots[size];
}

// Complete subtrees of all_leaves(), each computed once.
Result<Digest> node(unsigned level, std::uint64_t index) {
  static std::vector<std::vector<Digest>> levels{all_leaves()};
  while (levels.size() <= level) {
    const std::vector<Digest>& below = levels.back();
    std::vector<Digest> above;
    for (std::size_t i = 0; i + 1 < below.size(); i += 2) {
      above.push_back(node_hash(below[i], below[i + 1]));
    }
    levels.push_back(std::move(above));
  }
  return levels[level].at(index);
}

Digest flipped(const Digest& digest, std::size_t bit) {
  Bytes bytes = digest.bytes();
  bytes[bit / 8] = static_cast<char>(octet(bytes, bit / 8) ^ (1U << (bit % 8)));
  return Digest::from_bytes(bytes);
}

std::string why(const Result<void>& result) {
  return result ? "" : result.error().what;
}

}  // namespace

TEST_CASE("roots are those of the published vectors") {
  std::vector<Digest> leaves;
  CompactTree tree;
  for (std::size_t size = 0;; ++size) {
    CHECK(root_of(leaves).hex() == kRoots[size]);
    CHECK(tree.root().hex() == kRoots[size]);
    CHECK(tree.size() == size);
    if (size == kEntries.size()) {
      break;
    }
    leaves.push_back(leaf_hash(kEntries[size]));
    tree.append(leaves.back());
  }
  CHECK(empty_root() == sha256(""));
}

TEST_CASE("proofs are those of the published vectors") {
  std::vector<Digest> leaves;
  leaves.reserve(std::size(kEntries));
  for (const Bytes& entry : kEntries) {
    leaves.push_back(leaf_hash(entry));
  }
  const auto path = inclusion_proof(nodes_of(leaves), 5, 8).value();
  REQUIRE(path.size() == 3);
  CHECK(path[0].hex() == "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b");
  CHECK(path[1].hex() == "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0");
  CHECK(path[2].hex() == "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7");
  const auto step = consistency_proof(nodes_of(leaves), 6, 8).value();
  REQUIRE(step.size() == 3);
  CHECK(step[0].hex() == "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a");
  CHECK(step[1].hex() == "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0");
  CHECK(step[2].hex() == "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7");
}

TEST_CASE("the compact tree gives the root of every size and can be loaded at every size") {
  CompactTree tree;
  std::size_t completed = 0;
  for (std::size_t size = 0; size < kSizeMax; ++size) {
    CHECK(tree.root() == root_at(size));
    const CompactTree loaded = CompactTree::load(node, size).value();
    CHECK(loaded.size() == size);
    CHECK(loaded.root() == root_at(size));
    tree.append(all_leaves()[size], [&](unsigned level, std::uint64_t index, const Digest& hash) {
      ++completed;
      CHECK(node(level, index).value() == hash);
    });
  }
  CHECK(completed == kSizeMax - 2);  // 260 = 256 + 4: two complete trees, each a leaf less nodes
}

TEST_CASE("every inclusion proof up to 260 leaves verifies, at its own place only") {
  for (std::size_t size = 1; size <= kSizeMax; ++size) {
    for (std::size_t index = 0; index < size; ++index) {
      const auto path = inclusion_proof(node, index, size).value();
      const Digest& leaf = all_leaves()[index];
      const auto verifies = [&](std::size_t at, std::size_t of, std::span<const Digest> with) {
        return verify_inclusion(leaf, at, of, with, root_at(size)).has_value();
      };
      REQUIRE(verifies(index, size, path));
      REQUIRE_FALSE(verifies(index + 1, size, path));
      REQUIRE_FALSE(verifies(index ^ 1U, size, path));
      REQUIRE(verifies(size - 1 - index, size, path) == (size == 2 * index + 1));
      REQUIRE_FALSE(verifies(index, index, path));
      auto changed = path;
      changed.push_back(leaf);
      REQUIRE_FALSE(verifies(index, size, changed));
      if (!path.empty()) {
        REQUIRE_FALSE(verifies(index, size, std::span(path).first(path.size() - 1)));
        REQUIRE_FALSE(verifies(index, size, std::span(path).subspan(1)));
      }
    }
  }
}

TEST_CASE("a flipped bit anywhere in an inclusion proof is refused") {
  std::mt19937 random(20260101);
  for (std::size_t size = 1; size <= kSizeMax; ++size) {
    const std::size_t index = random() % size;
    const auto path = inclusion_proof(node, index, size).value();
    const std::size_t bit = random() % 256;
    const Digest& leaf = all_leaves()[index];
    CHECK_FALSE(verify_inclusion(flipped(leaf, bit), index, size, path, root_at(size)));
    CHECK_FALSE(verify_inclusion(leaf, index, size, path, flipped(root_at(size), bit)));
    for (std::size_t i = 0; i < path.size(); ++i) {
      auto changed = path;
      changed[i] = flipped(path[i], bit);
      CHECK_FALSE(verify_inclusion(leaf, index, size, changed, root_at(size)));
    }
  }
}

TEST_CASE("no single edit of any inclusion proof up to 260 leaves is accepted") {
  std::mt19937 random(20260103);
  const auto refused = [](const Digest& leaf, std::size_t at, std::size_t of, const auto& path) {
    return !verify_inclusion(leaf, at, of, path, root_at(of));
  };
  for (std::size_t size = 1; size <= kSizeMax; ++size) {
    for (std::size_t index = 0; index < size; ++index) {
      const auto path = inclusion_proof(node, index, size).value();
      const Digest& leaf = all_leaves()[index];
      REQUIRE((size == 1 || refused(leaf, (index + 1 + random() % (size - 1)) % size, size, path)));
      for (std::size_t i = 0; i <= path.size(); ++i) {
        auto more = path;
        more.insert(more.begin() + static_cast<std::ptrdiff_t>(i), root_at(size));
        REQUIRE(refused(leaf, index, size, more));
        if (i == path.size()) {
          break;
        }
        auto forged = path;
        forged[i] = flipped(path[i], random() % 256);
        REQUIRE(refused(leaf, index, size, forged));
        auto less = path;
        less.erase(less.begin() + static_cast<std::ptrdiff_t>(i));
        REQUIRE(refused(leaf, index, size, less));
      }
    }
  }
}

TEST_CASE("no single edit of any consistency proof up to 260 leaves is accepted") {
  std::mt19937 random(20260104);
  for (std::size_t to = 1; to <= kSizeMax; ++to) {
    for (std::size_t from = 1; from < to; ++from) {
      const auto path = consistency_proof(node, from, to).value();
      const auto refused = [&](std::span<const Digest> with) {
        return !verify_consistency(from, to, with, root_at(from), root_at(to));
      };
      for (std::size_t i = 0; i < path.size(); ++i) {
        auto forged = path;
        forged[i] = flipped(path[i], random() % 256);
        REQUIRE(refused(forged));
        auto less = path;
        less.erase(less.begin() + static_cast<std::ptrdiff_t>(i));
        REQUIRE(refused(less));
        auto more = path;
        more.insert(more.begin() + static_cast<std::ptrdiff_t>(i), root_at(from));
        REQUIRE(refused(more));
      }
    }
  }
}

TEST_CASE("an inclusion proof is refused for every other index and for sizes of another shape") {
  for (const std::size_t size : {1U, 2U, 3U, 7U, 8U, 9U, 33U, 64U, 65U}) {
    for (std::size_t index = 0; index < size; ++index) {
      const auto path = inclusion_proof(node, index, size).value();
      for (std::size_t other = 0; other < size; ++other) {
        CHECK(verify_inclusion(all_leaves()[index], other, size, path, root_at(size)).has_value() ==
              (other == index));
      }
      for (std::size_t other = 1; other <= 70; ++other) {
        const bool verifies =
            verify_inclusion(all_leaves()[index], index, other, path, root_at(size)).has_value();
        // A path tells where it turns, not the exact size: only that could make another size pass,
        // and then root and entry are the true ones. The size itself is signed in the checkpoint.
        const auto own = index < other ? inclusion_proof(node, index, other).value().size() : 0;
        CHECK((!verifies || other == size || own == path.size()));
      }
    }
  }
}

TEST_CASE("every consistency proof up to 260 leaves verifies") {
  for (std::size_t to = 0; to <= kSizeMax; ++to) {
    for (std::size_t from = 0; from <= to; ++from) {
      const auto path = consistency_proof(node, from, to).value();
      REQUIRE(verify_consistency(from, to, path, root_at(from), root_at(to)).has_value());
      auto changed = path;
      changed.push_back(root_at(to));
      REQUIRE_FALSE(verify_consistency(from, to, changed, root_at(from), root_at(to)));
      if (!path.empty()) {
        const auto less = std::span(path).first(path.size() - 1);
        REQUIRE_FALSE(verify_consistency(from, to, less, root_at(from), root_at(to)));
        const auto later = std::span(path).subspan(1);
        REQUIRE_FALSE(verify_consistency(from, to, later, root_at(from), root_at(to)));
      }
      if (from != to) {
        REQUIRE_FALSE(verify_consistency(to, from, path, root_at(to), root_at(from)));
        REQUIRE_FALSE(verify_consistency(from, to, path, root_at(to), root_at(to)));
        REQUIRE((from == 0 || !verify_consistency(from, to, path, root_at(from), root_at(from))));
      }
    }
  }
}

TEST_CASE("a flipped bit anywhere in a consistency proof is refused") {
  std::mt19937 random(20260102);
  for (std::size_t to = 1; to <= kSizeMax; ++to) {
    const std::size_t from = 1 + random() % to;
    const auto path = consistency_proof(node, from, to).value();
    const std::size_t bit = random() % 256;
    CHECK_FALSE(verify_consistency(from, to, path, flipped(root_at(from), bit), root_at(to)));
    CHECK_FALSE(verify_consistency(from, to, path, root_at(from), flipped(root_at(to), bit)));
    for (std::size_t i = 0; i < path.size(); ++i) {
      auto changed = path;
      changed[i] = flipped(path[i], bit);
      CHECK_FALSE(verify_consistency(from, to, changed, root_at(from), root_at(to)));
    }
  }
}

TEST_CASE("a log that was rewritten, rewound or forked has no consistency proof") {
  std::vector<Digest> fork = all_leaves();
  fork[17] = leaf_hash("another entry 17");
  for (std::size_t to = 18; to <= 40; ++to) {
    const Digest forked = root_of(std::span(fork).first(to));
    for (std::size_t from = 18; from <= to; ++from) {
      const auto honest = consistency_proof(node, from, to).value();
      const auto own = consistency_proof(nodes_of(fork), from, to).value();
      CHECK_FALSE(verify_consistency(from, to, honest, root_at(from), forked));
      CHECK_FALSE(verify_consistency(from, to, own, root_at(from), forked));
    }
  }
}

TEST_CASE("boundaries of consistency are exact") {
  const Digest& one = root_at(1);
  const Digest& five = root_at(5);
  const std::vector<Digest> path{one};
  CHECK(why(verify_consistency(0, 0, {}, empty_root(), empty_root())).empty());
  CHECK(why(verify_consistency(0, 5, {}, empty_root(), five)).empty());
  CHECK(why(verify_consistency(5, 5, {}, five, five)).empty());
  CHECK(why(verify_consistency(0, 5, path, empty_root(), five)) ==
        "this step needs no path, but one is given");
  CHECK(why(verify_consistency(5, 5, path, five, five)) ==
        "this step needs no path, but one is given");
  CHECK(why(verify_consistency(0, 5, {}, one, five)) == "the empty tree has another root");
  CHECK(why(verify_consistency(0, 0, {}, empty_root(), one)) == "the empty tree has another root");
  CHECK(why(verify_consistency(5, 5, {}, five, one)) == "two roots of one size 5");
  CHECK(why(verify_consistency(5, 1, {}, five, one)) == "a tree of 1 does not continue one of 5");
  CHECK(why(verify_consistency(3, 5, {}, root_at(3), five)) ==
        "the path is too short for this index and size");
  CHECK(why(verify_consistency(4, 5, {}, root_at(4), five)) ==
        "the path is too short for this index and size");
  const auto step = consistency_proof(node, 3, 5).value();
  CHECK(why(verify_consistency(3, 5, step, one, five)) == "the path does not lead to the old root");
  CHECK(why(verify_consistency(3, 5, step, root_at(3), one)) ==
        "the path does not lead to the new root");
  CHECK(consistency_proof(node, 6, 5).error().code == Errc::bad_proof);
}

TEST_CASE("the reason of a refused inclusion proof is named") {
  const auto path = inclusion_proof(node, 2, 5).value();
  const Digest& leaf = all_leaves()[2];
  auto longer = path;
  longer.push_back(leaf);
  CHECK(why(verify_inclusion(leaf, 2, 5, path, root_at(5))).empty());
  CHECK(why(verify_inclusion(leaf, 5, 5, path, root_at(5))) == "entry 5 is not in a tree of 5");
  CHECK(why(verify_inclusion(leaf, 0, 0, {}, empty_root())) == "entry 0 is not in a tree of 0");
  CHECK(why(verify_inclusion(leaf, 2, 5, longer, root_at(5))) ==
        "the path is too long for this index and size");
  CHECK(why(verify_inclusion(leaf, 2, 5, {}, root_at(5))) ==
        "the path is too short for this index and size");
  CHECK(why(verify_inclusion(leaf, 3, 5, path, root_at(5))) ==
        "the path does not lead from entry 3 to the root");
  CHECK(inclusion_proof(node, 5, 5).error().what == "entry 5 is not in a tree of 5");
}

TEST_CASE("an error of the node source is passed on") {
  int calls = 0;
  int fails_at = 0;
  const NodeSource broken = [&](unsigned level, std::uint64_t index) -> Result<Digest> {
    if (calls++ == fails_at) {
      return fail(Errc::store_failed, "gone");
    }
    return node(level, index);
  };
  // Runs `verb` again and again, failing at each of its calls in turn.
  const auto passes_on = [&](auto&& verb) {
    for (fails_at = 0;; ++fails_at) {
      calls = 0;
      const auto result = verb();
      if (result) {
        return fails_at > 0 && calls == fails_at;
      }
      if (result.error().code != Errc::store_failed) {
        return false;
      }
    }
  };
  CHECK(passes_on([&] { return inclusion_proof(broken, 0, 7); }));
  CHECK(passes_on([&] { return inclusion_proof(broken, 6, 7); }));
  CHECK(passes_on([&] { return consistency_proof(broken, 3, 7); }));
  CHECK(passes_on([&] { return consistency_proof(broken, 6, 7); }));
  CHECK(passes_on([&] { return CompactTree::load(broken, 7); }));
}
