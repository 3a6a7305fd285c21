#include "net/content_coding.h"

#include <zstd.h>

namespace twoseal {
namespace {

constexpr std::string_view kHeader = "content-encoding";
constexpr std::string_view kZstd = "zstd";
constexpr int kLevel = 3;
constexpr std::size_t kWorthIt = 512;  // octets; a smaller body is one packet anyway

// The size that the only frame in `body` says.
Result<std::size_t> size_in(BytesView body, std::size_t size_max) {
  const std::size_t frame = ZSTD_findFrameCompressedSize(body.data(), body.size());
  const unsigned long long size = ZSTD_getFrameContentSize(body.data(), body.size());
  if (ZSTD_isError(frame) != 0 || frame != body.size() || size == ZSTD_CONTENTSIZE_ERROR ||
      size == ZSTD_CONTENTSIZE_UNKNOWN) {
    return fail(Errc::bad_request, "the body is not one zstd frame that says its size");
  }
  return size <= size_max ? Result<std::size_t>(static_cast<std::size_t>(size))
                          : fail(Errc::too_large,
                                 "the body has more than " + std::to_string(size_max) + " bytes");
}

}  // namespace

void compress_body(HttpRequest& request) {
  if (request.body.size() < kWorthIt) {
    return;
  }
  Bytes packed(ZSTD_compressBound(request.body.size()), '\0');
  const std::size_t size =
      ZSTD_compress(packed.data(), packed.size(), request.body.data(), request.body.size(), kLevel);
  if (ZSTD_isError(size) != 0 || size >= request.body.size()) {
    return;
  }
  packed.resize(size);
  request.body = std::move(packed);
  request.headers[std::string(kHeader)] = kZstd;
}

Result<void> restore_body(HttpRequest& request, std::size_t size_max) {
  const auto coding = header_of(request.headers, kHeader);
  if (!coding) {
    return {};
  }
  if (*coding != kZstd) {
    return fail(Errc::bad_request, "the only content coding is zstd");
  }
  TWOSEAL_TRY(const std::size_t size, size_in(request.body, size_max));
  Bytes body(size, '\0');
  const std::size_t got =
      ZSTD_decompress(body.data(), body.size(), request.body.data(), request.body.size());
  if (ZSTD_isError(got) != 0 || got != size) {
    return fail(Errc::bad_request, "the body is not one zstd frame that says its size");
  }
  request.body = std::move(body);
  request.headers.erase(std::string(kHeader));
  return {};
}

}  // namespace twoseal
