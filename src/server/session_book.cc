#include "server/session_book.h"

#include <algorithm>

#include "base/encoding.h"
#include "crypto/hash.h"
#include "crypto/random.h"

namespace twoseal::server {
namespace {

constexpr std::size_t kTokenSize = 32;
constexpr std::size_t kIdSize = 8;
constexpr std::size_t kHeldMax = 10'000;
constexpr std::int64_t kUseStep = 60;  // seconds between two notes of use, each of which is a sync

bool is_over(const OpenSession& session, UnixSeconds now) {
  return session.revoked_at || now >= session.expires_at || now >= session.last_used + kSessionIdle;
}

}  // namespace

Result<SessionBook::Opened> SessionBook::open(const ActorId& actor,
                                              const KeyId& key,
                                              UnixSeconds now) {
  Opened opened;
  opened.token = base64url_encode(random_bytes(kTokenSize));
  opened.session = {.id = hex_encode(random_bytes(kIdSize)),
                    .token = sha256(opened.token),
                    .actor = actor,
                    .opened_at = now,
                    .expires_at = now + kSessionSeconds,
                    .last_used = now,
                    .label = key.text()};
  TWOSEAL_TRY_VOID(registry_.put_session(opened.session));
  return opened;
}

Result<OpenSession> SessionBook::use(std::string_view token, UnixSeconds now) {
  const Digest digest = sha256(token);
  Held held;
  {
    const MutexLock lock(mutex_);
    const auto found = held_.find(digest);
    held = found != held_.end() ? found->second : Held();
  }
  if (held.session.id.empty()) {
    const auto known = registry_.session_of(digest);
    if (!known) {
      return known.error().code == Errc::not_found
                 ? fail(Errc::not_signed_in, "no session has this token")
                 : std::unexpected(known.error());
    }
    held = {*known, known->last_used};
  }
  if (is_over(held.session, now)) {
    return fail(Errc::not_signed_in, "this session is over");
  }
  held.session.last_used = std::max(held.session.last_used, now);
  if (now >= held.kept_use + kUseStep) {
    // Who reads goes on reading when nothing can be kept; the use is noted a minute later, or lost
    // with the process, and the session ends that much earlier.
    static_cast<void>(registry_.touch_session(held.session.id, now));
    held.kept_use = now;
  }
  const MutexLock lock(mutex_);
  if (held_.size() >= kHeldMax) {
    held_.clear();
  }
  const auto [place, added] = held_.try_emplace(digest, held);
  if (!added && place->second.session.revoked_at) {
    return fail(Errc::not_signed_in, "this session is over");  // revoked meanwhile
  }
  place->second = held;
  return held.session;
}

Result<void> SessionBook::revoke(const std::string& id, const ActorId& actor, UnixSeconds now) {
  TWOSEAL_TRY(const auto own, registry_.sessions_by(actor));
  const auto found =
      std::find_if(own.begin(), own.end(), [&](const OpenSession& one) { return one.id == id; });
  if (found == own.end()) {
    return fail(Errc::not_found, actor.text() + " has no session " + id);
  }
  TWOSEAL_TRY_VOID(registry_.revoke_session(id, now));
  const MutexLock lock(mutex_);
  Held& held = held_[found->token];
  held.session = *found;
  held.session.revoked_at = now;
  return {};
}

Result<std::vector<OpenSession>> SessionBook::of(const ActorId& actor, UnixSeconds now) const {
  TWOSEAL_TRY(auto sessions, registry_.sessions_by(actor));
  {
    const MutexLock lock(mutex_);
    for (OpenSession& one : sessions) {
      const auto found = held_.find(one.token);
      one.last_used = found != held_.end() ? found->second.session.last_used : one.last_used;
    }
  }
  std::erase_if(sessions, [&](const OpenSession& one) { return is_over(one, now); });
  return sessions;
}

Result<void> SessionBook::drop(UnixSeconds now) {
  {
    const MutexLock lock(mutex_);
    std::erase_if(held_, [&](const auto& one) { return is_over(one.second.session, now); });
  }
  return registry_.drop_sessions(now);
}

}  // namespace twoseal::server
