// A host that is new asks for its assignment, and again until it has one.
// docs/formats/join-request.md.
#include <algorithm>

#include "base/limits.h"
#include "codec/objects.h"
#include "crypto/armor.h"
#include "crypto/hash.h"
#include "model/contact.h"
#include "model/join_request.h"
#include "server/routes/certificates.h"
#include "server/routes/shared.h"

namespace twoseal::server {
namespace {

constexpr std::size_t kSubmissionMax = std::size_t{64} * 1024;
constexpr ArmorKind kRequestArmor{"CERTIFICATE REQUEST", 64};

struct Joining {
  JoinSubmission submission;
  JoinRequest request;
  HostId host;
  std::string csr;  ///< PEM
};

// What a host says about its keys must agree with itself.
Result<Joining> read_joining(const Call& call) {
  Joining joining;
  TWOSEAL_TRY(joining.submission, codec::decode<JoinSubmission>(call.request.body, kSubmissionMax));
  TWOSEAL_TRY(joining.request, codec::decode<JoinRequest>(joining.submission.request));
  const JoinRequest& request = joining.request;
  if (request.org != call.caller.documents->org) {
    return fail(Errc::refuse_b2, "the request names another organisation");
  }
  TWOSEAL_TRY(const PublicKey identity, PublicKey::parse_ssh(request.id));
  if (identity.type() != KeyType::ssh_ed25519) {
    return fail(Errc::join_refused, "the identity key is not ssh-ed25519");
  }
  TWOSEAL_TRY(joining.host, HostId::parse("h:" + identity.id().text()));
  joining.csr = put_armor(kRequestArmor, request.csr);
  TWOSEAL_TRY(const RequestFacts facts, read_certificate_request(joining.csr));
  if (sha256(facts.key.spki()) != request.tls) {
    return fail(Errc::join_refused, "its certificate request is for another key than it names");
  }
  return joining;
}

// A token is spent by the first request that names it. The host that spent it may have been
// interrupted before its request was kept.
Result<void> spend_token(const Call& call, const Joining& joining) {
  Registry& registry = *call.parts.registry;
  const std::string& id = joining.request.token.text();
  auto taken = registry.take_join_token(id, joining.host, call.now);
  if (taken || taken.error().code != Errc::token_used) {
    return taken;
  }
  TWOSEAL_TRY(const auto tokens, all_join_tokens(registry));
  const bool own = std::any_of(tokens.begin(), tokens.end(), [&](const JoinToken& one) {
    return one.id == id && one.used_by == joining.host && one.expires_at > call.now;
  });
  const auto held = registry.join_request(joining.host);
  return own && !held && held.error().code == Errc::not_found ? Result<void>() : std::move(taken);
}

// Keeps the request, or finds that it is kept already.
Result<void> hold(const Call& call, const Joining& joining) {
  Registry& registry = *call.parts.registry;
  const auto held = registry.join_request(joining.host);
  if (!held && held.error().code != Errc::not_found) {
    return std::unexpected(held.error());
  }
  if (held && held->bytes == joining.submission.request && held->mac == joining.submission.mac) {
    return held->state == JoinState::refused
               ? fail(Errc::join_refused, "somebody refused this host")
               : Result<void>();
  }
  TWOSEAL_TRY_VOID(spend_token(call, joining));
  return registry.put_join_request({.host = joining.host,
                                    .token = joining.request.token.text(),
                                    .bytes = joining.submission.request,
                                    .mac = joining.submission.mac,
                                    .at = call.now,
                                    .address = call.request.peer.address});
}

Result<HttpResponse> standing(const Call& call, const Joining& joining) {
  JoinStanding answer;
  answer.org = call.caller.documents->org;
  const HeldHost* held = call.caller.documents->host(joining.host);
  const bool assigned = held != nullptr && held->assignment->keys.id == joining.request.id &&
                        held->assignment->keys.tls == joining.request.tls;
  if (held != nullptr && !assigned) {
    return fail(Errc::join_refused, "the host is assigned with other keys");
  }
  if (assigned) {
    if (call.parts.denials.is_denied(joining.host)) {
      return fail(Errc::host_refused, joining.host.text() + " was denied");
    }
    TWOSEAL_TRY(answer.certificate, certify(call, *held->assignment, joining.csr));
    TWOSEAL_TRY_VOID(call.parts.registry->move_join_request(joining.host, JoinState::assigned));
  }
  return canonical_answer(codec::encode(answer));
}

bool is_a_guess(Errc code) {
  return code != Errc::store_failed && code != Errc::store_busy && code != Errc::disk_full;
}

}  // namespace

Result<HttpResponse> join(const Call& call) {
  AttemptLimits& limits = call.parts.join_failures;
  const std::string& address = call.request.peer.address;
  TWOSEAL_TRY_VOID(limits.check(address, call.now));
  const auto answer = [&]() -> Result<HttpResponse> {
    TWOSEAL_TRY(const Joining joining, read_joining(call));
    TWOSEAL_TRY_VOID(hold(call, joining));
    return standing(call, joining);
  }();
  if (!answer && is_a_guess(answer.error().code)) {
    limits.count(address, call.now);
  }
  return answer;
}

}  // namespace twoseal::server
