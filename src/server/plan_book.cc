#include "server/plan_book.h"

#include <algorithm>

#include "base/limits.h"
#include "codec/objects.h"

namespace twoseal::server {

Result<std::vector<HeldPlanAnswer>> all_answers(const Registry& registry, const Digest& request) {
  std::vector<HeldPlanAnswer> all;
  std::string after;
  while (true) {
    TWOSEAL_TRY(auto rows, registry.plan_answers(request, after));
    const std::size_t count = rows.size();
    std::move(rows.begin(), rows.end(), std::back_inserter(all));
    if (count < kRowsMax) {
      return all;
    }
    after = all.back().host.text();
  }
}

Result<void> PlanBook::remember(const HeldPlanRequest& request) {
  TWOSEAL_TRY(PlanRequest decoded, codec::decode<PlanRequest>(request.bytes));
  const MutexLock lock(mutex_);
  open_.try_emplace(request.digest, Open{std::move(decoded.hosts), request.not_after, {}});
  return {};
}

Result<void> PlanBook::load(UnixSeconds now) {
  TWOSEAL_TRY(const auto requests, registry_.open_plan_requests(now));
  for (const HeldPlanRequest& one : requests) {
    TWOSEAL_TRY_VOID(remember(one));
    TWOSEAL_TRY(const auto answers, all_answers(registry_, one.digest));
    const MutexLock lock(mutex_);
    for (const HeldPlanAnswer& answer : answers) {
      open_.at(one.digest).answered.insert(answer.host);
    }
  }
  return {};
}

Result<void> PlanBook::add(const HeldPlanRequest& request) {
  TWOSEAL_TRY_VOID(registry_.put_plan_request(request));
  return remember(request);
}

Result<void> PlanBook::answer(const HeldPlanAnswer& answer, BytesView class_bytes) {
  TWOSEAL_TRY_VOID(registry_.put_plan_answer(answer, class_bytes));
  const MutexLock lock(mutex_);
  if (const auto found = open_.find(answer.request); found != open_.end()) {
    found->second.answered.insert(answer.host);
  }
  return {};
}

std::vector<Digest> PlanBook::open_for(const HostId& host, UnixSeconds now) const {
  const MutexLock lock(mutex_);
  std::vector<Digest> list;
  for (const auto& [digest, one] : open_) {
    if (now <= one.not_after && !one.answered.contains(host) &&
        std::binary_search(one.hosts.begin(), one.hosts.end(), host)) {
      list.push_back(digest);
    }
  }
  return list;
}

std::vector<HostId> PlanBook::hosts_of(const Digest& request) const {
  const MutexLock lock(mutex_);
  const auto found = open_.find(request);
  return found != open_.end() ? found->second.hosts : std::vector<HostId>();
}

std::size_t PlanBook::answers_to(const Digest& request) const {
  const MutexLock lock(mutex_);
  const auto found = open_.find(request);
  return found != open_.end() ? found->second.answered.size() : 0;
}

Result<void> PlanBook::drop(UnixSeconds now) {
  const UnixSeconds before = now - limits::kDay;
  {
    const MutexLock lock(mutex_);
    std::erase_if(open_, [&](const auto& one) { return one.second.not_after < before; });
  }
  return registry_.drop_plans(before);
}

}  // namespace twoseal::server
