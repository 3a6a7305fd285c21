#include "server/caller.h"

#include <algorithm>

#include "server/routes.h"
#include "workflow/change_exam.h"

namespace twoseal::server {
namespace {

constexpr std::string_view kBearer = "Bearer ";
constexpr std::size_t kTokenMax = 128;

Result<Caller> identify_host(ServerParts& parts, const HttpRequest& request, UnixSeconds now) {
  const auto& certificate = request.peer.certificate;
  if (!certificate) {
    return fail(Errc::host_refused, "the connection has no client certificate");
  }
  const auto host = HostId::parse(certificate->name);
  Caller caller;
  caller.documents = parts.view.documents();
  const HeldHost* held = host ? caller.documents->host(*host) : nullptr;
  if (held == nullptr) {
    return fail(Errc::host_refused, certificate->name + " has no signed assignment");
  }
  if (held->assignment->keys.tls != certificate->key) {
    return fail(Errc::host_refused, "the certificate has another key than the assignment");
  }
  if (now > certificate->not_after) {
    return fail(Errc::host_refused, "the certificate has expired");
  }
  if (now >= held->assignment->expires) {
    return fail(Errc::host_refused, held->assignment->name + ": its assignment is over");
  }
  if (parts.denials.is_denied(*host)) {
    return fail(Errc::host_refused, host->text() + " was denied");
  }
  caller.by = ActorId::parse(host->text()).value();
  caller.host = *host;
  return caller;
}

bool holds_any(const Caller& caller,
               std::initializer_list<std::string_view> roles,
               UnixSeconds now) {
  return std::any_of(
      roles.begin(), roles.end(), [&](std::string_view role) { return caller.holds(role, now); });
}

// Where one person is the whole organisation, roles would only be in the way.
bool is_alone(const Caller& caller) {
  return caller.documents->roster->value.people.size() == 1 && !caller.is_service();
}

Result<void> check_access(const Caller& caller, Access access, UnixSeconds now) {
  const auto refuse = [&](const std::string& who) {
    return fail(Errc::not_allowed, caller.by.text() + " may not: it is open to " + who);
  };
  if (access != Access::all && access != Access::writers && caller.is_service()) {
    return refuse("people");
  }
  if (access == Access::all || access == Access::people) {
    return {};
  }
  if (caller.holds("auditor", now)) {
    return refuse("those who are no auditors");
  }
  if (access == Access::token_makers && !is_alone(caller) &&
      !holds_any(caller, {"devops-lead", "it-manager"}, now)) {
    return refuse("devops-lead and it-manager");
  }
  if (access == Access::deniers && !is_alone(caller) &&
      !holds_any(caller, {"security-lead", "security-officer", "it-manager"}, now)) {
    return refuse("security-lead, security-officer and it-manager");
  }
  return {};
}

}  // namespace

bool Caller::holds(std::string_view role, UnixSeconds now) const {
  return documents->keyring->holds(by, RoleId::parse(role).value(), {now, now, kNotRecorded});
}

Result<Caller> identify_session(ServerParts& parts, const HttpRequest& request, UnixSeconds now) {
  const auto header = header_of(request.headers, "authorization");
  if (!header || !header->starts_with(kBearer) || header->size() > kTokenMax) {
    return fail(Errc::not_signed_in, "the request has no bearer token");
  }
  Caller caller;
  TWOSEAL_TRY(caller.session, parts.sessions.use(header->substr(kBearer.size()), now));
  caller.by = caller.session.actor;
  caller.documents = parts.view.documents();
  if (!has_usable_key(
          *caller.documents->keyring, caller.by, caller.session.label, parts.view.point().size)) {
    return fail(Errc::not_signed_in,
                caller.by.text() + " or the key of this session is not in the roster any more");
  }
  return caller;
}

Result<Caller> identify(ServerParts& parts,
                        const Route& route,
                        const HttpRequest& request,
                        UnixSeconds now) {
  switch (route.identity) {
    case Identity::certificate:
      return identify_host(parts, request, now);
    case Identity::session: {
      TWOSEAL_TRY(Caller caller, identify_session(parts, request, now));
      TWOSEAL_TRY_VOID(check_access(caller, route.access, now));
      return caller;
    }
    case Identity::nobody:
      break;
  }
  Caller nobody;
  nobody.documents = parts.view.documents();
  return nobody;
}

}  // namespace twoseal::server
