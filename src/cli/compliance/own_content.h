// The content that twoseal brings itself: checks that no SCAP content has.
#pragma once

#include <string_view>

#include "base/result.h"
#include "compliance/content/content.h"

namespace twoseal::cli {

/// Its name where contents are named.
inline constexpr std::string_view kOwnContent = "twoseal";

/// One benchmark with one profile, `baseline`, that selects every rule. Errc::bad_yaml would be a
/// fault of the program.
[[nodiscard]] Result<scap::Content> own_content();

}  // namespace twoseal::cli
