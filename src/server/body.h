// The JSON body of a request: canonical JSON, so that it has one reading, with a closed table of
// fields.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/json.h"

namespace twoseal::server {

/// Reads the fields of one object. Errors stay: the first one is what finish() gives.
class Body {
 public:
  /// Errc::not_canonical, Errc::too_large, Errc::bad_field for another value than an object.
  [[nodiscard]] static Result<Body> parse(BytesView bytes, std::size_t size_max);

  /// A text of 1 to `size_max` octets; empty after an error, or when it is missing.
  [[nodiscard]] std::string text(const std::string& field, std::size_t size_max);

  [[nodiscard]] std::int64_t integer(const std::string& field);

  /// A text in base64.
  [[nodiscard]] Bytes octets(const std::string& field);

  /// A list of at most `count_max` texts in base64; empty when the field is not there.
  [[nodiscard]] std::vector<Bytes> octets_list(const std::string& field, std::size_t count_max);

  [[nodiscard]] bool has(std::string_view field) const { return find(field).has_value(); }

  /// After the last field: nothing may be left. Errc::bad_field.
  [[nodiscard]] Result<void> finish() const;

 private:
  explicit Body(json::Document document) : document_(std::move(document)) {}

  [[nodiscard]] std::optional<json::Value> find(std::string_view field) const;
  [[nodiscard]] std::optional<json::Value> take(const std::string& field, json::Kind kind);
  void refuse(const std::string& field, const std::string& what);

  json::Document document_;
  std::set<std::string> taken_;
  std::optional<Error> error_;
};

}  // namespace twoseal::server
