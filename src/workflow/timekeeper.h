// The server as timekeeper: the signed word on what is current. docs/formats/fresh.md.
#pragma once

#include <functional>
#include <memory>

#include "base/clock.h"
#include "base/mutex.h"
#include "workflow/ledger_view.h"

namespace twoseal {

inline constexpr std::int64_t kFreshAge = 60;             ///< seconds until it is made again
inline constexpr std::int64_t kFreshTtlDefault = 86'400;  ///< seconds

/// Makes the SSHSIG armour of `message` under `name_space`; the key may be anywhere.
using ArmorSigner =
    std::function<Result<std::string>(std::string_view name_space, BytesView message)>;

struct TimekeeperKey {
  KeyId id;
  Bytes pub;  ///< as the roster lists it
  ArmorSigner sign;
};

/// A fresh with all that it rests on. Never changed.
struct FreshNow {
  Fresh fresh;
  Digest digest;
  Bytes bytes;
  SignedStatement source;  ///< the timekeeper's
  Bytes record;
  Bytes stops;  ///< the list that it names
  std::shared_ptr<const Documents> documents;
};

/// All verbs are safe for several threads at once.
class Timekeeper {
 public:
  /// All must outlive it.
  Timekeeper(const Store& store,
             const LedgerView& view,
             Clock& clock,
             TimekeeperKey key,
             std::int64_t ttl = kFreshTtlDefault)
      : store_(store), view_(view), clock_(clock), key_(std::move(key)), ttl_(ttl) {}

  /// Makes a fresh of now. A server does so before it listens. Errc::bad_key when the key is not
  /// among the roster's timekeepers; Errc::not_found while a document is not in force;
  /// Errc::try_again while no checkpoint covers the newest document; errors of the signer.
  [[nodiscard]] Result<void> renew();

  /// The same when it is due: the newest is kFreshAge old, or documents or active stops are others
  /// than it names. Whether it was. While no checkpoint covers a new document, it is not due.
  [[nodiscard]] Result<bool> renew_if_due();

  /// nullptr before the first.
  [[nodiscard]] std::shared_ptr<const FreshNow> newest() const;

 private:
  [[nodiscard]] Result<void> check_key(const Documents& documents) const;
  [[nodiscard]] Result<SignedStatement> sign(const Fresh& fresh, const Digest& digest) const;

  const Store& store_;
  const LedgerView& view_;
  Clock& clock_;
  const TimekeeperKey key_;
  const std::int64_t ttl_;

  mutable Mutex mutex_;
  std::shared_ptr<const FreshNow> newest_ GUARDED_BY(mutex_);
};

}  // namespace twoseal
