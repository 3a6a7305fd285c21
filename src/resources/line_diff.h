// Where two texts differ, line by line.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace twoseal {

/// Lines [old_begin, old_end) of the old text become [new_begin, new_end) of the new one.
struct LineRun {
  std::size_t old_begin = 0;
  std::size_t old_end = 0;
  std::size_t new_begin = 0;
  std::size_t new_end = 0;
};

/// Runs of lines that differ, ascending; none touches the next one. Texts of more than 20,000
/// lines, or with more than 500 differences, give one run from the first to the last line that
/// differs. Source: E. Myers, An O(ND) Difference Algorithm, 1986.
[[nodiscard]] std::vector<LineRun> line_runs(const std::vector<std::string_view>& old_lines,
                                             const std::vector<std::string_view>& new_lines);

}  // namespace twoseal
