// Who makes a request: the one function that every request passes before its handler.
#pragma once

#include <optional>
#include <string>

#include "server/parts.h"

namespace twoseal::server {

struct Route;

/// Nobody, a person or service that is signed in, or a host.
struct Caller {
  ActorId by;                                  ///< empty for nobody
  std::optional<HostId> host;                  ///< set for hosts alone
  OpenSession session;                         ///< of people and services
  std::shared_ptr<const Documents> documents;  ///< by which it was judged

  [[nodiscard]] bool is_service() const { return by.text().starts_with("s:"); }

  /// Whether it may see a change: services see their own alone.
  [[nodiscard]] bool may_see(const ActorId& author) const { return !is_service() || author == by; }

  /// Whether it holds `role` now.
  [[nodiscard]] bool holds(std::string_view role, UnixSeconds now) const;
};

/// Judges the session or the certificate of a request as `route` asks for it, and whether the
/// caller may call it. Errc::not_signed_in, Errc::host_refused, Errc::not_allowed; errors of the
/// registry.
[[nodiscard]] Result<Caller> identify(ServerParts& parts,
                                      const Route& route,
                                      const HttpRequest& request,
                                      UnixSeconds now);

/// The session of the bearer token in the headers. Errc::not_signed_in.
[[nodiscard]] Result<Caller> identify_session(ServerParts& parts,
                                              const HttpRequest& request,
                                              UnixSeconds now);

}  // namespace twoseal::server
