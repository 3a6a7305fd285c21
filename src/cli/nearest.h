// Which known word was probably meant.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace twoseal::cli {

/// The one of `known` that differs least from `word` (letters added, left out, changed or swapped),
/// or an empty text when none is near enough to be meant.
[[nodiscard]] std::string nearest(std::string_view word, std::span<const std::string> known);

}  // namespace twoseal::cli
