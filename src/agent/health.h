// Health checks after a change: docs/formats/change.md, `health`.
#pragma once

#include <string>

#include "model/change.h"
#include "net/probe.h"
#include "system/system.h"

namespace twoseal {

/// Asks once. An error says what was expected and what was found: Errc::unhealthy.
[[nodiscard]] Result<void> check_health(const HealthCheck& check, System& system, Prober& prober);

/// `tcp 22`, `http http://localhost/healthz`, `service ssh.service`, `command sshd -t`.
[[nodiscard]] std::string health_name(const HealthCheck& check);

}  // namespace twoseal
