// Requests for plans that are open, and which hosts have answered: asked at every contact, so kept
// in memory beside the registry.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <vector>

#include "base/mutex.h"
#include "model/plan.h"
#include "storage/registry.h"

namespace twoseal::server {

/// Safe for several threads at once.
class PlanBook {
 public:
  explicit PlanBook(Registry& registry) : registry_(registry) {}

  /// Reads what the registry has.
  [[nodiscard]] Result<void> load(UnixSeconds now);

  /// Keeps a request that was judged.
  [[nodiscard]] Result<void> add(const HeldPlanRequest& request);

  /// Keeps what a host said. Errors of Registry::put_plan_answer().
  [[nodiscard]] Result<void> answer(const HeldPlanAnswer& answer, BytesView class_bytes);

  /// Requests that name `host`, which has not answered, ascending.
  [[nodiscard]] std::vector<Digest> open_for(const HostId& host, UnixSeconds now) const;

  /// Hosts that a request names; empty when it is not open.
  [[nodiscard]] std::vector<HostId> hosts_of(const Digest& request) const;

  [[nodiscard]] std::size_t answers_to(const Digest& request) const;

  /// Forgets what ended long ago.
  [[nodiscard]] Result<void> drop(UnixSeconds now);

 private:
  struct Open {
    std::vector<HostId> hosts;  ///< ascending
    UnixSeconds not_after = 0;
    std::set<HostId> answered;
  };

  [[nodiscard]] Result<void> remember(const HeldPlanRequest& request);

  Registry& registry_;
  mutable Mutex mutex_;
  std::map<Digest, Open> open_ GUARDED_BY(mutex_);
};

/// All answers to a request.
[[nodiscard]] Result<std::vector<HeldPlanAnswer>> all_answers(const Registry& registry,
                                                              const Digest& request);

}  // namespace twoseal::server
