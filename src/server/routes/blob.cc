#include "crypto/hash.h"
#include "server/routes/handlers.h"

namespace twoseal::server {

Result<HttpResponse> get_blob(const Call& call) {
  TWOSEAL_TRY(const Digest digest, call.digest());
  TWOSEAL_TRY(Bytes bytes, read_blob(*call.parts.store, digest));
  return octets_answer(std::move(bytes));
}

Result<HttpResponse> put_blob(const Call& call) {
  TWOSEAL_TRY(const Digest digest, call.digest());
  if (sha256(call.request.body) != digest) {
    return fail(Errc::bad_digest, "the body has another digest than the path says");
  }
  TWOSEAL_TRY([[maybe_unused]] const Digest kept, call.parts.store->put_blob(call.request.body));
  return empty_answer();
}

}  // namespace twoseal::server
