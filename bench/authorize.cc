// How long does a whole decision take? Goal: authorize() over a change with four signatures
// (author, two approvals, release) at most 3 ms, everything decoded and verified from bytes each
// time. Reference: the bare verification of as many Ed25519 signatures as the directory holds.
#include "policy/authorize.h"

#include "bench/report.h"
#include "cli/vectors/world.h"
#include "crypto/private_key.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a program

namespace {

constexpr int kRuns = 5;
constexpr int kRounds = 50;
constexpr double kMilli = 1e3;

}  // namespace

int main() {
  vectors::World world;
  const Files files = world.seal();
  bool permitted = true;
  const double taken = bench::best_seconds(kRuns, [&] {
    for (int i = 0; i < kRounds; ++i) {
      permitted = authorize(files, world.inputs).decision.answer == Answer::permit && permitted;
    }
  });
  std::size_t records = 0;
  for (const auto& [path, bytes] : files) {
    records += path.starts_with("statements/") ? 1 : 0;
  }
  const PrivateKey key = PrivateKey::generate();
  const Bytes message(400, 'm');
  const Bytes signature = key.sign_raw(message);
  const double bare = bench::best_seconds(kRuns, [&] {
    for (std::size_t i = 0; i < records * kRounds; ++i) {
      permitted = key.public_key().verify_raw(message, signature).has_value() && permitted;
    }
  });
  const int written =
      bench::report("authorize",
                    {{"authorize, permit-basic",
                      "ms",
                      taken / kRounds * kMilli,
                      bare / kRounds * kMilli,
                      3,
                      bench::Goal::at_most},
                     {"signature records in it", "", static_cast<double>(records)}});
  return permitted ? written : 1;
}
