// Health checks as people write them: `{tcp: 22, within: 10s}`. docs/formats/change-yaml.md.
#pragma once

#include "authoring/table.h"
#include "model/change.h"

namespace twoseal::authoring {

/// Reads one item of a `health:` list; what is wrong is noted in its problems.
[[nodiscard]] HealthCheck read_health(const Value& item);

/// Whether an agent may ask this address: http or https, a host name or address, an optional port,
/// a path of visible ASCII characters; no user, no link-local address, no metadata service.
[[nodiscard]] bool is_health_url(std::string_view url);

}  // namespace twoseal::authoring
