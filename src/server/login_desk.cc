#include "server/login_desk.h"

#include <algorithm>
#include <optional>

#include "base/limits.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "crypto/random.h"
#include "model/session.h"

namespace twoseal::server {
namespace {

constexpr std::size_t kChallengeSize = 32;

bool stands(std::optional<std::int64_t> until, std::uint64_t size) {
  return !until || std::cmp_less(size, *until);
}

std::unexpected<Error> refused(std::string why) {
  return fail(Errc::login_refused, std::move(why));
}

}  // namespace

bool has_usable_key(const Keyring& keyring,
                    const ActorId& by,
                    std::string_view key,
                    std::uint64_t size) {
  if (const Service* service = keyring.service(by)) {
    return stands(service->until, size);
  }
  const Person* person = keyring.person(by);
  return person != nullptr &&
         std::any_of(person->keys.begin(), person->keys.end(), [&](const RosterKey& one) {
           return (key.empty() || one.id.text() == key) && !one.compromised &&
                  stands(one.until, size);
         });
}

Result<Bytes> LoginDesk::ask(const ActorId& by, const std::string& origin, UnixSeconds now) {
  LoginSession session;
  session.challenge = random_bytes(kChallengeSize);
  session.expires = now + kChallengeSeconds;
  session.org = org_;
  session.origin = origin;
  Bytes bytes = codec::encode(session);
  const MutexLock lock(mutex_);
  if (open_.size() >= kOpenMax) {
    std::erase_if(open_, [&](const auto& one) { return now > one.second.expires; });
  }
  if (open_.size() >= kOpenMax) {
    return fail(Errc::too_many_tries, "too many logins wait to be signed");
  }
  open_.emplace(sha256(bytes), Open{by, session.expires});
  return bytes;
}

Result<void> LoginDesk::answer(const SignedStatement& record,
                               const Keyring& keyring,
                               std::uint64_t size,
                               UnixSeconds now) {
  const Statement& statement = record.statement;
  std::optional<Open> question;
  {
    const MutexLock lock(mutex_);
    if (const auto found = open_.find(statement.obj); found != open_.end()) {
      question = found->second;
      open_.erase(found);
    }
  }
  if (!question || now > question->expires) {
    return refused("the question was not asked by this server, or its time is over");
  }
  if (statement.act != Act::login || statement.obj_type != ObjType::session ||
      statement.org != org_ || statement.by != question->by) {
    return refused("the statement is not a login of " + question->by.text());
  }
  if (statement.at > now + limits::kClockSkew || statement.at < now - limits::kClockSkew) {
    return refused("the clock of the signer is more than five minutes off");
  }
  const Judged judged = examine_signature(record, keyring);
  if (judged.problem) {
    return refused(statement.by.text() + ": " + *judged.problem);
  }
  return has_usable_key(keyring, statement.by, statement.key.text(), size)
             ? Result<void>()
             : refused("key " + statement.key.text() + " has ended");
}

}  // namespace twoseal::server
