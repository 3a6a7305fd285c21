#include "server/routes/handlers.h"
#include "workflow/log.h"

namespace twoseal::server {

Result<HttpResponse> get_checkpoint(const Call& call) {
  TWOSEAL_TRY(Bytes note, newest_note(*call.parts.store));
  return text_answer(std::move(note));
}

}  // namespace twoseal::server
