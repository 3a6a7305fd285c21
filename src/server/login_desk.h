// Questions that wait to be answered by a signed login. docs/formats/session.md.
#pragma once

#include <map>
#include <string>

#include "base/mutex.h"
#include "policy/keyring.h"
#include "policy/statements.h"

namespace twoseal::server {

inline constexpr std::int64_t kChallengeSeconds = 60;

/// Safe for several threads at once. Questions are kept in memory alone: after a restart one asks
/// again.
class LoginDesk {
 public:
  static constexpr std::size_t kOpenMax = 4'096;

  explicit LoginDesk(const Digest& org) : org_(org) {}

  /// The bytes of a session object for `by` to sign. Errc::too_many_tries when kOpenMax wait.
  [[nodiscard]] Result<Bytes> ask(const ActorId& by, const std::string& origin, UnixSeconds now);

  /// Checks the answer: to a question of ours, asked to its signer, not answered before, in time,
  /// signed with a key that `keyring` lists and that has not ended at log size `size`. The question
  /// is used up, whatever comes out. Errc::login_refused.
  [[nodiscard]] Result<void> answer(const SignedStatement& record,
                                    const Keyring& keyring,
                                    std::uint64_t size,
                                    UnixSeconds now);

 private:
  struct Open {
    ActorId by;
    UnixSeconds expires = 0;
  };

  const Digest org_;
  Mutex mutex_;
  std::map<Digest, Open> open_ GUARDED_BY(mutex_);
};

/// Whether `by` may still use a key of `keyring` at log size `size`: that of `key`, or, when that
/// is empty, any.
[[nodiscard]] bool has_usable_key(const Keyring& keyring,
                                  const ActorId& by,
                                  std::string_view key,
                                  std::uint64_t size);

}  // namespace twoseal::server
