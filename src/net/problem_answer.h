// The error in an answer, as problem_response() wrote it.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

namespace twoseal {

/// The error that a server answered: its own code where this program knows it, else
/// Errc::server_refused with the status. Text of the server is bounded and kept as it came; who
/// shows it makes it presentable.
[[nodiscard]] Error read_problem(int status, BytesView body);

}  // namespace twoseal
