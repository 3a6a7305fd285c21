// Hosts that ask to join, as the server hands their requests over.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/client/api.h"
#include "model/join_request.h"

namespace twoseal::cli {

/// `host`: follows from the key in the request. `bytes`: the request itself, `mac`: over it, with
/// the key of its token.
struct JoiningHost {
  HostId host;
  JoinRequest request;
  Bytes bytes;
  Bytes mac;
};

/// Errc::bad_http and errors of the codec for what cannot be read; errors of a call.
[[nodiscard]] Result<std::vector<JoiningHost>> joining_hosts(ServerApi& api);

/// The one host of this name or id. Errc::usage when several are called so.
[[nodiscard]] Result<std::optional<JoiningHost>> find_joining(ServerApi& api,
                                                              const std::string& name);

}  // namespace twoseal::cli
