// The visitor behind every object's field table.
//
// An object's table is one function `fields(v, object)` that names its fields in ascending order.
// Run with a FieldReader it reads a checked document, in one merge walk, and refuses whatever is
// missing, unknown or out of range; run with a FieldWriter it writes canonical bytes. So a table is
// written once, and reading and writing cannot drift apart.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "base/encoding.h"
#include "base/id.h"
#include "base/json.h"
#include "base/limits.h"
#include "model/names.h"
#include "model/plan.h"

namespace twoseal::codec {

template <class T>
struct IsId : std::false_type {};

template <class Tag>
struct IsId<Id<Tag>> : std::true_type {};

/// How many items a list may have.
struct Count {
  std::size_t min = 0;
  std::size_t max = limits::kListMax;
};

inline constexpr Count kAny{0, limits::kListMax};
inline constexpr Count kSome{1, limits::kListMax};
inline constexpr Count kFew{0, limits::kSmallListMax};
inline constexpr Count kOneToFew{1, limits::kSmallListMax};

/// Reads the fields of one JSON object. The first error stays; everything after it is skipped.
class FieldReader {
 public:
  FieldReader(json::Value object, std::string_view name, FieldReader* parent = nullptr);

  template <class T>
  void operator()(std::string_view key, T& value) {
    if (const auto found = required(key)) {
      take(*found, value);
    }
  }

  template <class T>
  void optional(std::string_view key, std::optional<T>& value) {
    if (const auto found = find(key)) {
      take(*found, value.emplace());
    }
  }

  /// A list in the order that its writer chose.
  template <class T>
  void list(std::string_view key, std::vector<T>& items, Count count) {
    if (const auto found = required(key)) {
      take_list(*found, items, count, false);
    }
  }

  /// A list in strictly ascending order.
  template <class T>
  void set(std::string_view key, std::vector<T>& items, Count count) {
    if (const auto found = required(key)) {
      take_list(*found, items, count, true);
    }
  }

  template <class T>
  void optional_list(std::string_view key, std::optional<std::vector<T>>& items, Count count) {
    if (const auto found = find(key)) {
      take_list(*found, items.emplace(), count, false);
    }
  }

  template <class T>
  void optional_set(std::string_view key, std::optional<std::vector<T>>& items, Count count) {
    if (const auto found = find(key)) {
      take_list(*found, items.emplace(), count, true);
    }
  }

  /// A list that is left out when it is empty.
  template <class T>
  void list_if_any(std::string_view key, std::vector<T>& items, Count count) {
    if (const auto found = find(key)) {
      take_list(*found, items, {1, count.max}, false);
    }
  }

  void constant(std::string_view key, std::string_view value);
  void constant(std::string_view key, std::int64_t value);
  void integer(std::string_view key, std::int64_t& value, std::int64_t min, std::int64_t max);
  void text(std::string_view key, std::string& value, Count length);
  void base64(std::string_view key, Bytes& value, Count length);
  /// `true` when it holds; absent otherwise, never `false`.
  void mark(std::string_view key, bool& value);
  /// The fixed word `word` when it holds; absent otherwise.
  void mark(std::string_view key, std::string_view word, bool& value);
  /// A digest, or null.
  void nullable(std::string_view key, std::optional<Digest>& value);
  /// A digest, or an empty text.
  void digest_or_empty(std::string_view key, std::optional<Digest>& value);
  void role_or_empty(std::string_view key, RoleId& value);
  void labels(std::string_view key, std::map<std::string, std::string>& value);
  void wants(std::string_view key, std::map<std::string, WantValue>& value);

  /// After the last field: nothing may be left.
  void finish();

  [[nodiscard]] const std::optional<Error>& error() const { return error_; }

 private:
  [[nodiscard]] std::optional<json::Value> find(std::string_view key);
  [[nodiscard]] std::optional<json::Value> required(std::string_view key);
  void refuse(const json::Value& value, std::string_view what);
  void refuse_key(std::string_view key, std::string_view what);
  [[nodiscard]] std::string path(std::string_view key) const;
  [[nodiscard]] bool is(const json::Value& value, json::Kind kind, std::string_view expected);

  void take(const json::Value& value, bool& out);
  void take(const json::Value& value, std::int64_t& out);
  void take(const json::Value& value, std::string& out);
  void take(const json::Value& value, Digest& out);
  void take(const json::Value& value, WantValue& out);
  void take_integer(const json::Value& value,
                    std::int64_t& out,
                    std::int64_t min,
                    std::int64_t max);
  void take_text(const json::Value& value, std::string& out, Count length);

  template <class Tag>
  void take(const json::Value& value, Id<Tag>& out) {
    if (is(value, json::Kind::string, "a name")) {
      auto id = Id<Tag>::parse(value.raw());
      id ? static_cast<void>(out = *std::move(id)) : refuse(value, id.error().what);
    }
  }

