// Logging in: a question, then its signed answer. docs/formats/session.md.
#include <algorithm>

#include "base/encoding.h"
#include "base/limits.h"
#include "server/body.h"
#include "server/routes/handlers.h"
#include "workflow/recording.h"

namespace twoseal::server {
namespace {

constexpr std::size_t kActorMax = 64;

// The origin that the caller used, when it is one of ours; else the first of ours, which a signer
// who was led here by another name will not sign.
std::string origin_for(const Call& call) {
  const auto& origins = call.parts.origins;
  const auto host = header_of(call.request.headers, "host");
  const auto found = std::find_if(origins.begin(), origins.end(), [&](const std::string& one) {
    return host && one.substr(one.find("//") + 2) == *host;
  });
  return found != origins.end() ? *found : origins.front();
}

Result<HttpResponse> ask(const Call& call, const std::string& by) {
  TWOSEAL_TRY(const ActorId actor, ActorId::parse(by));
  const ActorKind kind = actor_kind(actor);
  if (kind != ActorKind::person && kind != ActorKind::service) {
    return fail(Errc::login_refused, by + " is neither a person nor a service");
  }
  TWOSEAL_TRY(const Bytes session, call.parts.logins.ask(actor, origin_for(call), call.now));
  return json_answer({{"session", base64_encode(session)}});
}

Result<HttpResponse> answer(const Call& call, const SignedStatement& record) {
  ServerParts& parts = call.parts;
  const Statement& statement = record.statement;
  TWOSEAL_TRY_VOID(parts.logins.answer(
      record, *call.caller.documents->keyring, parts.view.point().size, call.now));
  TWOSEAL_TRY(const auto opened, parts.sessions.open(statement.by, statement.key, call.now));
  ++parts.counts.logins;
  return json_answer({{"by", statement.by.text()},
                      {"expires", opened.session.expires_at},
                      {"token", opened.token}});
}

}  // namespace

Result<HttpResponse> log_in(const Call& call) {
  AttemptLimits& limits = call.parts.login_failures;
  const std::string& address = call.request.peer.address;
  TWOSEAL_TRY_VOID(limits.check(address, call.now));
  TWOSEAL_TRY(Body body, Body::parse(call.request.body, 2 * limits::kRecordMax));
  if (body.has("by")) {
    const std::string by = body.text("by", kActorMax);
    TWOSEAL_TRY_VOID(body.finish());
    return ask(call, by);
  }
  const Bytes octets = body.octets("record");
  TWOSEAL_TRY_VOID(body.finish());
  TWOSEAL_TRY(const SignedStatement record, parse_record(octets, "record"));
  const std::string actor = address + " " + record.statement.by.text();
  TWOSEAL_TRY_VOID(limits.check(actor, call.now));
  auto answered = answer(call, record);
  if (!answered && answered.error().code == Errc::login_refused) {
    limits.count(address, call.now);
    limits.count(actor, call.now);
  }
  return answered;
}

}  // namespace twoseal::server
