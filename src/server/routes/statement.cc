// The one door for what people and services sign.
#include "server/body.h"
#include "server/routes/shared.h"
#include "workflow/recording.h"

namespace twoseal::server {
namespace {

constexpr std::size_t kObjectsMax = 256;

// What may come in here, and through whom. Whether it is true is judged by the desk.
Result<void> check_bearer(const Caller& caller, const Statement& statement) {
  const ActorKind kind = actor_kind(statement.by);
  const bool fits =
      kind == ActorKind::person || kind == ActorKind::service || kind == ActorKind::root;
  if (!fits || statement.obj_type == ObjType::session ||
      statement.obj_type == ObjType::plan_request) {
    return fail(Errc::bad_field,
                "a " + std::string(name_of(statement.act)) + " of " +
                    std::string(name_of(statement.obj_type)) + " by " + statement.by.text() +
                    " is not handed in here");
  }
  // A person may carry what another one signed at home; a service has no reason to.
  return caller.is_service() && statement.by != caller.by
             ? fail(Errc::not_allowed, caller.by.text() + " hands in its own statements alone")
             : Result<void>();
}

}  // namespace

Result<HttpResponse> submit_statement(const Call& call) {
  TWOSEAL_TRY(Body body, Body::parse(call.request.body, call.request.body.size()));
  const Bytes record = body.octets("record");
  const std::vector<Bytes> objects = body.octets_list("objects", kObjectsMax);
  TWOSEAL_TRY_VOID(body.finish());
  TWOSEAL_TRY(const SignedStatement source, parse_record(record, "record"));
  TWOSEAL_TRY_VOID(check_bearer(call.caller, source.statement));
  const auto documents = call.parts.view.documents();
  TWOSEAL_TRY(const Submitted submitted, call.parts.desk.submit(record, objects));
  call.parts.counts.statements += submitted.repeated ? 0 : 1;
  tell_documents(call, documents);
  return recorded_answer(call, submitted);
}

Result<HttpResponse> get_statement(const Call& call) {
  TWOSEAL_TRY(const Digest digest, call.digest());
  TWOSEAL_TRY(SignedRecord record, call.parts.store->record(digest));
  return canonical_answer(std::move(record.bytes));
}

}  // namespace twoseal::server
