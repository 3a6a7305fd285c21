// Certificates of hosts.
#pragma once

#include "server/routes/handlers.h"

namespace twoseal::server {

/// A certificate for the next 30 days over the key of `request` (PEM). Errc::join_refused when that
/// is not the key in `assignment`; errors of read_certificate_request().
[[nodiscard]] Result<std::string> certify(const Call& call,
                                          const Assignment& assignment,
                                          std::string_view request);

}  // namespace twoseal::server
