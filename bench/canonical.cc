// How fast is the canonical check? Goal: 300 MB/s on change-like objects. Reference: memchr-like
// walk of the same bytes by std::count, the floor of reading every octet once.
#include <algorithm>

#include "base/json.h"
#include "bench/report.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a program

namespace {

constexpr int kRuns = 5;
constexpr double kMega = 1e6;

// About `size` octets of canonical JSON: digests, host ids, texts and numbers, as in plans.
Bytes sample(std::size_t size) {
  Bytes text = "{\"classes\":[";
  for (std::size_t i = 0; text.size() < size; ++i) {
    text += i > 0 ? "," : "";
    text += "{\"base\":null,\"class\":\"sha256:" + std::string(64, 'a') +
            "\",\"hosts\":[\"h:" + std::string(32, '1') + "\",\"h:" + std::string(32, '2') +
            "\"],\"n\":" + std::to_string(i) +
            ",\"note\":\"line \\\"quoted\\\" and plain text of usual length\"}";
  }
  return text + "]}";
}

}  // namespace

int main() {
  const Bytes text = sample(15U * 1024 * 1024);
  bool canonical = true;
  const double check_seconds = bench::best_seconds(
      kRuns, [&] { canonical = json::check_canonical(text).has_value() && canonical; });
  const double parse_seconds = bench::best_seconds(
      kRuns, [&] { canonical = json::Document::parse(text).has_value() && canonical; });
  std::ptrdiff_t zeros = 0;
  const double floor_seconds =
      bench::best_seconds(kRuns, [&] { zeros += std::count(text.begin(), text.end(), '\0'); });
  const double megabytes = static_cast<double>(text.size()) / kMega;
  const int written = bench::report(
      "canonical",
      {{"check only", "MB/s", megabytes / check_seconds, megabytes / floor_seconds, 300},
       {"check and node list", "MB/s", megabytes / parse_seconds, megabytes / floor_seconds}});
  return canonical && zeros == 0 ? written : 1;
}
