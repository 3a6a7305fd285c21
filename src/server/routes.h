// Every request that the server answers, in one table: method, path, port, who may call, handler.
// The same is said in api/openapi.yaml, and a server whose table differs from it does not start.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "server/caller.h"

namespace twoseal::server {

enum class Port { people, agents, local };

/// How a caller shows who it is.
enum class Identity { nobody, session, certificate };

/// Who of those that are signed in may call.
enum class Access {
  all,           ///< people and services
  people,        ///< people; services have no business there
  writers,       ///< people and services, but no auditor
  token_makers,  ///< devops-lead or it-manager; where one person is the organisation, that one
  deniers,       ///< security-lead, security-officer or it-manager; likewise
};

/// Whether the request carries an Idempotency-Key.
enum class Repeats {
  freely,   ///< it has none
  by_key,   ///< the first answer is kept under the key
  by_body,  ///< it has one, but what it carries is its own key: the same gets the same answer
};

/// The parts of a path that stand in braces.
using PathValues = std::map<std::string, std::string, std::less<>>;

/// One request with all that a handler may use.
struct Call {
  ServerParts& parts;
  const HttpRequest& request;
  const Caller& caller;
  const PathValues& values;
  UnixSeconds now;

  /// The number in the query, or `otherwise`. Errc::bad_request for anything but digits, and for
  /// numbers above `max`.
  [[nodiscard]] Result<std::int64_t> number(std::string_view name,
                                            std::int64_t otherwise,
                                            std::int64_t max) const;

  /// The digest whose hexadecimal digits stand at `{hex}`. Errc::bad_request.
  [[nodiscard]] Result<Digest> digest() const;

  [[nodiscard]] const std::string& value(std::string_view name) const {
    return values.find(name)->second;
  }
};

using Handler = Result<HttpResponse> (*)(const Call&);

struct Route {
  std::string_view method;
  std::string_view path;  ///< `/v1/changes/{change}`; `{path}` at its end takes slashes too
  Port port;
  Identity identity;
  Access access;
  Repeats repeats;
  std::size_t body_max;
  Handler handler;
};

[[nodiscard]] std::span<const Route> all_routes();

/// What a request is for. `route`: nullptr when there is none; then `other_method` says whether
/// the path has another one.
struct FoundRoute {
  const Route* route = nullptr;
  PathValues values;
  bool other_method = false;
};

[[nodiscard]] FoundRoute find_route(Port port, std::string_view method, std::string_view path);

/// Octets that the body of such a request may have; little for what is no request at all.
[[nodiscard]] std::size_t body_max_of(Port port, std::string_view method, std::string_view path);

}  // namespace twoseal::server
