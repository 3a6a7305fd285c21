#include "storage/memory/memory_registry.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/mutex.h"
#include "crypto/hash.h"

namespace twoseal {
namespace {

// The values behind `after` that `wanted` accepts, at most kRowsMax.
template <class Map, class Wanted>
std::vector<typename Map::mapped_type> behind(const Map& map,
                                              const typename Map::key_type& after,
                                              Wanted wanted) {
  std::vector<typename Map::mapped_type> found;
  for (auto one = map.upper_bound(after); one != map.end() && found.size() < kRowsMax; ++one) {
    if (wanted(one->second)) {
      found.push_back(one->second);
    }
  }
  return found;
}

constexpr auto kAll = [](const auto&) { return true; };

template <class Map, class Key>
Result<typename Map::mapped_type> find_in(const Map& map, const Key& key, std::string what) {
  const auto found = map.find(key);
  return found == map.end()
             ? Result<typename Map::mapped_type>(fail(Errc::not_found, std::move(what)))
             : found->second;
}

struct Reservation {
  Digest request;
  UnixSeconds at = 0;
  std::optional<KeptAnswer> answer;
};

struct KnownReport {
  HeldReport report;
  std::optional<std::uint64_t> entry;
};

class MemoryRegistry final : public Registry {
 public:
  Result<void> put_session(const OpenSession& session) override {
    const MutexLock lock(mutex_);
    const bool known = sessions_.contains(session.id) ||
                       std::any_of(sessions_.begin(), sessions_.end(), [&](const auto& one) {
                         return one.second.token == session.token;
                       });
    if (known) {
      return fail(Errc::exists_already, "the session is there already");
    }
    OpenSession& kept = sessions_[session.id] = session;
    kept.revoked_at.reset();
    return {};
  }

  Result<OpenSession> session_of(const Digest& token) const override {
    const MutexLock lock(mutex_);
    for (const auto& [id, session] : sessions_) {
      if (session.token == token) {
        return session;
      }
    }
    return fail(Errc::not_found, "no session has this token");
  }

  Result<std::vector<OpenSession>> sessions_by(const ActorId& actor) const override {
    const MutexLock lock(mutex_);
    return behind(sessions_, "", [&](const OpenSession& one) { return one.actor == actor; });
  }

  Result<void> touch_session(std::string_view id, UnixSeconds at) override {
    const MutexLock lock(mutex_);
    if (const auto found = sessions_.find(id); found != sessions_.end()) {
      found->second.last_used = std::max(found->second.last_used, at);
    }
    return {};
  }

  Result<void> revoke_session(std::string_view id, UnixSeconds at) override {
    const MutexLock lock(mutex_);
    const auto found = sessions_.find(id);
    if (found == sessions_.end()) {
      return fail(Errc::not_found, "no session " + std::string(id));
    }
    found->second.revoked_at = found->second.revoked_at.value_or(at);
    return {};
  }

  Result<void> drop_sessions(UnixSeconds now) override {
    const MutexLock lock(mutex_);
    std::erase_if(sessions_, [&](const auto& one) { return one.second.expires_at <= now; });
    return {};
  }

  Result<void> put_join_token(const JoinToken& token) override {
    const MutexLock lock(mutex_);
    JoinToken unused = token;
    unused.used_by.reset();
    unused.used_at = 0;
    return tokens_.emplace(token.id, unused).second
               ? Result<void>()
               : fail(Errc::exists_already, "the join token " + token.id + " is there already");
  }

  Result<void> take_join_token(std::string_view id, const HostId& host, UnixSeconds now) override {
    const MutexLock lock(mutex_);
    const auto found = tokens_.find(id);
    if (found == tokens_.end()) {
      return fail(Errc::token_unknown, "the join token " + std::string(id));
    }
    JoinToken& token = found->second;
    if (token.used_by) {
      return fail(Errc::token_used, "by " + token.used_by->text());
    }
    if (token.expires_at <= now) {
      return fail(Errc::token_expired, "at " + std::to_string(token.expires_at));
    }
    token.used_by = host;
    token.used_at = now;
    return {};
  }

  Result<std::vector<JoinToken>> join_tokens(std::string_view after) const override {
    const MutexLock lock(mutex_);
    return behind(tokens_, std::string(after), kAll);
  }

