// The begin of a response as it goes over the wire.
#pragma once

#include <string>

#include "base/id.h"
#include "net/http.h"

namespace twoseal {

enum class AfterResponse { keep_open, close };

/// Status line and headers up to the empty line. Content-Length, Connection and Date are ours:
/// those of `response` are left out. Nothing when a status is not 200–599, or a name or value has a
/// character that it may not have, which could begin another response.
[[nodiscard]] std::optional<std::string> response_head(const HttpResponse& response,
                                                       AfterResponse after,
                                                       UnixSeconds now);

/// Whether responses with this status have a body.
[[nodiscard]] bool status_has_body(int status);

}  // namespace twoseal
