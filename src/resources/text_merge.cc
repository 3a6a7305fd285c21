#include "resources/text_merge.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "resources/line_diff.h"
#include "resources/text_edit.h"

namespace twoseal {
namespace {

using Lines = std::vector<std::string_view>;

// The lines that a run puts in the place of those of the base.
Lines lines_of(const Lines& text, const LineRun& run) {
  return {text.begin() + static_cast<std::ptrdiff_t>(run.new_begin),
          text.begin() + static_cast<std::ptrdiff_t>(run.new_end)};
}

// The beginning of a section, in the formats that have some: `[Service]`, `Match User git`.
bool is_heading(std::string_view line) {
  const std::size_t begin = line.find_first_not_of(" \t");
  if (begin == std::string_view::npos) {
    return false;
  }
  line.remove_prefix(begin);
  std::string word;
  for (const char c : line.substr(0, line.find_first_of(" \t\r\n="))) {
    word += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return line.front() == '[' || word == "match" || word == "host";
}

// The end of the last line is part of it: without one, what is appended changes that line too.
bool is_ended(BytesView text) {
  return text.empty() || text.ends_with('\n');
}

bool is_insertion(const LineRun& run) {
  return run.old_begin == run.old_end;
}

// Whether two runs want different things of the same place of the base. Lines that are put right
// before or behind lines of the other do not meet them; two insertions at one place do.
bool meet(const LineRun& a, const LineRun& b) {
  if (is_insertion(a) && is_insertion(b)) {
    return a.old_begin == b.old_begin;
  }
  return a.old_begin < b.old_end && b.old_begin < a.old_end;
}

class Merge {
 public:
  Merge(BytesView base, BytesView mine, BytesView theirs)
      : base_(split_lines(base)),
        mine_(split_lines(mine)),
        theirs_(split_lines(theirs)),
        own_(line_runs(base_, mine_)),
        other_(line_runs(base_, theirs_)) {}

  std::optional<Bytes> run() {
    for (const LineRun& theirs : other_) {
      if (takes_others_along(theirs)) {
        return std::nullopt;
      }
      for (const LineRun& mine : own_) {
        const bool alike = mine.old_begin == theirs.old_begin && mine.old_end == theirs.old_end &&
                           lines_of(mine_, mine) == lines_of(theirs_, theirs);
        if (!alike && meet(mine, theirs)) {
          return std::nullopt;
        }
      }
    }
    return written();
  }

 private:
  // Whether lines of others follow on a heading that goes: they would come under another one.
  [[nodiscard]] bool takes_others_along(const LineRun& theirs) const {
    const auto begin = base_.begin() + static_cast<std::ptrdiff_t>(theirs.old_begin);
    const auto end = base_.begin() + static_cast<std::ptrdiff_t>(theirs.old_end);
    return std::any_of(begin, end, is_heading) &&
           std::any_of(own_.begin(), own_.end(), [&](const LineRun& mine) {
             return mine.old_begin == theirs.old_end && mine.new_begin < mine.new_end &&
                    !is_heading(mine_[mine.new_begin]);
           });
  }

  struct Change {
    const LineRun* run;
    const Lines* text;
  };

  [[nodiscard]] std::vector<Change> changes() const {
    std::vector<Change> all;
    for (const LineRun& run : own_) {
      all.push_back({&run, &mine_});
    }
    for (const LineRun& theirs : other_) {
      const bool known = std::any_of(own_.begin(), own_.end(), [&](const LineRun& mine) {
        return mine.old_begin == theirs.old_begin && mine.old_end == theirs.old_end;
      });
      if (!known) {
        all.push_back({&theirs, &theirs_});
      }
    }
    // What is put before a line comes before what happens to the line.
    std::stable_sort(all.begin(), all.end(), [](const Change& a, const Change& b) {
      return a.run->old_begin != b.run->old_begin ? a.run->old_begin < b.run->old_begin
                                                  : a.run->old_end < b.run->old_end;
    });
    return all;
  }

  [[nodiscard]] Bytes written() const {
    Bytes text;
    std::size_t at = 0;
    const auto copy = [&](const Lines& lines, std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) {
        text += lines[i];
      }
    };
    for (const Change& change : changes()) {
      copy(base_, at, change.run->old_begin);
      copy(*change.text, change.run->new_begin, change.run->new_end);
      at = change.run->old_end;
    }
    copy(base_, at, base_.size());
    return text;
  }

  Lines base_;
  Lines mine_;
  Lines theirs_;
  std::vector<LineRun> own_;
  std::vector<LineRun> other_;
};

}  // namespace

std::optional<Bytes> merge_texts(BytesView base, BytesView mine, BytesView theirs) {
  if (!is_ended(base) || !is_ended(mine) || !is_ended(theirs)) {
    return std::nullopt;
  }
  return Merge(base, mine, theirs).run();
}

}  // namespace twoseal
