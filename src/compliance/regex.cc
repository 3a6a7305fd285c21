#include "compliance/regex.h"

#include <algorithm>
#include <cctype>

#include "base/bytes.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

namespace twoseal::scap {
namespace {

// An expression that goes back and forth more often than this is cut off: some 0.2 s.
constexpr std::uint32_t kMatchLimit = 5'000'000;
constexpr std::uint32_t kDepthLimit = 250'000;
constexpr std::uint32_t kHeapLimitKib = 32U << 10U;
// Whether a subject is text is asked once (way_for()), and not again with each search in it.
constexpr std::uint32_t kChecked = PCRE2_NO_UTF_CHECK;
constexpr std::size_t kPatternMax = std::size_t{64} << 10U;
// Making machine code costs as much as looking through some kilobytes without.
constexpr std::size_t kJitSubject = 2048;
constexpr std::size_t kJitUses = 16;
constexpr std::size_t kJitStackMax = std::size_t{1} << 20U;
constexpr std::size_t kCacheMax = 8192;

struct FreeCode {
  void operator()(pcre2_code* code) const { pcre2_code_free(code); }
};

struct FreeData {
  void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
};

// Limits and the stack of machine code: the same for all expressions of a thread.
class Context {
 public:
  Context() : context_(pcre2_match_context_create(nullptr)) {
    pcre2_set_match_limit(context_, kMatchLimit);
    pcre2_set_depth_limit(context_, kDepthLimit);
    pcre2_set_heap_limit(context_, kHeapLimitKib);
    stack_ = pcre2_jit_stack_create(std::size_t{32} << 10U, kJitStackMax, nullptr);
    pcre2_jit_stack_assign(context_, nullptr, stack_);
  }

  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  ~Context() {
    pcre2_match_context_free(context_);
    pcre2_jit_stack_free(stack_);
  }

  [[nodiscard]] pcre2_match_context* get() const { return context_; }

 private:
  pcre2_match_context* context_;
  pcre2_jit_stack* stack_ = nullptr;
};

pcre2_match_context* match_context() {
  thread_local const Context context;
  return context.get();
}

std::uint32_t flags_of(RegexOptions options) {
  std::uint32_t flags = PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C;
  flags |= options.ignore_case ? PCRE2_CASELESS : 0U;
  flags |= options.multiline ? PCRE2_MULTILINE : 0U;
  flags |= options.singleline ? PCRE2_DOTALL : 0U;
  return flags;
}

std::string message_of(int code) {
  PCRE2_UCHAR text[256] = {};
  pcre2_get_error_message(code, text, sizeof text);
  return reinterpret_cast<const char*>(text);
}

PCRE2_SPTR units(std::string_view text) {
  return reinterpret_cast<PCRE2_SPTR>(text.data() == nullptr ? "" : text.data());
}

}  // namespace

struct Regex::Inner {
  // The expression made ready for text, or for octets.
  struct Way {
    std::unique_ptr<pcre2_code, FreeCode> code;
    std::unique_ptr<pcre2_match_data, FreeData> data;
    std::size_t uses = 0;
    bool jit_tried = false;
  };

  std::string pattern;
  RegexOptions options;
  Way text;
  Way octets;
  bool octets_tried = false;
  std::string_view judged;  ///< the subject that `is_text` is about
  bool is_text = true;

  // nullptr when the expression means nothing for octets.
  Way* way_for(std::string_view subject, std::size_t offset);
};

namespace {

// Nothing, and the code and place of the fault, when the pattern is none.
std::unique_ptr<pcre2_code, FreeCode> make_code(std::string_view pattern,
                                                std::uint32_t flags,
                                                int& error,
                                                PCRE2_SIZE& offset) {
  return std::unique_ptr<pcre2_code, FreeCode>(
      pcre2_compile(units(pattern), pattern.size(), flags, &error, &offset, nullptr));
}

std::size_t length_of_character(std::uint8_t first) {
  if (first < 0x80) {
    return 1;
  }
  if (first >= 0xC2 && first <= 0xDF) {
    return 2;
  }
  if (first >= 0xE0 && first <= 0xEF) {
    return 3;
  }
  return first >= 0xF0 && first <= 0xF4 ? 4 : 0;
}

// RFC 3629: no surrogates, nothing beyond U+10FFFF, nothing longer than it needs to be.
bool is_character(std::string_view text, std::size_t at, std::size_t length) {
  if (length == 0 || text.size() - at < length) {
    return false;
  }
  for (std::size_t i = 1; i < length; ++i) {
    if ((octet(text, at + i) & 0xC0U) != 0x80U) {
      return false;
    }
  }
  const std::uint8_t first = octet(text, at);
  const std::uint8_t second = length > 1 ? octet(text, at + 1) : std::uint8_t{0x80};
  return !(first == 0xE0 && second < 0xA0) && !(first == 0xED && second > 0x9F) &&
         !(first == 0xF0 && second < 0x90) && !(first == 0xF4 && second > 0x8F);
}

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = length_of_character(octet(text, at));
    if (!is_character(text, at, length)) {
      return false;
    }
    at += length;
  }
  return true;
}

}  // namespace

