// The target of a request, between its one line of HTTP and the path and query that handlers see.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace twoseal {

/// As in HttpRequest.
struct RequestTarget {
  std::string path;
  std::map<std::string, std::string, std::less<>> query;

  bool operator==(const RequestTarget&) const = default;
};

inline constexpr std::size_t kTargetMax = 8 * 1024;  ///< octets as sent
inline constexpr std::size_t kQueryNamesMax = 64;    ///< names in one query

/// Reads `/a/b?c=d`. Percent signs are decoded once; `+` is a space in the query only. Nothing for
/// any other form (`http://…`, `*`, `host:port`), a fragment, a bad percent sign, characters that a
/// target may not have, a decoded path with an empty, `.` or `..` part (only `/` alone
/// may end in a slash), a slash that was encoded, a backslash or a control
/// character; text that is not UTF-8; a query name that is empty or came twice, or too many.
[[nodiscard]] std::optional<RequestTarget> decode_target(std::string_view text);

/// The line that decode_target() reads as `target`.
[[nodiscard]] std::string encode_target(const RequestTarget& target);

}  // namespace twoseal
