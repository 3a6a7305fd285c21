#include <algorithm>

#include "base/limits.h"
#include "server/routes/shared.h"

namespace twoseal::server {
namespace {

constexpr std::size_t kQueueMax = 100;

bool is_over(ChangeState state) {
  switch (state) {
    case ChangeState::done:
    case ChangeState::rejected:
    case ChangeState::withdrawn:
    case ChangeState::expired:
    case ChangeState::failed:
    case ChangeState::rolled_back:
    case ChangeState::stale:
      return true;
    default:
      return false;
  }
}

// What is over waits for its author until a week behind its window, unless somebody took it back on
// purpose.
bool still_waits(const ChangeFacts& facts, ChangeState state, UnixSeconds now) {
  constexpr std::int64_t kWeek = 7 * limits::kDay;
  return !is_over(state) || (!is_undone(facts) && now < facts.change->window.not_after + kWeek);
}

struct Moving {
  Json::Array queue;  ///< changes whose next step is the caller's
  std::int64_t count = 0;
};

Result<Moving> moving_for(const Call& call) {
  Moving moving;
  for (const auto& facts : call.parts.view.moving()) {
    if (!call.caller.may_see(facts->change->author)) {
      continue;
    }
    TWOSEAL_TRY(const auto shown, call.parts.courses.of(facts->digest));
    const ChangeState state = shown->course.state;
    moving.count += is_over(state) ? 0 : 1;
    const auto& who = shown->course.next.who;
    if (std::find(who.begin(), who.end(), call.caller.by) != who.end() &&
        moving.queue.size() < kQueueMax && still_waits(*facts, state, call.now)) {
      moving.queue.emplace_back(shown->row);
    }
  }
  return moving;
}

// Documents that more people have to sign, and that the caller has not signed yet.
std::size_t waiting_for(const Caller& caller) {
  const auto& waiting = caller.documents->waiting;
  return static_cast<std::size_t>(
      std::count_if(waiting.begin(), waiting.end(), [&](const WaitingDocument& one) {
        return !caller.is_service() &&
               std::find(one.signers.begin(), one.signers.end(), caller.by) == one.signers.end();
      }));
}

}  // namespace

Result<HttpResponse> get_status(const Call& call) {
  TWOSEAL_TRY(Moving moving, moving_for(call));
  const auto fresh = call.parts.timekeeper.newest();
  const HostCounts hosts = count_hosts(call);
  return json_answer({{"by", call.caller.by.text()},
                      {"your_turn", std::move(moving.queue)},
                      {"documents_waiting", std::uint64_t{waiting_for(call.caller)}},
                      {"changes_moving", moving.count},
                      {"hosts", hosts.assigned},
                      {"hosts_reporting", hosts.reporting},
                      {"hosts_looking_on", hosts.looking_on},
                      {"log_size", call.parts.view.point().size},
                      {"fresh_at", fresh->fresh.at}});
}

}  // namespace twoseal::server
