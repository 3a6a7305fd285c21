#include <algorithm>

#include "server/routes/handlers.h"

namespace twoseal::server {
namespace {

constexpr std::size_t kQueueMax = 100;
constexpr UnixSeconds kSilent = 180;  // seconds: three beats

// Changes whose next step is the caller's.
Result<Json::Array> queue_of(const Call& call) {
  Json::Array queue;
  for (const auto& facts : call.parts.view.moving()) {
    if (!call.caller.may_see(facts->change->author) || queue.size() >= kQueueMax) {
      continue;
    }
    TWOSEAL_TRY(const auto shown, call.parts.courses.of(facts->digest));
    const auto& who = shown->course.next.who;
    if (std::find(who.begin(), who.end(), call.caller.by) != who.end()) {
      queue.emplace_back(shown->row);
    }
  }
  return queue;
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
  TWOSEAL_TRY(Json::Array queue, queue_of(call));
  const auto moving = call.parts.view.moving();
  const auto own = std::count_if(moving.begin(), moving.end(), [&](const auto& facts) {
    return call.caller.may_see(facts->change->author);
  });
  const auto fresh = call.parts.timekeeper.newest();
  return json_answer(
      {{"by", call.caller.by.text()},
       {"your_turn", std::move(queue)},
       {"documents_waiting", std::uint64_t{waiting_for(call.caller)}},
       {"changes_moving", std::int64_t{own}},
       {"hosts", std::ssize(call.caller.documents->hosts)},
       {"hosts_reporting",
        static_cast<std::uint64_t>(call.parts.contacts.heard_since(call.now - kSilent))},
       {"log_size", call.parts.view.point().size},
       {"fresh_at", fresh->fresh.at}});
}

}  // namespace twoseal::server
