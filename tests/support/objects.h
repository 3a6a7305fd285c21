// For tests of the codec: short values, and what becomes of an object that is written and read
// back.
#pragma once

#include <string>

#include <doctest/doctest.h>

#include "base/id.h"
#include "base/json.h"
#include "codec/objects.h"

namespace twoseal {

/// The digest whose hex digits are all `c`.
inline Digest digest_of(char c) {
  return Digest::parse("sha256:" + std::string(64, c)).value();
}

/// The host whose hex digits are all `c`.
inline HostId host_of(char c) {
  return HostId::parse("h:" + std::string(32, c)).value();
}

/// The id `text`, which is one.
template <class T>
T id(std::string_view text) {
  return T::parse(text).value();
}

/// Why what is written for `object` is not read back; empty when it is.
template <class T>
std::string why_not(const T& object) {
  const auto read = codec::decode<T>(codec::encode(object));
  return read ? "" : read.error().what;
}

/// Why `bytes` are no `T`; empty when they are.
template <class T>
std::string why_not_bytes(BytesView bytes) {
  const auto read = codec::decode<T>(bytes);
  return read ? "" : read.error().what;
}

/// Checks that `object` is written canonically and read back as it was.
template <class T>
void check_round_trip(const T& object) {
  const Bytes bytes = codec::encode(object);
  CAPTURE(bytes);
  CHECK(json::check_canonical(bytes).has_value());
  const auto read = codec::decode<T>(bytes);
  REQUIRE_MESSAGE(read.has_value(), (read ? "" : read.error().what));
  CHECK(codec::encode(*read) == bytes);
}

/// `text` with the first `from`, which must be there, made into `to`.
inline std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace twoseal
