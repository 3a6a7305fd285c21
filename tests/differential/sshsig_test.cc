// A few thousand signatures with faults, judged here and by ssh-keygen. The seed is fixed; another
// is tried with TWOSEAL_SEED=number. tests/fuzz/sshsig_openssh.cc does the same without end.
#include "crypto/sshsig.h"

#include <chrono>
#include <cstdlib>
#include <map>

#include <doctest/doctest.h>

#include "base/encoding.h"
#include "tests/differential/openssh_oracle.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace
using differential::Difference;

namespace {

constexpr std::uint64_t kForgeries = 3000;
constexpr std::chrono::seconds kTimeMax{40};  // on a busy machine fewer are tried

std::uint64_t first_seed() {
  const char* given = std::getenv("TWOSEAL_SEED");  // NOLINT(concurrency-mt-unsafe): one thread
  return given != nullptr ? std::strtoull(given, nullptr, 10) : 1;
}

}  // namespace

TEST_CASE("ssh-keygen and we differ on SSH signatures only in the listed ways") {
  const differential::OpensshOracle openssh;
  std::map<std::string, int> counts;
  const auto begin = std::chrono::steady_clock::now();
  const std::uint64_t seed = first_seed();
  for (std::uint64_t i = 0; i < kForgeries; ++i) {
    if (std::chrono::steady_clock::now() - begin > kTimeMax) {
      break;
    }
    fuzz::Choices choices(fuzz::octets_of(seed * kForgeries + i, 128));
    const fuzz::Forgery forgery = fuzz::forge(choices);
    const bool ours =
        verify_sshsig(forgery.signer->pub, fuzz::kNamespace, fuzz::kMessage, forgery.armor)
            .has_value();
    const bool theirs = openssh.accepts(*forgery.signer, forgery.armor);
    CAPTURE(seed);
    CAPTURE(i);
    CAPTURE(forgery.signer->name);
    CAPTURE(forgery.armor);
    if (forgery.honest) {
      CHECK(ours);
    }
    if (ours) {
      CHECK(theirs);
    }
    if (theirs && !ours) {
      const Difference difference = differential::explain(*forgery.signer, forgery.armor);
      CHECK(difference != Difference::unexplained);
      ++counts[std::string(differential::name_of(difference))];
    }
    ++counts[ours     ? "accepted by both"
             : theirs ? "accepted by ssh-keygen alone"
                      : "refused by both"];
  }
  for (const auto& [what, count] : counts) {
    MESSAGE(what << ": " << count);
  }
  CHECK(counts["accepted by both"] > 100);
  CHECK(counts["accepted by ssh-keygen alone"] > 100);
  CHECK(counts["refused by both"] > 100);
}
