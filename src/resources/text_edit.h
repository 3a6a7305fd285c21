// Edits of a text by lines that leave every other byte alone.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace twoseal {

/// Lines with their newlines; the last one may have none.
[[nodiscard]] std::vector<std::string_view> split_lines(BytesView text);

/// The line without its newline (and a carriage return before it).
[[nodiscard]] std::string_view without_newline(std::string_view line);

/// The text with exactly one line `line`: in the place of the first line that begins with
/// `replaces` (or equals `line`), all others of these gone; at the end when there is none.
[[nodiscard]] Bytes with_line(BytesView text,
                              std::string_view line,
                              const std::optional<std::string>& replaces);

/// The text without every line that begins with `replaces`, or without it equals `line`.
[[nodiscard]] Bytes without_line(BytesView text,
                                 std::string_view line,
                                 const std::optional<std::string>& replaces);

/// The text with a block between its two marks (`# twoseal begin NAME`, `# twoseal end NAME`), in
/// its place or at the end. `content` gets a newline at its end. Errc::not_editable when the marks
/// are not one pair in order.
[[nodiscard]] Result<Bytes> with_block(BytesView text,
                                       std::string_view name,
                                       std::string_view comment,
                                       std::string_view content);

/// The text without the block and its marks. Errc::not_editable.
[[nodiscard]] Result<Bytes> without_block(BytesView text,
                                          std::string_view name,
                                          std::string_view comment);

}  // namespace twoseal
