// Errors as HTTP answers (RFC 9457).
#pragma once

#include "base/result.h"
#include "net/http.h"

namespace twoseal {

/// `application/problem+json`: {"detail","next","status","title","type"}, where `type` is the code
/// (`TS-5006`), `title` and `next` come from errors.def (or from the error) and `detail` is what
/// happened. Text that may not stand in canonical JSON is left out.
[[nodiscard]] HttpResponse problem_response(int status, const Error& error);

}  // namespace twoseal
