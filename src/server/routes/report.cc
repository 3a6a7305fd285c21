#include "codec/objects.h"
#include "crypto/hash.h"
#include "model/agent_report.h"
#include "server/host_word.h"
#include "server/routes/handlers.h"
#include "workflow/recording.h"

namespace twoseal::server {

Result<HttpResponse> deliver_report(const Call& call) {
  TWOSEAL_TRY(const auto files, codec::read_archive(call.request.body));
  TWOSEAL_TRY(const BytesView object, file_in(files, "object.json"));
  TWOSEAL_TRY(const BytesView record, file_in(files, "record.json"));
  TWOSEAL_TRY_VOID(check_host_word(call.caller, ObjType::report, object, record, call.now));
  TWOSEAL_TRY(const AgentReport report, codec::decode<AgentReport>(object));
  if (report.host != *call.caller.host) {
    return fail(Errc::not_allowed, "the report is that of another host");
  }
  if (report.org != call.caller.documents->org) {
    return fail(Errc::refuse_b2, "the report belongs to another organisation");
  }
  const Digest digest = sha256(object);
  Store& store = *call.parts.store;
  TWOSEAL_TRY(const Digest blob, store.put_blob(object));
  TWOSEAL_TRY(const SignedStatement source, parse_record(record, "record.json"));
  TWOSEAL_TRY_VOID(store.put_record({source.digest, digest, Bytes(record)}));
  TWOSEAL_TRY_VOID(call.parts.registry->put_report({.host = report.host,
                                                    .counter = report.counter,
                                                    .digest = digest,
                                                    .at = call.now,
                                                    .blob = blob}));
  return empty_answer();
}

}  // namespace twoseal::server
