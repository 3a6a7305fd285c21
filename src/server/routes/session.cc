#include "server/routes/handlers.h"

namespace twoseal::server {
namespace {

Json::Object session_fields(const OpenSession& session) {
  return {{"id", session.id},
          {"opened_at", session.opened_at},
          {"last_used", session.last_used},
          {"expires", session.expires_at},
          {"key", session.label}};
}

}  // namespace

Result<HttpResponse> get_me(const Call& call) {
  const Caller& caller = call.caller;
  Json::Array roles;
  const Keyring& keyring = *caller.documents->keyring;
  if (const Person* person = keyring.person(caller.by)) {
    for (const RoleGrant& one : person->roles) {
      if (caller.holds(one.role.text(), call.now)) {
        roles.emplace_back(one.role.text());
      }
    }
  } else if (const Service* service = keyring.service(caller.by)) {
    for (const RoleId& role : service->roles) {
      roles.emplace_back(role.text());
    }
  }
  return json_answer({{"by", caller.by.text()},
                      {"kind", caller.is_service() ? "service" : "person"},
                      {"roles", std::move(roles)},
                      {"org", caller.documents->org.text()},
                      {"session", session_fields(caller.session)}});
}

Result<HttpResponse> list_sessions(const Call& call) {
  TWOSEAL_TRY(const auto sessions, call.parts.sessions.of(call.caller.by, call.now));
  Json::Array list;
  for (const OpenSession& one : sessions) {
    list.emplace_back(session_fields(one));
  }
  return json_answer({{"sessions", std::move(list)}});
}

Result<HttpResponse> revoke_session(const Call& call) {
  TWOSEAL_TRY_VOID(call.parts.sessions.revoke(call.value("id"), call.caller.by, call.now));
  return empty_answer();
}

}  // namespace twoseal::server