// A subject that is no UTF-8 is looked through octet by octet: around what is no text nothing could
// match, so that one stray octet would hide its line.
Regex::Inner::Way* Regex::Inner::way_for(std::string_view subject, std::size_t offset) {
  if (offset == 0 || subject.data() != judged.data() || subject.size() != judged.size()) {
    judged = subject;
    is_text = is_utf8(subject);
  }
  if (is_text) {
    return &text;
  }
  if (!octets_tried) {
    octets_tried = true;
    int error = 0;
    PCRE2_SIZE place = 0;
    const std::uint32_t flags = flags_of(options) & ~PCRE2_UTF;
    octets.code = make_code(pattern, flags, error, place);
    if (octets.code != nullptr) {
      octets.data.reset(pcre2_match_data_create_from_pattern(octets.code.get(), nullptr));
    }
  }
  return octets.code == nullptr ? nullptr : &octets;
}

Regex::Regex(std::unique_ptr<Inner> inner) : inner_(std::move(inner)) {}

Regex::Regex(Regex&&) noexcept = default;
Regex& Regex::operator=(Regex&&) noexcept = default;
Regex::~Regex() = default;

Result<Regex> Regex::compile(std::string_view pattern, RegexOptions options) {
  if (pattern.size() > kPatternMax) {
    return fail(Errc::too_large, "a regular expression is too long");
  }
  int error = 0;
  PCRE2_SIZE offset = 0;
  auto inner = std::make_unique<Inner>();
  inner->pattern = pattern;
  inner->options = options;
  inner->text.code = make_code(pattern, flags_of(options), error, offset);
  if (inner->text.code == nullptr) {
    return fail(Errc::bad_regex,
                "'" + std::string(pattern.substr(0, 200)) + "': " + message_of(error),
                "octet " + std::to_string(offset));
  }
  inner->text.data.reset(pcre2_match_data_create_from_pattern(inner->text.code.get(), nullptr));
  return Regex(std::move(inner));
}

Matched Regex::search(std::string_view subject,
                      std::size_t offset,
                      std::vector<Capture>* groups) const {
  Inner::Way* way = inner_->way_for(subject, offset);
  if (way == nullptr) {
    return Matched::failed;
  }
  ++way->uses;
  if (!way->jit_tried && (subject.size() >= kJitSubject || way->uses >= kJitUses)) {
    way->jit_tried = true;
    // Where it cannot be made, matching goes on without machine code.
    static_cast<void>(pcre2_jit_compile(way->code.get(), PCRE2_JIT_COMPLETE));
  }
  const int found = pcre2_match(way->code.get(),
                                units(subject),
                                subject.size(),
                                offset,
                                kChecked,
                                way->data.get(),
                                match_context());
  if (found == PCRE2_ERROR_NOMATCH) {
    return Matched::no;
  }
  if (found <= 0) {
    return Matched::failed;
  }
  const PCRE2_SIZE* ends = pcre2_get_ovector_pointer(way->data.get());
  if (ends[0] > ends[1]) {
    return Matched::failed;  // `\K` was moved behind the end, so that there is no text
  }
  if (groups == nullptr) {
    return Matched::yes;
  }
  groups->assign(group_count() + 1, std::nullopt);
  for (int i = 0; i < found; ++i) {
    const PCRE2_SIZE begin = ends[2 * i];
    const PCRE2_SIZE end = ends[2 * i + 1];
    if (begin != PCRE2_UNSET && end >= begin) {
      (*groups)[static_cast<std::size_t>(i)] = subject.substr(begin, end - begin);
    }
  }
  return Matched::yes;
}

Matched Regex::partial(std::string_view subject) const {
  const Inner::Way* way = inner_->way_for(subject, 0);
  if (way == nullptr) {
    return Matched::failed;
  }
  const int found = pcre2_match(way->code.get(),
                                units(subject),
                                subject.size(),
                                0,
                                PCRE2_PARTIAL_SOFT | PCRE2_ANCHORED | kChecked,
                                way->data.get(),
                                match_context());
  if (found == PCRE2_ERROR_PARTIAL) {
    return Matched::partly;
  }
  if (found == PCRE2_ERROR_NOMATCH) {
    // Of an empty subject PCRE2 looks at nothing, and says so.
    return subject.empty() ? Matched::partly : Matched::no;
  }
  return found > 0 ? Matched::yes : Matched::failed;
}

