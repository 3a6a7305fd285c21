// Bodies of requests, compressed on their way: the content coding zstd of RFC 8878, or none.
#pragma once

#include "base/result.h"
#include "net/http.h"

namespace twoseal {

/// Compresses the body and names the coding in the header, where that makes it smaller. What is
/// signed is inside and stays as it is.
void compress_body(HttpRequest& request);

/// Undoes that: one zstd frame that says its size, of at most `size_max` octets. A request without
/// a coding is left alone. Errc::bad_request for another coding and for octets that are no such
/// frame, Errc::too_large.
[[nodiscard]] Result<void> restore_body(HttpRequest& request, std::size_t size_max);

}  // namespace twoseal
