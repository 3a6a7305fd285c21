// Compressed bodies: whatever comes, at most the limit comes out; and what was compressed comes
// back.
#include "net/content_coding.h"

#include "base/check.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a program of one namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name that libFuzzer asks for
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kMax = 65'536;
  HttpRequest request;
  request.body.assign(data, data + size);
  request.headers["content-encoding"] = "zstd";
  if (restore_body(request, kMax)) {
    check(request.body.size() <= kMax, "never more than the limit");
  }
  HttpRequest plain;
  plain.body.assign(data, data + size);
  compress_body(plain);
  check(plain.body.size() <= size, "never larger than before");
  check(restore_body(plain, size).has_value(), "what was compressed is read");
  check(plain.body == Bytes(data, data + size), "and is what it was");
  return 0;
}
