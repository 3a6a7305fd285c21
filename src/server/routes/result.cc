#include "codec/archive.h"
#include "codec/objects.h"
#include "server/host_word.h"
#include "server/routes/shared.h"
#include "workflow/recording.h"

namespace twoseal::server {

Result<HttpResponse> deliver_result(const Call& call) {
  TWOSEAL_TRY(const auto files, codec::read_archive(call.request.body));
  TWOSEAL_TRY(const BytesView object, file_in(files, "object.json"));
  TWOSEAL_TRY(const BytesView record, file_in(files, "record.json"));
  TWOSEAL_TRY(const HostResult result, codec::decode<HostResult>(object));
  TWOSEAL_TRY(const SignedStatement source, parse_record(record, "record.json"));
  if (result.host != *call.caller.host || source.statement.by.text() != call.caller.host->text() ||
      source.statement.obj_type != ObjType::result) {
    return fail(Errc::not_allowed, call.caller.host->text() + " speaks for itself alone");
  }
  TWOSEAL_TRY(const Submitted submitted, call.parts.desk.submit(record, {Bytes(object)}));
  return recorded_answer(call, submitted);
}

}  // namespace twoseal::server
