// JSON that nobody signs: answers of the server, and what the command line prints for programs. Not
// canonical JSON.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace twoseal {

/// A JSON value. Objects keep the order in which their fields were given.
class Json {
 public:
  using Array = std::vector<Json>;
  using Object = std::vector<std::pair<std::string, Json>>;

  Json(bool value) : value_(value) {}  // NOLINT(google-explicit-constructor)

  Json(int value) : value_(std::int64_t{value}) {}  // NOLINT(google-explicit-constructor)

  Json(std::int64_t value) : value_(value) {}  // NOLINT(google-explicit-constructor)

  // NOLINTNEXTLINE(google-explicit-constructor)
  Json(std::uint64_t value) : value_(static_cast<std::int64_t>(value)) {}

  Json(const char* value) : value_(std::string(value)) {}  // NOLINT(google-explicit-constructor)

  // NOLINTNEXTLINE(google-explicit-constructor)
  Json(std::string_view value) : value_(std::string(value)) {}

  Json(std::string value) : value_(std::move(value)) {}  // NOLINT(google-explicit-constructor)

  Json(Array value) : value_(std::move(value)) {}  // NOLINT(google-explicit-constructor)

  Json(Object value) : value_(std::move(value)) {}  // NOLINT(google-explicit-constructor)

  /// On one line, without a line end. Whatever present() would not show is escaped, so that the
  /// text can be printed; octets that are no UTF-8 become U+FFFD.
  [[nodiscard]] std::string text() const;

 private:
  std::variant<bool, std::int64_t, std::string, Array, Object> value_;
};

/// A list of texts.
template <class Texts>
[[nodiscard]] Json json_list(const Texts& texts) {
  Json::Array list;
  for (const auto& text : texts) {
    list.emplace_back(std::string(text));
  }
  return list;
}

}  // namespace twoseal
