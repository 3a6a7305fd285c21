#include <algorithm>

#include "codec/objects.h"
#include "crypto/hash.h"
#include "model/contact.h"
#include "server/host_word.h"
#include "server/routes/shared.h"

namespace twoseal::server {
namespace {

constexpr std::size_t kRefusalMax = std::size_t{16} * 1024;

// Only hosts that were asked have an answer.
Result<void> check_asked(const Call& call, const Digest& request) {
  const auto hosts = call.parts.plans.hosts_of(request);
  return std::binary_search(hosts.begin(), hosts.end(), *call.caller.host)
             ? Result<void>()
             : fail(Errc::not_found, "there is no such request for this host");
}

Result<HttpResponse> keep(const Call& call, const HeldPlanAnswer& answer, BytesView class_bytes) {
  TWOSEAL_TRY_VOID(call.parts.plans.answer(answer, class_bytes));
  call.parts.channels.signal(channel_of_plan(answer.request));
  return empty_answer();
}

}  // namespace

Result<HttpResponse> answer_plan(const Call& call) {
  TWOSEAL_TRY(const auto files, codec::read_archive(call.request.body));
  TWOSEAL_TRY(const BytesView bytes, file_in(files, "answer.json"));
  TWOSEAL_TRY(const BytesView record, file_in(files, "record.json"));
  TWOSEAL_TRY(const BytesView class_bytes, file_in(files, "class.json"));
  TWOSEAL_TRY_VOID(check_host_word(call.caller, ObjType::plan_answer, bytes, record, call.now));
  TWOSEAL_TRY(const PlanAnswer answer, codec::decode<PlanAnswer>(bytes));
  TWOSEAL_TRY([[maybe_unused]] const PlanClass steps, codec::decode<PlanClass>(class_bytes));
  if (answer.host != *call.caller.host) {
    return fail(Errc::not_allowed, "the answer is that of another host");
  }
  if (answer.org != call.caller.documents->org || answer.class_digest != sha256(class_bytes)) {
    return fail(Errc::bad_field, "the answer names another organisation or class");
  }
  TWOSEAL_TRY_VOID(check_asked(call, answer.request));
  return keep(call,
              {.request = answer.request,
               .host = answer.host,
               .at = call.now,
               .record = Bytes(record),
               .bytes = Bytes(bytes),
               .class_digest = answer.class_digest},
              class_bytes);
}

Result<HttpResponse> refuse_plan(const Call& call) {
  TWOSEAL_TRY(const PlanRefusal refusal,
              codec::decode<PlanRefusal>(call.request.body, kRefusalMax));
  if (refusal.org != call.caller.documents->org) {
    return fail(Errc::refuse_b2, "the refusal belongs to another organisation");
  }
  TWOSEAL_TRY_VOID(check_asked(call, refusal.request));
  return keep(call,
              {.request = refusal.request,
               .host = *call.caller.host,
               .at = call.now,
               .bytes = call.request.body,
               .why = refusal.code},
              "");
}

}  // namespace twoseal::server
