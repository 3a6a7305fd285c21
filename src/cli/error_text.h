// How an error is told: code, what, where, why, next.
#pragma once

#include <string>

#include "base/result.h"
#include "cli/json_text.h"

namespace twoseal::cli {

/// Five lines at most, for standard error.
[[nodiscard]] std::string error_text(const Error& error, bool color);

/// `{"error":{"code":…}}` for `--json`.
[[nodiscard]] Json::Object error_fields(const Error& error);

}  // namespace twoseal::cli
