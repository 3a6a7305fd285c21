// JSON written as it is made: objects and arrays open and close, and strings are escaped.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "compliance/report/byte_sink.h"

namespace twoseal::scap {

/// `text` with its quotes, in RFC 8259: control characters as `\u001b`, what is no UTF-8 as U+FFFD.
[[nodiscard]] std::string json_quoted(std::string_view text);

/// One value. Keys of one object are never checked for being different.
class JsonWriter {
 public:
  /// `output` must outlive it.
  explicit JsonWriter(Output& output) : output_(output) {}

  JsonWriter(const JsonWriter&) = delete;
  JsonWriter& operator=(const JsonWriter&) = delete;

  void begin_object() { open('{'); }

  void begin_array() { open('['); }

  /// Closes the innermost object or array.
  void end();

  /// Of the member that comes next.
  void key(std::string_view name);

  void string(std::string_view value);
  void number(std::int64_t value);
  void boolean(bool value);
  void null();

  /// A number with `decimals` digits behind the point.
  void decimal(double value, int decimals);

  void member(std::string_view name, std::string_view value) {
    key(name);
    string(value);
  }

  /// The same, but nothing at all when there is no text.
  void member_if(std::string_view name, std::string_view value) {
    if (!value.empty()) {
      member(name, value);
    }
  }

  void member_number(std::string_view name, std::int64_t value) {
    key(name);
    number(value);
  }

  void begin_object(std::string_view name) {
    key(name);
    begin_object();
  }

  void begin_array(std::string_view name) {
    key(name);
    begin_array();
  }

 private:
  struct Open {
    char end;
    bool empty = true;
  };

  void open(char bracket);
  void before_value();
  void new_line();

  Output& output_;
  std::vector<Open> open_;
  bool after_key_ = false;
};

}  // namespace twoseal::scap
