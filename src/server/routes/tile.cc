#include "server/routes/handlers.h"

namespace twoseal::server {

Result<HttpResponse> get_tile(const Call& call) {
  TWOSEAL_TRY(Bytes bytes, read_tile(*call.parts.store, "tile/" + call.value("path")));
  return octets_answer(std::move(bytes));
}

}  // namespace twoseal::server
