// Text that comes from hosts, tools or people, made safe to print.
#pragma once

#include <string>
#include <string_view>

namespace twoseal {

/// `text` with everything that could hide, reorder or forge output as a visible escape: control,
/// bidirectional, zero-width, line-separator, tag and unassigned-looking characters as `\u{202e}`,
/// octets that are no UTF-8 as `\x{ff}`. Line feeds become `\n`; see present_lines(). Applied once,
/// right before output.
[[nodiscard]] std::string present(std::string_view text);

/// The same, but line feeds stay: for text of several lines.
[[nodiscard]] std::string present_lines(std::string_view text);

/// Whether present() shows this code point as itself. Also decides what JSON output escapes.
[[nodiscard]] bool is_presentable(char32_t point);

/// Takes the next code point off `text`, which may not be empty. Of octets that are no shortest
/// UTF-8 takes one and returns 0x110000 plus its value.
[[nodiscard]] char32_t next_point(std::string_view& text);

}  // namespace twoseal
