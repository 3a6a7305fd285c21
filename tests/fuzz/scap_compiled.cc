// Compiled content of a stranger, under a digest that fits: it is refused, or every profile of it
// selects, and what was read is written so that it reads the same.
#include "base/check.h"
#include "compliance/content/compiled.h"
#include "compliance/xccdf/selection.h"
#include "crypto/hash.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a program of one namespace

namespace {

constexpr std::size_t kDigestAt = 32;
constexpr std::size_t kHeader = kDigestAt + Digest::kSize;

void select_all(const scap::Benchmark& benchmark) {
  for (const std::string_view name : {std::string_view(), scap::kAllRules}) {
    check(scap::select_profile(benchmark, name).has_value(),
          "a benchmark selects without profiles");
  }
  for (const scap::Profile& profile : benchmark.profiles) {
    const auto selection = scap::select_profile(benchmark, profile.id);
    check(!selection || selection->rules.size() == benchmark.rules.size(),
          "a selection has every rule");
  }
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name that libFuzzer asks for
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bytes bytes(reinterpret_cast<const char*>(data), size);
  const bool as_it_is = scap::decode_content(bytes).has_value();
  if (bytes.size() >= kHeader) {
    bytes.replace(kDigestAt, Digest::kSize, sha256(BytesView(bytes).substr(kHeader)).bytes());
  }
  const auto content = scap::decode_content(bytes);
  if (!content) {
    check(!as_it_is, "a digest that fits makes nothing worse");
    check(content.error().code == Errc::bad_content, "what is refused is no content");
    return 0;
  }
  for (const scap::Benchmark& benchmark : content->benchmarks) {
    select_all(benchmark);
  }
  const Bytes again = scap::encode_content(*content);
  const auto read = scap::decode_content(again);
  check(read.has_value() && scap::encode_content(*read) == again, "it has one spelling");
  return 0;
}
