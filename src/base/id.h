// Names and digests as types, so that a host can never be passed where a change is meant.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace twoseal {

/// Whether `text` matches `[a-z0-9][a-z0-9._:-]{0,63}` and has no `..`.
[[nodiscard]] bool is_id_text(std::string_view text);

/// Whether `text` is one or more DNS labels: `[a-z0-9-]` and dots, no empty label, no label that
/// starts or ends with a hyphen, at most 63 characters in all.
[[nodiscard]] bool is_host_name(std::string_view text);

/// What the text of an `Id<Tag>` must look like. Some tags are stricter than is_id_text().
template <class Tag>
struct IdShape {
  [[nodiscard]] static bool holds(std::string_view text) { return is_id_text(text); }
};

/// `h:` and 32 hex digits.
template <>
struct IdShape<struct HostTag> {
  [[nodiscard]] static bool holds(std::string_view text);
};

/// 32 hex digits.
template <>
struct IdShape<struct KeyTag> {
  [[nodiscard]] static bool holds(std::string_view text);
};

/// At most 58 characters, so that `owner:` and the id is the id of a role.
template <>
struct IdShape<struct ComponentTag> {
  [[nodiscard]] static bool holds(std::string_view text);
};

/// A checked name. Made by parse() only; a default-made one is empty, equals no parsed one, and
/// exists so that a plain struct can be filled field by field by the codec.
template <class Tag>
class Id {
 public:
  Id() = default;

  /// Errc::bad_id when `text` is not an id.
  [[nodiscard]] static Result<Id> parse(std::string_view text) {
    if (!IdShape<Tag>::holds(text)) {
      return fail(Errc::bad_id, "'" + std::string(text.substr(0, 80)) + "' is not a valid name");
    }
    return Id(std::string(text));
  }

  [[nodiscard]] const std::string& text() const { return text_; }

  [[nodiscard]] bool empty() const { return text_.empty(); }

  auto operator<=>(const Id&) const = default;

 private:
  explicit Id(std::string text) : text_(std::move(text)) {}

  std::string text_;
};

using ActorId =
    Id<struct ActorTag>;  ///< who signs: `p:amara`, `s:ci`, `h:<hex>`, `t:<hex>`, `root:<hex>`
using HostId = Id<struct HostTag>;            ///< `h:` and 32 hex digits
using RoleId = Id<struct RoleTag>;            ///< `security-lead`, `owner:ssh`
using ComponentId = Id<struct ComponentTag>;  ///< `ssh`
using ScopeId = Id<struct ScopeTag>;          ///< `web-ssh`
using KeyId = Id<struct KeyTag>;              ///< 32 hex digits
using Name = Id<struct NameTag>;  ///< any other short name: rule, phase, environment, kind

/// A SHA-256 digest, written `sha256:` and 64 lower-case hex digits.
class Digest {
 public:
  static constexpr std::size_t kSize = 32;

  Digest() = default;

  explicit Digest(const std::array<std::uint8_t, kSize>& octets) : octets_(octets) {}

  /// From 32 octets. Stops the process on another length: lengths are checked before.
  [[nodiscard]] static Digest from_bytes(BytesView bytes);

  /// From `sha256:<64 hex>`. Errc::bad_digest.
  [[nodiscard]] static Result<Digest> parse(std::string_view text);

  /// From 64 hex digits, as in file names. Errc::bad_digest.
  [[nodiscard]] static Result<Digest> parse_hex(std::string_view hex);

  [[nodiscard]] std::string text() const;
  [[nodiscard]] std::string hex() const;
  [[nodiscard]] Bytes bytes() const;

  /// The 32 octets in place; valid as long as the digest.
  [[nodiscard]] BytesView view() const {
    return {reinterpret_cast<const char*>(octets_.data()), octets_.size()};
  }

  auto operator<=>(const Digest&) const = default;

 private:
  std::array<std::uint8_t, kSize> octets_{};
};

/// Seconds since 1970-01-01T00:00:00Z.
using UnixSeconds = std::int64_t;

}  // namespace twoseal
