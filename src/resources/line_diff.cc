#include "resources/line_diff.h"

#include <algorithm>

namespace twoseal {
namespace {

constexpr std::size_t kLinesMax = 20'000;
constexpr std::ptrdiff_t kEditsMax = 500;

using Lines = std::vector<std::string_view>;

// The greedy forward search; the furthest x on each diagonal is kept for each number of edits, so
// that the way can be walked back.
class Search {
 public:
  Search(const Lines& a, const Lines& b)
      : a_(a),
        b_(b),
        n_(std::ssize(a)),
        m_(std::ssize(b)),
        edits_max_(std::min(n_ + m_, kEditsMax)) {}

  // Whether a way with at most kEditsMax edits was found.
  bool run() {
    std::vector<std::ptrdiff_t> furthest(static_cast<std::size_t>(2 * edits_max_ + 3), 0);
    for (std::ptrdiff_t d = 0; d <= edits_max_; ++d) {
      for (std::ptrdiff_t k = -d; k <= d; k += 2) {
        std::ptrdiff_t x = start(furthest, d, k);
        while (x < n_ && x - k < m_ && same(x, x - k)) {
          ++x;
        }
        at(furthest, k) = x;
        if (x >= n_ && x - k >= m_) {
          trace_.push_back(slice(furthest, d));
          return true;
        }
      }
      trace_.push_back(slice(furthest, d));
    }
    return false;
  }

  // The runs that differ, ascending.
  [[nodiscard]] std::vector<LineRun> runs() const {
    std::vector<LineRun> found;
    std::ptrdiff_t x = n_;
    std::ptrdiff_t y = m_;
    for (std::ptrdiff_t d = std::ssize(trace_) - 1; d > 0; --d) {
      const auto& before = trace_[static_cast<std::size_t>(d - 1)];
      const std::ptrdiff_t k = x - y;
      const bool down =
          k == -d || (k != d && value(before, d - 1, k - 1) < value(before, d - 1, k + 1));
      const std::ptrdiff_t from_k = down ? k + 1 : k - 1;
      const std::ptrdiff_t from_x = value(before, d - 1, from_k);
      const std::ptrdiff_t from_y = from_x - from_k;
      // The edit goes from (from_x, from_y) one step; what follows it is equal.
      add(found, from_x, from_y, down ? from_x : from_x + 1, down ? from_y + 1 : from_y);
      x = from_x;
      y = from_y;
    }
    std::reverse(found.begin(), found.end());
    return found;
  }

 private:
  [[nodiscard]] bool same(std::ptrdiff_t x, std::ptrdiff_t y) const {
    return a_[static_cast<std::size_t>(x)] == b_[static_cast<std::size_t>(y)];
  }

  [[nodiscard]] std::ptrdiff_t& at(std::vector<std::ptrdiff_t>& furthest, std::ptrdiff_t k) const {
    return furthest[static_cast<std::size_t>(k + edits_max_ + 1)];
  }

  std::ptrdiff_t start(std::vector<std::ptrdiff_t>& furthest,
                       std::ptrdiff_t d,
                       std::ptrdiff_t k) const {
    if (d == 0) {
      return 0;
    }
    const bool down = k == -d || (k != d && at(furthest, k - 1) < at(furthest, k + 1));
    return down ? at(furthest, k + 1) : at(furthest, k - 1) + 1;
  }

  // Values of the diagonals -d … d after d edits.
  [[nodiscard]] std::vector<std::ptrdiff_t> slice(std::vector<std::ptrdiff_t>& furthest,
                                                  std::ptrdiff_t d) const {
    std::vector<std::ptrdiff_t> kept;
    for (std::ptrdiff_t k = -d; k <= d; ++k) {
      kept.push_back(at(furthest, k));
    }
    return kept;
  }

  static std::ptrdiff_t value(const std::vector<std::ptrdiff_t>& kept,
                              std::ptrdiff_t d,
                              std::ptrdiff_t k) {
    return kept[static_cast<std::size_t>(k + d)];
  }

  // Joins an edit to the run behind it when they touch. Called from the last edit to the first.
  static void add(std::vector<LineRun>& found,
                  std::ptrdiff_t x,
                  std::ptrdiff_t y,
                  std::ptrdiff_t x_end,
                  std::ptrdiff_t y_end) {
    const LineRun run{static_cast<std::size_t>(x),
                      static_cast<std::size_t>(x_end),
                      static_cast<std::size_t>(y),
                      static_cast<std::size_t>(y_end)};
    if (!found.empty() && found.back().old_begin == run.old_end &&
        found.back().new_begin == run.new_end) {
      found.back().old_begin = run.old_begin;
      found.back().new_begin = run.new_begin;
    } else {
      found.push_back(run);
    }
  }

  const Lines& a_;
  const Lines& b_;
  std::ptrdiff_t n_;
  std::ptrdiff_t m_;
  std::ptrdiff_t edits_max_;
  std::vector<std::vector<std::ptrdiff_t>> trace_;
};

}  // namespace

std::vector<LineRun> line_runs(const Lines& old_lines, const Lines& new_lines) {
  std::size_t head = 0;
  const std::size_t shorter = std::min(old_lines.size(), new_lines.size());
  while (head < shorter && old_lines[head] == new_lines[head]) {
    ++head;
  }
  std::size_t tail = 0;
  while (tail < shorter - head &&
         old_lines[old_lines.size() - 1 - tail] == new_lines[new_lines.size() - 1 - tail]) {
    ++tail;
  }
  const LineRun whole{head, old_lines.size() - tail, head, new_lines.size() - tail};
  const Lines a(old_lines.begin() + static_cast<std::ptrdiff_t>(whole.old_begin),
                old_lines.begin() + static_cast<std::ptrdiff_t>(whole.old_end));
  const Lines b(new_lines.begin() + static_cast<std::ptrdiff_t>(whole.new_begin),
                new_lines.begin() + static_cast<std::ptrdiff_t>(whole.new_end));
  Search search(a, b);
  if (a.size() + b.size() > kLinesMax || !search.run()) {
    return {whole};
  }
  std::vector<LineRun> runs = search.runs();
  for (LineRun& run : runs) {
    run.old_begin += head;
    run.old_end += head;
    run.new_begin += head;
    run.new_end += head;
  }
  return runs;
}

}  // namespace twoseal
