// Text of tools and files as it may stand in a canonical object and be shown to people.
#pragma once

#include <cstddef>
#include <string>

namespace twoseal {

/// One line of at most `size_max` octets, cut between characters: line feeds become blanks; of a
/// text that has characters which no canonical object takes only the printable ASCII ones are left.
/// `-` when nothing is left.
[[nodiscard]] std::string plain_line(std::string text, std::size_t size_max);

}  // namespace twoseal
