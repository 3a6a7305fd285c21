// Who is signed in. The registry keeps it; what is asked with every request is kept in memory too.
#pragma once

#include <map>
#include <string>

#include "base/mutex.h"
#include "storage/registry.h"

namespace twoseal::server {

inline constexpr std::int64_t kSessionSeconds = 12 * 3'600;  ///< after the login, at most
inline constexpr std::int64_t kSessionIdle = 3'600;          ///< without a request

/// Safe for several threads at once. One book for a registry: a session that was revoked through
/// it is refused from the next request on.
class SessionBook {
 public:
  explicit SessionBook(Registry& registry) : registry_(registry) {}

  struct Opened {
    std::string token;  ///< base64url of 32 random octets; only its digest is kept
    OpenSession session;
  };

  /// `key`: the one that signed the login; the session ends when it does.
  [[nodiscard]] Result<Opened> open(const ActorId& actor, const KeyId& key, UnixSeconds now);

  /// The session of a token, and notes its use. Errc::not_signed_in for an unknown token and a
  /// session that is over, idle for too long, or revoked.
  [[nodiscard]] Result<OpenSession> use(std::string_view token, UnixSeconds now);

  /// Errc::not_found when `actor` has no such session.
  [[nodiscard]] Result<void> revoke(const std::string& id, const ActorId& actor, UnixSeconds now);

  /// Those of `actor` that are not over.
  [[nodiscard]] Result<std::vector<OpenSession>> of(const ActorId& actor, UnixSeconds now) const;

  /// Forgets what is over.
  [[nodiscard]] Result<void> drop(UnixSeconds now);

 private:
  struct Held {
    OpenSession session;
    UnixSeconds kept_use = 0;  ///< last_used as the registry has it
  };

  Registry& registry_;
  mutable Mutex mutex_;
  std::map<Digest, Held> held_ GUARDED_BY(mutex_);
};

}  // namespace twoseal::server