  Result<void> remove_join_token(std::string_view id) override {
    const MutexLock lock(mutex_);
    return tokens_.erase(std::string(id)) == 1
               ? Result<void>()
               : fail(Errc::not_found, "there is no join token " + std::string(id));
  }

  Result<void> drop_join_tokens(UnixSeconds now) override {
    const MutexLock lock(mutex_);
    std::erase_if(tokens_, [&](const auto& one) { return one.second.expires_at <= now; });
    return {};
  }

  Result<void> put_join_request(const HeldJoinRequest& request) override {
    const MutexLock lock(mutex_);
    const auto held = join_requests_.find(request.host.text());
    if (held != join_requests_.end() && held->second.state == JoinState::assigned) {
      return fail(Errc::exists_already, request.host.text() + " is assigned");
    }
    join_requests_[request.host.text()] = request;
    return {};
  }

  Result<HeldJoinRequest> join_request(const HostId& host) const override {
    const MutexLock lock(mutex_);
    return find_in(join_requests_, host.text(), "no join request of " + host.text());
  }

  Result<std::vector<HeldJoinRequest>> join_requests(JoinState state,
                                                     std::string_view after) const override {
    const MutexLock lock(mutex_);
    return behind(join_requests_, std::string(after), [&](const HeldJoinRequest& one) {
      return one.state == state;
    });
  }

  Result<void> move_join_request(const HostId& host, JoinState state) override {
    const MutexLock lock(mutex_);
    const auto found = join_requests_.find(host.text());
    if (found == join_requests_.end()) {
      return fail(Errc::not_found, "no join request of " + host.text());
    }
    found->second.state = state;
    return {};
  }

  Result<void> put_contacts(std::span<const HostContact> contacts) override {
    const MutexLock lock(mutex_);
    for (const HostContact& one : contacts) {
      HostContact& held = contacts_.try_emplace(one.host.text(), one).first->second;
      held = one.at >= held.at ? one : held;
    }
    return {};
  }

  Result<HostContact> contact(const HostId& host) const override {
    const MutexLock lock(mutex_);
    return find_in(contacts_, host.text(), host.text() + " has never been in contact");
  }

  Result<std::vector<HostContact>> contacts(std::string_view after) const override {
    const MutexLock lock(mutex_);
    return behind(contacts_, std::string(after), kAll);
  }

  Result<void> put_denial(const Denial& denial) override {
    const MutexLock lock(mutex_);
    denials_[denial.kind].try_emplace(denial.value, denial);
    return {};
  }

  Result<void> remove_denial(DenialKind kind, std::string_view value) override {
    const MutexLock lock(mutex_);
    return denials_[kind].erase(std::string(value)) == 1
               ? Result<void>()
               : fail(Errc::not_found, std::string(value) + " is not denied");
  }

  Result<std::vector<Denial>> denials(DenialKind kind, std::string_view after) const override {
    const MutexLock lock(mutex_);
    const auto found = denials_.find(kind);
    return found == denials_.end() ? std::vector<Denial>()
                                   : behind(found->second, std::string(after), kAll);
  }

  Result<bool> is_denied(DenialKind kind, std::string_view value) const override {
    const MutexLock lock(mutex_);
    const auto found = denials_.find(kind);
    return found != denials_.end() && found->second.contains(std::string(value));
  }

  Result<void> put_plan_request(const HeldPlanRequest& request) override {
    const MutexLock lock(mutex_);
    plan_requests_.try_emplace(request.digest, request);
    return {};
  }

  Result<HeldPlanRequest> plan_request(const Digest& digest) const override {
    const MutexLock lock(mutex_);
    return find_in(plan_requests_, digest, "no plan request " + digest.text());
  }

  Result<std::vector<HeldPlanRequest>> open_plan_requests(UnixSeconds now) const override {
    const MutexLock lock(mutex_);
    return behind(
        plan_requests_, Digest(), [&](const HeldPlanRequest& one) { return one.not_after > now; });
  }

  Result<void> put_plan_answer(const HeldPlanAnswer& answer, BytesView class_bytes) override {
    const MutexLock lock(mutex_);
    if (!plan_requests_.contains(answer.request)) {
      return fail(Errc::not_found, "no plan request " + answer.request.text());
    }
    const auto [held, added] = answers_[answer.request].try_emplace(answer.host.text(), answer);
    if (!added) {
      return held->second.bytes == answer.bytes && held->second.why == answer.why
                 ? Result<void>()
                 : fail(Errc::exists_already, answer.host.text() + " answered before");
    }
    if (answer.why.empty()) {
      classes_.try_emplace(answer.class_digest, class_bytes);
    }
    return {};
  }

