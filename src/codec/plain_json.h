// JSON that nobody signed: answers of the server. Any spelling is read; nothing is decided by it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace twoseal::codec {

/// A value. What is missing or of another type reads as empty: this is for showing.
class PlainJson {
 public:
  using List = std::vector<PlainJson>;
  using Object = std::map<std::string, PlainJson, std::less<>>;

  PlainJson() = default;

  static PlainJson of(std::int64_t number);
  static PlainJson of(std::string text);
  static PlainJson of(List list);
  static PlainJson of(Object members);

  /// The member of an object, or an empty value.
  [[nodiscard]] const PlainJson& at(std::string_view key) const;

  [[nodiscard]] const std::string& text() const { return text_; }

  [[nodiscard]] std::int64_t integer() const { return number_; }

  [[nodiscard]] bool boolean() const { return number_ != 0; }

  /// Items of a list; none for anything else.
  [[nodiscard]] const List& list() const { return list_; }

  /// Members of an object; none for anything else.
  [[nodiscard]] const Object& members() const { return members_; }

  [[nodiscard]] bool present() const { return present_; }

 private:
  bool present_ = false;
  std::int64_t number_ = 0;  ///< also true and false
  std::string text_;
  List list_;
  Object members_;
};

/// Errc::bad_http for what is no JSON or nests deeper than 32. Of a member that stands twice one is
/// kept. Numbers lose their fraction; what no int64 holds is the nearest that one holds.
[[nodiscard]] Result<PlainJson> parse_plain_json(BytesView bytes);

}  // namespace twoseal::codec
