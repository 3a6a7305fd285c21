#include "base/json.h"

#include <array>
#include <cstring>

namespace twoseal::json {
namespace {

constexpr std::size_t kKeyMax = 128;

enum CharClass : std::uint8_t { kPlain = 1, kKey = 2, kDigit = 4 };

constexpr std::array<std::uint8_t, 256> char_classes() {
  std::array<std::uint8_t, 256> table{};
  for (unsigned c = 0x20; c < 0x7F; ++c) {
    table[c] = kPlain;
  }
  table['"'] = 0;
  table['\\'] = 0;
  for (const char c : std::string_view("abcdefghijklmnopqrstuvwxyz0123456789_.:/-")) {
    table[static_cast<unsigned char>(c)] |= kKey;
  }
  for (unsigned c = '0'; c <= '9'; ++c) {
    table[c] |= kDigit;
  }
  return table;
}

constexpr auto kClass = char_classes();

// Whether the eight octets at `p` are all printable ASCII other than quote and backslash. The four
// tests are the usual "does a word hold a zero octet" applied to differences; a false "no" only
// sends the scanner to the slow path.
bool eight_plain(const char* p) {
  constexpr std::uint64_t kOnes = 0x0101010101010101ULL;
  constexpr std::uint64_t kHigh = 0x8080808080808080ULL;
  std::uint64_t word = 0;
  std::memcpy(&word, p, sizeof(word));
  const std::uint64_t quote = word ^ (kOnes * '"');
  const std::uint64_t slash = word ^ (kOnes * '\\');
  const std::uint64_t del = word ^ (kOnes * 0x7F);
  const std::uint64_t bad =
      (word - kOnes * 0x20) | (quote - kOnes) | (slash - kOnes) | (del - kOnes) | word;
  return (bad & kHigh) == 0;
}

// Decodes one UTF-8 sequence of two to four octets at `text[at]`; its length, or 0 when it is
// malformed, a surrogate, a noncharacter, or longer than needed.
std::size_t utf8_length(std::string_view text, std::size_t at) {
  const std::uint32_t lead = octet(text, at);
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() - at < length) {
    return 0;
  }
  std::uint32_t point = lead & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    const std::uint32_t next = octet(text, at + i);
    if ((next & 0xC0U) != 0x80U) {
      return 0;
    }
    point = (point << 6U) | (next & 0x3FU);
  }
  constexpr std::array<std::uint32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
  const bool noncharacter = (point & 0xFFFEU) == 0xFFFEU || (point >= 0xFDD0 && point <= 0xFDEF);
  if (point < kSmallest[length] || point > 0x10FFFF || surrogate || noncharacter) {
    return 0;
  }
  return length;
}