  Result<std::vector<HeldPlanAnswer>> plan_answers(const Digest& request,
                                                   std::string_view after) const override {
    const MutexLock lock(mutex_);
    const auto found = answers_.find(request);
    return found == answers_.end() ? std::vector<HeldPlanAnswer>()
                                   : behind(found->second, std::string(after), kAll);
  }

  Result<Bytes> plan_class(const Digest& digest) const override {
    const MutexLock lock(mutex_);
    TWOSEAL_TRY(Bytes bytes, find_in(classes_, digest, "no plan class " + digest.text()));
    return sha256(bytes) == digest
               ? Result<Bytes>(std::move(bytes))
               : fail(Errc::ledger_inconsistent,
                      "the plan class " + digest.text() + " has another digest now");
  }

  Result<void> drop_plans(UnixSeconds before) override {
    const MutexLock lock(mutex_);
    std::erase_if(plan_requests_, [&](const auto& one) { return one.second.not_after < before; });
    for (auto one = answers_.begin(); one != answers_.end();) {
      one = plan_requests_.contains(one->first) ? std::next(one) : answers_.erase(one);
    }
    std::set<Digest> used;
    for (const auto& [request, answers] : answers_) {
      for (const auto& [host, answer] : answers) {
        used.insert(answer.class_digest);
      }
    }
    std::erase_if(classes_, [&](const auto& one) { return !used.contains(one.first); });
    return {};
  }

  Result<std::optional<KeptAnswer>> reserve_request(const ActorId& actor,
                                                    std::string_view key,
                                                    const Digest& request,
                                                    UnixSeconds now,
                                                    std::int64_t wait_max) override {
    const MutexLock lock(mutex_);
    const auto [found, added] =
        requests_.try_emplace({actor, std::string(key)}, Reservation{request, now, {}});
    Reservation& held = found->second;
    if (added) {
      return std::nullopt;
    }
    if (held.request != request) {
      return fail(Errc::key_reused, "it belongs to the request " + held.request.text());
    }
    if (held.answer) {
      return held.answer;
    }
    if (now < held.at + wait_max) {
      return fail(Errc::in_progress, "since " + std::to_string(held.at));
    }
    held.at = now;
    return std::nullopt;
  }

  Result<void> finish_request(const ActorId& actor,
                              std::string_view key,
                              const KeptAnswer& answer) override {
    if (answer.body.size() > kAnswerBodyMax) {
      return fail(Errc::too_large, "an answer of " + std::to_string(answer.body.size()) + " bytes");
    }
    const MutexLock lock(mutex_);
    const auto found = requests_.find({actor, std::string(key)});
    if (found == requests_.end()) {
      return fail(Errc::not_found, "no request has this key");
    }
    found->second.answer = answer;
    return {};
  }

  Result<void> release_request(const ActorId& actor, std::string_view key) override {
    const MutexLock lock(mutex_);
    const auto found = requests_.find({actor, std::string(key)});
    if (found != requests_.end() && !found->second.answer) {
      requests_.erase(found);
    }
    return {};
  }

  Result<void> drop_requests(UnixSeconds before) override {
    const MutexLock lock(mutex_);
    std::erase_if(requests_, [&](const auto& one) { return one.second.at < before; });
    return {};
  }

  Result<void> put_report(const HeldReport& report) override {
    const MutexLock lock(mutex_);
    auto& held = reports_[report.host];
    if (!held.empty() && held.rbegin()->first >= report.counter) {
      const auto same = held.find(report.counter);
      return same != held.end() && same->second.report.digest == report.digest
                 ? Result<void>()
                 : fail(Errc::report_old,
                        report.host.text() + " has sent report " +
                            std::to_string(held.rbegin()->first));
    }
    held.emplace(report.counter, KnownReport{report, {}});
    return {};
  }

  Result<HeldReport> newest_report(const HostId& host) const override {
    const MutexLock lock(mutex_);
    const auto found = reports_.find(host);
    return found == reports_.end()
               ? Result<HeldReport>(fail(Errc::not_found, host.text() + " has not reported yet"))
               : found->second.rbegin()->second.report;
  }