  template <class T>
  void take(const json::Value& value, T& out) {
    if constexpr (std::is_enum_v<T>) {
      if (is(value, json::Kind::string, "a word")) {
        const auto word = enum_value<T>(value.raw());
        word ? static_cast<void>(out = *word) : refuse(value, "is not one of the allowed words");
      }
    } else if (is(value, json::Kind::object, "an object")) {
      FieldReader inner(value, key_, this);
      fields(inner, out);
      inner.finish();
      if (inner.error_) {
        error_ = inner.error_;
      }
    }
  }

  template <class T>
  void take_list(const json::Value& value, std::vector<T>& out, Count count, bool ascending) {
    if (!is(value, json::Kind::array, "a list")) {
      return;
    }
    if (value.count() < count.min || value.count() > count.max) {
      refuse(value,
             "has " + std::to_string(value.count()) + " items; " + std::to_string(count.min) +
                 " to " + std::to_string(count.max) + " are allowed");
      return;
    }
    out.reserve(value.count());
    json::Value item = value.first();
    for (std::size_t i = 0; i < value.count() && !error_; ++i) {
      item_ = i;
      T one{};
      take(item, one);
      if constexpr (requires { one <= one; }) {
        if (ascending && !error_ && i > 0 && one <= out.back()) {
          refuse(item, "stands twice or out of ascending order");
        }
      }
      out.push_back(std::move(one));
      if (i + 1 < value.count()) {
        item = item.after();
      }
    }
    item_.reset();
  }

  FieldReader* parent_;
  std::string name_;
  json::Value cursor_;
  std::size_t left_;
  std::string_view key_;             // the field being read, for messages
  std::optional<std::size_t> item_;  // the item of it
  std::optional<Error> error_;
};

/// Writes the fields of one object as canonical JSON. Takes what it is given: whether the bytes are
/// right is decided by reading them back.
class FieldWriter {
 public:
  template <class T>
  void operator()(std::string_view key, const T& value) {
    begin(key);
    put(value);
  }

  template <class T>
  void optional(std::string_view key, const std::optional<T>& value) {
    if (value) {
      (*this)(key, *value);
    }
  }

  template <class T>
  void list(std::string_view key, const std::vector<T>& items, Count /*count*/) {
    begin(key);
    put_list(items);
  }

  template <class T>
  void set(std::string_view key, const std::vector<T>& items, Count count) {
    list(key, items, count);
  }

  template <class T>
  void optional_list(std::string_view key,
                     const std::optional<std::vector<T>>& items,
                     Count count) {
    if (items) {
      list(key, *items, count);
    }
  }

  template <class T>
  void optional_set(std::string_view key, const std::optional<std::vector<T>>& items, Count count) {
    optional_list(key, items, count);
  }

  template <class T>
  void list_if_any(std::string_view key, const std::vector<T>& items, Count count) {
    if (!items.empty()) {
      list(key, items, count);
    }
  }

  void constant(std::string_view key, std::string_view value);
  void constant(std::string_view key, std::int64_t value);
  void integer(std::string_view key, std::int64_t value, std::int64_t min, std::int64_t max);
  void text(std::string_view key, const std::string& value, Count length);
  void base64(std::string_view key, const Bytes& value, Count length);
  void mark(std::string_view key, bool value);
  void mark(std::string_view key, std::string_view word, bool value);
  void nullable(std::string_view key, const std::optional<Digest>& value);
  void digest_or_empty(std::string_view key, const std::optional<Digest>& value);
  void role_or_empty(std::string_view key, const RoleId& value);
  void labels(std::string_view key, const std::map<std::string, std::string>& value);
  void wants(std::string_view key, const std::map<std::string, WantValue>& value);

  /// The object's bytes.
  [[nodiscard]] Bytes take() { return std::move(out_) + (out_.empty() ? "{}" : "}"); }

 private:
  void begin(std::string_view key);
  void put(bool value);
  void put(std::int64_t value);
  void put(const std::string& value);
  void put(const Digest& value);
  void put(const WantValue& value);

  template <class Tag>
  void put(const Id<Tag>& value) {
    put(value.text());
  }

  template <class T>
  void put(const T& value) {
    if constexpr (std::is_enum_v<T>) {
      put(std::string(enum_name(value)));
    } else {
      FieldWriter inner;
      // The tables are written once for reading and writing, so they take a plain reference; a
      // writer never changes what it is given.
      fields(inner, const_cast<T&>(value));  // NOLINT(cppcoreguidelines-pro-type-const-cast)
      out_ += inner.take();
    }
  }

  template <class T>
  void put_list(const std::vector<T>& items) {
    out_ += '[';
    for (std::size_t i = 0; i < items.size(); ++i) {
      out_ += i > 0 ? "," : "";
      put(items[i]);
    }
    out_ += ']';
  }

  Bytes out_;
};

}  // namespace twoseal::codec
