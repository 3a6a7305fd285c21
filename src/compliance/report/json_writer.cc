#include "compliance/report/json_writer.h"

#include <algorithm>

#include "base/check.h"
#include "base/present.h"
#include "compliance/report/report_texts.h"

namespace twoseal::scap {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr char32_t kPointMax = 0x10FFFF;

bool is_plain(unsigned char c) {
  return c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
}

void append_control(std::string& to, char c) {
  switch (c) {
    case '\n':
      to += "\\n";
      break;
    case '\r':
      to += "\\r";
      break;
    case '\t':
      to += "\\t";
      break;
    default: {
      constexpr std::string_view kDigits = "0123456789abcdef";
      const auto value = static_cast<unsigned char>(c);
      to += "\\u00";
      to += kDigits[value >> 4U];
      to += kDigits[value & 0xFU];
    }
  }
}

}  // namespace

std::string json_quoted(std::string_view text) {
  std::string quoted = "\"";
  quoted.reserve(text.size() + 2);
  while (!text.empty()) {
    const auto plain = std::find_if_not(text.begin(), text.end(), is_plain);
    quoted.append(text.begin(), plain);
    text.remove_prefix(static_cast<std::size_t>(plain - text.begin()));
    if (text.empty()) {
      break;
    }
    const std::string_view before = text;
    const char32_t point = next_point(text);
    if (point == '"' || point == '\\') {
      quoted += '\\';
      quoted += static_cast<char>(point);
    } else if (point < 0x20 || point == 0x7F) {
      append_control(quoted, static_cast<char>(point));
    } else if (point > kPointMax) {
      quoted += kReplacement;
    } else {
      quoted += before.substr(0, before.size() - text.size());
    }
  }
  quoted += '"';
  return quoted;
}

void JsonWriter::new_line() {
  output_.put('\n');
  for (std::size_t i = 0; i < open_.size(); ++i) {
    output_.put("  ");
  }
}

void JsonWriter::before_value() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (open_.empty()) {
    return;
  }
  if (!open_.back().empty) {
    output_.put(',');
  }
  open_.back().empty = false;
  new_line();
}

void JsonWriter::open(char bracket) {
  before_value();
  output_.put(bracket);
  open_.push_back({bracket == '{' ? '}' : ']'});
}

void JsonWriter::end() {
  check(!open_.empty() && !after_key_, "what is closed is open and has no key without a value");
  const Open closed = open_.back();
  open_.pop_back();
  if (!closed.empty) {
    new_line();
  }
  output_.put(closed.end);
  if (open_.empty()) {
    output_.put('\n');
  }
}

void JsonWriter::key(std::string_view name) {
  before_value();
  output_.put(json_quoted(name));
  output_.put(": ");
  after_key_ = true;
}

void JsonWriter::string(std::string_view value) {
  before_value();
  output_.put(json_quoted(value));
}

void JsonWriter::number(std::int64_t value) {
  before_value();
  output_.put(std::to_string(value));
}

void JsonWriter::boolean(bool value) {
  before_value();
  output_.put(value ? "true" : "false");
}

void JsonWriter::null() {
  before_value();
  output_.put("null");
}

void JsonWriter::decimal(double value, int decimals) {
  before_value();
  output_.put(decimal_text(value, decimals));
}

}  // namespace twoseal::scap
