// How fast are the hashes of the log? Goals: leaf hashes of 256 octets at 2 million a second; the
// tree of 2^20 leaves in 0.8 s. Reference: OpenSSL's SHA-256 over the same octets with one context
// that is started anew, so that what we add shows.
#include "ledger/merkle.h"

#include <openssl/evp.h>

#include "base/check.h"
#include "bench/report.h"
#include "ledger/tile.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a program

namespace {

constexpr std::size_t kLeaves = std::size_t{1} << 20U;
constexpr int kRuns = 3;

// `count` hashes of `size` octets, made by OpenSSL alone.
double reference_seconds(std::size_t count, std::size_t size) {
  const Bytes octets(size, 'x');
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  check(EVP_DigestInit_ex2(context, EVP_sha256(), nullptr) == 1, "OpenSSL has SHA-256");
  std::array<unsigned char, 32> digest{};
  const double taken = bench::best_seconds(kRuns, [&] {
    for (std::size_t i = 0; i < count; ++i) {
      EVP_DigestInit_ex2(context, nullptr, nullptr);
      EVP_DigestUpdate(context, octets.data(), octets.size());
      EVP_DigestFinal_ex(context, digest.data(), nullptr);
    }
  });
  EVP_MD_CTX_free(context);
  return taken;
}

}  // namespace

int main() {
  Bytes entry(256, 'e');
  std::vector<Digest> leaves(kLeaves);
  const double leaf_seconds = bench::best_seconds(kRuns, [&] {
    for (std::size_t i = 0; i < kLeaves; ++i) {
      entry[0] = static_cast<char>(i);
      entry[1] = static_cast<char>(i >> 8U);
      entry[2] = static_cast<char>(i >> 16U);
      leaves[i] = leaf_hash(entry);
    }
  });
  Digest root;
  const double tree_seconds = bench::best_seconds(kRuns, [&] { root = root_of(leaves); });

  const NodeSource nodes = nodes_of_tiles(
      [&](const TilePath& path) -> Result<Bytes> {
        const std::size_t span = std::size_t{1} << (kTileHeight * path.level);
        std::vector<Digest> hashes;
        for (std::size_t i = 0; i < path.width; ++i) {
          const std::size_t begin = (path.index * kTileWidth + i) * span;
          hashes.push_back(root_of(std::span(leaves).subspan(begin, span)));
        }
        return encode_tile(hashes);
      },
      kLeaves);
  const auto proof = inclusion_proof(nodes, 12'345, kLeaves).value();
  constexpr int kProofs = 20'000;
  const double proof_seconds = bench::best_seconds(kRuns, [&] {
    for (int i = 0; i < kProofs; ++i) {
      check(verify_inclusion(leaves[12'345], 12'345, kLeaves, proof, root).has_value(),
            "the proof verifies");
    }
  });
  const double hash_seconds = reference_seconds(kLeaves, 257);
  const double node_seconds = reference_seconds(kLeaves, 65);
  return bench::report("merkle",
                       {{.what = "leaf hashes of 256 octets",
                         .unit = "1/s",
                         .ours = kLeaves / leaf_seconds,
                         .reference = kLeaves / hash_seconds,
                         .goal = 2e6},
                        {.what = "tree of 2^20 leaf hashes",
                         .unit = "s",
                         .ours = tree_seconds,
                         .reference = node_seconds,
                         .goal = 0.8,
                         .side = bench::Goal::at_most},
                        {.what = "inclusion proofs verified, 2^20 leaves",
                         .unit = "1/s",
                         .ours = kProofs / proof_seconds,
                         .reference = kLeaves / node_seconds / 20}});
}
