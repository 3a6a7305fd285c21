#include "workflow/timekeeper.h"

#include <algorithm>

#include "codec/objects.h"
#include "crypto/hash.h"
#include "workflow/log.h"

namespace twoseal {
namespace {

template <class T>
VersionRef reference(const std::shared_ptr<const Named<T>>& document) {
  return {document->digest, document->value.version};
}

}  // namespace

Result<void> Timekeeper::check_key(const Documents& documents) const {
  if (documents.roster == nullptr || documents.policy == nullptr ||
      documents.restrictions == nullptr) {
    return fail(Errc::not_found, "roster, policy or restrictions are not in force yet");
  }
  const auto& keys = documents.roster->value.timekeepers.keys;
  return std::any_of(keys.begin(),
                     keys.end(),
                     [&](const BareKey& one) { return one.id == key_.id && one.pub == key_.pub; })
             ? Result<void>()
             : fail(Errc::bad_key, "the timekeeper key is not the one in the roster");
}

Result<SignedStatement> Timekeeper::sign(const Fresh& fresh, const Digest& digest) const {
  SignedStatement source;
  Statement& statement = source.statement;
  statement.act = Act::sign;
  statement.at = fresh.at;
  TWOSEAL_TRY(statement.by, ActorId::parse("t:" + key_.id.text()));
  statement.key = key_.id;
  statement.obj = digest;
  statement.obj_type = ObjType::fresh;
  statement.org = fresh.org;
  statement.roster = fresh.roster.version;
  statement.seen = fresh.log;
  source.record.statement = codec::encode(statement);
  TWOSEAL_TRY(source.record.armor,
              key_.sign(signature_namespace(Act::sign), source.record.statement));
  source.digest = sha256(source.record.statement);
  return source;
}

Result<void> Timekeeper::renew() {
  auto made = std::make_shared<FreshNow>();
  made->documents = view_.documents();
  const Documents& documents = *made->documents;
  TWOSEAL_TRY_VOID(check_key(documents));
  TWOSEAL_TRY(const auto saved, store_.newest_checkpoint());
  if (!saved || saved->size < documents.size) {
    return fail(Errc::try_again, "no checkpoint covers the newest document yet");
  }
  const UnixSeconds now = clock_.now();
  Fresh& fresh = made->fresh;
  made->stops =
      codec::encode(StopList{.at = now, .list = documents.active_stops(now), .org = documents.org});
  fresh.assignments_root = documents.assignments_root;
  fresh.at = now;
  TWOSEAL_TRY(const Digest root, root_at(store_, saved->size));
  fresh.log = {root, static_cast<std::int64_t>(saved->size)};
  fresh.org = documents.org;
  fresh.policy = reference(documents.policy);
  fresh.restrictions = reference(documents.restrictions);
  fresh.roster = reference(documents.roster);
  fresh.stops = sha256(made->stops);
  fresh.ttl = ttl_;
  made->bytes = codec::encode(fresh);
  made->digest = sha256(made->bytes);
  TWOSEAL_TRY(made->source, sign(fresh, made->digest));
  made->record = codec::encode(made->source.record);
  const MutexLock lock(mutex_);
  // Of two that are made at once, the later word stays.
  if (newest_ == nullptr || newest_->fresh.at <= now) {
    newest_ = std::move(made);
  }
  return {};
}

Result<bool> Timekeeper::renew_if_due() {
  const auto held = newest();
  const UnixSeconds now = clock_.now();
  const auto documents = view_.documents();
  const bool due = held == nullptr || now >= held->fresh.at + kFreshAge ||
                   documents != held->documents ||
                   documents->active_stops(now) != held->documents->active_stops(held->fresh.at);
  if (!due) {
    return false;
  }
  const auto renewed = renew();
  if (!renewed && renewed.error().code == Errc::try_again && held != nullptr) {
    return false;
  }
  TWOSEAL_TRY_VOID(renewed);
  return true;
}

std::shared_ptr<const FreshNow> Timekeeper::newest() const {
  const MutexLock lock(mutex_);
  return newest_;
}

}  // namespace twoseal
