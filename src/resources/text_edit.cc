#include "resources/text_edit.h"

#include <algorithm>

namespace twoseal {
namespace {

bool is_meant(std::string_view found,
              std::string_view line,
              const std::optional<std::string>& replaces) {
  const std::string_view bare = without_newline(found);
  return bare == line || (replaces && bare.starts_with(*replaces));
}

// Where a block stands: lines [begin, end) with both marks.
struct Block {
  std::size_t begin = 0;
  std::size_t end = 0;
};

std::string mark(std::string_view comment, std::string_view which, std::string_view name) {
  return std::string(comment) + " twoseal " + std::string(which) + " " + std::string(name);
}

Result<std::optional<Block>> find_block(const std::vector<std::string_view>& lines,
                                        std::string_view name,
                                        std::string_view comment) {
  const std::string first = mark(comment, "begin", name);
  const std::string last = mark(comment, "end", name);
  std::size_t begin = lines.size();  // none is open
  std::optional<Block> block;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string_view bare = without_newline(lines[i]);
    const bool is_open = begin < lines.size();
    if ((bare == first && (is_open || block)) || (bare == last && !is_open)) {
      return fail(Errc::not_editable,
                  "the marks of block " + std::string(name) + " do not stand once and in order",
                  "line " + std::to_string(i + 1));
    }
    if (bare == first) {
      begin = i;
    } else if (bare == last) {
      block = Block{begin, i + 1};
      begin = lines.size();
    }
  }
  if (begin < lines.size()) {
    return fail(Errc::not_editable,
                "the block " + std::string(name) + " has no end",
                "line " + std::to_string(begin + 1));
  }
  return block;
}

Bytes joined(const std::vector<std::string_view>& lines, std::size_t begin, std::size_t end) {
  Bytes text;
  for (std::size_t i = begin; i < end; ++i) {
    text += lines[i];
  }
  return text;
}

void end_line(Bytes& text) {
  if (!text.empty() && text.back() != '\n') {
    text += '\n';
  }
}

}  // namespace

std::vector<std::string_view> split_lines(BytesView text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.push_back(text.substr(0, end == BytesView::npos ? text.size() : end + 1));
    text.remove_prefix(lines.back().size());
  }
  return lines;
}

std::string_view without_newline(std::string_view line) {
  if (line.ends_with('\n')) {
    line.remove_suffix(1);
  }
  if (line.ends_with('\r')) {
    line.remove_suffix(1);
  }
  return line;
}

Bytes with_line(BytesView text, std::string_view line, const std::optional<std::string>& replaces) {
  Bytes out;
  bool placed = false;
  for (const std::string_view one : split_lines(text)) {
    if (!is_meant(one, line, replaces)) {
      out += one;
    } else if (!placed) {
      placed = true;
      out += without_newline(one) == line ? Bytes(one) : Bytes(line) + "\n";
    }
  }
  if (!placed) {
    end_line(out);
    out += Bytes(line) + "\n";
  }
  return out;
}

Bytes without_line(BytesView text,
                   std::string_view line,
                   const std::optional<std::string>& replaces) {
  Bytes out;
  for (const std::string_view one : split_lines(text)) {
    const bool gone =
        replaces ? without_newline(one).starts_with(*replaces) : without_newline(one) == line;
    out += gone ? std::string_view() : one;
  }
  return out;
}

Result<Bytes> with_block(BytesView text,
                         std::string_view name,
                         std::string_view comment,
                         std::string_view content) {
  const auto lines = split_lines(text);
  TWOSEAL_TRY(const auto block, find_block(lines, name, comment));
  Bytes body = mark(comment, "begin", name) + "\n" + Bytes(content);
  end_line(body);
  body += mark(comment, "end", name) + "\n";
  if (block) {
    return joined(lines, 0, block->begin) + body + joined(lines, block->end, lines.size());
  }
  Bytes out(text);
  end_line(out);
  return out + body;
}

Result<Bytes> without_block(BytesView text, std::string_view name, std::string_view comment) {
  const auto lines = split_lines(text);
  TWOSEAL_TRY(const auto block, find_block(lines, name, comment));
  return block ? joined(lines, 0, block->begin) + joined(lines, block->end, lines.size())
               : Bytes(text);
}

}  // namespace twoseal
