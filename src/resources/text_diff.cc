#include "resources/text_diff.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "crypto/hash.h"
#include "resources/line_diff.h"
#include "resources/text_edit.h"

namespace twoseal {
namespace {

constexpr std::size_t kRunMax = 8'192;

using Lines = std::vector<std::string_view>;

std::string joined(const Lines& lines, std::size_t begin, std::size_t end) {
  std::string text;
  for (std::size_t i = begin; i < end; ++i) {
    text += lines[i];
  }
  if (text.ends_with('\n')) {
    text.pop_back();
  }
  return text;
}

std::string place_of(const LineRun& run) {
  if (run.old_begin == run.old_end) {
    return "after line " + std::to_string(run.old_begin);
  }
  const std::string first = std::to_string(run.old_begin + 1);
  return run.old_end - run.old_begin == 1 ? "line " + first
                                          : "lines " + first + "-" + std::to_string(run.old_end);
}

DiffLine summary(BytesView old_text, BytesView new_text) {
  return {content_summary(new_text), "content", content_summary(old_text)};
}

}  // namespace

std::string content_summary(BytesView bytes) {
  return sha256(bytes).text() + " (" + std::to_string(bytes.size()) + " bytes)";
}

std::vector<DiffLine> diff_texts(BytesView old_text, BytesView new_text) {
  if (!json::is_allowed_text(old_text) || !json::is_allowed_text(new_text)) {
    return {summary(old_text, new_text)};
  }
  const Lines old_lines = split_lines(old_text);
  const Lines new_lines = split_lines(new_text);
  std::vector<DiffLine> diff;
  for (const LineRun& run : line_runs(old_lines, new_lines)) {
    DiffLine line;
    line.node = place_of(run);
    if (run.old_begin < run.old_end) {
      line.old_value = joined(old_lines, run.old_begin, run.old_end);
    }
    if (run.new_begin < run.new_end) {
      line.new_value = joined(new_lines, run.new_begin, run.new_end);
    }
    // A newline that only one of them has at its end shows in no line.
    if (line.old_value == line.new_value || line.old_value.value_or("").size() > kRunMax ||
        line.new_value.value_or("").size() > kRunMax) {
      return {summary(old_text, new_text)};
    }
    diff.push_back(std::move(line));
  }
  return diff;
}

}  // namespace twoseal