std::uint32_t Regex::group_count() const {
  std::uint32_t count = 0;
  pcre2_pattern_info(inner_->text.code.get(), PCRE2_INFO_CAPTURECOUNT, &count);
  return count;
}

Result<std::shared_ptr<const Regex>> RegexCache::get(std::string_view pattern,
                                                     RegexOptions options) {
  std::string key(pattern);
  key += '\0';
  key += static_cast<char>('0' + (options.ignore_case ? 1 : 0) + (options.multiline ? 2 : 0) +
                           (options.singleline ? 4 : 0));
  const auto known = known_.find(key);
  if (known != known_.end()) {
    return known->second;
  }
  TWOSEAL_TRY(Regex made, Regex::compile(pattern, options));
  if (known_.size() >= kCacheMax) {
    known_.clear();
  }
  return known_.emplace(std::move(key), std::make_shared<const Regex>(std::move(made)))
      .first->second;
}

namespace {

// Whether a comment, a verb or a callout begins at `(`, or the letter x makes `#` begin a comment.
// What stands in these looks like groups and classes, and is none.
bool may_begin_comments(std::string_view group) {
  if (!group.starts_with("(?")) {
    return group.starts_with("(*");
  }
  const std::size_t end = group.find_first_not_of("imsxnJU^-", 2);
  const std::string_view options = group.substr(2, std::min(end, group.size()) - 2);
  return group.starts_with("(?#") || group.starts_with("(?C") ||
         options.find('x') != std::string_view::npos;
}

// How long a name of a class, as `[:alpha:]` is within a class, is at the beginning; 0 when none
// is.
std::size_t class_name_size(std::string_view text) {
  const std::size_t end = text.find_first_not_of("^abcdefghijklmnopqrstuvwxyz", 2);
  return text.starts_with("[:") && end != std::string_view::npos &&
                 text.substr(end).starts_with(":]")
             ? end + 2
             : 0;
}

// What `|` outside every group and class parts; nothing where that cannot be told.
std::vector<std::string_view> branches_of(std::string_view pattern) {
  std::vector<std::string_view> branches;
  std::size_t begin = 0;
  int depth = 0;
  bool in_class = false;
  std::size_t class_begin = 0;  // where `]` would be one of the characters
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '\\') {
      if (i + 1 < pattern.size() && (pattern[i + 1] == 'Q' || pattern[i + 1] == 'c')) {
        return {};  // quoted text, control characters: rare, so not told apart
      }
      ++i;
    } else if (const auto name = in_class ? class_name_size(pattern.substr(i)) : 0; name > 0) {
      i += name - 1;
    } else if (in_class) {
      in_class = c != ']' || i == class_begin;
    } else if (c == '[') {
      in_class = true;
      class_begin = i + (pattern.substr(i + 1).starts_with('^') ? 2 : 1);
    } else if (c == '(') {
      if (may_begin_comments(pattern.substr(i))) {
        return {};
      }
      ++depth;
    } else if (c == ')') {
      --depth;
    } else if (c == '|' && depth <= 0) {
      branches.push_back(pattern.substr(begin, i - begin));
      begin = i + 1;
    }
  }
  branches.push_back(pattern.substr(begin));
  return branches;
}

// Behind `^` such a sign would let it be absent.
bool is_anchored(std::string_view branch) {
  return branch.starts_with('^') &&
         (branch.size() == 1 || std::string_view("*?+{").find(branch[1]) == std::string_view::npos);
}

// Of a character of several octets in UTF-8, not the first.
bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

}  // namespace

bool begins_at_start(std::string_view pattern) {
  const std::vector<std::string_view> branches = branches_of(pattern);
  return !branches.empty() && std::all_of(branches.begin(), branches.end(), is_anchored);
}

std::string literal_prefix(std::string_view pattern) {
  if (!pattern.starts_with('^') || branches_of(pattern).size() != 1) {
    return {};
  }
  std::string prefix;
  std::size_t i = 1;
  while (i < pattern.size()) {
    std::size_t length = 1;
    char literal = pattern[i];
    if (literal == '\\') {
      if (i + 1 >= pattern.size() ||
          std::isalnum(static_cast<unsigned char>(pattern[i + 1])) != 0) {
        break;
      }
      literal = pattern[i + 1];
      length = 2;
    } else if (std::string_view(".^$*+?()[]{}").find(literal) != std::string_view::npos) {
      break;
    }
    const char after = i + length < pattern.size() ? pattern[i + length] : '\0';
    if (after == '*' || after == '?' || after == '{') {
      // The character may be absent, with all octets that it has.
      while (!prefix.empty() && is_continuation(literal)) {
        literal = prefix.back();
        prefix.pop_back();
      }
      break;
    }
    prefix += literal;
    i += length;
    if (after == '+') {
      break;
    }
  }
  return prefix;
}

}  // namespace twoseal::scap
