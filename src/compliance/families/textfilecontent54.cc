// textfilecontent54: what a pattern finds in files.
#include <algorithm>
#include <set>

#include "compliance/families/family.h"

namespace twoseal::scap {
namespace {

// Whoever writes a file could make it one match per octet.
constexpr std::int64_t kMatchesMax = 1'000'000;  // of one pattern in one file

bool is_true(std::string_view text) {
  return text == "true" || text == "1";
}

// In which line an octet stands; counts on from the octet that was asked for before.
class LineCounter {
 public:
  explicit LineCounter(const Bytes& text) : text_(text) {}

  std::uint32_t line_at(std::size_t offset) {
    const auto octets = [&](std::size_t at) {
      return text_.begin() + static_cast<std::ptrdiff_t>(at);
    };
    if (offset < counted_) {  // a match may begin before the end of the one before
      line_ -= static_cast<std::uint32_t>(std::count(octets(offset), octets(counted_), '\n'));
    } else {
      line_ += static_cast<std::uint32_t>(std::count(octets(counted_), octets(offset), '\n'));
    }
    counted_ = offset;
    return line_;
  }

 private:
  const Bytes& text_;
  std::size_t counted_ = 0;
  std::uint32_t line_ = 1;
};

class TextVisitor : public CollectingVisitor {
 public:
  TextVisitor(const ObjectQuery& query, Collection& to) : CollectingVisitor(query, to) {
    RegexOptions options;
    options.ignore_case = is_true(query.behavior("ignore_case", "false"));
    options.multiline = is_true(query.behavior("multiline", "true"));
    options.singleline = is_true(query.behavior("singleline", "false"));
    const Matcher* pattern = query.find(EntityName::pattern);
    if (pattern == nullptr) {
      to.note(Flag::error, "the object has no pattern");
      return;
    }
    std::set<std::string> texts;  // a variable may have the same value twice
    for (const Wanted& wanted : pattern->wanted()) {
      if (!texts.insert(wanted.text).second) {
        continue;
      }
      auto regex = Regex::compile(wanted.text, options);
      if (!regex) {
        to.note(Flag::error, regex.error().what);
        continue;
      }
      patterns_.push_back({wanted.text, std::move(*regex)});
    }
  }

  void visit(WalkedFile& file) override {
    if (patterns_.empty()) {
      return;
    }
    if (const Bytes* content = content_of(file)) {
      for (const Pattern& pattern : patterns_) {
        look_through(file, *content, pattern);
      }
    }
  }

 private:
  struct Pattern {
    std::string text;
    Regex regex;
  };

  // An empty match is found again where the one before it ended, and counts again: what counts
  // instances of such patterns relies on it.
  void look_through(WalkedFile& file, const Bytes& text, const Pattern& pattern) {
    LineCounter lines(text);
    std::size_t offset = 0;
    std::int64_t instance = 0;
    while (offset <= text.size()) {
      const Matched matched = pattern.regex.search(text, offset, &groups_);
      if (matched == Matched::no) {
        return;
      }
      if (matched == Matched::failed) {
        miss(Flag::error,
             "the pattern was cut off in " + file.full_path() + ": it tries too many ways");
        return;
      }
      if (instance == kMatchesMax) {
        miss(Flag::error, "the pattern matches too often in " + file.full_path());
        return;
      }
      const std::string_view whole = *groups_.front();
      const auto begin = static_cast<std::size_t>(whole.data() - text.data());
      const std::size_t end = begin + whole.size();
      offset = end == offset ? next_character(text, offset) : end;
      ++instance;
      const Verdict wanted = query().matches(EntityName::instance, ItemValue::of_integer(instance));
      if (wanted == Verdict::yes) {
        add(file, pattern, instance, lines.line_at(begin));
      } else if (wanted != Verdict::no) {
        miss(Flag::error, "the instance that is asked for is no number");
        return;
      }
    }
  }

  static std::size_t next_character(const Bytes& text, std::size_t offset) {
    constexpr std::uint8_t kContinues = 0x80;
    constexpr std::uint8_t kMask = 0xC0;
    do {
      ++offset;
    } while (offset < text.size() && (octet(text, offset) & kMask) == kContinues);
    return offset;
  }

  void add(WalkedFile& file, const Pattern& pattern, std::int64_t instance, std::uint32_t line) {
    StoredItem item(Family::textfilecontent54);
    add_place(file, item);
    item.add(EntityName::pattern, pattern.text);
    item.add_integer(EntityName::instance, instance);
    item.add(EntityName::text, *groups_.front());
    for (std::size_t i = 1; i < groups_.size(); ++i) {
      if (groups_[i]) {
        item.add(EntityName::subexpression, *groups_[i]);
      }
    }
    item.set_line(line);
    collection().add(item);
  }

  std::vector<Pattern> patterns_;
  std::vector<Capture> groups_;
};

}  // namespace

std::unique_ptr<FileVisitor> visit_textfilecontent54(const InspectedHost& /*host*/,
                                                     const ObjectQuery& query,
                                                     Collection& to) {
  return std::make_unique<TextVisitor>(query, to);
}

}  // namespace twoseal::scap
