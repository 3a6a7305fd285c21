#include "server/routes/handlers.h"

namespace twoseal::server {

Result<HttpResponse> get_object(const Call& call) {
  TWOSEAL_TRY(const Digest digest, call.digest());
  TWOSEAL_TRY(StoredDocument document, call.parts.store->document(digest));
  return canonical_answer(std::move(document.bytes));
}

}  // namespace twoseal::server
