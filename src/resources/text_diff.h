// The lines in which two texts differ, for people who decide about them.
#pragma once

#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "model/plan.h"

namespace twoseal {

/// One DiffLine for each run of lines that differ: `node` is `line 57` or `lines 57-60` of the old
/// text (`after line 57` when nothing of it goes), `old` and `new` without the last newline.
///
/// A text that cannot be shown (not UTF-8, control characters), and a run longer than 8 KiB, is
/// told by `content`, with digest and size before and after instead. Texts of more than 20,000
/// lines, or with more than 500 differences, count as one run from the first to the last line
/// that differs. Source: E. Myers, An O(ND) Difference Algorithm, 1986.
[[nodiscard]] std::vector<DiffLine> diff_texts(BytesView old_text, BytesView new_text);

/// `sha256:… (1,024 bytes)`.
[[nodiscard]] std::string content_summary(BytesView bytes);

}  // namespace twoseal
