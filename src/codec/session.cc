// Field tables of docs/formats/session.md and docs/formats/join-request.md.
#include "model/session.h"

#include "codec/tables.h"
#include "model/join_request.h"

namespace twoseal::codec {

template <class V>
void fields(V& v, LoginSession& x) {
  v.base64("challenge", x.challenge, {limits::kNonceSize, 64});
  v("expires", x.expires);
  v("org", x.org);
  v.text("origin", x.origin, kLine);
  v.constant("type", "session");
  v.constant("v", 1);
}

template <class V>
void fields(V& v, JoinRequest& x) {
  v.base64("age", x.age, {32, 32});
  v("at", x.at);
  v.base64("csr", x.csr, {1, 4096});
  v.base64("id", x.id, {32, 1024});
  v.text("name", x.name, kLine);
  v.base64("nonce", x.nonce, kNonce);
  v("org", x.org);
  v("tls", x.tls);
  v("token", x.token);
  v.constant("type", "join-request");
  v.constant("v", 1);
}

namespace {

Result<void> check_join_request(const JoinRequest& x) {
  return is_host_name(x.name) ? Result<void>()
                              : fail_field("join-request.name: is not made of DNS labels");
}

}  // namespace

TWOSEAL_CODEC(LoginSession, "session");
TWOSEAL_CODEC_CHECKED(JoinRequest, "join-request", check_join_request);

}  // namespace twoseal::codec