  Result<std::vector<HeldReport>> unnamed_reports() const override {
    const MutexLock lock(mutex_);
    std::map<Digest, HeldReport> unnamed;
    for (const auto& [host, reports] : reports_) {
      for (const auto& [counter, one] : reports) {
        if (!one.entry) {
          unnamed.emplace(one.report.digest, one.report);
        }
      }
    }
    return behind(unnamed, Digest(), kAll);
  }

  Result<void> name_reports(std::span<const Digest> reports, std::uint64_t index) override {
    const MutexLock lock(mutex_);
    const std::set<Digest> named(reports.begin(), reports.end());
    for (auto& [host, held] : reports_) {
      for (auto& [counter, one] : held) {
        if (named.contains(one.report.digest)) {
          one.entry = index;
        }
      }
    }
    return {};
  }

  Result<void> keep_fresh(const KeptFresh& fresh) override {
    const MutexLock lock(mutex_);
    freshes_.emplace(std::pair(fresh.at, fresh.digest), fresh);
    return {};
  }

  Result<KeptFresh> fresh_until(UnixSeconds at) const override {
    const MutexLock lock(mutex_);
    const auto behind_it = freshes_.lower_bound(std::pair(at + 1, Digest()));
    return behind_it == freshes_.begin()
               ? Result<KeptFresh>(fail(Errc::not_found, "no fresh of that time was kept"))
               : std::prev(behind_it)->second;
  }

  Result<void> put_work_lines(std::span<const WorkLine> lines) override {
    const MutexLock lock(mutex_);
    std::map<std::pair<Digest, HostId>, std::size_t> added;
    for (const WorkLine& line : lines) {
      if (line.text.size() > kWorkLineMax) {
        return fail(Errc::too_large, "a line of " + std::to_string(line.text.size()) + " bytes");
      }
      const std::pair key{line.change, line.host};
      const auto held = work_.find(key);
      const std::size_t before = held == work_.end() ? 0 : held->second.size();
      if (before + added[key]++ >= kWorkLinesMax) {
        return fail(Errc::too_large, "the work log of " + line.host.text() + " is full");
      }
    }
    for (const WorkLine& line : lines) {
      work_[{line.change, line.host}].push_back(line);
    }
    return {};
  }

  Result<std::vector<WorkLine>> work_lines(const Digest& change,
                                           const HostId& host,
                                           std::size_t skip) const override {
    const MutexLock lock(mutex_);
    const auto found = work_.find({change, host});
    if (found == work_.end() || skip >= found->second.size()) {
      return std::vector<WorkLine>();
    }
    const auto begin = found->second.begin() + static_cast<std::ptrdiff_t>(skip);
    const std::size_t count = std::min(kRowsMax, found->second.size() - skip);
    return std::vector<WorkLine>(begin, begin + static_cast<std::ptrdiff_t>(count));
  }

 private:
  template <class T>
  using ByText = std::map<std::string, T, std::less<>>;

  mutable Mutex mutex_;
  ByText<OpenSession> sessions_ GUARDED_BY(mutex_);
  ByText<JoinToken> tokens_ GUARDED_BY(mutex_);
  ByText<HeldJoinRequest> join_requests_ GUARDED_BY(mutex_);
  ByText<HostContact> contacts_ GUARDED_BY(mutex_);
  std::map<DenialKind, ByText<Denial>> denials_ GUARDED_BY(mutex_);
  std::map<Digest, HeldPlanRequest> plan_requests_ GUARDED_BY(mutex_);
  std::map<Digest, ByText<HeldPlanAnswer>> answers_ GUARDED_BY(mutex_);
  std::map<Digest, Bytes> classes_ GUARDED_BY(mutex_);
  std::map<std::pair<ActorId, std::string>, Reservation> requests_ GUARDED_BY(mutex_);
  std::map<HostId, std::map<std::int64_t, KnownReport>> reports_ GUARDED_BY(mutex_);
  std::map<std::pair<Digest, HostId>, std::vector<WorkLine>> work_ GUARDED_BY(mutex_);
  std::map<std::pair<UnixSeconds, Digest>, KeptFresh> freshes_ GUARDED_BY(mutex_);
};

}  // namespace

std::unique_ptr<Registry> make_memory_registry() {
  return std::make_unique<MemoryRegistry>();
}

}  // namespace twoseal
