#include "server/routes/handlers.h"

namespace twoseal::server {
namespace {

constexpr UnixSeconds kFreshAgeMax = 5 * kFreshAge;

Result<void> check_ready(const Call& call) {
  if (const auto state = call.parts.sequencer.state(); !state) {
    return fail(Errc::not_ready, "the log cannot be signed: " + state.error().what);
  }
  const auto fresh = call.parts.timekeeper.newest();
  if (fresh == nullptr || call.now > fresh->fresh.at + kFreshAgeMax) {
    return fail(Errc::not_ready, "the newest freshness statement is older than five minutes");
  }
  return {};
}

}  // namespace

Result<HttpResponse> get_live(const Call& /*call*/) {
  return text_answer("live\n");
}

Result<HttpResponse> get_ready(const Call& call) {
  TWOSEAL_TRY_VOID(check_ready(call));
  return text_answer("ready\n");
}

}  // namespace twoseal::server