bool is_white_space(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

struct NoNodes {
  std::uint32_t open(Kind /*kind*/, std::size_t /*begin*/) { return 0; }

  void close(std::uint32_t /*node*/, std::size_t /*end*/, std::uint32_t /*count*/) {}

  void integer(std::uint32_t /*node*/, std::int64_t /*value*/) {}

  void escaped(std::uint32_t /*node*/) {}
};

struct NodeList {
  std::vector<Node> nodes;

  std::uint32_t open(Kind kind, std::size_t begin) {
    nodes.push_back({kind, false, static_cast<std::uint32_t>(begin), 0, 0, 0, 0});
    return static_cast<std::uint32_t>(nodes.size() - 1);
  }

  void close(std::uint32_t node, std::size_t end, std::uint32_t count) {
    nodes[node].end = static_cast<std::uint32_t>(end);
    nodes[node].next = static_cast<std::uint32_t>(nodes.size());
    nodes[node].count = count;
  }

  void integer(std::uint32_t node, std::int64_t value) { nodes[node].integer = value; }

  void escaped(std::uint32_t node) { nodes[node].escaped = true; }
};

// Recursive descent; every function returns false after setting `reason` at `at`.
template <class Sink>
class Scanner {
 public:
  Scanner(BytesView bytes, Sink& sink) : text_(bytes), sink_(sink) {}

  Result<void> run() {
    if (peek() != '{') {
      stop("the outermost value is not an object");
    } else if (value(1)) {
      if (at_ == text_.size()) {
        return {};
      }
      stop("something follows the outermost object");
    }
    return fail(Errc::not_canonical, reason_, "byte " + std::to_string(at_));
  }

 private:
  [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  bool stop(const char* reason) {
    reason_ = reason;
    return false;
  }

  bool eat(char c, const char* reason) {
    if (at_ >= text_.size()) {
      return stop("the text ends too early");
    }
    if (is_white_space(text_[at_])) {
      return stop("white space outside a string");
    }
    if (text_[at_] != c) {
      return stop(reason);
    }
    ++at_;
    return true;
  }

  bool value(std::size_t depth) {
    switch (peek()) {
      case '{':
        return object(depth);
      case '[':
        return array(depth);
      case '"':
        return string();
      case 't':
        return word("true", Kind::boolean, 1);
      case 'f':
        return word("false", Kind::boolean, 0);
      case 'n':
        return word("null", Kind::null, 0);
      default:
        return number();
    }
  }

  bool object(std::size_t depth) {
    if (depth > limits::kDepthMax) {
      return stop("nested more than 32 deep");
    }
    const std::uint32_t node = sink_.open(Kind::object, at_++);
    std::uint32_t count = 0;
    std::string_view before;
    while (peek() != '}') {
      if (count > 0 && !eat(',', "expected , or }")) {
        return false;
      }
      const std::size_t begin = at_;
      std::string_view name;
      if (!key(name)) {
        return false;
      }
      if (count > 0 && name <= before) {
        at_ = begin;
        return stop(name == before ? "the key stands twice" : "keys are not in ascending order");
      }
      before = name;
      if (!eat(':', "expected :") || !value(depth + 1)) {
        return false;
      }
      ++count;
    }
    sink_.close(node, ++at_, count);
    return true;
  }

  bool array(std::size_t depth) {
    if (depth > limits::kDepthMax) {
      return stop("nested more than 32 deep");
    }
    const std::uint32_t node = sink_.open(Kind::array, at_++);
    std::uint32_t count = 0;
    while (peek() != ']') {
      if ((count > 0 && !eat(',', "expected , or ]")) || !value(depth + 1)) {
        return false;
      }
      ++count;
    }
    sink_.close(node, ++at_, count);
    return true;
  }

  bool key(std::string_view& name) {
    if (!eat('"', "expected a key in quotes")) {
      return false;
    }
    const std::size_t begin = at_;
    while (at_ < text_.size() && (kClass[octet(text_, at_)] & kKey) != 0) {
      ++at_;
    }
    name = text_.substr(begin, at_ - begin);
    const std::uint32_t node = sink_.open(Kind::string, begin);
    sink_.close(node, at_, 0);
    if (name.empty() || name.size() > kKeyMax) {
      return stop("a key has 1 to 128 characters out of a-z 0-9 _ . : / -");
    }
    return eat('"', "a key has only characters out of a-z 0-9 _ . : / -");
  }

  bool string() {
    const std::uint32_t node = sink_.open(Kind::string, ++at_);
    for (;;) {
      while (text_.size() - at_ >= 8 && eight_plain(text_.data() + at_)) {
        at_ += 8;
      }
      while (at_ < text_.size() && (kClass[octet(text_, at_)] & kPlain) != 0) {
        ++at_;
      }
      if (at_ >= text_.size()) {
        return stop("the text ends inside a string");
      }
      if (text_[at_] == '"') {
        sink_.close(node, at_++, 0);
        return true;
      }
      if (text_[at_] == '\\') {
        sink_.escaped(node);
        if (!escape()) {
          return false;
        }
      } else if (!wide()) {
        return false;
      }
    }
  }

  bool escape() {
    const char c = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    if (c != '"' && c != '\\' && c != 'n' && c != 't') {
      return stop("only the escapes \\\" \\\\ \\n \\t are canonical");
    }
    at_ += 2;
    return true;
  }

  bool wide() {
    if (octet(text_, at_) < 0x80) {
      return stop("a control character in a string");
    }
    const std::size_t length = utf8_length(text_, at_);
    if (length == 0) {
      return stop("invalid UTF-8, a surrogate or a noncharacter");
    }
    at_ += length;
    return true;
  }

  bool number() {
    const std::size_t begin = at_;
    const bool negative = peek() == '-';
    at_ += negative ? 1 : 0;
    const std::size_t digits = at_;
    std::int64_t magnitude = 0;
    while (at_ < text_.size() && (kClass[octet(text_, at_)] & kDigit) != 0 && at_ - digits < 17) {
      magnitude = magnitude * 10 + (text_[at_] - '0');
      ++at_;
    }
    if (at_ == digits) {
      return not_a_value(begin);
    }
    if (text_[digits] == '0' && (at_ - digits > 1 || negative)) {
      at_ = begin;
      return stop("a number with a leading zero, or -0");
    }
    if (magnitude > limits::kIntegerMax) {
      at_ = begin;
      return stop("a number beyond 2^53-1");
    }
    const char next = peek();
    if (next == '.' || next == 'e' || next == 'E') {
      return stop("only integers are canonical");
    }
    const std::uint32_t node = sink_.open(Kind::integer, begin);
    sink_.integer(node, negative ? -magnitude : magnitude);
    sink_.close(node, at_, 0);
    return true;
  }

  bool not_a_value(std::size_t begin) {
    at_ = begin;
    const char c = peek();
    if (at_ >= text_.size()) {
      return stop("the text ends too early");
    }
    return stop(is_white_space(c) ? "white space outside a string" : "expected a value");
  }

  bool word(std::string_view expected, Kind kind, std::int64_t integer) {
    if (text_.substr(at_, expected.size()) != expected) {
      return stop("expected a value");
    }
    const std::uint32_t node = sink_.open(kind, at_);
    at_ += expected.size();
    sink_.integer(node, integer);
    sink_.close(node, at_, 0);
    return true;
  }

  std::string_view text_;
  Sink& sink_;
  std::size_t at_ = 0;
  const char* reason_ = "";
};

Result<void> check_size(BytesView bytes, std::size_t size_max) {
  if (bytes.size() > size_max) {
    return fail(
        Errc::too_large,
        std::to_string(bytes.size()) + " bytes; at most " + std::to_string(size_max) + " are read");
  }
  if (bytes.starts_with("\xEF\xBB\xBF")) {
    return fail(Errc::not_canonical, "the text starts with a byte order mark", "byte 0");
  }
  return {};
}

}  // namespace

Result<void> check_canonical(BytesView bytes, std::size_t size_max) {
  TWOSEAL_TRY_VOID(check_size(bytes, size_max));
  NoNodes none;
  return Scanner<NoNodes>(bytes, none).run();
}

Result<Document> Document::parse(BytesView bytes, std::size_t size_max) {
  TWOSEAL_TRY_VOID(check_size(bytes, size_max));
  NodeList list;
  TWOSEAL_TRY_VOID(Scanner<NodeList>(bytes, list).run());
  return Document(bytes, std::move(list.nodes));
}

Value Document::root() const {
  return {*this, 0};
}

BytesView Value::raw() const {
  return document_->bytes_.substr(node().begin, node().end - node().begin);
}

std::string Value::text() const {
  const BytesView bytes = raw();
  if (!node().escaped) {
    return std::string(bytes);
  }
  std::string text;
  text.reserve(bytes.size());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] != '\\') {
      text.push_back(bytes[i]);
      continue;
    }
    ++i;
    text.push_back(bytes[i] == 'n' ? '\n' : bytes[i] == 't' ? '\t' : bytes[i]);
  }
  return text;
}

std::string quote(std::string_view text) {
  std::string out = "\"";
  out.reserve(text.size() + 2);
  for (const char c : text) {
    switch (c) {
      case '"':
      case '\\':
        out.push_back('\\');
        out.push_back(c);
        break;
      case '\n':
        out.append("\\n");
        break;
      case '\t':
        out.append("\\t");
        break;
      default:
        out.push_back(c);
    }
  }
  out.push_back('"');
  return out;
}

bool is_allowed_text(std::string_view text) {
  return check_canonical("{\"a\":" + quote(text) + "}", text.size() * 2 + 16).has_value();
}

}  // namespace twoseal::json
