// Whether the table of routes says what api/openapi.yaml says.
#pragma once

#include <span>
#include <string_view>

#include "server/routes.h"

namespace twoseal::server {

/// The contract as it was when this program was built.
[[nodiscard]] std::string_view embedded_contract();

/// Compares paths, methods, ports (`x-port`), security and the Idempotency-Key parameter.
/// Errc::contract_differs with every difference; Errc::bad_yaml.
[[nodiscard]] Result<void> check_contract(std::string_view yaml, std::span<const Route> routes);

}  // namespace twoseal::server
