#include "codec/objects.h"
#include "model/contact.h"
#include "server/routes/handlers.h"

namespace twoseal::server {
namespace {

constexpr std::size_t kLogMax = std::size_t{2} * 1024 * 1024;

}  // namespace

Result<HttpResponse> deliver_run_log(const Call& call) {
  TWOSEAL_TRY(const RunLog log, codec::decode<RunLog>(call.request.body, kLogMax));
  const auto facts = call.parts.view.change(log.change);
  if (facts == nullptr || !facts->place_of(*call.caller.host)) {
    return fail(Errc::not_found, "there is no such change for this host");
  }
  std::vector<WorkLine> lines;
  for (const RunLogLine& one : log.lines) {
    lines.push_back({log.change, *call.caller.host, one.at, one.text});
  }
  TWOSEAL_TRY_VOID(call.parts.registry->put_work_lines(lines));
  return empty_answer();
}

}  // namespace twoseal::server
