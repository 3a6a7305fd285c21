// Text of tools and files as it may stand in a canonical object and be shown to people.
#pragma once

#include <cstddef>
#include <string>

#include "base/result.h"

namespace twoseal {

/// One line of at most `size_max` octets, cut between characters: line feeds become blanks; of a
/// text that has characters which no canonical object takes only the printable ASCII ones are left.
/// `-` when nothing is left.
[[nodiscard]] std::string plain_line(std::string text, std::size_t size_max);

/// The same of an error: its code, what it says, and where.
[[nodiscard]] std::string error_line(const Error& error, std::size_t size_max);

}  // namespace twoseal
