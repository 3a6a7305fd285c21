#include "crypto/hash.h"
#include "server/routes/certificates.h"

namespace twoseal::server {

Result<std::string> certify(const Call& call,
                            const Assignment& assignment,
                            std::string_view request) {
  TWOSEAL_TRY(const RequestFacts facts, read_certificate_request(request));
  if (sha256(facts.key.spki()) != assignment.keys.tls) {
    return fail(Errc::join_refused, "the request is for another key than the assignment names");
  }
  const ServerSecrets& secrets = call.parts.secrets;
  return make_client_certificate(facts.key,
                                 assignment.host.text(),
                                 valid_for(kClientCertificateDays, call.now),
                                 {secrets.authority_certificate, secrets.authority});
}

Result<HttpResponse> renew_certificate(const Call& call) {
  const HeldHost& held = *call.caller.documents->host(*call.caller.host);
  TWOSEAL_TRY(std::string pem, certify(call, *held.assignment, call.request.body));
  return pem_answer(std::move(pem));
}

}  // namespace twoseal::server
