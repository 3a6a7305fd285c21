#include "server/routes/shared.h"

namespace twoseal::server {

Result<HttpResponse> get_documents(const Call& call) {
  TWOSEAL_TRY(const Remembered remembered, remembered_in(call));
  TWOSEAL_TRY(const Files files, call.parts.files.files_of_all(remembered));
  return zip_answer(files);
}

}  // namespace twoseal::server
