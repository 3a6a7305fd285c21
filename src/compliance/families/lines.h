// Text files of lines and fields, as /etc and /proc have them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace twoseal::scap {

/// Takes the next line off `rest`, without its end; false when there is none.
[[nodiscard]] bool next_line(std::string_view& rest, std::string_view& line);

/// The parts between `separator`; `a::b` has three.
[[nodiscard]] std::vector<std::string_view> split_at(std::string_view text, char separator);

/// The parts between blanks, of which several count as one.
[[nodiscard]] std::vector<std::string_view> split_at_blanks(std::string_view text);

/// A whole number; nothing when it is none.
[[nodiscard]] std::optional<std::int64_t> whole_number(std::string_view text);

}  // namespace twoseal::scap
