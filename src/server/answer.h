// The forms that answers have.
#pragma once

#include <string>

#include "net/http.h"
#include "net/json_text.h"
#include "policy/bundle.h"

namespace twoseal::server {

/// A list of what has a text(): identifiers, names.
template <class Ids>
[[nodiscard]] Json ids_json(const Ids& ids) {
  Json::Array list;
  for (const auto& one : ids) {
    list.emplace_back(one.text());
  }
  return list;
}

/// `application/json`, ended by a line end.
[[nodiscard]] HttpResponse json_answer(const Json::Object& fields, int status = 200);

/// A canonical object, byte for byte.
[[nodiscard]] HttpResponse canonical_answer(Bytes bytes);

[[nodiscard]] HttpResponse octets_answer(Bytes bytes);

[[nodiscard]] HttpResponse text_answer(std::string text,
                                       std::string_view type = "text/plain; charset=utf-8",
                                       int status = 200);

[[nodiscard]] HttpResponse pem_answer(std::string pem);

/// 204.
[[nodiscard]] HttpResponse empty_answer();

/// The archive of `files`. Errc::too_large, Errc::bad_zip.
[[nodiscard]] Result<HttpResponse> zip_answer(const Files& files);

/// Waits for a signal on `channel` after generation `seen`.
[[nodiscard]] HttpResponse park_answer(std::string channel,
                                       std::uint64_t seen,
                                       std::chrono::milliseconds wait);

/// What belongs to the kind of error: 400, 401, 403, 404, 405, 409, 413, 422, 429, 500 or 503.
[[nodiscard]] int status_of(Errc code);

/// RFC 9457, with Retry-After where trying again may help.
[[nodiscard]] HttpResponse error_answer(const Error& error);

}  // namespace twoseal::server
